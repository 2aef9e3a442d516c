import Base

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
    @inline(__always)
    static func endOfValue(_ b: borrowing Span<UInt8>, _ start: Int, _ n: Int) -> Int {
        var i = start
        while true {
            let x = sixteen(b, i, n)
            // What is below 0x20 borrows, 0x7f carries; both come out with a high bit that they did not have.
            let step = firstMarked(((x &- 0x20) | (x &+ 1)) & ~x)
            i = i &+ step
            if step == 16 { continue }
            if i >= n { return n }
            guard unsafe knownByte(b, i) == 9 else { return i }
            i = i &+ 1
        }
    }

    /// Index of the first byte at or after `start` that may not stand in a token, or `n`.
    ///
    /// Letters and `-` are nearly all that names are made of; what else there is goes by the map.
    @inline(__always)
    static func endOfToken(_ b: borrowing Span<UInt8>, _ start: Int, _ n: Int) -> Int {
        var i = start
        while true {
            let x = sixteen(b, i, n)
            // The high bit of a sum tells whether its byte reached the bound.
            let folded = x & 0x5f
            let letters = (folded &+ 0x3f) & ~(folded &+ 0x25) & ~x
            let y = x ^ 0x2d
            let dashes = (y &- 1) & ~y
            let step = firstMarked(~(letters | dashes))
            i = i &+ step
            if step == 16 { continue }
            if i >= n { return n }
            let c = unsafe knownByte(b, i)
            guard c != 58, isToken(c) else { return i }
            i = i &+ 1
        }
    }

    // MARK: Sixteen bytes at once

    /// Bytes behind the last one that matters with which a scan needs no special end.
    static let slack = 18

    // The standard library compares vectors lane by lane; sums and bit operations are single instructions. A class is therefore computed
    // as a mark in each byte's high bit.

    /// Index of the first byte whose high bit is set, or 16.
    @inline(__always)
    private static func firstMarked(_ marks: SIMD16<UInt8>) -> Int {
        let halves = unsafe unsafeBitCast(marks & 0x80, to: SIMD2<UInt64>.self)
        if halves[0] != 0 { return halves[0].trailingZeroBitCount &>> 3 }
        return 8 &+ halves[1].trailingZeroBitCount &>> 3
    }

    /// The bytes from `i`, which is at most `n`. Zeros, which end every scan, stand for those at `n` and beyond.
    @inline(__always)
    private static func sixteen(_ b: borrowing Span<UInt8>, _ i: Int, _ n: Int) -> SIMD16<UInt8> {
        guard i &+ 16 <= n else { return lastOnes(b, i, n) }
        return unsafe b.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: SIMD16<UInt8>.self)
    }

    /// The same when fewer than sixteen bytes are left: words that end at `n` are shifted to where their bytes belong.
    @inline(never)
    private static func lastOnes(_ b: borrowing Span<UInt8>, _ i: Int, _ n: Int) -> SIMD16<UInt8> {
        var halves = SIMD2<UInt64>(repeating: 0)
        let left = n &- i
        if left >= 8 {
            halves[0] = unsafe knownWord(b, i)
            halves[1] = unsafe knownWord(b, n &- 8) >> UInt64(truncatingIfNeeded: (16 &- left) &* 8)
        } else if n >= 8 {
            halves[0] = unsafe knownWord(b, n &- 8) >> UInt64(truncatingIfNeeded: (8 &- left) &* 8)
        } else {
            for k in 0..<left { halves[0] |= UInt64(b[i &+ k]) &<< UInt64(truncatingIfNeeded: k &* 8) }
        }
        return unsafe unsafeBitCast(halves, to: SIMD16<UInt8>.self)
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

    /// Writes `name` to `buffer` at `start` with its letters in lower case, and returns the offset behind it. Up to fifteen bytes behind are
    /// written as well.
    ///
    /// - Parameter readable: bytes that may be read from `name` on.
    @inline(__always)
    @unsafe static func writeLower(
        _ name: UnsafePointer<UInt8>, _ count: Int, readable: Int, _ buffer: borrowing Buffer, at start: Int
    ) -> Int {
        var i = 0
        while i < count {
            var x = SIMD16<UInt8>(repeating: 0)
            if i &+ 16 <= readable {
                x = unsafe UnsafeRawPointer(name + i).loadUnaligned(as: SIMD16<UInt8>.self)
            } else {
                for k in 0..<(count &- i) { x[k] = unsafe name[i &+ k] }
            }
            // The high bit of a sum tells whether its byte reached the bound.
            let folded = x & 0x7f
            let capitals = (folded &+ 0x3f) & ~(folded &+ 0x25) & ~x & 0x80
            // In words: nothing of a byte reaches its neighbour. (Bytes are shifted one by one.)
            let words = unsafe unsafeBitCast(capitals, to: SIMD2<UInt64>.self) &>> 2
            buffer.write(unsafe x | unsafeBitCast(words, to: SIMD16<UInt8>.self), at: start &+ i)
            i &+= 16
        }
        return start &+ count
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
