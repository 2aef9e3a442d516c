import Foundation
import Secure

/// Credentials on disk, so that whoever could reach one run can reach the next: a gateway that outlives its API server, a copied kubeconfig.
///
/// The files belong to their owner alone. What is missing, damaged or nearly expired is made anew.
struct CredentialFiles {
    struct Material: Sendable {
        var authority: CertificateAuthority
        var client: Identity
        var token: String
    }

    let directory: String
    /// Seconds: what expires sooner is not used again.
    private static let margin: Int64 = 30 * 86_400

    /// Nil when a new set must be made.
    func load(now: Int64) -> Material? {
        guard let authority = identity("ca", now), let client = identity("client", now), let token = read("token"),
            let signer = try? CertificateAuthority(identity: authority), !token.isEmpty
        else { return nil }
        return Material(authority: signer, client: client, token: String(decoding: token, as: UTF8.self))
    }

    func save(_ material: Material) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try save("ca", material.authority.identity)
        try save("client", material.client)
        try write("token", Array(material.token.utf8))
    }

    private func identity(_ name: String, _ now: Int64) -> Identity? {
        guard let pem = read(name + ".crt"), let keyPEM = read(name + ".key"),
            let certificate = try? Certificate.chain(pem: pem).first,
            let key = try? PrivateKey(pem: keyPEM), certificate.validFrom <= now, certificate.validUntil > now + Self.margin
        else { return nil }
        return try? Identity(certificate: certificate, key: key)
    }

    private func save(_ name: String, _ identity: Identity) throws {
        try write(name + ".crt", try identity.certificate.pem())
        try write(name + ".key", try identity.key.pem())
    }

    private func read(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: path(name)).map { [UInt8]($0) } }

    private func write(_ name: String, _ bytes: [UInt8]) throws { try PrivateFile.write(bytes, to: path(name)) }

    private func path(_ name: String) -> String { directory + "/" + name }
}

/// A file that only its owner may read, replaced as a whole.
enum PrivateFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        let files = FileManager.default
        let temporary = path + ".new"
        // The attributes count for new files only, so an old one must not be in the way.
        try? files.removeItem(atPath: temporary)
        guard files.createFile(atPath: temporary, contents: Data(bytes), attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown)
        }
        if files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
        try files.moveItem(atPath: temporary, toPath: path)
    }
}
