/// Times as API servers write them, in UTC and whole seconds: `2026-01-31T23:59:59Z` (RFC 3339, `metav1.Time`). Every object holds one;
/// its fourteen digits are a number that takes no memory of its own and sorts as the text does.
public enum TimestampDigits {
    /// A zero stands for any digit.
    private static let form = Array("0000-00-00T00:00:00Z".utf8)
    private static let zero = UInt8(ascii: "0")

    /// `20260131235959`; nil for any other text.
    public static func digits(_ bytes: Span<UInt8>) -> UInt64? {
        guard bytes.count == form.count else { return nil }
        var number: UInt64 = 0
        for i in form.indices {
            if form[i] == zero {
                guard (zero...UInt8(ascii: "9")).contains(bytes[i]) else { return nil }
                number = number * 10 + UInt64(bytes[i] - zero)
            } else if bytes[i] != form[i] {
                return nil
            }
        }
        return number
    }

    /// The text that had these digits.
    public static func text(_ digits: UInt64) -> String {
        var bytes = form
        var rest = digits
        for i in bytes.indices.reversed() where bytes[i] == zero {
            bytes[i] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
