import Synchronization

/// What the loop's thread and the reading task share of one request: the head, a bounded buffer of body, and the end.
final class Transfer: Sendable {
    /// Above this much unread body the server is made to wait, and below half of it it may go on.
    static let bufferLimit = 1 << 20

    let request: Request
    let configuration: Client.Configuration
    private let state = Mutex(State())

    init(request: Request, configuration: Client.Configuration) {
        self.request = request
        self.configuration = configuration
    }

    typealias HeadResult = Result<ResponseHead, FetchError>
    typealias ChunkResult = Result<[UInt8]?, FetchError>

    private struct State {
        var head: ResponseHead?
        var chunks: [[UInt8]] = []
        var buffered = 0
        var isPaused = false
        /// Set once; nil inside means a complete body.
        var end: FetchError??
        var headWaiter: CheckedContinuation<HeadResult, Never>?
        var chunkWaiter: CheckedContinuation<ChunkResult, Never>?
    }

    // MARK: - The loop's side

    func deliver(head: ResponseHead) {
        let waiter = state.withLock { state in
            state.head = head
            return take(&state.headWaiter)
        }
        waiter?.resume(returning: .success(head))
    }

    /// False when the buffer is full: the loop offers the same bytes again after `TransferLoop.resume`.
    func offer(_ bytes: [UInt8]) -> Bool {
        let (taken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<ChunkResult, Never>?) in
            if let waiter = take(&state.chunkWaiter) { return (true, waiter) }
            guard state.buffered < Self.bufferLimit else {
                state.isPaused = true
                return (false, nil)
            }
            state.chunks.append(bytes)
            state.buffered += bytes.count
            return (true, nil)
        }
        waiter?.resume(returning: .success(bytes))
        return taken
    }

    /// Only the first end counts.
    func finish(_ error: FetchError?) {
        let waiters = state.withLock {
            state -> (CheckedContinuation<HeadResult, Never>?, CheckedContinuation<ChunkResult, Never>?) in
            guard state.end == nil else { return (nil, nil) }
            state.end = .some(error)
            return (take(&state.headWaiter), take(&state.chunkWaiter))
        }
        waiters.0?.resume(returning: .failure(error ?? missingHead))
        waiters.1?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }

    // MARK: - The reader's side

    func head() async -> HeadResult {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state -> HeadResult? in
                if let head = state.head { return .success(head) }
                if let end = state.end { return .failure(end ?? missingHead) }
                state.headWaiter = continuation
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    /// The next chunk, and whether the loop must be told that there is room again.
    ///
    /// Looking at the buffer and beginning to wait are one step: what the loop did between two would not be noticed.
    func nextChunk() async -> (chunk: ChunkResult, roomAgain: Bool) {
        var roomAgain = false
        let chunk = await withCheckedContinuation { continuation in
            let result = state.withLock { state -> ChunkResult? in
                if !state.chunks.isEmpty {
                    roomAgain = take(&state.isPaused)
                    return .success(drain(&state))
                }
                if let end = state.end { return end.map { .failure($0) } ?? .success(nil) }
                state.chunkWaiter = continuation
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
        return (chunk, roomAgain)
    }

    /// All that waits as one array: a slow reader catches up in one step.
    private func drain(_ state: inout State) -> [UInt8] {
        let chunks = state.chunks
        let count = state.buffered
        state.chunks = []
        state.buffered = 0
        if chunks.count == 1 { return chunks[0] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for chunk in chunks { bytes += chunk }
        return bytes
    }

    private var missingHead: FetchError {
        FetchError(.protocolError, origin: Origin.of(request.url), detail: "no response head came")
    }
}

private func take<T>(_ value: inout T?) -> T? {
    defer { value = nil }
    return value
}

private func take(_ flag: inout Bool) -> Bool {
    defer { flag = false }
    return flag
}

/// The reading task's hold on a transfer: when the last reference goes, the transfer ends.
final class TransferReader: Sendable {
    private let transfer: Transfer
    private let loop: TransferLoop
    /// The loop ends with its client; whoever still reads keeps both.
    private let client: Client

    init(transfer: Transfer, loop: TransferLoop, client: Client) {
        self.client = client
        self.transfer = transfer
        self.loop = loop
    }

    deinit { loop.cancel(transfer) }

    func head() async throws(FetchError) -> ResponseHead {
        try await withTaskCancellationHandler {
            await transfer.head()
        } onCancel: {
            cancel()
        }.get()
    }

    func next() async throws(FetchError) -> [UInt8]? {
        let (chunk, roomAgain) = await withTaskCancellationHandler {
            await transfer.nextChunk()
        } onCancel: {
            cancel()
        }
        if roomAgain { loop.resume(transfer) }
        return try chunk.get()
    }

    private func cancel() {
        transfer.finish(FetchError(.cancelled, origin: Origin.of(transfer.request.url)))
        loop.cancel(transfer)
    }
}
