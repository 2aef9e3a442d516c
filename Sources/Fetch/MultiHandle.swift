import Base
import CCurl

/// libcurl's multi handle with the transfers that run in it; lives on the loop's thread only.
@safe struct MultiHandle {
    /// Servers count streams that they think open; staying well below their usual 100 leaves room for both to disagree.
    private static let streamsPerConnection = 80
    private static let globalStart: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// libcurl opens a connection for each transfer that finds no free stream, even while another is being opened. Letting
    /// only a few wait for a connection at a time makes the rest of a burst share those.
    private static let connectingAtOnce = 4

    private let multi: UnsafeMutableRawPointer
    /// Transfers in order of arrival that wait for their turn to connect.
    private var queue: [Transfer] = []
    private var running: [ObjectIdentifier: EasyHandle] = [:]
    private let clock = ContinuousClock()

    init?() {
        guard Self.globalStart, let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = unsafe multi
        _ = unsafe mlt_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, Self.streamsPerConnection)
        _ = unsafe mlt_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    }

    var wakeup: Wakeup { unsafe Wakeup(multi) }

    mutating func perform(_ command: TransferLoop.Command) {
        switch command {
        case .begin(let transfer): queue.append(transfer)
        case .cancel(let transfer):
            queue.removeAll { $0 === transfer }
            end(transfer, nil)
        case .resume(let transfer): running[ObjectIdentifier(transfer)]?.resume(at: clock.now)
        }
    }

    var isEmpty: Bool { queue.isEmpty && running.isEmpty }

    /// One turn: moves bytes, ends what is done or silent for too long, then sleeps until something happens, at most until `deadline`.
    mutating func step(until deadline: ContinuousClock.Instant?) {
        var stillRunning: Int32 = 0
        repeat {
            _ = unsafe curl_multi_perform(multi, &stillRunning)
            endFinished()
            endSilent()
        } while admit()
        _ = unsafe curl_multi_poll(multi, nil, 0, sleepMilliseconds(until: deadline), nil)
    }

    mutating func cancelAll(_ error: (Transfer) -> FetchError) {
        for transfer in queue { transfer.finish(error(transfer)) }
        queue = []
        for handle in Array(running.values) { end(handle.transfer, error(handle.transfer)) }
    }

    /// Ends what is meant to last; what has a limit will end by itself.
    mutating func endStreams() {
        func isStream(_ transfer: Transfer) -> Bool { transfer.request.timeouts.total == nil }
        for transfer in queue where isStream(transfer) { transfer.finish(.certificatesChanged(transfer)) }
        queue.removeAll(where: isStream)
        for handle in Array(running.values) where isStream(handle.transfer) {
            end(handle.transfer, .certificatesChanged(handle.transfer))
        }
    }

    func free() { _ = unsafe curl_multi_cleanup(multi) }

    /// Begins the transfers whose origin has few that are still connecting; true when there were any.
    private mutating func admit() -> Bool {
        guard !queue.isEmpty else { return false }
        var connecting: [String: Int] = [:]
        for handle in running.values where !handle.isConnected { connecting[handle.origin, default: 0] += 1 }
        let waiting = queue
        queue = []
        for transfer in waiting {
            let origin = Origin.of(transfer.request.url)
            if connecting[origin, default: 0] < Self.connectingAtOnce {
                connecting[origin, default: 0] += 1
                begin(transfer)
            } else {
                queue.append(transfer)
            }
        }
        return queue.count < waiting.count
    }

    private mutating func begin(_ transfer: Transfer) {
        do {
            let handle = try EasyHandle(transfer, now: clock.now)
            running[ObjectIdentifier(transfer)] = handle
            _ = unsafe curl_multi_add_handle(multi, handle.easy)
        } catch {
            transfer.finish(error)
        }
    }

    /// Ends a transfer early; a nil error means that its reader already knows.
    private mutating func end(_ transfer: Transfer, _ error: FetchError?) {
        guard let handle = running.removeValue(forKey: ObjectIdentifier(transfer)) else { return }
        _ = unsafe curl_multi_remove_handle(multi, handle.easy)
        handle.free()
        if let error { transfer.finish(error) }
    }

    private mutating func endFinished() {
        var easy: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while unsafe mlt_multi_next_done(multi, &easy, &code) {
            guard let done = running.values.first(where: { unsafe $0.easy == easy }) else { continue }
            let error = code == CURLE_OK ? nil : done.error(code)
            end(done.transfer, nil)
            done.transfer.finish(error)
        }
    }

    private mutating func endSilent() {
        let now = clock.now
        for handle in Array(running.values) where handle.isSilent(at: now) {
            // A silent peer must not be met again by the next request, so its connection goes too.
            unsafe mlt_shut_connection(handle.easy)
            end(handle.transfer, handle.silence)
        }
    }

    private func sleepMilliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        let now = clock.now
        let next = (running.values.compactMap { $0.silenceDeadline } + [deadline].compactMap(\.self)).min()
        guard let next else { return 60_000 }
        return Int32(min(now.duration(to: next).wholeMilliseconds + 1, 60_000))
    }
}

extension FetchError {
    fileprivate static func certificatesChanged(_ transfer: Transfer) -> FetchError {
        FetchError(.certificatesChanged, origin: Origin.of(transfer.request.url))
    }
}
