import Base
import Secure

/// What endpoints are told of the certificate that a client showed: the line `X-Forwarded-Client-Cert`, in the form that Envoy gave it:
/// `Hash=…;Subject="…";URI=…;DNS=…`. Made once for a connection.
enum CertificateField {
    /// Bytes of its value; what does not fit is left out from the end. The hash always fits.
    private static let longest = 8000

    /// With its line's end; nil when OpenSSL cannot write the certificate.
    static func line(_ certificate: Certificate) -> [UInt8]? {
        guard let fingerprint = try? certificate.fingerprint() else { return nil }
        var value = "Hash=\(fingerprint.map { hex($0) }.joined())"
        var parts = ["Subject=\"\(subject(certificate.subject))\""]
        for name in certificate.subjectAlternativeNames { if case .uri(let uri) = name { parts.append("URI=\(word(uri))") } }
        for name in certificate.subjectAlternativeNames { if case .dns(let name) = name { parts.append("DNS=\(word(name))") } }
        for part in parts {
            guard value.utf8.count + 1 + part.utf8.count <= longest else { break }
            value += ";\(part)"
        }
        return Array("x-forwarded-client-cert: \(value)\r\n".utf8)
    }

    /// Last attribute first, as RFC 2253 has it. Bytes that a field line must not hold are written in hexadecimal.
    static func subject(_ attributes: [(type: String, value: String)]) -> String {
        attributes.reversed().map { "\($0.type)=\(escaped($0.value))" }.joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        var out = ""
        let bytes = Array(value.utf8)
        for (i, byte) in bytes.enumerated() {
            let character = Character(Unicode.Scalar(byte))
            let isAtEdge = i == 0 || i == bytes.count - 1
            if byte < 0x20 || byte >= 0x7f {
                out += "\\\(hex(byte))"
            } else if ",+\"\\<>;".contains(character) || (character == " " && isAtEdge) || (character == "#" && i == 0) {
                out += "\\\(character)"
            } else {
                out.append(character)
            }
        }
        return out
    }

    /// A value of an element: what could end it is written as in a URI (RFC 3986 section 2.1).
    static func word(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain = byte > 0x20 && byte < 0x7f && !",;\"\\".utf8.contains(byte)
            if isPlain { out.unicodeScalars.append(Unicode.Scalar(byte)) } else { out += "%\(hex(byte).uppercased())" }
        }
        return out
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
