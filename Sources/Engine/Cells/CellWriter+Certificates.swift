import Graph
import Secure
import Synchronization

/// An `https` listener's place among the cells.
struct TerminatorSlot {
    let index: Int32
    var bindings: [CertificateBinding] = []
    /// What hosts share that is not one Secret's certificate alone.
    var sets: [CertificateSet: TLSCertificate] = [:]
    /// Keeps alive what the cell's word names.
    var terminator: TLSTerminator?
    /// Entries that live.
    var uses: Int32 = 0

    func takes(_ secret: String) -> Bool {
        bindings.contains { $0.secrets.contains(secret) || $0.clients?.authority == secret }
    }
}

/// What a Secret holds.
struct HeldCertificate {
    let credential: TLSCertificate.Credential
    /// Presented as it is to everybody.
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
                guard let offer = writer.offer else { throw SecureError("no memory for TLS") }
                let credential = try TLSCertificate.Credential(certificate: bytes.chain, key: bytes.key)
                return HeldCertificate(credential: credential, alone: try TLSCertificate([credential], offer))
            }
        }
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
        for (key, slot) in terminatorSlots where slot.takes(secret) {
            terminatorSlots[key]?.sets = slot.sets.filter { !$0.key.takes(secret) }
            present(key, epochs)
        }
    }

    /// The cell of a listener's certificates, made or found again by key; the bindings become current.
    mutating func makeTerminator(_ key: ListenerKey, _ bindings: [CertificateBinding], _ epochs: Epochs) -> Int32? {
        if terminatorSlots[key] == nil {
            guard let index = terminators.allocate() else { return nil }
            terminatorSlots[key] = TerminatorSlot(index: index)
        }
        if terminatorSlots[key]?.bindings != bindings {
            terminatorSlots[key]?.bindings = bindings
            present(key, epochs)
        }
        return terminatorSlots[key]?.index
    }

    /// Makes what the listener presents anew. Names whose Secret is not there are unknown names.
    private mutating func present(_ key: ListenerKey, _ epochs: Epochs) {
        guard let slot = terminatorSlots[key], let offer else { return }
        var names: [TLSTerminator.ServerName: TLSCertificate] = [:]
        var sets: [CertificateSet: TLSCertificate] = [:]
        // `*.example.com` and `**.example.com` are one server name: the strictest comes last, and counts.
        for strictness in 0...2 {
            for binding in slot.bindings where binding.strictness == strictness {
                let certificate = certificate(for: binding, known: slot.sets, &sets, offer)
                if let certificate { names[binding.hostname.serverName] = certificate }
            }
        }
        terminatorSlots[key]?.sets = sets
        let terminator = names.isEmpty ? nil : try? TLSTerminator(names, offer)
        terminatorSlots[key]?.terminator = terminator
        exchange(slot, for: terminator, epochs)
    }

    /// - Parameters:
    ///   - known: what was made before.
    ///   - sets: what is in use now.
    /// - Returns: nil when none of the Secrets is there: the name is an unknown one then.
    private func certificate(
        for binding: CertificateBinding, known: [CertificateSet: TLSCertificate], _ sets: inout [CertificateSet: TLSCertificate],
        _ offer: TLSOffer
    ) -> TLSCertificate? {
        if let only = binding.secrets.first, binding.secrets.count == 1, binding.clients == nil {
            return certificates[only]?.alone
        }
        let set = CertificateSet(secrets: binding.secrets, clients: binding.clients)
        if let certificate = sets[set] ?? known[set] {
            sets[set] = certificate
            return certificate
        }
        let credentials = set.secrets.compactMap { certificates[$0]?.credential }
        if credentials.isEmpty, set.clients == nil { return nil }
        // What is missing must not let in whom the host does not want: while nobody is known who could vouch for clients no certificate is good, and
        // without one to present no handshake succeeds, instead of going on with that of another name.
        let clients = set.clients.map { ClientVerification(by: authorities[$0.authority], isRequired: $0.isRequired) }
        let made = try? TLSCertificate(credentials, offer, clients: clients)
        sets[set] = made ?? (try? TLSCertificate([], offer))
        return sets[set]
    }

    /// Shows workers another terminator, or none, and lets the old one go when they have forgotten it.
    private mutating func exchange(_ slot: TerminatorSlot, for new: TLSTerminator?, _ epochs: Epochs) {
        terminators.view[slot.index].reference.store(new?.reference.word ?? 0, ordering: .releasing)
        if let old = slot.terminator { retired.append((epochs.advance(), .certificates(old))) }
    }

    mutating func dropTerminator(_ key: ListenerKey, _ index: Int32, _ epochs: Epochs) {
        guard let slot = terminatorSlots[key], slot.index == index else { return }
        terminatorSlots[key]?.uses -= 1
        guard slot.uses == 1 else { return }
        terminatorSlots[key] = nil
        exchange(slot, for: nil, epochs)
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
