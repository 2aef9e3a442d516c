/// Comparisons of header bytes. Field names and hosts are ASCII; only A-Z fold.
public enum ASCII {
    @inlinable @inline(__always)
    public static func lower(_ c: UInt8) -> UInt8 { (c &- 65) < 26 ? c | 0x20 : c }

    /// Whether `bytes` equals `text` (which must be lower case), ignoring ASCII case.
    @inlinable public static func equalsIgnoringCase(_ bytes: borrowing Span<UInt8>, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        let p = unsafe text.utf8Start
        for i in bytes.indices where unsafe lower(bytes[i]) != p[i] { return false }
        return true
    }
}
