/// The field `grpc-timeout`: how long the caller waits (gRPC over HTTP/2, "Timeout").
public enum GRPCTimeout {
    /// At most eight digits and a unit, without blanks.
    ///
    /// - Returns: nanoseconds, at most as many as can be counted (584 years); nil when the text is none.
    public static func parse(_ text: borrowing Span<UInt8>) -> UInt64? {
        let digits = text.count - 1
        guard (1...8).contains(digits), let unit = nanoseconds(text[digits]) else { return nil }
        var value: UInt64 = 0
        for i in 0..<digits {
            guard Octets.isDigit(text[i]) else { return nil }
            value = value &* 10 &+ UInt64(text[i] &- 48)
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        return overflow ? .max : product
    }

    private static func nanoseconds(_ unit: UInt8) -> UInt64? {
        switch unit {
        case UInt8(ascii: "H"): 3_600_000_000_000
        case UInt8(ascii: "M"): 60_000_000_000
        case UInt8(ascii: "S"): 1_000_000_000
        case UInt8(ascii: "m"): 1_000_000
        case UInt8(ascii: "u"): 1_000
        case UInt8(ascii: "n"): 1
        default: nil
        }
    }
}
