import Base

/// Writes text to memory that somebody reserved: no allocation, no reference counting. The reserver knows the bound, see `bound`.
@safe struct LogLine {
    private(set) var next: UnsafeMutablePointer<UInt8>

    @unsafe init(at start: UnsafeMutablePointer<UInt8>) { unsafe next = start }

    @inline(__always) mutating func put(_ byte: UInt8) {
        unsafe next.pointee = byte
        unsafe next += 1
    }

    @inline(__always) mutating func put(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        unsafe UnsafeMutableRawPointer(next).copyMemory(from: text.utf8Start, byteCount: count)
        unsafe next += count
    }

    /// Takes back the last bytes.
    @inline(__always) mutating func back(_ count: Int) { unsafe next -= count }

    /// Most numbers are small: up to six digits without a loop.
    @inline(__always) mutating func put(decimal value: UInt64) {
        guard value < 1000 else { return putLong(value) }
        put(small: UInt32(truncatingIfNeeded: value))
    }

    /// Below 1000.
    @inline(__always) private mutating func put(small value: UInt32) {
        let (text, count) = Decimal.digits(value)
        put(text, count)
    }

    /// The first `count` of four bytes in the order of memory; the others are written over.
    @inline(__always) private mutating func put(_ text: UInt32, _ count: Int) {
        unsafe UnsafeMutableRawPointer(next).storeBytes(of: text, as: UInt32.self)
        unsafe next += count
    }

    @inline(never) private mutating func putLong(_ value: UInt64) {
        if value < 1_000_000 {
            put(small: UInt32(truncatingIfNeeded: value) / 1000)
            return put(thousandths: value % 1000)
        }
        var width = 1
        var power: UInt64 = 10
        while value >= power {
            width &+= 1
            if width == 20 { break }
            power = power &* 10
        }
        var rest = value
        var i = width
        while i > 0 {
            i &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe next[i] = 48 &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        unsafe next += width
    }

    /// Exactly `width` digits, with leading zeros.
    mutating func put(decimal value: UInt64, width: Int) {
        var rest = value
        var i = width
        while i > 0 {
            i &-= 1
            unsafe next[i] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        unsafe next += width
    }

    /// Nanoseconds as milliseconds with three decimals.
    mutating func put(milliseconds nanoseconds: UInt64) {
        let micros = nanoseconds / 1000
        put(decimal: micros / 1000)
        put(46)
        put(thousandths: micros % 1000)
    }

    /// Below 1000, with leading zeros.
    @inline(__always) mutating func put(thousandths value: UInt64) {
        put(Decimal.threeDigits(UInt32(truncatingIfNeeded: value)), 3)
    }

    /// All sixteen digits.
    @inline(__always) mutating func put(hexadecimal value: UInt64) {
        put(word: Hexadecimal.digits(UInt32(truncatingIfNeeded: value >> 32)))
        put(word: Hexadecimal.digits(UInt32(truncatingIfNeeded: value)))
    }

    /// Eight bytes in the order of memory.
    @inline(__always) mutating func put(word: UInt64) {
        unsafe UnsafeMutableRawPointer(next).storeBytes(of: word, as: UInt64.self)
        unsafe next += 8
    }

    mutating func put(hexadecimal value: UInt64, width: Int) {
        var shift = UInt64(width &* 4)
        while shift > 0 {
            shift &-= 4
            put(Self.hexDigit(UInt8(truncatingIfNeeded: value >> shift) & 15))
        }
    }

    @inline(__always) static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 &+ value : 87 &+ value }
}

// MARK: - JSON strings (RFC 8259 section 7)

extension LogLine {
    /// The most that `put(escaped:)` writes for so many bytes: `\u00xx` for each.
    static func bound(escaped count: Int) -> Int { count &* 6 }

    /// The content of a JSON string, from any bytes whatever: what is not UTF-8 becomes U+FFFD.
    @inline(__always) mutating func put(escaped bytes: borrowing Span<UInt8>) {
        let n = bytes.count
        var i = 0
        while i < n {
            while i &+ 8 <= n {
                // `i + 8` is at most the span's count.
                let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
                guard Self.isPlain(word) else { break }
                put(word: word)
                i &+= 8
            }
            if i < n, n &- i < 8, putTail(bytes, i) { return }
            let stop = min(n, i &+ 8)
            while i < stop { i = putOne(bytes, i) }
        }
    }

