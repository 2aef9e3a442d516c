import COpenSSL

/// A name for which a certificate vouches (RFC 5280 section 4.2.1.6).
public enum SubjectAlternativeName: Hashable, Sendable {
    case dns(String)
    /// 4 or 16 bytes in network order.
    case address([UInt8])
    case uri(String)
    case email(String)
}

/// Copies values out of OpenSSL's structures. The pointers are borrowed for the call only.
enum CertificateReader {
    static func subject(of certificate: OpaquePointer) -> [(type: String, value: String)] {
        guard let name = unsafe X509_get_subject_name(certificate) else { return [] }
        var attributes: [(type: String, value: String)] = []
        for at in 0..<(unsafe X509_NAME_entry_count(name)) {
            guard let entry = unsafe X509_NAME_get_entry(name, at), let object = unsafe X509_NAME_ENTRY_get_object(entry),
                let data = unsafe X509_NAME_ENTRY_get_data(entry), let type = unsafe OBJ_nid2sn(OBJ_obj2nid(object))
            else { continue }
            var utf8: UnsafeMutablePointer<UInt8>? = nil
            let length = unsafe ASN1_STRING_to_UTF8(&utf8, data)
            guard length >= 0, let text = unsafe utf8 else { continue }
            let value = unsafe String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
            unsafe CRYPTO_free(text, #file, #line)
            unsafe attributes.append((String(cString: type), value))
        }
        return attributes
    }

    static func alternativeNames(of certificate: OpaquePointer) -> [SubjectAlternativeName] {
        guard let extensionData = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(extensionData)
        defer { unsafe GENERAL_NAMES_free(names) }
        return (0..<(unsafe copenssl_general_name_count(names))).compactMap { at in
            unsafe copenssl_general_name_at(names, at).flatMap { unsafe alternativeName($0) }
        }
    }

    private static func alternativeName(_ name: UnsafePointer<GENERAL_NAME>) -> SubjectAlternativeName? {
        guard let string = unsafe copenssl_general_name_string(name) else { return nil }
        let count = unsafe Int(ASN1_STRING_length(string))
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: count))
        switch unsafe copenssl_general_name_type(name) {
        case GEN_DNS: return .dns(String(decoding: bytes, as: UTF8.self))
        case GEN_URI: return .uri(String(decoding: bytes, as: UTF8.self))
        case GEN_EMAIL: return .email(String(decoding: bytes, as: UTF8.self))
        case GEN_IPADD: return .address(bytes)
        default: return nil
        }
    }

    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(SecureError) -> Int64 {
        let epoch = unsafe try made(ASN1_TIME_set(nil, 0), "no memory for a time")
        defer { unsafe ASN1_STRING_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        try check(unsafe ASN1_TIME_diff(&days, &seconds, epoch, time), "the certificate's validity is no time")
        return Int64(days) * 86_400 + Int64(seconds)
    }
}
