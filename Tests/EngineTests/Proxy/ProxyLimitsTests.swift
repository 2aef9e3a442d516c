@testable import Engine
import Testing

/// What of the process's descriptors clients may have.
@Suite struct ProxyLimitsTests {
    @Test(arguments: [
        (1024, 1, 448), (1024, 2, 224), (20_000, 2, 4_936), (65_536, 8, 4_080), (1_048_576, 4, 49_152), (16, 4, 1), (0, 1, 1),
    ])
    func `clients have half of the descriptors, and no more than a worker can take`(descriptors: Int, workers: Int, clients: Int)
    {
        var limits = ProxyLimits()
        limits.share(descriptors: descriptors, among: workers)
        #expect(limits.clients == clients)
    }
}
