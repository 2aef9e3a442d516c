import Base
import Secure

/// Names a cluster, and the part of it that is watched, so that no state of another one is ever served.
///
/// It must be known while the cluster cannot be asked, so it is made of how it is reached: the server's URL, whom we believe to be that server,
/// and what is watched of it. Two clusters that share all three are one cluster to every client of them.
public enum ClusterIdentity {
    /// - Parameters:
    ///   - authorities: the bytes of the certificate authorities; nil where those of the operating system are believed.
    ///   - scope: what is watched of it, as words in any order; empty for all.
    /// - Returns: 32 hexadecimal digits.
    public static func make(server: String, authorities: [UInt8]?, scope: [String]) -> String {
        let authority = authorities.map { Hexadecimal.text(SHA256.hash($0)) } ?? "system"
        let text = ([server, authority] + Set(scope).sorted()).joined(separator: "\n")
        return String(Hexadecimal.text(SHA256.hash(Array(text.utf8))).prefix(32))
    }
}
