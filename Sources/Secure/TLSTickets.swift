import COpenSSL
import Synchronization

/// What tickets are sealed with. Threads that shake hands read it without a lock; it is changed under one.
@safe public final class TLSTickets: @unchecked Sendable {
    // Unchecked: the keys lie in memory of C, which is made for one that writes and many that read.
    let handle: OpaquePointer
    private let state: Mutex<TicketKeys>

    public init() throws(SecureError) {
        let keys = TicketKeys(current: SecureRandom.bytes(TicketKeys.length))
        state = Mutex(keys)
        unsafe handle = try made(copenssl_tickets_new(keys.current), "no memory for TLS")
    }

    deinit { unsafe copenssl_tickets_free(handle) }

    /// From now on tickets are sealed with a new key, whichever thread gives them. Those of the key before are still taken, and replaced;
    /// those of the one before that never again.
    public func rotate() {
        state.withLock { keys in
            keys = TicketKeys(
                number: keys.number + 1, current: SecureRandom.bytes(TicketKeys.length), previous: keys.current)
            unsafe copenssl_tickets_rotate(handle, keys.current)
        }
    }

    /// Takes the keys of other replicas if they are newer than its own.
    /// - Returns: whether it did.
    @discardableResult public func adopt(_ offered: TicketKeys) -> Bool {
        state.withLock { keys in
            guard keys.mark < offered.mark else { return false }
            if offered.current != keys.current {
                if let previous = offered.previous, previous != keys.current { unsafe copenssl_tickets_rotate(handle, previous) }
                unsafe copenssl_tickets_rotate(handle, offered.current)
            }
            keys = offered
            return true
        }
    }

    /// The keys in force, to be given to other replicas.
    public var keys: TicketKeys { state.withLock { $0 } }

    /// From now on the keys are those of all replicas: nothing changes but their number, which counts then.
    public func share() { state.withLock { $0.number = max(1, $0.number) } }
}

/// A key of tickets and the one before it. Never written anywhere but into a connection between replicas.
public struct TicketKeys: Sendable, CustomStringConvertible, CustomReflectable {
    /// Of 80 bytes each: the key's name, which is in the clear in tickets, and what authenticates and encrypts.
    let current: [UInt8]
    let previous: [UInt8]?
    /// Counts changes among replicas that share keys; 0 for keys that nobody else has seen.
    public internal(set) var number: UInt64

    static let length = Int(copenssl_ticket_key_length)

    init(number: UInt64 = 0, current: [UInt8], previous: [UInt8]? = nil) {
        self.number = number
        self.current = current
        self.previous = previous
    }

    /// What replicas compare, and may tell everybody: of two the greater one counts. No part of a key but its name goes into it.
    public struct Mark: Hashable, Sendable, Comparable, CustomStringConvertible {
        public var number: UInt64
        public var name: UInt64

        public init(number: UInt64, name: UInt64) {
            self.number = number
            self.name = name
        }

        public static func < (a: Self, b: Self) -> Bool { (a.number, a.name) < (b.number, b.name) }

        /// `12-0f3a…`
        public var description: String { "\(number)-\(String(name, radix: 16))" }

        public init?(_ text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let number = UInt64(parts[0]), let name = UInt64(parts[1], radix: 16) else { return nil }
            self.init(number: number, name: name)
        }
    }

    public var mark: Mark { Mark(number: number, name: current.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }) }

    public var description: String { "ticket keys \(mark)" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    // MARK: - On a connection between replicas

    /// Number, then the current key, then the one before if there is one.
    public var bytes: [UInt8] {
        let head = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
        return head + current + (previous ?? [])
    }

    /// nil for what is no such keys.
    public init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        let rest = bytes.dropFirst(8)
        guard rest.count == Self.length || rest.count == 2 * Self.length else { return nil }
        self.init(
            number: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }, current: Array(rest.prefix(Self.length)),
            previous: rest.count > Self.length ? Array(rest.dropFirst(Self.length)) : nil)
    }
}
