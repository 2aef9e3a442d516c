import Base
@testable import Secure
import Testing

/// What a name chooses, and that nothing gets around it: not tickets, and not hosts that are asked for later.
@Suite struct TLSChoiceTests {
    private let authority: PairAuthority
    private let tickets: TLSTickets
    private let offer: TLSOffer

    init() throws {
        authority = try PairAuthority()
        tickets = try TLSTickets()
        offer = try TLSOffer(protocols: ["http/1.1"], tickets: tickets)
    }

    private func certificate(_ credentials: TLSCertificate.Credential..., clients: ClientVerification? = nil) throws
        -> TLSCertificate
    {
        try TLSCertificate(credentials, offer, clients: clients)
    }

    /// The client learns of tickets when it reads.
    private func finished(_ pair: TLSPair) -> TLSMachine.Resumption? {
        pair.converse()
        _ = pair.client.read()
        // A session that breaks off is no longer good.
        pair.client.close()
        return pair.client.resumption
    }

    private func isResumed(_ terminator: TLSTerminator, _ name: String, _ earlier: TLSMachine.Resumption?) throws -> Bool {
        let pair = try TLSPair(terminator, client: authority.trusting, name: name, resuming: earlier)
        pair.converse()
        #expect(pair.progress == .done)
        #expect(pair.session.isResumed == pair.client.isResumed)
        pair.client.close()
        return pair.session.isResumed
    }

    private static func serves(_ pair: TLSPair, _ host: String) -> Bool { pair.session.serves(host: Array(host.utf8).span) }

    // MARK: Certificates

    @Test func `of two certificates with keys of one kind the first counts`() throws {
        let one = try authority.credential("one.test", "shop.test")
        let terminator = try TLSTerminator(
            [.any: certificate(one, authority.credential("two.test", "shop.test"))], offer)
        let pair = try TLSPair(terminator, client: authority.trusting, name: "shop.test")
        pair.converse()
        #expect(pair.client.peerCertificate?.commonName == "one.test")
    }

    @Test func `keys of two kinds stand side by side, and clients that know both get the better one`() throws {
        var template = CertificateTemplate(.server, commonName: "rsa", validFrom: 0, validUntil: 4_000_000_000)
        template.alternativeNames = [.dns("shop.test")]
        let rsa = try authority.ca.issue(template, for: .generateRSA())
        let credential = try TLSCertificate.Credential(chain: [rsa.certificate], key: rsa.key)
        #expect(rsa.key.kind == .rsa)
        let other = try authority.credential("ecdsa", "shop.test")
        #expect(other.key.kind == .ecdsa)
        let terminator = try TLSTerminator([.any: certificate(credential, other)], offer)
        let pair = try TLSPair(terminator, client: authority.trusting, name: "shop.test")
        pair.converse()
        #expect(pair.client.peerCertificate?.commonName == "ecdsa")
    }

    @Test func `without any certificate no handshake succeeds`() throws {
        let terminator = try TLSTerminator([.any: certificate()], offer)
        let pair = try TLSPair(terminator, client: authority.trusting, name: "shop.test")
        pair.converse()
        #expect(pair.progress == .failed(.nothingInCommon))
    }

    // MARK: Tickets

    @Test func `a ticket is good for the names that chose the same, and for no others`() throws {
        let shared = try certificate(authority.credential("a.test", "b.test"))
        let terminator = try TLSTerminator(
            [.exact("a.test"): shared, .exact("b.test"): shared, .exact("c.test"): certificate(authority.credential("c.test"))],
            offer)
        let ticket = finished(try TLSPair(terminator, client: authority.trusting, name: "a.test"))
        #expect(try isResumed(terminator, "a.test", ticket))
        #expect(try isResumed(terminator, "b.test", ticket))
        #expect(try !isResumed(terminator, "c.test", ticket))
        // It was not the ticket's fault.
        #expect(try isResumed(terminator, "a.test", ticket))
    }

