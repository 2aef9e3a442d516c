/// gRPC for callers that see no trailers (gRPC-Web): the messages are gRPC's own, the trailers are a last frame of the body, and either everything is
/// bytes or everything is base64.
public enum GRPCWeb {
    public enum Form: UInt8, Sendable, BitwiseCopyable {
        /// Not gRPC-Web.
        case none
        case binary, text
    }

    /// What a request is, by its content type.
    ///
    /// - Parameter suffix: set to what follows the name, such as `+proto`, as a range of the value.
    public static func form(_ value: borrowing Span<UInt8>, suffix: inout Range<Int>) -> Form {
        let name: StaticString = "application/grpc-web"
        let long: StaticString = "application/grpc-web-text"
        for (text, form) in [(long, Form.text), (name, Form.binary)] where GRPCRequest.isType(text, value) {
            suffix = text.utf8CodeUnitCount..<value.count
            return form
        }
        return .none
    }

    /// The first byte of the frame that holds the trailers; the length follows in four bytes.
    public static let trailersFlag: UInt8 = 0x80
}

/// Reads base64 symbol by symbol (RFC 4648 section 4). Padding may stand in the middle: who sends in pieces pads each of them.
public struct Base64Reader: Sendable, BitwiseCopyable {
    private var word: UInt32 = 0
    private var symbols: UInt8 = 0
    private var padding: UInt8 = 0

    public init() {}

    /// Nothing is missing of a group.
    public var isWhole: Bool { symbols == 0 }

    /// - Returns: the bytes that are complete with this symbol, in the high bytes of a word of three, and how many they are; nil when the text is no base64.
    public mutating func take(_ symbol: UInt8) -> (bytes: UInt32, count: Int)? {
        if symbol == 61 {
            guard symbols >= 2 else { return nil }
            padding &+= 1
            word = word << 6
        } else {
            guard padding == 0, let value = Self.value(symbol) else { return nil }
            word = word << 6 | value
        }
        symbols &+= 1
        guard symbols == 4 else { return (0, 0) }
        let result = (bytes: word, count: 3 &- Int(padding))
        self = Base64Reader()
        return result
    }

    private static func value(_ symbol: UInt8) -> UInt32? {
        switch symbol {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(symbol &- 65)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(symbol &- 71)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(symbol &+ 4)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// The four symbols of up to three bytes, which lie as `take` returns them, padded.
    public static func symbols(_ bytes: UInt32, count: Int) -> InlineArray<4, UInt8> {
        var result = InlineArray<4, UInt8>(repeating: 61)
        for i in 0...count { result[i] = symbol(bytes >> UInt32(18 &- 6 &* i) & 63) }
        return result
    }

    private static func symbol(_ value: UInt32) -> UInt8 {
        let v = UInt8(truncatingIfNeeded: value)
        return v < 26 ? v &+ 65 : v < 52 ? v &+ 71 : v < 62 ? v &- 4 : v == 62 ? 43 : 47
    }
}
