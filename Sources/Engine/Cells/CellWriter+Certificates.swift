import Graph
import Secure
import Synchronization

/// An `https` listener's place among the cells.
struct TerminatorSlot {
    let index: Int32
    private(set) var bindings: [CertificateBinding] = []
    /// What hosts ask for, each once, and what comes of it; nil where none of the Secrets is there.
    private(set) var sets: [CertificateSet] = []
    var certificates: [TLSCertificate?] = []
    /// Which of these a name gets.
    private(set) var names = ServerNames([])
    /// Keeps alive what the cell's word names.
    var terminator: TLSTerminator?
    /// Entries that live.
    var uses: Int32 = 0

    init(index: Int32) { self.index = index }

    /// Takes other bindings; what was made for the earlier ones is kept where it is asked for again.
    mutating func arrange(_ bindings: [CertificateBinding]) {
        let known = Dictionary(zip(sets, certificates).compactMap { set, made in made.map { (set, $0) } }) { first, _ in first }
        self.bindings = bindings
        var numbers: [CertificateSet: Int] = [:]
        (sets, certificates) = ([], [])
        var named: [(name: TLSTerminator.ServerName, number: Int)] = []
        // `*.example.com` and `**.example.com` are one server name: the strictest comes last, and counts.
        for strictness in 0...2 {
            for binding in bindings where binding.strictness == strictness {
                let set = CertificateSet(secrets: binding.secrets, clients: binding.clients)
                let number = numbers[set] ?? sets.count
                if number == sets.count {
                    numbers[set] = number
                    sets.append(set)
                    certificates.append(known[set])
                }
                named.append((binding.hostname.serverName, number))
            }
        }
        names = ServerNames(named)
    }

    /// What the Secret holds is another. - Returns: whether that matters here.
    mutating func forget(_ secret: String) -> Bool {
        var matters = false
        for i in sets.indices where sets[i].takes(secret) {
            certificates[i] = nil
            matters = true
        }
        return matters
    }
}

/// What a Secret holds.
struct HeldCertificate {
    let credential: TLSCertificate.Credential
    /// Presented as it is to everybody, where the usual policy holds.
    let alone: TLSCertificate
}

/// What a binding asks for, whatever its host.
struct CertificateSet: Hashable {
    let secrets: [String]
    let clients: ClientDemand?

    func takes(_ secret: String) -> Bool { secrets.contains(secret) || clients?.authority == secret }
}

// MARK: - Certificates

extension Writer {
    /// Takes what a Secret holds. Bytes that OpenSSL does not take change nothing: what was good before is presented on.
    mutating func setCertificate(_ secret: String, _ bytes: CertificateBytes?, _ epochs: Epochs) -> CellRegistry.Outcome {
        take(secret, epochs) { (writer) throws(SecureError) in
            writer.certificates[secret] = try bytes.map { (bytes) throws(SecureError) in
                guard let offer = writer.offer(TLSPolicy()) else { throw SecureError("no memory for TLS") }
                let credential = try TLSCertificate.Credential(certificate: bytes.chain, key: bytes.key)
                return HeldCertificate(credential: credential, alone: try TLSCertificate([credential], offer))
            }
        }
    }

    /// What listeners of a policy are ready to agree on; nil without memory.
    mutating func offer(_ policy: TLSPolicy) -> TLSOffer? {
        if let known = offers[policy] { return known }
        guard let tickets else { return nil }
        offers[policy] = try? TLSOffer(protocols: ["h2", "http/1.1"], policy: policy, tickets: tickets)
        return offers[policy]
    }

    /// Puts down what a Secret holds, for listeners and clusters that take it.
    mutating func take(
        _ secret: String, _ epochs: Epochs, _ put: (inout Writer) throws(SecureError) -> Void
    ) -> CellRegistry.Outcome {
        do throws(SecureError) {
            try put(&self)
        } catch {
            return CellRegistry.Outcome(refusedCertificate: error.message)
        }
        present(taking: secret, epochs)
        reconnect(taking: secret, epochs)
        return CellRegistry.Outcome()
    }