    @Test func `a full handshake gives one ticket`() throws {
        let terminator = try TLSTerminator([.any: certificate(authority.credential("a.test"))], offer)
        let pair = try TLSPair(terminator, client: authority.trusting, name: "a.test")
        pair.client.advanceHandshake()
        // Its hello, then the rest of what it says: what the server has to say last are tickets.
        pair.deliver(pair.client.takeCiphertext())
        pair.answer()
        pair.deliver(pair.client.takeCiphertext())
        #expect(pair.progress == .done)
        #expect(pair.recordsPending == 1)
        pair.answer()
        #expect(try isResumed(terminator, "a.test", finished(pair)))
    }

    @Test func `a ticket outlives one change of keys, and not two`() throws {
        let terminator = try TLSTerminator([.any: certificate(authority.credential("a.test"))], offer)
        let ticket = finished(try TLSPair(terminator, client: authority.trusting, name: "a.test"))
        for _ in 0..<5 {
            tickets.rotate()
            let pair = try TLSPair(terminator, client: authority.trusting, name: "a.test", resuming: ticket)
            let newer = finished(pair)
            #expect(try isResumed(terminator, "a.test", newer))
        }
        #expect(try !isResumed(terminator, "a.test", ticket))
        let last = finished(try TLSPair(terminator, client: authority.trusting, name: "a.test"))
        tickets.rotate()
        #expect(try isResumed(terminator, "a.test", last))
        tickets.rotate()
        #expect(try !isResumed(terminator, "a.test", last))
    }

    @Test func `a ticket of another offer is nothing`() throws {
        let credential = try authority.credential("a.test")
        let terminator = try TLSTerminator([.any: certificate(credential)], offer)
        let ticket = finished(try TLSPair(terminator, client: authority.trusting, name: "a.test"))
        let other = try TLSOffer(protocols: ["http/1.1"], tickets: TLSTickets())
        #expect(try !isResumed(TLSTerminator([.any: TLSCertificate([credential], other)], other), "a.test", ticket))
    }

    @Test func `a ticket goes on where other replicas have the same keys, and the same policy holds`() throws {
        let credential = try authority.credential("a.test")
        let ticket = finished(
            try TLSPair(TLSTerminator([.any: certificate(credential)], offer), client: authority.trusting, name: "a.test"))
        let others = try TLSTickets()
        func there(_ policy: TLSPolicy = TLSPolicy()) throws -> Bool {
            let offer = try TLSOffer(protocols: ["http/1.1"], policy: policy, tickets: others)
            return try isResumed(TLSTerminator([.any: TLSCertificate([credential], offer)], offer), "a.test", ticket)
        }
        #expect(try !there())
        tickets.share()
        #expect(others.adopt(try #require(TicketKeys(tickets.keys.bytes))))
        #expect(try there())
        #expect(!others.adopt(tickets.keys))
        var stricter = TLSPolicy()
        stricter.cipherSuites = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"]
        #expect(try !there(stricter))
        // The key before is shared as well; whoever comes late learns both.
        tickets.rotate()
        let late = try TLSTickets()
        #expect(others.adopt(tickets.keys) && late.adopt(tickets.keys))
        #expect(try there())
        let offer = try TLSOffer(protocols: ["http/1.1"], tickets: late)
        #expect(try isResumed(TLSTerminator([.any: TLSCertificate([credential], offer)], offer), "a.test", ticket))
        tickets.rotate()
        #expect(others.adopt(tickets.keys))
        #expect(try !there())
    }

    @Test func `keys are told in no text`() throws {
        let keys = try TLSTickets().keys
        #expect("\(keys)" == "ticket keys \(keys.mark)" && String(reflecting: keys) == "\(keys)")
        var text = ""
        dump(keys, to: &text)
        #expect(!text.contains("current"))
        #expect(TicketKeys.Mark("\(keys.mark)") == keys.mark)
        #expect(TicketKeys(keys.bytes.dropLast()) == nil)
    }

    // MARK: Clients

    private func world() throws -> TLSTerminator {
        let credential = try authority.credential("*.test", "open.test", "maybe.test", "closed.test")
        let trust = try authority.trust
        return try TLSTerminator(
            [
                .any: certificate(credential),
                .exact("maybe.test"): certificate(credential, clients: ClientVerification(by: trust, isRequired: false)),
                .exact("closed.test"): certificate(credential, clients: ClientVerification(by: trust, isRequired: true)),
                .exact("shut.test"): certificate(credential, clients: ClientVerification(by: nil, isRequired: true)),
            ], offer)
    }

