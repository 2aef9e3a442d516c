import Base
import Graph
import Secure
import Synchronization

// MARK: - TLS to endpoints

extension Writer {
    /// Takes who vouches for endpoints or clients. Bytes that OpenSSL does not take change nothing: who was trusted before is trusted on.
    mutating func setAuthority(_ secret: String, _ pem: [UInt8]?, _ epochs: Epochs) -> CellRegistry.Outcome {
        take(secret, epochs) { (writer) throws(SecureError) in
            writer.authorities[secret] = try pem.map { (pem) throws(SecureError) in try TrustStore(pem: pem) }
        }
    }

    /// What a Secret holds is another: connections to those who take it are made with that from now on.
    mutating func reconnect(taking secret: String, _ epochs: Epochs) {
        for id in sealedClusters where clusterSlots[id]?.cluster.tls?.secrets.contains(secret) == true { reconnect(id, epochs) }
    }

    /// How the cluster's endpoints are spoken to may be another. Its endpoints are new ones then: what is under way goes on, and no
    /// connection from before, whomever it trusted, carries another request.
    mutating func reconnect(_ id: ClusterID, _ epochs: Epochs) {
        guard let slot = clusterSlots[id] else { return }
        let connector = connector(slot.cluster)
        clusterSlots[id]?.connector = connector
        reapply(id, epochs, anew: true)
        if let old = slot.connector { retired.append((epochs.advance(), .connector(old))) }
    }

    /// nil for clusters without TLS, and for those of which something is missing: nothing is sent there then.
    private mutating func connector(_ cluster: Cluster) -> TLSConnector? {
        guard cluster.upstream.isSealed, let tls = cluster.tls else { return nil }
        var identity: TLSCertificate?
        if let secret = tls.certificate {
            guard let known = certificates[secret] else { return nil }
            identity = known.alone
        }
        var verification = TLSConnector.Verification.none
        if tls.isVerified {
            guard let trust = trust(tls.authority) else { return nil }
            verification = .by(trust)
        }
        return try? TLSConnector(
            server: tls.serverName, verifying: verification, identity: identity,
            protocols: cluster.upstream.isFramed ? ["h2"] : ["h2", "http/1.1"])
    }

    /// Those whom the system trusts are read when the first cluster needs them. A system that names nobody trusts nobody.
    private mutating func trust(_ secret: String?) -> TrustStore? {
        if let secret { return authorities[secret] }
        if systemTrust == nil { systemTrust = (try? TrustStore(pem: systemRoots())) ?? (try? TrustStore([])) }
        return systemTrust
    }
}
