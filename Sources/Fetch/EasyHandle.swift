import CCurl

/// One transfer inside libcurl: its handle, and what its callbacks need. Lives on the loop's thread only.
@safe final class EasyHandle {
    let transfer: Transfer
    let easy: UnsafeMutableRawPointer
    let origin: String
    private let errorText: UnsafeMutableBufferPointer<CChar>
    /// Written by libcurl's callback: an address was not connected to.
    private let wasRefused: UnsafeMutablePointer<Bool>
    private var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []
    private var head = HeadParser()
    private var lastActivity: ContinuousClock.Instant
    /// The reader has no room. It says so and takes it back from its own thread, long before this one may hear of it: what counts
    /// for silence is what libcurl was told.
    private var isHeldBack = false
    private var now: ContinuousClock.Instant { ContinuousClock().now }

    init(_ transfer: Transfer, now: ContinuousClock.Instant) throws(FetchError) {
        self.transfer = transfer
        lastActivity = now
        origin = Origin.of(transfer.request.url)
        guard let easy = unsafe curl_easy_init() else {
            throw FetchError(.failed, origin: origin, detail: "out of memory")
        }
        unsafe self.easy = unsafe easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0)
        unsafe wasRefused = .allocate(capacity: 1)
        unsafe wasRefused.initialize(to: false)
        var setup = unsafe EasySetup(easy: easy, transfer: transfer)
        setup.apply()
        unsafe lists = setup.lists
        if let failure = setup.failure {
            free()
            throw failure
        }
        _ = unsafe mlt_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        if transfer.configuration.refusesLocalAddresses { _ = unsafe mlt_refuse_local(easy, wasRefused) }
        // The multi handle's dictionary keeps this object alive for as long as libcurl may call back.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        _ = unsafe mlt_set_callbacks(easy, onHeader, onBody, context)
    }

    /// Called exactly once, after the handle left the multi handle.
    func free() {
        unsafe curl_easy_cleanup(easy)
        unsafe lists.forEach { unsafe curl_slist_free_all($0) }
        unsafe errorText.deallocate()
        unsafe wasRefused.deallocate()
    }

    func error(_ code: CURLcode) -> FetchError {
        if unsafe wasRefused.pointee, code == CURLE_COULDNT_CONNECT { return FetchError(.addressRefused, origin: origin) }
        let detail = unsafe errorText.baseAddress.map { unsafe String(cString: $0) } ?? ""
        return unsafe FetchError(code, easy: easy, origin: origin, hasProxy: transfer.configuration.proxy != nil, detail: detail)
    }

    /// True once a connection, new or shared, carries this transfer.
    var isConnected: Bool { unsafe mlt_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0 }

    func resume(at now: ContinuousClock.Instant) {
        lastActivity = now
        isHeldBack = false
        _ = unsafe curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    // MARK: - Silence

    /// When this transfer will have been silent for too long; nil without a limit, and while its reader holds it back.
    var silenceDeadline: ContinuousClock.Instant? {
        guard let limit = transfer.request.timeouts.idle, !isHeldBack else { return nil }
        return lastActivity + limit
    }

    func isSilent(at now: ContinuousClock.Instant) -> Bool { silenceDeadline.map { $0 <= now } ?? false }

    var silence: FetchError {
        let limit = transfer.request.timeouts.idle ?? .zero
        return FetchError(.idleTimeout, origin: origin, detail: "nothing came for \(limit)")
    }

    // MARK: - Called by libcurl

    func receive(headerLine: UnsafeRawBufferPointer) {
        lastActivity = now
        if let head = unsafe head.line(String(decoding: headerLine, as: UTF8.self)) { transfer.deliver(head: head) }
    }

    func receive(body: UnsafeRawBufferPointer) -> Bool {
        lastActivity = now
        let taken = transfer.offer(
            unsafe [UInt8](unsafeUninitializedCapacity: body.count) { target, count in
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: body)
                count = body.count
            })
        isHeldBack = !taken
        return taken
    }
}

private func onHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    unsafe handle.receive(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

private func onBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let handle = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    let taken = unsafe handle.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return taken ? size * count : mlt_write_pause
}