    @Test(
        arguments: [
            ("open.test", "none", TLSSession.Progress.done, nil), ("open.test", "good", .done, nil),
            ("maybe.test", "none", .done, nil), ("maybe.test", "good", .done, "ann"),
            ("maybe.test", "bad", .failed(.untrusted), nil),
            ("closed.test", "none", .failed(.untrusted), nil), ("closed.test", "good", .done, "ann"),
            ("closed.test", "bad", .failed(.untrusted), nil),
        ] as [(String, String, TLSSession.Progress, String?)])
    func `clients are let in as the name wants`(
        name: String, shows: String, progress: TLSSession.Progress, knownAs: String?
    ) throws {
        let other = try PairAuthority()
        let identity = try shows == "none" ? nil : (shows == "good" ? authority : other).identity("ann")
        let pair = try TLSPair(world(), client: authority.client(showing: identity), name: name)
        pair.converse()
        #expect(pair.progress == progress)
        if progress == .done { #expect(pair.session.peerCertificate?.commonName == knownAs) }
    }

    @Test func `where nobody may vouch for clients none is good`() throws {
        let pair = try TLSPair(world(), client: try TLSContext(.client, identity: authority.identity("ann")), name: "shut.test")
        pair.converse()
        #expect(pair.progress == .failed(.untrusted))
    }

    @Test func `a ticket of a name without demands opens none with them, and one of a client keeps its certificate`() throws {
        let terminator = try world()
        let open = finished(try TLSPair(terminator, client: authority.trusting, name: "open.test"))
        let pair = try TLSPair(terminator, client: authority.trusting, name: "closed.test", resuming: open)
        pair.converse()
        #expect(pair.progress == .failed(.untrusted))
        let client = try authority.client(showing: authority.identity("ann"))
        let ticket = finished(try TLSPair(terminator, client: client, name: "closed.test"))
        for _ in 0..<2 {
            let again = try TLSPair(terminator, client: client, name: "closed.test", resuming: ticket)
            again.converse()
            #expect(again.session.isResumed && again.session.peerCertificate?.commonName == "ann")
            again.client.close()
            let maybe = try TLSPair(terminator, client: authority.trusting, name: "maybe.test", resuming: ticket)
            maybe.converse()
            #expect(maybe.progress == .done && !maybe.session.isResumed && maybe.session.peerCertificate == nil)
            maybe.client.close()
        }
    }

    @Test func `hosts that want something else of clients are not served on the connection`() throws {
        let terminator = try world()
        let open = try TLSPair(terminator, client: authority.trusting, name: "open.test")
        open.converse()
        #expect(Self.serves(open, "open.test") && Self.serves(open, "other.test"))
        #expect(!Self.serves(open, "maybe.test") && !Self.serves(open, "closed.test"))
        let closed = try TLSPair(terminator, client: authority.client(showing: authority.identity("ann")), name: "closed.test")
        closed.converse()
        #expect(Self.serves(closed, "closed.test") && !Self.serves(closed, "open.test") && !Self.serves(closed, "maybe.test"))
        // Who names nobody is not asked for anything, and gets what asks for nothing.
        let nameless = try TLSPair(terminator, client: authority.trusting, name: nil)
        nameless.converse()
        #expect(Self.serves(nameless, "open.test") && !Self.serves(nameless, "closed.test"))
    }

    // MARK: The name in a hello

    @Test func `a server name is read, and bytes that are none are no name`() {
        func name(_ bytes: [UInt8]) -> String? { ServerNameField.name(in: bytes.span) }
        let sound: [UInt8] = [0, 7, 0, 0, 4] + Array("shop".utf8)
        #expect(name(sound) == "shop")
        #expect(name(Array(sound.dropLast())) == nil && name(sound + [0]) == nil && name([]) == nil)
        var random = SeededRandom(seed: 3)
        for _ in 0..<10_000 {
            var bytes = sound
            bytes[Int(random.below(UInt32(bytes.count)))] = UInt8(truncatingIfNeeded: random.next())
            _ = name(bytes)
            _ = name(Array(bytes.prefix(Int(random.below(10)))))
        }
    }
}