    /// The last one to seven bytes, when none of them needs more than copying. What is written behind them is written over, or
    /// never read: there is room for eight bytes, since every line's bound is far above what it needs.
    @inline(__always) private mutating func putTail(_ bytes: borrowing Span<UInt8>, _ i: Int) -> Bool {
        let count = bytes.count &- i
        let word: UInt64
        let raw = unsafe bytes.bytes
        if count >= 4 {
            // Two halves that overlap: `i + 4` is at most the span's count.
            let low = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt32.self)
            let high = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: i &+ count &- 4, as: UInt32.self)
            word = UInt64(low) | UInt64(high) &<< UInt64(truncatingIfNeeded: (count &- 4) &* 8)
        } else {
            // The first, the middle and the last of one to three bytes.
            let middle = count >> 1
            word =
                UInt64(bytes[i]) | UInt64(bytes[i &+ middle]) &<< UInt64(truncatingIfNeeded: middle &* 8)
                | UInt64(bytes[i &+ count &- 1]) &<< UInt64(truncatingIfNeeded: (count &- 1) &* 8)
        }
        // Spaces take the place of what is not there.
        let spaces: UInt64 = 0x2020_2020_2020_2020 &<< UInt64(truncatingIfNeeded: count &* 8)
        guard Self.isPlain(word | spaces) else { return false }
        unsafe UnsafeMutableRawPointer(next).storeBytes(of: word, as: UInt64.self)
        unsafe next += count
        return true
    }

    /// Whether none of eight bytes needs more than copying: a quote, a backslash, a control or beyond ASCII.
    @inline(__always) private static func isPlain(_ x: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let quote = x ^ (ones &* 0x22)
        let backslash = x ^ (ones &* 0x5c)
        let found = (x &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | x
        return found & high == 0
    }

    /// Writes the character that begins at `i`; returns where the next begins.
    @inline(__always) private mutating func putOne(_ bytes: borrowing Span<UInt8>, _ i: Int) -> Int {
        let c = bytes[i]
        if c >= 0x20 && c < 0x80 && c != 0x22 && c != 0x5c {
            put(c)
            return i &+ 1
        }
        return putSpecial(bytes, i)
    }

    @inline(never) private mutating func putSpecial(_ bytes: borrowing Span<UInt8>, _ i: Int) -> Int {
        let c = bytes[i]
        if c < 0x80 {
            put(92)
            if c == 0x22 || c == 0x5c {
                put(c)
            } else {
                put("u00")
                put(Self.hexDigit(c >> 4))
                put(Self.hexDigit(c & 15))
            }
            return i &+ 1
        }
        let length = Self.sequenceLength(bytes, i)
        if length == 0 {
            put("\\ufffd")
            return i &+ 1
        }
        for k in i..<i &+ length { put(bytes[k]) }
        return i &+ length
    }

    /// Bytes of the well-formed UTF-8 sequence at `i` (Unicode 15 table 3-7); 0 when there is none.
    private static func sequenceLength(_ bytes: borrowing Span<UInt8>, _ i: Int) -> Int {
        let lead = bytes[i]
        let length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
        guard length > 0, i &+ length <= bytes.count else { return 0 }
        let second = bytes[i &+ 1]
        let low: UInt8 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80
        let top: UInt8 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf
        guard second >= low, second <= top else { return 0 }
        for k in 2..<max(2, length) where bytes[i &+ k] & 0xc0 != 0x80 { return 0 }
        return length
    }
}

// MARK: - Addresses

extension LogLine {
    /// As `IPAddress.description`: RFC 5952.
    mutating func put(_ address: IPAddress) {
        guard address.isV4 else { return putV6(address) }
        var shift: UInt32 = 32
        while shift > 0 {
            shift &-= 8
            let (text, count) = Decimal.digits(address.v4Bits &>> shift & 255)
            put(text | 46 &<< UInt32(truncatingIfNeeded: count &* 8), count &+ 1)
        }
        back(1)
    }

    private mutating func putV6(_ address: IPAddress) {
        var best = 8
        var bestEnd = 8
        var i = 0
        while i < 8 {
            var end = i
            while end < 8, Self.group(address, end) == 0 { end &+= 1 }
            if end &- i > max(1, bestEnd &- best) { (best, bestEnd) = (i, end) }
            i = max(end, i &+ 1)
        }
        i = 0
        while i < 8 {
            if i == best {
                put(58)
                put(58)
                i = bestEnd
                continue
            }
            if i > 0 && i != bestEnd { put(58) }
            putGroup(Self.group(address, i))
            i &+= 1
        }
    }

    private static func group(_ address: IPAddress, _ i: Int) -> UInt64 {
        (i < 4 ? address.high : address.low) >> UInt64(48 &- 16 &* (i & 3)) & 0xffff
    }

    private mutating func putGroup(_ value: UInt64) {
        put(hexadecimal: value, width: value > 0xfff ? 4 : value > 0xff ? 3 : value > 0xf ? 2 : 1)
    }
}
