import Base
import Secure
import Testing

/// A ClientHello as a client would write it, part by part, so that each can be wrong.
private struct Hello {
    var version: [UInt8] = [3, 3]
    var session = [UInt8](repeating: 7, count: 32)
    var suites: [UInt8] = [0x3a, 0x3a, 0x13, 0x01]
    var compressions: [UInt8] = [0]
    var extensions: [(type: Int, body: [UInt8])] = []
    var hasExtensions = true
    var type: UInt8 = 1

    static func word(_ n: Int) -> [UInt8] { [UInt8(n >> 8 & 255), UInt8(n & 255)] }
    static func counted(_ bytes: [UInt8]) -> [UInt8] { word(bytes.count) + bytes }
    static func name(_ text: String, type: UInt8 = 0) -> (type: Int, body: [UInt8]) {
        (0, counted([type] + counted(Array(text.utf8))))
    }
    static func protocols(_ names: [String]) -> (type: Int, body: [UInt8]) {
        (16, counted(names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }))
    }
    static let grease: (type: Int, body: [UInt8]) = (0x8a8a, [0])

    var message: [UInt8] {
        var body = version + [UInt8](repeating: 9, count: 32) + [UInt8(session.count)] + session + Self.counted(suites)
        body += [UInt8(compressions.count)] + compressions
        if hasExtensions { body += Self.counted(extensions.flatMap { Self.word($0.type) + Self.counted($0.body) }) }
        return [type, UInt8(body.count >> 16)] + Self.word(body.count & 0xffff) + body
    }

    /// In records of so many bytes.
    func records(of size: Int = 16_384) -> [UInt8] {
        stride(from: 0, to: message.count, by: size).flatMap { start in
            [22, 3, 1] + Self.counted(Array(message[start..<min(message.count, start + size)]))
        }
    }
}

private func outcome(_ bytes: [UInt8]) -> ClientHello.Outcome { read(bytes).outcome }

private func read(_ bytes: [UInt8]) -> (outcome: ClientHello.Outcome, name: String, application: String) {
    let scratch = Buffer(capacity: 40_000)
    let outcome = ClientHello.parse(bytes.span, in: scratch)
    guard case .complete(let hello) = outcome else { return (outcome, "", "") }
    let name = String(decoding: hello.name.map { scratch[$0] }, as: UTF8.self)
    return (outcome, name, String(decoding: hello.application.map { scratch[$0] }, as: UTF8.self))
}

@Suite struct ClientHelloTests {
    private var usual: Hello {
        var hello = Hello()
        hello.extensions = [
            Hello.grease, Hello.name("Shop.Example.com"), Hello.protocols(["h2"]), (43, [2, 3, 4]), Hello.grease,
        ]
        return hello
    }

    @Test func `a name is read whatever the records and whatever comes behind`() {
        for size in [16_384, 300, 100, 41, 5, 4, 3, 2] {
            var hello = usual
            hello.session = size < 4 ? [] : hello.session
            let bytes = hello.records(of: size)
            guard bytes.count / (size + 5) < 60 else { continue }
            for more in [[], [UInt8](repeating: 23, count: 9)] {
                let found = read(bytes + more)
                #expect(found.name == "shop.example.com" && found.application == "h2", "records of \(size)")
            }
        }
    }

    @Test func `what a prefix decides, more bytes do not change`() {
        for size in [16_384, 50, 7] {
            let bytes = usual.records(of: size)
            let whole = outcome(bytes)
            for cut in 0..<bytes.count {
                #expect(outcome(Array(bytes[..<cut])) == .incomplete, "\(cut) of \(bytes.count)")
            }
            guard case .complete = whole else {
                Issue.record("records of \(size): \(whole)")
                continue
            }
        }
    }

    @Test func `a client may name nobody, or offer several protocols or none`() {
        var hello = usual
        hello.extensions = []
        #expect(read(hello.records()).outcome == .complete(ClientHello()))
        hello.hasExtensions = false
        #expect(read(hello.records()).outcome == .complete(ClientHello()))
        hello.hasExtensions = true
        hello.extensions = [Hello.name("a.example"), Hello.protocols(["h2", "http/1.1"])]
        let found = read(hello.records())
        #expect(found.name == "a.example" && found.application == "")
    }

