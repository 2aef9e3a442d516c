public import Base

/// The proof that whoever answers a WebSocket's request has read it (RFC 6455 section 4.2.2): SHA-1 of the key and a constant, in base64.
public enum WebSocketKey {
    /// What a key looks like: sixteen bytes in base64 (section 4.1).
    public static let length = 24
    /// What the answer to it looks like.
    public static let acceptLength = 28

    private static let guid: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Writes the answer to a key of `length` bytes. - Returns: the offset behind it.
    public static func writeAccept(_ key: borrowing Span<UInt8>, to buffer: borrowing Buffer, at start: Int) -> Int {
        precondition(key.count == length, "a key has one length")
        // With a one bit and the length behind it, that is two blocks.
        var message = [128 of UInt8](repeating: 0)
        for i in key.indices { message[i] = key[i] }
        for i in 0..<guid.utf8CodeUnitCount { unsafe message[length &+ i] = guid.utf8Start[i] }
        let count = length &+ guid.utf8CodeUnitCount
        message[count] = 0x80
        message[126] = UInt8(truncatingIfNeeded: (count &* 8) >> 8)
        message[127] = UInt8(truncatingIfNeeded: count &* 8)
        var state: [5 of UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        compress(message, 0, &state)
        compress(message, 64, &state)
        return base64(state, buffer, start)
    }

    /// SHA-1's step for one block (FIPS 180-4 section 6.1.2). Nothing here rests on its strength.
    private static func compress(_ message: [128 of UInt8], _ start: Int, _ state: inout [5 of UInt32]) {
        var words = [80 of UInt32](repeating: 0)
        for i in 0..<16 {
            let at = start &+ 4 &* i
            words[i] =
                UInt32(message[at]) << 24 | UInt32(message[at &+ 1]) << 16 | UInt32(message[at &+ 2]) << 8
                | UInt32(message[at &+ 3])
        }
        for i in 16..<80 { words[i] = rotate(words[i &- 3] ^ words[i &- 8] ^ words[i &- 14] ^ words[i &- 16], 1) }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for i in 0..<80 {
            let (f, k): (UInt32, UInt32) =
                switch i / 20 {
                case 0: ((b & c) | (~b & d), 0x5a82_7999)
                case 1: (b ^ c ^ d, 0x6ed9_eba1)
                case 2: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let next = rotate(a, 5) &+ f &+ e &+ k &+ words[i]
            (a, b, c, d, e) = (next, a, rotate(b, 30), c, d)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { x << n | x >> (32 &- n) }

    /// Twenty bytes are 27 characters and one that fills up.
    private static func base64(_ state: [5 of UInt32], _ buffer: borrowing Buffer, _ start: Int) -> Int {
        func byte(_ i: Int) -> UInt32 { i < 20 ? state[i / 4] >> UInt32(24 &- 8 &* (i % 4)) & 255 : 0 }
        for i in 0..<27 {
            let group = i / 4 &* 3
            let bits = byte(group) << 16 | byte(group &+ 1) << 8 | byte(group &+ 2)
            let six = UInt8(truncatingIfNeeded: bits >> UInt32(18 &- 6 &* (i % 4)) & 63)
            buffer[start &+ i] = six < 26 ? 65 &+ six : six < 52 ? 71 &+ six : six < 62 ? six &- 4 : six == 62 ? 43 : 47
        }
        buffer[start &+ 27] = 61
        return start &+ acceptLength
    }
}
