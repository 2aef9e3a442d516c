/// Texts within URLs and forms (RFC 3986 section 2.1).
public enum PercentEncoding {
    /// Escapes everything but RFC 3986's unreserved characters.
    public static func segment(_ text: String) -> String { escape(text, keeping: "-._~") }

    /// Escapes everything but ASCII's letters and digits and these.
    public static func escape(_ text: String, keeping others: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                _ where others.utf8.contains(byte):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hexadecimal.text(CollectionOfOne(byte)).uppercased()
            }
        }
    }

    public static func query(_ items: [(String, String)]) -> String {
        items.isEmpty ? "" : "?" + items.map { segment($0.0) + "=" + segment($0.1) }.joined(separator: "&")
    }
}
