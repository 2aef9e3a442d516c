import Documents
import Graph
import Resources

/// A certificate as somebody wants it for hosts.
struct WantedCertificate {
    var secret: ObjectKey
    /// Where it was named.
    var field: FieldPath
    var finding: CertificateFinding
}

extension PartBuilder {
    /// The Secret's certificate, and diagnostics of what is wrong with it; nil when there is no such Secret.
    mutating func certificate(_ name: String, at path: FieldPath) -> WantedCertificate? {
        let key = ObjectKey(subject.namespace, name)
        let finding = finding(of: key)
        if let problem = finding.problem {
            // Secrets come from elsewhere, or later: that one is not there yet is nobody's mistake in this object.
            report(
                finding.exists ? .error : .warning, path, condition: problem.reason.condition, reason: problem.reason.rawValue,
                problem.message)
        }
        return finding.exists ? WantedCertificate(secret: key, field: path, finding: finding) : nil
    }

    /// Wants the certificate for a host, and says so if clients will refuse it there.
    mutating func present(_ wanted: WantedCertificate, for pattern: HostPattern, isRouting: Bool, field: FieldPath) {
        let certificate = ClaimedCertificate(
            secret: wanted.secret, isSound: wanted.finding.problem == nil, isKept: wanted.finding.isKept, key: wanted.finding.key,
            field: field)
        claim(pattern, tls: ClaimedTLS(certificates: [certificate]), isRouting: isRouting, field: field)
        guard wanted.finding.problem == nil, !wanted.finding.covers(pattern) else { return }
        let names = wanted.finding.names ?? []
        let listed = Wording.list(names.count > 5 ? names.prefix(5) + ["\(names.count - 5) more"] : names)
        report(
            .warning, field, reason: "HostNotCovered",
            "The certificate of Secret \(wanted.secret) \(names.isEmpty ? "names no host" : "is for \(listed)"): clients will refuse it for "
                + "'\(pattern.text)'. Name that host in the certificate, or use another Secret.")
    }
}
