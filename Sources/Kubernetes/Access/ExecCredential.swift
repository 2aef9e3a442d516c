import Documents
import Foundation

/// What a credential plugin printed: an `ExecCredential` of client.authentication.k8s.io.
struct ExecCredential: Sendable, Equatable {
    var credentials: Credentials
    /// Wall time; nil when the credentials are good until the server refuses them.
    var expires: Date?

    init(_ credentials: Credentials, expires: Date? = nil) {
        self.credentials = credentials
        self.expires = expires
    }

    init(_ output: [UInt8], of plugin: ExecPlugin) throws(AccessError) {
        let value: Value
        do { value = try Value(json: output) } catch {
            throw plugin.error("printed no JSON to its standard output (\(error)).")
        }
        guard value["kind"]?.string == "ExecCredential" else {
            throw plugin.error("printed \(value["kind"]?.string ?? "an object without kind") instead of an ExecCredential.")
        }
        guard let version = value["apiVersion"]?.string, version == plugin.apiVersion else {
            throw plugin.error(
                "answered in \(value["apiVersion"]?.string ?? "no apiVersion"), asked for \(plugin.apiVersion): let `apiVersion` in the "
                    + "kubeconfig say what the plugin speaks.")
        }
        guard let status = value["status"], status.object != nil else { throw plugin.error("printed no status.") }
        let token = Self.text(status["token"])
        let certificate = Self.text(status["clientCertificateData"])
        let key = Self.text(status["clientKeyData"])
        guard (certificate == nil) == (key == nil) else {
            throw plugin.error("printed only one of clientCertificateData and clientKeyData; both are needed.")
        }
        guard token != nil || certificate != nil else {
            throw plugin.error("printed neither a token nor clientCertificateData and clientKeyData.")
        }
        for (name, pem) in [("clientCertificateData", certificate), ("clientKeyData", key)] {
            if let pem, !pem.contains("-----BEGIN ") { throw plugin.error("printed a \(name) that is no PEM (-----BEGIN …).") }
        }
        credentials = Credentials(authorization: token.map { "Bearer " + $0 })
        if let certificate, let key {
            credentials.certificate = .init(certificate: Array(certificate.utf8), key: Array(key.utf8))
        }
        if let time = Self.text(status["expirationTimestamp"]) {
            guard let date = Timestamp.date(time) else {
                throw plugin.error("printed the expirationTimestamp \"\(time)\", which is no RFC 3339 time.")
            }
            expires = date
        }
    }

    private static func text(_ value: Value?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return text
    }
}