    @Test func `large keys are no reason to give up`() {
        var hello = usual
        hello.extensions.insert((51, [UInt8](repeating: 1, count: 12_000)), at: 0)
        #expect(read(hello.records()).name == "shop.example.com")
        hello.extensions.insert((51, [UInt8](repeating: 1, count: 12_000)), at: 0)
        #expect(read(hello.records()).outcome == .unreadable)
    }

    @Test func `what is no sound ClientHello is left to the library`() {
        var wrong: [(String, [UInt8])] = [
            ("plain HTTP", Array("GET / HTTP/1.1\r\n".utf8)), ("an alert", [21, 3, 1, 0, 2, 1, 0]),
            ("SSL 2", [0x80, 0x2e, 1, 0, 2]),
            ("an empty record", [22, 3, 1, 0, 0]), ("a huge record", [22, 3, 1, 0x40, 1]), ("another version", [22, 2, 0, 0, 5]),
        ]
        func add(_ what: String, _ change: (inout Hello) -> Void) {
            var hello = usual
            change(&hello)
            wrong.append((what, hello.records()))
        }
        add("a ServerHello") { $0.type = 2 }
        add("version 2") { $0.version = [2, 3] }
        add("a long session") { $0.session = [UInt8](repeating: 1, count: 33) }
        add("half a suite") { $0.suites = [1, 2, 3] }
        add("no suites") { $0.suites = [] }
        add("no compression") { $0.compressions = [] }
        add("two names") { $0.extensions.append(Hello.name("b.example")) }
        add("an empty name") { $0.extensions[1] = Hello.name("") }
        add("a name with a zero") { $0.extensions[1] = Hello.name("a\0b") }
        add("a name with a slash") { $0.extensions[1] = Hello.name("a/b") }
        add("a name that ends in a dot") { $0.extensions[1] = Hello.name("a.example.") }
        add("a name of another type") { $0.extensions[1] = Hello.name("a.example", type: 1) }
        add("a name extension of an answer") { $0.extensions[1] = (0, []) }
        add("a name that is cut") { $0.extensions[1] = (0, [0, 9, 0, 0, 7, 97]) }
        add("a long name") { $0.extensions[1] = Hello.name(String(repeating: "a", count: 254)) }
        add("an empty protocol") { $0.extensions[2] = (16, [0, 1, 0]) }
        add("no protocols") { $0.extensions[2] = (16, [0, 0]) }
        add("a protocol that is cut") { $0.extensions[2] = (16, [0, 2, 5, 104]) }
        // Another message in its record.
        let message = usual.message
        wrong.append(("a companion", [22, 3, 1] + Hello.counted(message + [14, 0, 0, 0])))
        // Bytes behind the extensions, which the message counts.
        var long = message + [0]
        long[3] &+= 1
        wrong.append(("something behind", [22, 3, 1] + Hello.counted(long)))
        for (what, bytes) in wrong { #expect(read(bytes).outcome == .unreadable, "\(what)") }
    }

    @Test func `records without end are not waited for`() {
        let dribble = Array(usual.message.prefix(100)).flatMap { [22, 3, 1, 0, 1, $0] as [UInt8] }
        #expect(read(dribble).outcome == .unreadable)
        #expect(read(Array(dribble.prefix(6 * 64))).outcome == .unreadable)
        #expect(read(Array(dribble.prefix(6 * 64 - 1))).outcome == .incomplete)
    }

    @Test(arguments: UInt64(0)..<200)
    func `damage is a decision too, and the same for every prefix that decides`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes = usual.records(of: 1 + Int(random.below(300)))
        for _ in 0...random.below(4) { bytes[Int(random.below(UInt32(bytes.count)))] = UInt8(truncatingIfNeeded: random.next()) }
        let whole = outcome(bytes)
        for cut in 0..<bytes.count {
            let part = outcome(Array(bytes[..<cut]))
            #expect(part == .incomplete || part == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: ["shop.example.com", "127.0.0.1"])
    func `what the library says as a client is read`(name: String) throws {
        let connector = try TLSConnector(server: name, verifying: .none, protocols: ["http/1.1"])
        let wire = TLSWire(inputCapacity: 65_536)
        let session = TLSSession.connect(connector.reference, wire)
        defer { session.free() }
        _ = session.handshake()
        var bytes: [UInt8] = []
        for i in wire.pending.indices { bytes.append(wire.pending[i]) }
        let found = read(bytes)
        // Addresses are not asked for (RFC 6066 section 3).
        #expect(found.name == (name.hasPrefix("1") ? "" : name) && found.application == "http/1.1")
    }
}
