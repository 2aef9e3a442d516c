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
        let authority = authorities.map { hexadecimal(SHA256.hash($0)) } ?? "system"
        let text = ([server, authority] + Set(scope).sorted()).joined(separator: "\n")
        return String(hexadecimal(SHA256.hash(Array(text.utf8))).prefix(32))
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
