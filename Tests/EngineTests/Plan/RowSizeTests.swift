import Testing

@testable import Engine

/// There are as many of these as there are rules, hosts or clusters: what few of them have lies elsewhere.
@Suite struct RowSizeTests {
    @Test func `rows that every rule, host and cluster has are as small as they were made`() {
        #expect(MemoryLayout<RuleRow>.stride <= 104)
        #expect(MemoryLayout<HostHeader>.stride <= 72)
        #expect(MemoryLayout<ArmRow>.stride + MemoryLayout<BackendRow>.stride <= 88)
        #expect(MemoryLayout<Writer.ClusterSlot?>.stride <= 64)
        #expect(MemoryLayout<Kept>.size <= 2 * MemoryLayout<UInt>.size)
        #expect(MemoryLayout<EndpointCell>.stride <= 64)
        #expect(MemoryLayout<ClusterCell>.stride <= 128)
    }
}
