/// The bits of a UUID whose text is as everybody writes it: 36 bytes, lower case (RFC 9562). They take less than half of the text.
public struct UUIDBits: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public static let textLength = 36
    private static let hyphen = UInt8(ascii: "-")
    private static func isHyphen(_ i: Int) -> Bool { i == 8 || i == 13 || i == 18 || i == 23 }

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// nil when the text is not exactly what a UUID's own text would be.
    public init?(_ text: String) { self.init(text.utf8Span.span) }

    /// - Parameter bytes: of the text.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.textLength else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for i in bytes.indices {
            let byte = bytes[i]
            if Self.isHyphen(i) {
                guard byte == Self.hyphen else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.textLength)
        for word in [high, low] {
            for shift in stride(from: UInt64(60), through: 0, by: -4) {
                if Self.isHyphen(bytes.count) { bytes.append(Self.hyphen) }
                let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
