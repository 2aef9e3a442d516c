import COpenSSL
import Synchronization

/// What connections of one connector ask for, and sessions from which the next ones go on. It lives as long as the context that it joined,
/// which connections keep.
///
/// Threads share it without locks: whoever takes a session out of its slot owns it. A ticket of TLS 1.3 is used once (RFC 8446 appendix
/// C.4), a session of TLS 1.2 again and again.
@safe final class SessionStash: @unchecked Sendable {
    // Unchecked: the slots are atomic, the name is constant.
    private static let size = 8
    /// Addresses of sessions, or 0.
    private let slots: UnsafeMutablePointer<Atomic<UInt>>
    private let turn = Atomic<Int>(0)
    /// What is asked for (SNI), with a zero behind it; empty asks for nothing.
    private let name: [CChar]

    init(asking name: String?) {
        self.name = name.map { Array($0.utf8CString) } ?? []
        unsafe slots = .allocate(capacity: Self.size)
        for i in 0..<Self.size { unsafe (slots + i).initialize(to: Atomic(0)) }
    }

    deinit {
        while let session = unsafe take() { unsafe SSL_SESSION_free(session) }
        unsafe slots.deallocate()
    }

    /// From now on the connections of this context leave their sessions here, and the stash goes when the context goes.
    func join(_ context: OpaquePointer) throws(SecureError) {
        let held = unsafe Unmanaged.passRetained(self)
        guard unsafe SSL_CTX_set_ex_data(context, Self.place, held.toOpaque()) == 1 else {
            unsafe held.release()
            throw .openSSL("no memory for TLS")
        }
        unsafe copenssl_keep_sessions(context, keepSession)
    }

    /// Where contexts keep their stash.
    private static let place = unsafe copenssl_ctx_place { _, stash, _, _, _, _ in
        if let stash = unsafe stash { unsafe Unmanaged<SessionStash>.fromOpaque(stash).release() }
    }

    fileprivate static func of(_ ssl: OpaquePointer?) -> SessionStash? {
        guard let stash = unsafe SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), place) else { return nil }
        return unsafe Unmanaged<SessionStash>.fromOpaque(stash).takeUnretainedValue()
    }

    /// Lets a new connection ask for its server, and go on from where an earlier one was. False without memory.
    static func prepare(_ ssl: OpaquePointer) -> Bool {
        guard let stash = unsafe of(ssl) else { return false }
        guard unsafe stash.name.isEmpty || copenssl_set_server_name(ssl, stash.name) == 1 else { return false }
        guard let session = unsafe stash.take() else { return true }
        // One that cannot be used is passed over: the handshake is a full one.
        unsafe _ = SSL_set_session(ssl, session)
        if unsafe SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION {
            unsafe stash.put(session)
        } else {
            unsafe SSL_SESSION_free(session)
        }
        return true
    }

    /// Takes the session over. Of more than there is room for, an earlier one goes.
    fileprivate func put(_ session: OpaquePointer) {
        let word = UInt(bitPattern: session)
        for i in 0..<Self.size {
            let change = unsafe slots[i].compareExchange(expected: 0, desired: word, ordering: .acquiringAndReleasing)
            if change.exchanged { return }
        }
        let i = turn.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.size - 1)
        let old = unsafe slots[i].exchange(word, ordering: .acquiringAndReleasing)
        unsafe SSL_SESSION_free(OpaquePointer(bitPattern: old))
    }

    /// Hands a session over to the caller.
    private func take() -> OpaquePointer? {
        for i in 0..<Self.size {
            let word = unsafe slots[i].exchange(0, ordering: .acquiringAndReleasing)
            guard let session = unsafe OpaquePointer(bitPattern: word) else { continue }
            if unsafe SSL_SESSION_is_resumable(session) == 1 { return unsafe session }
            unsafe SSL_SESSION_free(session)
        }
        return nil
    }
}

/// Called with each session that a server gave: after a handshake of TLS 1.2, or with a ticket of TLS 1.3.
private let keepSession: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = { ssl, session in
    guard let session = unsafe session, let stash = unsafe SessionStash.of(ssl) else { return 0 }
    unsafe stash.put(session)
    return 1
}
