/// Byte classes and scans that the parsers share.
///
/// Scans are given `n`, which is at most the span's count, and look at no index without having compared it with `n`: `byte` and
/// `word` therefore do not compare again. All other reads of the parsers are checked.
enum Octets {
    /// RFC 9110 section 5.6.2 `tchar`, as a 128-bit map.
    @inline(__always)
    static func isToken(_ c: UInt8) -> Bool {
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        let word = c < 64 ? low : high
        return c < 128 && (word >> UInt64(c & 63)) & 1 != 0
    }

    /// Letters, digits, `-`, `.` and `_`.
    @inline(__always)
    static func isHost(_ c: UInt8) -> Bool {
        let low: UInt64 = 0x03ff_6000_0000_0000
        let high: UInt64 = 0x07ff_fffe_87ff_fffe
        let word = c < 64 ? low : high
        return c < 128 && (word >> UInt64(c & 63)) & 1 != 0
    }

    @inline(__always) static func isDigit(_ c: UInt8) -> Bool { c &- 48 < 10 }

    @inline(__always) static func isBlank(_ c: UInt8) -> Bool { c == 32 || c == 9 }

    /// The value of a hexadecimal digit, or 255.
    @inline(__always)
    static func hex(_ c: UInt8) -> UInt8 {
        if c &- 48 < 10 { return c &- 48 }
        let letter = (c | 0x20) &- 97
        return letter < 6 ? letter &+ 10 : 255
    }

    @inline(__always)
    @unsafe private static func wordOf(_ p: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UnsafeRawPointer(p).loadUnaligned(as: UInt64.self)
    }

    /// Eight bytes from `i`, the first one lowest; checked.
    @inline(__always)
    static func word(_ b: borrowing Span<UInt8>, _ i: Int) -> UInt64 {
        unsafe b.bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)
    }

    /// Eight bytes from `i`, where `i + 8` was found to be at most `n`.
    @inline(__always)
    @unsafe static func knownWord(_ b: borrowing Span<UInt8>, _ i: Int) -> UInt64 {
        unsafe b.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
    }

    /// The byte at `i`, where `i` was found to be below `n`.
    @inline(__always)
    @unsafe static func knownByte(_ b: borrowing Span<UInt8>, _ i: Int) -> UInt8 { unsafe b[unchecked: i] }

    /// Index of the first byte at or after `start` that may not stand in a field value (a control other than TAB), or `n`.
    ///
    /// Eight bytes at a time. The first test sees words of visible ASCII and spaces: there nothing borrows or carries. Where it
    /// fails, a byte below 0x20 borrows in the subtraction, and 0x7f becomes zero by exclusive or; the lowest byte found so is exact.
    @inline(__always)
    static func endOfValue(_ b: borrowing Span<UInt8>, _ start: Int, _ n: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        var i = start
        while true {
            while i &+ 8 <= n {
                let x = unsafe knownWord(b, i)
                if ((x &- ones &* 0x20) | (x &+ ones) | x) & high == 0 {
                    i = i &+ 8
                    continue
                }
                let control = (x &- ones &* 0x20) & ~x & high
                let delete = x ^ (ones &* 0x7f)
                let found = control | ((delete &- ones) & ~delete & high)
                if found != 0 {
                    i = i &+ (found.trailingZeroBitCount >> 3)
                    break
                }
                i = i &+ 8
            }
            while i < n {
                let c = unsafe knownByte(b, i)
                if c < 0x20 || c == 0x7f {
                    if c == 9 { break }
                    return i
                }
                i = i &+ 1
                if i &+ 8 <= n { break }
            }
            if i >= n { return n }
            if unsafe knownByte(b, i) == 9 { i = i &+ 1 }
        }
    }

    /// Index of the first byte at or after `start` that may not stand in a token, or `n`.
    ///
    /// Eight bytes at a time: letters and `-` are nearly all that names are made of; what else there is goes by the map.
    @inline(__always)
    static func endOfToken(_ b: borrowing Span<UInt8>, _ start: Int, _ n: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        var i = start
        while true {
            while i &+ 8 <= n {
                let x = unsafe knownWord(b, i)
                let folded = x | ones &* 0x20
                let low = folded & ~high
                // The high bit of a sum tells whether its byte reached the bound.
                let letters = (low &+ ones &* 0x1f) & ~(low &+ ones &* 0x05) & ~folded
                let y = x ^ ones &* 0x2d
                let dashes = ~(((y & ~high) &+ ~high) | y)
                let others = ~(letters | dashes) & high
                if others != 0 {
                    i = i &+ (others.trailingZeroBitCount >> 3)
                    break
                }
                i = i &+ 8
            }
            while i < n {
                let c = unsafe knownByte(b, i)
                guard c != 58, isToken(c) else { return i }
                i = i &+ 1
                if i &+ 8 <= n { break }
            }
            if i >= n { return n }
        }
    }

    /// Whether the bytes at `start` equal `text`, which is in lower case, ignoring ASCII case. The caller has compared lengths: as many
    /// bytes as `text` has are there.
    ///
    /// Words at a time, the last ones overlapping. Setting bit 5 folds letters, and makes nothing else that can stand here into a
    /// character of `text`: the bytes are no controls, and `text` has none of `@[\]^_`.
    @inline(__always)
    static func same(_ b: borrowing Span<UInt8>, _ start: Int, _ text: StaticString) -> Bool {
        let n = text.utf8CodeUnitCount
        let p = unsafe text.utf8Start
        if n >= 8 {
            let fold: UInt64 = 0x2020_2020_2020_2020
            var i = 0
            while i &+ 8 < n {
                if unsafe knownWord(b, start &+ i) | fold != wordOf(p + i) { return false }
                i = i &+ 8
            }
            return unsafe knownWord(b, start &+ n &- 8) | fold == wordOf(p + (n &- 8))
        }
        for i in 0..<n where unsafe ASCII.lower(b[start &+ i]) != p[i] { return false }
        return true
    }

    /// The same with `_` read as `-`.
    @inline(never)
    static func sameDashed(_ b: borrowing Span<UInt8>, _ start: Int, _ text: StaticString) -> Bool {
        let p = unsafe text.utf8Start
        for i in 0..<text.utf8CodeUnitCount {
            let c = ASCII.lower(b[start &+ i])
            if unsafe (c == 95 ? 45 : c) != p[i] { return false }
        }
        return true
    }

    /// Whether a line feed stands at or after `start`.
    @inline(never)
    static func hasLineFeed(_ b: borrowing Span<UInt8>, from start: Int, _ n: Int) -> Bool {
        var i = start
        while i < n {
            if b[i] == 10 { return true }
            i &+= 1
        }
        return false
    }
}
