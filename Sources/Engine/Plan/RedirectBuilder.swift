import HTTP
import Pipeline
import Policies

/// Answers a redirect (Gateway API HTTPRequestRedirectFilter).
enum RedirectBuilder {
    private static let pool = ConstantPool()
    private static let location = pool.add("location")

    static func reply(_ row: RedirectRow, _ head: borrowing RequestHead, _ x: inout Exchange) -> LocalReply {
        let start = x.edits.textPosition
        var path = ByteRef.nothing
        var query = ByteRef.nothing
        if let rewriter = unsafe row.path {
            switch unsafe rewriter._withUnsafeGuaranteedRef({ $0.rewrite(head, &x) }) {
            case .unchanged: break
            case .rewritten(let newPath, let newQuery): (path, query) = (newPath, newQuery)
            case .failed(let reason): return LocalReply(reason)
            }
        }
        // The rewritten path was written to the text before: the location is what comes after it.
        let locationStart = path.isPresent ? x.edits.textPosition : start
        guard appendOrigin(row, head, &x), appendPath(path, query, head, &x) else { return LocalReply(.editsTooLarge) }
        guard x.edits.append(.set, .response, location, x.edits.text(from: locationStart)) else {
            return LocalReply(.editsTooLarge)
        }
        return LocalReply(status: row.status, reason: .redirected)
    }

    /// `scheme://host[:port]`; nothing when the request named no host and the rule names none.
    private static func appendOrigin(_ row: RedirectRow, _ head: borrowing RequestHead, _ x: inout Exchange) -> Bool {
        guard row.host.isPresent || head.line.hostLength > 0 else { return true }
        let isHTTPS = row.scheme == .asRequested ? x.scheme == .https : row.scheme == .https
        guard isHTTPS ? x.edits.append(text: "https://") : x.edits.append(text: "http://") else { return false }
        guard row.host.isPresent ? x.edits.append(text: row.host) : x.edits.append(text: head.host) else { return false }
        let port = port(row, isHTTPS, head)
        // A port that the scheme implies is left out.
        if port == 0 || port == (isHTTPS ? 443 : 80) { return true }
        return x.edits.append(text: UInt8(ascii: ":")) && append(port, &x)
    }

    /// The rule's port; with a scheme of the rule's that scheme's own; else the one that the client used.
    private static func port(_ row: RedirectRow, _ isHTTPS: Bool, _ head: borrowing RequestHead) -> UInt16 {
        if row.port != 0 { return row.port }
        return row.scheme == .asRequested ? requestedPort(head) : 0
    }

    /// The port in the Host field; 0 when there is none. It is what the client reaches us by, whatever stands between.
    private static func requestedPort(_ head: borrowing RequestHead) -> UInt16 {
        for i in head.fields.indices where head.fields[i].kind == .host {
            let value = head.value(i)
            var port: UInt32 = 0
            var factor: UInt32 = 1
            var k = value.count
            while k > 0 {
                k -= 1
                let c = value[k]
                if c == UInt8(ascii: ":") { return port <= 65535 ? UInt16(port) : 0 }
                guard c &- 48 < 10, factor <= 10000 else { return 0 }
                port += UInt32(c &- 48) * factor
                factor *= 10
            }
            return 0
        }
        return 0
    }

    private static func append(_ port: UInt16, _ x: inout Exchange) -> Bool {
        var divisor: UInt16 = 10000
        while divisor > 1 && port < divisor { divisor /= 10 }
        while divisor > 0 {
            guard x.edits.append(text: UInt8(48 + port / divisor % 10)) else { return false }
            divisor /= 10
        }
        return true
    }

    private static func appendPath(
        _ path: ByteRef, _ query: ByteRef, _ head: borrowing RequestHead, _ x: inout Exchange
    ) -> Bool {
        guard path.isPresent ? x.edits.append(text: path) : x.edits.append(text: head.path) else { return false }
        if query.isPresent {
            return query.count == 0 || (x.edits.append(text: UInt8(ascii: "?")) && x.edits.append(text: query))
        }
        guard head.line.hasQuery else { return true }
        return x.edits.append(text: UInt8(ascii: "?")) && x.edits.append(text: head.query)
    }
}