    /// What a Secret holds is another: listeners that take it present that from now on.
    mutating func present(taking secret: String, _ epochs: Epochs) {
        for key in Array(terminatorSlots.keys) where terminatorSlots[key]?.forget(secret) == true { present(key, epochs) }
    }

    /// The cell of a listener's certificates, made or found again by key; the bindings become current.
    mutating func makeTerminator(_ key: ListenerKey, _ bindings: [CertificateBinding], _ epochs: Epochs) -> Int32? {
        if terminatorSlots[key] == nil {
            guard let index = terminators.allocate() else { return nil }
            terminatorSlots[key] = TerminatorSlot(index: index)
        }
        if terminatorSlots[key]?.bindings != bindings {
            terminatorSlots[key]?.arrange(bindings)
            present(key, epochs)
        }
        return terminatorSlots[key]?.index
    }

    /// What a listener of this key agrees on, from the next certificates on.
    mutating func setPolicy(_ policy: TLSPolicy, _ key: ListenerKey) { policies[key] = policy }

    /// Makes what the listener presents anew, as far as it is not there. Names whose Secret is not there are unknown names.
    private mutating func present(_ key: ListenerKey, _ epochs: Epochs) {
        let policy = policies[key] ?? TLSPolicy()
        guard var slot = terminatorSlots[key], let offer = offer(policy) else { return }
        for i in slot.sets.indices where slot.certificates[i] == nil {
            slot.certificates[i] = certificate(for: slot.sets[i], offer, isUsual: policy == TLSPolicy())
        }
        let old = slot.terminator
        let hasAny = slot.certificates.contains { $0 != nil }
        slot.terminator = hasAny ? try? TLSTerminator(slot.names, slot.certificates, offer) : nil
        terminatorSlots[key] = slot
        exchange(old, of: slot.index, for: slot.terminator, epochs)
    }

    /// - Returns: nil when none of the Secrets is there: the name is an unknown one then.
    private func certificate(for set: CertificateSet, _ offer: TLSOffer, isUsual: Bool) -> TLSCertificate? {
        if isUsual, let only = set.secrets.first, set.secrets.count == 1, set.clients == nil { return certificates[only]?.alone }
        let credentials = set.secrets.compactMap { certificates[$0]?.credential }
        if credentials.isEmpty, set.clients == nil { return nil }
        // What is missing must not let in whom the host does not want: while nobody is known who could vouch for clients no certificate is good, and
        // without one to present no handshake succeeds, instead of going on with that of another name.
        let clients = set.clients.map { ClientVerification(by: authorities[$0.authority], isRequired: $0.isRequired) }
        return (try? TLSCertificate(credentials, offer, clients: clients)) ?? (try? TLSCertificate([], offer))
    }

    /// Shows workers another terminator, or none, and lets the old one go when they have forgotten it.
    private mutating func exchange(_ old: TLSTerminator?, of index: Int32, for new: TLSTerminator?, _ epochs: Epochs) {
        terminators.view[index].reference.store(new?.reference.word ?? 0, ordering: .releasing)
        if let old { retired.append((epochs.advance(), .certificates(old))) }
    }

    mutating func dropTerminator(_ key: ListenerKey, _ index: Int32, _ epochs: Epochs) {
        guard let slot = terminatorSlots[key], slot.index == index else { return }
        terminatorSlots[key]?.uses -= 1
        guard slot.uses == 1 else { return }
        terminatorSlots[key] = nil
        exchange(slot.terminator, of: index, for: nil, epochs)
        retired.append((epochs.advance(), .terminator(index)))
        collect(epochs)
    }
}

extension CertificateBinding {
    /// How much is wanted of clients.
    fileprivate var strictness: Int { clients.map { $0.isRequired ? 2 : 1 } ?? 0 }
}

extension HostPattern {
    /// As a TLS client asks for it.
    fileprivate var serverName: TLSTerminator.ServerName {
        switch self {
        case .exact(let name): .exact(name)
        case .wildcard(let suffix, _): .below(suffix)
        case .any: .any
        }
    }
}
