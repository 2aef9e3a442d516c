import Base
import Graph
import HTTP

/// What of a request chooses its endpoint where the balancer hashes.
enum RequestKey: UInt8, Sendable, BitwiseCopyable {
    case nothing, address, header, cookie, query

    init(_ choice: RuleBalancer) {
        guard choice.balancer == .maglev else {
            self = .nothing
            return
        }
        self =
            switch choice.hashKey {
            case .address: .address
            case .header: .header
            case .cookie: .cookie
            case .query: .query
            }
    }

    /// Equal for requests that belong together, in every worker and replica; nil when the request has not what it is chosen by.
    ///
    /// - Parameter name: of the header (in lower case), cookie or parameter.
    func hash(_ name: borrowing Span<UInt8>, _ head: borrowing RequestHead, client: IPAddress) -> UInt64? {
        switch self {
        case .nothing: nil
        case .address: (client.high ^ client.low.spread).spread
        case .header: Self.header(name, head)
        case .cookie: Self.cookie(name, head)
        case .query: Self.parameter(name, head.query)
        }
    }

    /// All fields of the name count, in their order.
    private static func header(_ name: borrowing Span<UInt8>, _ head: borrowing RequestHead) -> UInt64? {
        var hash = ByteHash.seed
        var isPresent = false
        for i in head.fields.indices where isAlike(head.name(i), name) {
            add(head.value(i), to: &hash)
            isPresent = true
        }
        return isPresent ? hash.spread : nil
    }

    /// Whether a field's name is this one, which is in lower case.
    static func isAlike(_ written: borrowing Span<UInt8>, _ name: borrowing Span<UInt8>) -> Bool {
        guard written.count == name.count else { return false }
        for i in written.indices where ASCII.lower(written[i]) != name[i] { return false }
        return true
    }

    /// The first cookie of the name (RFC 6265 section 5.4).
    private static func cookie(_ name: borrowing Span<UInt8>, _ head: borrowing RequestHead) -> UInt64? {
        for i in head.fields.indices where head.fields[i].kind == .cookie {
            if let hash = pair(name, head.value(i), separator: UInt8(ascii: ";")) { return hash }
        }
        return nil
    }

    /// The first parameter of the name; name and value as they were written.
    private static func parameter(_ name: borrowing Span<UInt8>, _ query: borrowing Span<UInt8>) -> UInt64? {
        pair(name, query, separator: UInt8(ascii: "&"))
    }

    /// The hash of the first `name=value`.
    private static func pair(_ name: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>, separator: UInt8) -> UInt64? {
        var start = 0
        while start < text.count {
            while start < text.count && text[start] == 32 { start &+= 1 }
            var end = start
            while end < text.count && text[end] != separator { end &+= 1 }
            let value = start &+ name.count &+ 1
            if value <= end, text[value &- 1] == UInt8(ascii: "="), begins(text, at: start, with: name) {
                var hash = ByteHash.seed
                add(text.extracting(value..<end), to: &hash)
                return hash.spread
            }
            start = end &+ 1
        }
        return nil
    }

    private static func begins(_ text: borrowing Span<UInt8>, at start: Int, with name: borrowing Span<UInt8>) -> Bool {
        for i in name.indices where text[start &+ i] != name[i] { return false }
        return true
    }

    private static func add(_ bytes: borrowing Span<UInt8>, to hash: inout UInt64) {
        for i in bytes.indices { hash = ByteHash.step(hash, bytes[i]) }
        hash = ByteHash.step(hash, 0)
    }
}

extension Cluster.HashKey {
    /// As `RequestKey.hash` takes it.
    var nameBytes: [UInt8] {
        switch self {
        case .address: []
        case .header(let name): Array(name.lowercased().utf8)
        case .cookie(let name), .query(let name): Array(name.utf8)
        }
    }
}
