import ArgumentParser
import Secure

/// What `--https` listeners agree on, unless one says otherwise for itself.
struct TLSOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-min-version"),
        help: "The oldest version of TLS that --https listeners agree on: 1.2 or 1.3 (default: 1.2).")
    var minimum: String?

    @Option(name: .customLong("tls-max-version"), help: "The newest: 1.2 or 1.3 (default: 1.3).")
    var maximum: String?

    @Option(
        name: .customLong("tls-ciphers"),
        help: ArgumentHelp(
            "Ciphers of TLS 1.2, best first, by OpenSSL's names and with colons between them; may be repeated (default: Mozilla's intermediate list).",
            valueName: "name:name"))
    var ciphers: [String] = []

    @Option(
        name: .customLong("tls-cipher-suites"),
        help: ArgumentHelp("Cipher suites of TLS 1.3, likewise (default: all three that Mozilla names).", valueName: "name:name"))
    var cipherSuites: [String] = []

    @Option(
        name: .customLong("tls-groups"),
        help: ArgumentHelp(
            "Groups for the exchange of keys, likewise (default: X25519MLKEM768 where OpenSSL has it, X25519, P-256, P-384).",
            valueName: "name:name"))
    var groups: [String] = []

    func validate() throws { _ = try policy() }

    func policy() throws -> TLSPolicy {
        var policy = TLSPolicy()
        try PolicyWords.read(minimum.map { [$0] } ?? [], .minimum, of: "--tls-min-version", into: &policy)
        try PolicyWords.read(maximum.map { [$0] } ?? [], .maximum, of: "--tls-max-version", into: &policy)
        try PolicyWords.read(ciphers, .ciphers, of: "--tls-ciphers", into: &policy)
        try PolicyWords.read(cipherSuites, .cipherSuites, of: "--tls-cipher-suites", into: &policy)
        try PolicyWords.read(groups, .groups, of: "--tls-groups", into: &policy)
        if let problem = policy.contradiction { throw ValidationError("--tls-min-version and --tls-max-version: \(problem).") }
        return policy
    }
}

/// Words of a policy, as options and listeners write them.
enum PolicyWords {
    enum Setting: String, CaseIterable {
        case minimum = "min-version"
        case maximum = "max-version"
        case ciphers
        case cipherSuites = "cipher-suites"
        case groups
    }

    /// - Parameters:
    ///   - texts: nothing changes without any.
    ///   - option: as the user wrote it, for what is wrong.
    static func read(_ texts: [String], _ setting: Setting, of option: String, into policy: inout TLSPolicy) throws {
        guard !texts.isEmpty else { return }
        let words = texts.flatMap { $0.split(separator: /[:,]/, omittingEmptySubsequences: false).map(String.init) }
        switch setting {
        case .minimum: policy.minimum = try version(words, option)
        case .maximum: policy.maximum = try version(words, option)
        case .ciphers:
            try judge(
                words, option, "`openssl ciphers -tls1_2 -s ECDHE` names those that can be used", TLSPolicy.problem(cipher:))
            policy.ciphers = words
        case .cipherSuites:
            try judge(words, option, "TLS_AES_128_GCM_SHA256 is one", TLSPolicy.problem(cipherSuite:))
            policy.cipherSuites = words
        case .groups:
            try judge(words, option, "X25519, P-256 and P-384 are some", TLSPolicy.problem(group:))
            policy.groups = words
        }
    }

    private static func version(_ words: [String], _ option: String) throws -> TLSPolicy.Version {
        guard words.count == 1, let version = TLSPolicy.Version(rawValue: words[0]) else {
            throw ValidationError("\(option): '\(words.joined(separator: ":"))' is no version of TLS; use 1.2 or 1.3.")
        }
        return version
    }

    private static func judge(_ words: [String], _ option: String, _ remedy: String, _ problem: (String) -> String?) throws {
        for word in words {
            if let problem = problem(word) { throw ValidationError("\(option): '\(word)' \(problem); \(remedy).") }
        }
        if let twice = words.first(where: { word in words.filter { $0 == word }.count > 1 }) {
            throw ValidationError("\(option): '\(twice)' is there twice; leave one out.")
        }
    }
}
