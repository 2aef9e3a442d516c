public import Base
public import Secure

/// Header fields in order; names are compared without regard to case.
public struct HeaderFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public private(set) var entries: [(name: String, value: String)] = []

    public init() {}
    public init(dictionaryLiteral elements: (String, String)...) { entries = elements.map { (name: $0.0, value: $0.1) } }

    /// The first value of a name.
    public subscript(_ name: String) -> String? {
        get { entries.first { Self.same($0.name, name) }?.value }
        set {
            entries.removeAll { Self.same($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    public func all(_ name: String) -> [String] { entries.filter { Self.same($0.name, name) }.map(\.value) }

    public mutating func append(_ name: String, _ value: String) { entries.append((name, value)) }

    public static func == (a: Self, b: Self) -> Bool { a.entries.elementsEqual(b.entries, by: ==) }

    private static func same(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 0x20 : byte }
}

/// One request, read whole.
public struct ServedRequest: Sendable {
    public var method: String
    /// Percent-decoded, without query; always begins with "/".
    public var path: String
    /// Parameters in order, percent-decoded, "+" read as space.
    public var query: [(name: String, value: String)]
    /// The target as it was sent.
    public var target: String
    public var headers: HeaderFields
    public var body: [UInt8]
    public var peer: IPAddress
    /// The verified certificate of a TLS client that gave one.
    public var clientCertificate: Certificate?

    public init(
        method: String, target: String, headers: HeaderFields = [:], body: [UInt8] = [], peer: IPAddress = .v4Loopback,
        clientCertificate: Certificate? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.peer = peer
        self.clientCertificate = clientCertificate
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = Percent.decode(parts[0], plusIsSpace: false)
        query = parts.count < 2 ? [] : Percent.query(parts[1])
    }

    /// The first value of a query parameter.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
    public func parameters(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
}

enum Percent {
    /// Damaged escapes stay as they were sent; bytes that are no UTF-8 become U+FFFD.
    static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
        var out: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), let high = bytes.first.flatMap(hex), let low = bytes.dropFirst().first.flatMap(hex) {
                out.append(high << 4 | low)
                bytes = bytes.dropFirst(2)
            } else {
                out.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func query(_ text: Substring) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0], plusIsSpace: true), parts.count < 2 ? "" : decode(parts[1], plusIsSpace: true))
        }
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
