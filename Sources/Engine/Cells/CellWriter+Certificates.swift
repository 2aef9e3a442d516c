import Graph
import Secure
import Synchronization

/// An `https` listener's place among the cells.
struct TerminatorSlot {
    let index: Int32
    var bindings: [CertificateBinding] = []
    /// Keeps alive what the cell's word names.
    var terminator: TLSTerminator?
    /// Entries that live.
    var uses: Int32 = 0
}

// MARK: - Certificates

extension Writer {
    /// Takes what a Secret holds. Bytes that OpenSSL does not take change nothing: what was good before is presented on.
    mutating func setCertificate(_ secret: String, _ bytes: CertificateBytes?, _ epochs: Epochs) -> CellRegistry.Outcome {
        var outcome = CellRegistry.Outcome()
        if let bytes {
            do throws(SecureError) {
                guard let offer else { throw SecureError("no memory for TLS") }
                let credential = try TLSCertificate.Credential(certificate: bytes.chain, key: bytes.key)
                certificates[secret] = try TLSCertificate([credential], offer)
            } catch {
                outcome.refusedCertificate = error.message
                return outcome
            }
        } else {
            certificates[secret] = nil
        }
        for (key, slot) in terminatorSlots where slot.bindings.contains(where: { $0.secret == secret }) {
            present(key, epochs)
        }
        reconnect(taking: secret, epochs)
        return outcome
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
        for binding in slot.bindings {
            if let certificate = certificates[binding.secret] { names[binding.hostname.serverName] = certificate }
        }
        let terminator = names.isEmpty ? nil : try? TLSTerminator(names, offer)
        terminatorSlots[key]?.terminator = terminator
        exchange(slot, for: terminator, epochs)
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
