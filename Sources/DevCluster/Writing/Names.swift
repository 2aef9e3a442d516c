/// What names, labels and annotations may look like (k8s.io/apimachinery/pkg/util/validation). A rule answers nil or what is wrong.
enum Names {
    static func subdomain(_ name: String) -> String? {
        if name.utf8.count > 253 { return "must be no more than 253 characters" }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
            ? nil
            : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
                + "alphanumeric character (e.g. 'example.com', regex used for validation is "
                + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    }

    static func label(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 characters" }
        return isLabel(name)
            ? nil
            : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
                + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    }

    /// RFC 1035: begins with a letter. Names of Services.
    static func label1035(_ name: String) -> String? {
        if name.utf8.count > 63 { return "must be no more than 63 characters" }
        return isLabel(name) && name.utf8.first.map(isLower) == true
            ? nil
            : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
                + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    }

    /// Names that only have to be a path segment.
    static func segment(_ name: String) -> String? {
        if name == "." || name == ".." { return "may not be '\(name)'" }
        return name.contains("/") ? "may not contain '/'" : name.contains("%") ? "may not contain '%'" : nil
    }

    /// `prefix.example.com/name` or `name`: keys of labels and annotations.
    static func isQualified(_ key: some StringProtocol) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isWord(parts[0])
        case 2: return !parts[0].isEmpty && subdomain(String(parts[0])) == nil && isWord(parts[1])
        default: return false
        }
    }

    static func isLabelValue(_ value: String) -> Bool { value.isEmpty || isWord(value) }

    /// 1 to 63 letters, digits, '-', '_' and '.', with letters or digits at both ends.
    private static func isWord(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, let last = bytes.reversed().first else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy {
                isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
    }

    private static func isLabel(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.reversed().first, first != UInt8(ascii: "-"), last != UInt8(ascii: "-")
        else {
            return false
        }
        return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte | 0x20) }
}
