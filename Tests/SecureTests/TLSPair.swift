import Base
@testable import Secure

/// A client's `TLSMachine` and a server's `TLSSession` with the wire between them. Nobody here is on a network.
final class TLSPair {
    let client: TLSMachine
    let wire = TLSWire(inputCapacity: 65_536)
    let session: TLSSession
    /// Bytes at a time, from the client to the server.
    var step = Int.max
    /// How much the server's reader has room for.
    var room = 16_384
    private(set) var progress = TLSSession.Progress.waiting
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false
    private let plain = Buffer(capacity: 65_536)
    /// Ciphertext that the session did not read yet.
    private var leftover: [UInt8] = []

    /// - Parameter earlier: what the client offers to go on with.
    init(
        _ terminator: TLSTerminator, client context: TLSContext, name: String?, resuming earlier: TLSMachine.Resumption? = nil
    ) throws {
        client = try TLSMachine(context, serverName: name)
        if let earlier { client.resume(earlier) }
        session = TLSSession.accept(terminator.reference, wire)
    }

    deinit { session.free() }

    /// Until nobody has anything to say.
    func converse() {
        client.advanceHandshake()
        var isQuiet = false
        while !isQuiet {
            var rest = client.takeCiphertext()[...]
            isQuiet = rest.isEmpty
            while !rest.isEmpty {
                deliver(rest.prefix(min(step, 16_384)))
                rest = rest.dropFirst(min(step, 16_384))
            }
            let answer = pending(wire)
            wire.sent()
            if !answer.isEmpty {
                client.receive(answer)
                isQuiet = false
            }
        }
    }

    func deliver(_ ciphertext: some Collection<UInt8>) {
        let all = leftover + ciphertext
        wire.input.write(all.span, at: 0)
        wire.accept(all.count)
        if progress == .waiting { progress = session.handshake() }
        while progress == .done {
            let n = session.read(into: plain, 0..<room)
            if n <= 0 {
                hasEnded = n == 0
                break
            }
            received += bytes(plain, n)
        }
        leftover = unread(wire)
        wire.forget()
    }

    func write(_ plaintext: [UInt8]) -> Bool { session.write(plaintext.span) }

    /// Gives the client what the server has to say.
    func answer() {
        let answer = pending(wire)
        wire.sent()
        client.receive(answer)
    }

    /// TLS records that the server has to send.
    var recordsPending: Int {
        var (rest, records) = (pending(wire)[...], 0)
        while rest.count >= 5 {
            rest = rest.dropFirst(5 + Int(rest[rest.startIndex + 3]) << 8 + Int(rest[rest.startIndex + 4]))
            records += 1
        }
        return records
    }
}

// Spans of what a class owns do not leave the call that borrows it.
private func pending(_ wire: borrowing TLSWire) -> [UInt8] { (0..<wire.pending.count).map { wire.pending[$0] } }
private func unread(_ wire: borrowing TLSWire) -> [UInt8] { (0..<wire.unread.count).map { wire.unread[$0] } }
private func bytes(_ buffer: borrowing Buffer, _ count: Int) -> [UInt8] { (0..<count).map { buffer[$0] } }

struct PairAuthority {
    let ca: CertificateAuthority

    init() throws {
        ca = try .selfSigned(CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
    }

    func credential(_ names: String...) throws -> TLSCertificate.Credential {
        var template = CertificateTemplate(.server, commonName: names[0], validFrom: 0, validUntil: 4_000_000_000)
        template.alternativeNames = names.map { .dns($0) }
        let identity = try ca.issue(template)
        return try .init(chain: [identity.certificate], key: identity.key)
    }

    var trusting: TLSContext { get throws { try client() } }

    /// A client that believes us and shows this.
    func client(showing identity: Identity? = nil) throws -> TLSContext {
        let authorities = [ca.identity.certificate]
        return try TLSContext(
            .client, identity: identity, verifying: .required(authorities: authorities), protocols: ["h2", "http/1.1"])
    }

    /// What a client may show.
    func identity(_ name: String) throws -> Identity {
        try ca.issue(CertificateTemplate(.client, commonName: name, validFrom: 0, validUntil: 4_000_000_000))
    }

    var trust: TrustStore { get throws { try TrustStore([ca.identity.certificate]) } }
}

extension TLSTerminator {
    /// Each name with its own certificate.
    convenience init(_ certificates: [ServerName: TLSCertificate], _ offer: TLSOffer) throws {
        let names = certificates.enumerated().map { (name: $1.key, number: $0) }
        try self.init(ServerNames(names), certificates.map(\.value), offer)
    }
}
