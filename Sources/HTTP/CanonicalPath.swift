public import Base

/// The one path that routing, filters, logs and the upstream see.
///
/// Policy: `%` must be followed by two hexadecimal digits; escapes of unreserved characters are decoded, all others kept with upper
/// case digits (RFC 3986 section 6.2.2). `//` becomes `/`. `.` and `..` segments are removed; climbing above the root is refused.
/// `%00` is refused. `%2F` and `%5C` stay data of their segment, and `;` too, but a segment that some backend would read as a dot
/// segment (`..%2F`, `..;x`) is refused. `\` and `#` never come here: the parser refuses them.
public enum CanonicalPath {
    /// Writes the canonical form of `path` to `output` at `offset`, and returns its length; nil when the path is refused.
    ///
    /// The form is never longer than the path.
    public static func write(_ path: borrowing Span<UInt8>, to output: borrowing Buffer, at offset: Int) -> Int? {
        guard path.count > 0, path[0] == 47, offset + path.count <= output.capacity else { return nil }
        var length = 0
        var i = 0
        var segment = 1
        while i < path.count {
            var c = path[i]
            var escaped = false
            if c == 37 {
                guard i + 2 < path.count else { return nil }
                let high = Octets.hex(path[i + 1])
                let low = Octets.hex(path[i + 2])
                guard high < 16, low < 16 else { return nil }
                c = high << 4 | low
                if c == 0 { return nil }
                i += 2
                escaped = !isUnreserved(c)
            }
            i += 1
            if escaped {
                output[offset + length] = 37
                output[offset + length + 1] = digit(c >> 4)
                output[offset + length + 2] = digit(c & 15)
                length += 3
            } else if c == 47 {
                if length > 0 {
                    guard let kept = endSegment(output, offset, segment: segment, end: length) else { return nil }
                    length = kept
                }
                if length == 0 || output[offset + length - 1] != 47 {
                    output[offset + length] = 47
                    length += 1
                }
                segment = length
            } else {
                output[offset + length] = c
                length += 1
            }
        }
        return endSegment(output, offset, segment: segment, end: length)
    }

    /// The length of the path after its last segment is looked at: dot segments are taken away.
    private static func endSegment(_ output: borrowing Buffer, _ offset: Int, segment: Int, end: Int) -> Int? {
        var dots = 0
        while segment + dots < end && output[offset + segment + dots] == 46 { dots += 1 }
        let length = end - segment
        if length == dots && (dots == 1 || dots == 2) {
            if dots == 1 { return segment }
            // Back over the slash and the segment before it.
            guard segment > 1 else { return nil }
            var back = segment - 1
            while back > 0 && output[offset + back - 1] != 47 { back -= 1 }
            return back
        }
        return hidesDots(output, offset + segment, offset + end) ? nil : end
    }

    /// Whether a part of the segment, cut at `;`, `%2F` and `%5C`, is a dot segment.
    private static func hidesDots(_ output: borrowing Buffer, _ start: Int, _ end: Int) -> Bool {
        var i = start
        var part = start
        var cuts = false
        while i < end {
            let c = output[i]
            let encoded = c == 37 && i + 2 < end && isEncodedSeparator(output[i + 1], output[i + 2])
            if c == 59 || encoded {
                if isDots(output, part, i) { return true }
                cuts = true
                i += encoded ? 3 : 1
                part = i
                continue
            }
            i += 1
        }
        return cuts && isDots(output, part, end)
    }

    private static func isEncodedSeparator(_ high: UInt8, _ low: UInt8) -> Bool {
        (high == 50 && low == 70) || (high == 53 && low == 67)
    }

    private static func isDots(_ output: borrowing Buffer, _ start: Int, _ end: Int) -> Bool {
        (end - start == 1 && output[start] == 46) || (end - start == 2 && output[start] == 46 && output[start + 1] == 46)
    }

    private static func isUnreserved(_ c: UInt8) -> Bool {
        let letter = (c | 0x20) &- 97 < 26
        return letter || Octets.isDigit(c) || c == 45 || c == 46 || c == 95 || c == 126
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}
