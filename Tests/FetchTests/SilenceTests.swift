import Testing

@testable import Fetch

/// When a peer counts as silent, asked of one transfer by hand: what the threads of a real one do between two lines is rarely met.
struct SilenceTests {
    private let limit = Duration.seconds(5)
    private let start = ContinuousClock().now

    private func handle() throws -> EasyHandle {
        let request = Request("GET", "http://localhost/", timeouts: Timeouts(total: nil, idle: limit))
        return try EasyHandle(Transfer(request: request, configuration: Client.Configuration()), now: start)
    }

    @Test func `silence is counted from the last bytes`() throws {
        let handle = try handle()
        defer { handle.free() }
        #expect(handle.silenceDeadline == start + limit)
        #expect(!handle.isSilent(at: start + limit - .milliseconds(1)))
        #expect(handle.isSilent(at: start + limit))
    }

    @Test func `a reader that held the body back owes the server a new limit once the loop has told it to go on`() async throws {
        let handle = try handle()
        defer { handle.free() }
        let block = [UInt8](repeating: 1, count: Transfer.bufferLimit)
        #expect(unsafe block.withUnsafeBytes { unsafe handle.receive(body: $0) })
        #expect(handle.silenceDeadline != nil)
        #expect(unsafe block.withUnsafeBytes { unsafe !handle.receive(body: $0) })
        #expect(handle.silenceDeadline == nil)

        // The reader has taken everything; the loop has not heard of it yet.
        #expect(await handle.transfer.nextChunk().roomAgain)
        #expect(handle.silenceDeadline == nil)

        handle.resume(at: start + .seconds(60))
        #expect(handle.silenceDeadline == start + .seconds(60) + limit)
    }
}
