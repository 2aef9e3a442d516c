public import Base
import CAres

/// Finds the addresses of names, several at once, through c-ares. One thread owns it, begins questions and waits for the answers.
@safe public final class Resolver {
    /// Names are resolved as they are: no search list is applied.
    public struct Answer: Sendable, Equatable {
        /// IPv6 and IPv4, at least one.
        public var addresses: [IPAddress]
        /// The smallest time to live on the way to the addresses, in seconds.
        public var ttl: UInt32

        public init(addresses: [IPAddress], ttl: UInt32) {
            self.addresses = addresses
            self.ttl = ttl
        }
    }

    public enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// The name does not exist or has no addresses.
        case absent
        case timedOut
        /// The server's or the system's words.
        case other(String)

        public var description: String {
            switch self {
            case .absent: "the name has no addresses"
            case .timedOut: "no name server answered in time"
            case .other(let words): words
            }
        }
    }

    /// The end of a question, by the tag that it was given.
    public struct Finished: Sendable, Equatable {
        public let tag: UInt64
        public let outcome: Result<Answer, Failure>
    }

    private let resolver: OpaquePointer
    private let inbox: Inbox

    /// Where the C callbacks leave what came.
    private final class Inbox { var finished: [Finished] = [] }

    /// - Parameters:
    ///   - servers: nil for those of /etc/resolv.conf.
    ///   - timeout: milliseconds of the first try; each further one waits longer.
    public init(servers: [SocketAddress]? = nil, timeout: Int32 = 2000, tries: Int32 = 3) throws(Failure) {
        let inbox = Inbox()
        var status: Int32 = 0
        let list = servers.map { $0.map(\.description).joined(separator: ",") }
        let made = unsafe Self.withOptional(list) { text in
            unsafe cares_make(
                text, timeout, tries,
                { context, tag, status, addresses, count, ttl in
                    guard let context = unsafe context else { return }
                    let inbox = unsafe Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
                    let bytes = unsafe UnsafeBufferPointer(start: addresses, count: Int(count) * 16)
                    inbox.finished.append(Finished(tag: tag, outcome: unsafe Resolver.outcome(status, bytes, ttl)))
                }, Unmanaged.passUnretained(inbox).toOpaque(), &status)
        }
        guard let made = unsafe made else { throw .other(Self.text(status)) }
        unsafe resolver = made
        self.inbox = inbox
    }

    deinit { unsafe cares_free(resolver) }

    private static func withOptional<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
        guard let text else { return body(nil) }
        return unsafe text.withCString { unsafe body($0) }
    }

    private static func outcome(_ status: Int32, _ bytes: UnsafeBufferPointer<UInt8>, _ ttl: UInt32) -> Result<Answer, Failure> {
        if cares_is_absent(status) != 0 { return .failure(.absent) }
        if cares_is_timeout(status) != 0 { return .failure(.timedOut) }
        guard status == 0 else { return .failure(.other(text(status))) }
        let addresses = stride(from: 0, to: bytes.count, by: 16).map {
            unsafe IPAddress(networkBytes: Array(bytes[$0..<($0 + 16)]))
        }
        return .success(Answer(addresses: addresses, ttl: ttl))
    }

    private static func text(_ status: Int32) -> String {
        guard let words = unsafe cares_text(status) else { return "error \(status)" }
        return unsafe String(cString: words)
    }

    /// Asks for a name's IPv4 and IPv6 addresses. The answer comes with a later `wait`.
    public func begin(_ name: String, tag: UInt64) {
        // A name with a zero byte would be cut: it has no address.
        guard !name.isEmpty, !name.utf8.contains(0) else {
            inbox.finished.append(Finished(tag: tag, outcome: .failure(.absent)))
            return
        }
        unsafe name.withCString { unsafe cares_start(resolver, $0, tag) }
    }

    /// Waits until something was answered, the bell rang, or the time is over. Nil waits as long as it takes.
    public func wait(milliseconds: Int?, unless bell: Bell) -> (finished: [Finished], rang: Bool) {
        var rang = false
        if inbox.finished.isEmpty {
            unsafe rang = cares_wait(resolver, bell.descriptor, Int32(clamping: milliseconds ?? -1)) != 0
        }
        defer { inbox.finished = [] }
        return (inbox.finished, rang)
    }
}
