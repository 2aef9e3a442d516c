import COpenSSL

/// Assembles and signs an X.509 v3 certificate (RFC 5280).
enum CertificateMaker {
    static func make(
        _ template: CertificateTemplate, publicKey: PrivateKey, issuer: Certificate?, signedBy signer: PrivateKey
    ) throws(SecureError) -> Certificate {
        let x = unsafe try made(X509_new(), "no memory for a certificate")
        do throws(SecureError) {
            unsafe try fill(x, template, publicKey)
            let issuerHandle = unsafe issuer?.handle ?? x
            try check(
                unsafe X509_set_issuer_name(x, X509_get_subject_name(issuerHandle)), "the issuer's name was refused")
            for (nid, text) in extensions(of: template, selfSigned: issuer == nil) {
                unsafe try add(nid, text, to: x, issuer: issuerHandle)
            }
            try check(unsafe X509_sign(x, signer.handle, EVP_sha256()), "the certificate could not be signed")
        } catch {
            unsafe X509_free(x)
            throw error
        }
        return unsafe try Certificate(owning: x)
    }

    private static func fill(_ x: OpaquePointer, _ template: CertificateTemplate, _ key: PrivateKey) throws(SecureError) {
        try check(unsafe X509_set_version(x, 2), "the version was refused")
        var serial = SecureRandom.bytes(16)
        // Positive and never zero, at most 20 octets (RFC 5280 section 4.1.2.2).
        serial[0] = serial[0] & 0x7F | 0x40
        let number = unsafe try made(BN_bin2bn(serial, Int32(serial.count), nil), "no memory for a serial number")
        defer { unsafe BN_free(number) }
        guard unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != nil else {
            throw .openSSL("the serial number was refused")
        }
        guard unsafe ASN1_TIME_set(X509_getm_notBefore(x), Int(template.validFrom)) != nil,
            unsafe ASN1_TIME_set(X509_getm_notAfter(x), Int(template.validUntil)) != nil
        else { throw .openSSL("the validity was refused") }
        let name = unsafe try made(X509_get_subject_name(x), "no memory for a name")
        for organization in template.organizations { unsafe try add("O", organization, to: name) }
        unsafe try add("CN", template.commonName, to: name)
        try check(unsafe X509_set_pubkey(x, key.handle), "the public key was refused")
    }

    private static func add(_ type: String, _ value: String, to name: OpaquePointer) throws(SecureError) {
        let utf8 = Array(value.utf8)
        // MBSTRING_UTF8 is a macro with flags: 0x1000.
        let answer = unsafe X509_NAME_add_entry_by_txt(name, type, 0x1000, utf8, Int32(clamping: utf8.count), -1, 0)
        try check(answer, "the name \(type)=\(value) was refused")
    }

    private static func extensions(of template: CertificateTemplate, selfSigned: Bool) -> [(nid: Int32, text: String)] {
        var list: [(nid: Int32, text: String)] = []
        switch template.purpose {
        case .authority:
            list.append((NID_basic_constraints, "critical,CA:TRUE"))
            list.append((NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"))
        case .server, .client, .serverAndClient:
            list.append((NID_basic_constraints, "critical,CA:FALSE"))
            list.append((NID_key_usage, "critical,digitalSignature"))
            list.append((NID_ext_key_usage, template.purpose.extendedKeyUsage))
        }
        list.append((NID_subject_key_identifier, "hash"))
        if !selfSigned { list.append((NID_authority_key_identifier, "keyid:always")) }
        let names = template.alternativeNames.compactMap(text)
        if !names.isEmpty { list.append((NID_subject_alt_name, names.joined(separator: ","))) }
        return list
    }

    /// OpenSSL's configuration syntax separates by commas: a name that holds one cannot be said in it and is no DNS name anyway.
    private static func text(_ name: SubjectAlternativeName) -> String? {
        switch name {
        case .dns(let host): host.contains(",") ? nil : "DNS:" + host
        case .uri(let uri): uri.contains(",") ? nil : "URI:" + uri
        case .email(let address): address.contains(",") ? nil : "email:" + address
        case .address(let bytes) where bytes.count == 4: "IP:" + bytes.map(String.init).joined(separator: ".")
        case .address(let bytes) where bytes.count == 16:
            "IP:"
                + stride(from: 0, to: 16, by: 2)
                .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
        case .address: nil
        }
    }

    private static func add(_ nid: Int32, _ text: String, to x: OpaquePointer, issuer: OpaquePointer) throws(SecureError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer, x, nil, nil, 0)
        let made = unsafe try made(X509V3_EXT_conf_nid(nil, &context, nid, text), "the extension \(text) was refused")
        defer { unsafe X509_EXTENSION_free(made) }
        try check(unsafe X509_add_ext(x, made, -1), "the extension \(text) was refused")
    }
}

extension CertificateTemplate.Purpose {
    /// In OpenSSL's words (RFC 5280 section 4.2.1.12); empty for an authority.
    fileprivate var extendedKeyUsage: String {
        switch self {
        case .authority: ""
        case .server: "serverAuth"
        case .client: "clientAuth"
        case .serverAndClient: "serverAuth,clientAuth"
        }
    }
}
