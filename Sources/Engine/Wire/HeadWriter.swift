import Base
import HTTP

/// Puts a head together in the transmit buffer. What does not fit is left out and remembered: the head is then not sent.
struct HeadWriter {
    private(set) var count: Int
    private(set) var isTooLong = false
    let limit: Int

    /// - Parameter count: bytes that are there already.
    init(limit: Int, count: Int = 0) {
        self.limit = limit
        self.count = count
    }

    @inline(__always)
    private mutating func has(_ n: Int) -> Bool {
        if count &+ n <= limit { return true }
        isTooLong = true
        return false
    }

    @inline(__always)
    mutating func put(_ text: StaticString, _ buffer: borrowing Buffer) {
        guard has(text.utf8CodeUnitCount) else { return }
        count = buffer.write(text, at: count)
    }

    @inline(__always)
    mutating func put(_ bytes: borrowing Span<UInt8>, _ buffer: borrowing Buffer) {
        guard has(bytes.count) else { return }
        count = buffer.write(bytes, at: count)
    }

    @inline(__always)
    mutating func put(_ byte: UInt8, _ buffer: borrowing Buffer) {
        guard has(1) else { return }
        buffer[count] = byte
        count &+= 1
    }

    /// A field name in lower case, with its colon, a value and the end of the line.
    mutating func field(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>, _ buffer: borrowing Buffer) {
        put(name, buffer)
        put(": ", buffer)
        put(value, buffer)
        put("\r\n", buffer)
    }

    mutating func put(decimal value: UInt64, _ buffer: borrowing Buffer) {
        guard value < 100_000_000, count &+ 8 <= buffer.capacity else { return putLong(value, buffer) }
        // Up to eight digits, the first one in the lowest byte; what else the word holds is written over later.
        var rest = UInt32(truncatingIfNeeded: value)
        var digits: UInt64 = 0
        var width = 0
        repeat {
            let quotient = rest / 10
            digits = digits &<< 8 | UInt64(48 &+ rest &- quotient &* 10)
            rest = quotient
            width &+= 1
        } while rest > 0
        guard has(width) else { return }
        buffer.write(digits, at: count)
        count &+= width
    }

    @inline(never) private mutating func putLong(_ value: UInt64, _ buffer: borrowing Buffer) {
        var width = 1
        var power: UInt64 = 10
        while width < 20 && value >= power {
            width &+= 1
            power = power &* 10
        }
        guard has(width) else { return }
        var rest = value
        var i = count &+ width
        while i > count {
            i &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            buffer[i] = 48 &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        count &+= width
    }

    /// Digits without leading zeros, for chunk sizes.
    mutating func put(chunkSize value: Int, _ buffer: borrowing Buffer) {
        var shift = 60 - (UInt64(truncatingIfNeeded: value | 1).leadingZeroBitCount & ~3)
        while shift >= 0 {
            put(Self.hexDigit(UInt64(truncatingIfNeeded: value) >> UInt64(shift)), buffer)
            shift &-= 4
        }
        put("\r\n", buffer)
    }

    /// All sixteen digits.
    mutating func put(hexadecimal value: UInt64, _ buffer: borrowing Buffer) {
        guard has(16) else { return }
        buffer.write(Hexadecimal.digits(UInt32(truncatingIfNeeded: value >> 32)), at: count)
        buffer.write(Hexadecimal.digits(UInt32(truncatingIfNeeded: value)), at: count &+ 8)
        count &+= 16
    }

    @inline(__always) private static func hexDigit(_ value: UInt64) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value) & 15
        return digit < 10 ? 48 &+ digit : 87 &+ digit
    }

    /// A nonce of 16 bytes in base64 (RFC 6455 section 4.1).
    mutating func put(webSocketKey high: UInt64, _ low: UInt64, _ buffer: borrowing Buffer) {
        let bits = UInt128(high) << 64 | UInt128(low)
        for i in 0..<22 {
            let six = UInt8(truncatingIfNeeded: i < 21 ? bits >> UInt128(122 - 6 * i) : bits << 4) & 63
            put(six < 26 ? 65 + six : six < 52 ? 71 + six : six < 62 ? six - 4 : six == 62 ? 43 : 47, buffer)
        }
        put("==", buffer)
    }

    /// The line that answers a WebSocket's key.
    mutating func put(acceptOf key: borrowing Span<UInt8>, _ buffer: borrowing Buffer) {
        put("sec-websocket-accept: ", buffer)
        guard has(WebSocketKey.acceptLength) else { return }
        count = WebSocketKey.writeAccept(key, to: buffer, at: count)
        put("\r\n", buffer)
    }

    mutating func put(_ address: IPAddress, _ buffer: borrowing Buffer) {
        guard address.isV4 else { return putV6(address, buffer) }
        guard has(16) else { return }
        var shift: UInt32 = 32
        while shift > 0 {
            shift &-= 8
            let (text, digits) = Decimal.digits(address.v4Bits &>> shift & 255)
            buffer.write(text | 46 &<< UInt32(truncatingIfNeeded: digits &* 8), at: count)
            count &+= digits &+ 1
        }
        // The last dot is written over.
        count &-= 1
    }

    /// RFC 5952 but for the compression of zeros, which a reader must not need.
    private mutating func putV6(_ address: IPAddress, _ buffer: borrowing Buffer) {
        for i in 0..<8 {
            if i > 0 { put(58, buffer) }
            let word = i < 4 ? address.high : address.low
            let group = word >> UInt64(48 &- 16 &* (i & 3)) & 0xffff
            var shift: UInt64 = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0
            put(Self.hexDigit(group >> shift), buffer)
            while shift > 0 {
                shift &-= 4
                put(Self.hexDigit(group >> shift), buffer)
            }
        }
    }
}
