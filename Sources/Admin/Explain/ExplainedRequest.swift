public import Base
public import Graph
import HTTP

/// A request that somebody asks about; nobody sends it.
public struct ExplainedRequest: Equatable, Sendable {
    public struct Field: Equatable, Sendable {
        /// Lower case.
        public var name: String
        public var value: String
    }

    public var method: String
    public var transport: Transport
    /// Lower case, without port and trailing dot.
    public var host: String
    public var port: UInt16?
    /// Canonical, as the proxy matches it.
    public var path: String
    public var query: String
    public var headers: [Field]
    public var source: IPAddress?

    public struct Problem: Error, CustomStringConvertible, Equatable {
        public var description: String
    }

    /// Reads `GET`, `http://shop.example.com:8080/cart?a=b` and `Name: value` lines.
    public init(method: String, url: String, headers: [String] = [], source: IPAddress? = nil) throws(Problem) {
        let scheme = url.prefix { $0 != ":" }
        guard let transport = Transport(rawValue: scheme.lowercased()), url[scheme.endIndex...].hasPrefix("://")
        else { throw Problem(description: "'\(url)' is no http:// or https:// URL, and no tcp:// or udp:// address") }
        self.method = method
        self.transport = transport
        self.source = source
        let rest = url[scheme.endIndex...].dropFirst(3).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        (host, port) = try Self.split(authority: authority, of: url)
        if port == nil, transport == .tcp || transport == .udp {
            throw Problem(description: "'\(url)' has no port; connections and datagrams are told apart by nothing else")
        }
        let target = rest[authority.endIndex...]
        let written = target.prefix { $0 != "?" }
        query = String(target[written.endIndex...].dropFirst())
        path = try Self.canonical(written.isEmpty ? "/" : String(written))
        self.headers = []
        for line in headers {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw Problem(description: "'\(line)' is no header; write 'Name: value'")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let field = Field(name: line[..<colon].lowercased(), value: String(value))
            if field.name == "host" {
                (host, port) = try Self.split(authority: value, of: line)
            } else {
                self.headers.append(field)
            }
        }
    }

    private static func split(authority: Substring, of text: String) throws(Problem) -> (String, UInt16?) {
        var host = authority
        var port: UInt16?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            port = UInt16(authority[authority.index(after: colon)...])
            if port == nil { throw Problem(description: "'\(text)' has no valid port") }
            host = authority[..<colon]
        }
        if host.hasSuffix(".") { host = host.dropLast() }
        if host.isEmpty { throw Problem(description: "'\(text)' names no host") }
        return (host.lowercased(), port)
    }

    private static func canonical(_ path: String) throws(Problem) -> String {
        let bytes = Array(path.utf8)
        let buffer = Buffer(capacity: bytes.count)
        guard let length = CanonicalPath.write(bytes.span, to: buffer, at: 0) else {
            throw Problem(description: "the path '\(path)' has no canonical form: the proxy answers 400")
        }
        return String(decoding: (0..<length).map { buffer[$0] }, as: UTF8.self)
    }
}

extension ExplainedRequest {
    /// A header that was sent several times counts as one, its values joined by ", " (RFC 9110 section 5.3), Cookie by "; ".
    func value(ofHeader name: String) -> String? {
        let values = headers.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: name == "cookie" ? "; " : ", ")
    }

    /// The first parameter of that name, decoded as forms are.
    func value(ofQuery name: String) -> String? { FormQuery.pairs(query).first { $0.name == name }?.value }

    /// The first cookie of that name (RFC 6265 section 5.4).
    func value(ofCookie name: String) -> String? {
        for pair in (value(ofHeader: "cookie") ?? "").split(separator: ";") {
            let trimmed = pair.drop { $0 == " " || $0 == "\t" }
            let key = trimmed.prefix { $0 != "=" }
            guard key == name, key.endIndex < trimmed.endIndex else { continue }
            let value = trimmed[key.endIndex...].dropFirst()
            return String(value.prefix(value.count - value.reversed().prefix { $0 == " " || $0 == "\t" }.count))
        }
        return nil
    }
}
