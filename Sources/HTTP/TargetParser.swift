/// Parses request targets (RFC 9112 section 3.2): origin-form, absolute-form, asterisk-form. CONNECT is refused.
enum TargetParser {
    @inline(__always)
    static func parse(_ b: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ request: inout ParsedRequest) -> HeadDefect? {
        let method = Int(request.line.method)
        if request.line.methodLength == 7, b[method] | 0x20 == 99, Octets.same(b, method, "connect") { return .method }
        if b[start] == 47 { return origin(b, start, end, &request) }
        if b[start] == 42, end &- start == 1 {
            guard request.line.methodLength == 7, Octets.same(b, method, "options") else { return .target }
            setPath(&request, start, start &+ 1)
            return nil
        }
        return absolute(b, start, end, &request)
    }

    /// `/path?query`, scanned once for everything that the canonical form would change.
    @inline(__always)
    private static func origin(
        _ b: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ request: inout ParsedRequest
    ) -> HeadDefect? {
        var i = start
        var odd = false
        var previous: UInt8 = 0
        while i < end {
            let c = b[i]
            if c == 63 { break }
            if c == 35 || c == 92 { return .target }
            // `%`, `;`, `//`, `/.`: looked at by CanonicalPath.
            odd = odd || c == 37 || c == 59 || (previous == 47 && (c == 47 || c == 46))
            previous = c
            i = i &+ 1
        }
        setPath(&request, start, i)
        request.needsCanonicalPath = odd
        guard i < end else { return nil }
        let query = i &+ 1
        i = query
        while i < end {
            if b[i] == 35 { return .target }
            i = i &+ 1
        }
        request.line.hasQuery = true
        request.line.query = Int32(truncatingIfNeeded: query)
        request.line.queryLength = Int32(truncatingIfNeeded: end &- query)
        return nil
    }

    @inline(__always)
    private static func setPath(_ request: inout ParsedRequest, _ start: Int, _ end: Int) {
        request.line.path = Int32(truncatingIfNeeded: start)
        request.line.pathLength = Int32(truncatingIfNeeded: end &- start)
    }

    /// `http://host:port/path?query`: its authority replaces the Host field (RFC 9112 section 3.2.2).
    @inline(never)
    private static func absolute(
        _ b: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ request: inout ParsedRequest
    ) -> HeadDefect? {
        let length = end &- start
        let authority: Int
        if length > 7, Octets.same(b, start, "http://") {
            authority = start &+ 7
        } else if length > 8, Octets.same(b, start, "https://") {
            authority = start &+ 8
        } else {
            return .target
        }
        var i = authority
        while i < end && b[i] != 47 && b[i] != 63 && b[i] != 35 { i = i &+ 1 }
        guard i > authority, AuthorityParser.parse(b, authority, i &- authority, &request) else { return .target }
        request.isAbsoluteForm = true
        if i < end && b[i] == 47 { return origin(b, i, end, &request) }
        // Without a path the path is `/`: the second slash of `//` serves, so that every part lies in the bytes.
        setPath(&request, authority &- 1, authority)
        guard i < end else { return nil }
        guard b[i] == 63 else { return .target }
        var k = i
        while k < end {
            if b[k] == 35 { return .target }
            k = k &+ 1
        }
        request.line.hasQuery = true
        request.line.query = Int32(truncatingIfNeeded: i &+ 1)
        request.line.queryLength = Int32(truncatingIfNeeded: end &- i &- 1)
        return nil
    }
}

/// Parses `host[:port]` (RFC 3986 section 3.2): reg-name of letters, digits, `-`, `.`, `_` without empty labels; IPv4; bracketed
/// IPv6. No user info.
enum AuthorityParser {
    @inline(__always)
    static func parse(_ b: borrowing Span<UInt8>, _ start: Int, _ length: Int, _ request: inout ParsedRequest) -> Bool {
        let end = start &+ length
        guard length <= 261 else { return false }
        var i = start
        var upper = false
        if b[i] == 91 {
            i = i &+ 1
            while i < end && (Octets.hex(b[i]) < 16 || b[i] == 58 || b[i] == 46) {
                upper = upper || (b[i] &- 65) < 26
                i = i &+ 1
            }
            guard i < end, b[i] == 93, i > start &+ 2 else { return false }
            i = i &+ 1
        } else {
            // What a dot may not follow: the beginning, or a dot.
            var previous: UInt8 = 46
            while i < end {
                let c = b[i]
                // Nearly all are small letters.
                if c &- 97 < 26 {
                    previous = c
                    i = i &+ 1
                    continue
                }
                guard Octets.isHost(c), c != 46 || previous != 46 else { break }
                upper = (c &- 65 < 26) || upper
                previous = c
                i = i &+ 1
            }
        }
        var hostEnd = i
        guard hostEnd > start else { return false }
        if i < end {
            guard b[i] == 58, end &- i <= 6 else { return false }
            i = i &+ 1
            var port = 0
            while i < end {
                guard Octets.isDigit(b[i]) else { return false }
                port = port &* 10 &+ Int(b[i] &- 48)
                i = i &+ 1
            }
            guard port <= 65535 else { return false }
        }
        // `example.com.` is the same host.
        if hostEnd &- start > 1 && b[hostEnd &- 1] == 46 { hostEnd = hostEnd &- 1 }
        request.line.host = Int32(truncatingIfNeeded: start)
        request.line.hostLength = Int32(truncatingIfNeeded: hostEnd &- start)
        request.authority = Int32(truncatingIfNeeded: start)
        request.authorityLength = Int32(truncatingIfNeeded: length)
        request.needsLowerHost = upper
        return true
    }
}
