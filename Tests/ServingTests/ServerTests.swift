import Base
import Reactor
import Secure
import Synchronization
import Testing

@testable import Serving

private func server(
    tls: TLSContext? = nil, limits: ServingLimits = ServingLimits(),
    _ handler: @escaping @Sendable (ServedRequest) -> ServedResponse
) throws
    -> Server
{
    try Server(.v4Loopback, port: 0, tls: tls, limits: limits, handler: HandlerFunction(handler))
}

private func connect(_ server: Server) throws -> BlockingSocket { try BlockingSocket.connect(to: .v4Loopback, port: server.port) }

/// Reads until the text holds `marker` or the connection ends.
private func read(_ socket: BlockingSocket, until marker: String? = nil) -> String {
    var text = ""
    while case .bytes(let bytes) = socket.receive(upTo: 4_096, milliseconds: 10_000) {
        text += String(decoding: bytes, as: UTF8.self)
        if let marker, text.contains(marker) { break }
    }
    return text
}

@Suite struct ServerTests {
    @Test func `requests on one connection are answered in turn`() throws {
        let server = try server { ServedResponse(contentType: "text/plain", text: "\($0.method) \($0.path) \($0.body.count)\n") }
        defer { server.stop() }
        let socket = try connect(server)
        _ = socket.send(
            Array(
                "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
                    .utf8),
            stallMilliseconds: 1_000)
        let text = read(socket)
        #expect(text.contains("\r\n\r\nGET /a 0\n"))
        #expect(text.contains("\r\n\r\nPOST /b 3\n"))
        #expect(text.contains("connection: close"))
    }

    @Test func `a client that asks first is told to go on`() throws {
        let server = try server { ServedResponse(contentType: "text/plain", text: "got \($0.body.count)") }
        defer { server.stop() }
        let socket = try connect(server)
        _ = socket.send(
            Array("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".utf8), stallMilliseconds: 1_000
        )
        #expect(read(socket, until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue"))
        _ = socket.send(Array("ab".utf8), stallMilliseconds: 1_000)
        #expect(read(socket, until: "got").contains("got 2"))
    }

    @Test func `a stream pushes chunks when its bell rings and ends properly on stop`() throws {
        let bell = try Bell()
        let server = try server { _ in
            ServedResponse(
                status: 200,
                body: .stream { stream in
                    stream.send(Array("first".utf8))
                    while stream.wait(for: bell, milliseconds: nil) == .rung { stream.send(Array("again".utf8)) }
                })
        }
        let socket = try connect(server)
        _ = socket.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), stallMilliseconds: 1_000)
        #expect(read(socket, until: "5\r\nfirst\r\n").contains("transfer-encoding: chunked"))
        bell.ring()
        #expect(read(socket, until: "again").contains("5\r\nagain"))
        server.stop()
        #expect(read(socket).hasSuffix("0\r\n\r\n"))
        #expect(server.connectionCount == 0)
    }

    @Test func `a client that leaves a stream is noticed`() throws {
        let bell = try Bell()
        let noticed = try Bell()
        let server = try server { _ in
            ServedResponse(
                status: 200,
                body: .stream { stream in
                    stream.send([65])
                    if stream.wait(for: bell, milliseconds: nil) == .disconnected { noticed.ring() }
                })
        }
        defer { server.stop() }
        var socket: BlockingSocket? = try connect(server)
        _ = socket?.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), stallMilliseconds: 1_000)
        if let socket { _ = read(socket, until: "A") }
        socket = nil
        #expect(noticed.wait(milliseconds: 10_000))
    }

    @Test func `more clients than allowed are turned away`() throws {
        var limits = ServingLimits()
        limits.connections = 1
        let server = try server(limits: limits) { _ in ServedResponse(contentType: "text/plain", text: "ok") }
        defer { server.stop() }
        let first = try connect(server)
        _ = first.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), stallMilliseconds: 1_000)
        #expect(read(first, until: "ok").contains("200 OK"))
        #expect(read(try connect(server)).contains("503"))
    }

    @Test func `rubbish is refused and told why`() throws {
        let server = try server { _ in ServedResponse(contentType: "text/plain", text: "ok") }
        defer { server.stop() }
        let socket = try connect(server)
        _ = socket.send(Array("\u{1}\u{2}rubbish\r\n\r\n".utf8), stallMilliseconds: 1_000)
        #expect(read(socket).hasPrefix("HTTP/1.1 400 Bad Request"))
    }

    @Test func `a request that dawdles is cut off`() throws {
        var limits = ServingLimits()
        limits.requestMilliseconds = 50
        let server = try server(limits: limits) { _ in ServedResponse(contentType: "text/plain", text: "ok") }
        defer { server.stop() }
        let socket = try connect(server)
        _ = socket.send(Array("GET / HTTP/1.1\r\nHo".utf8), stallMilliseconds: 1_000)
        #expect(read(socket).isEmpty)
    }

    @Test func `over TLS the handler learns who the client is`() throws {
        let ca = try CertificateAuthority.selfSigned(
            CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
        var template = CertificateTemplate(.server, commonName: "s", validFrom: 0, validUntil: 4_000_000_000)
        template.alternativeNames = [.address([127, 0, 0, 1])]
        let context = try TLSContext(
            .server, identity: ca.issue(template), verifying: .ifGiven(authorities: [ca.identity.certificate]),
            protocols: ["http/1.1"])
        let jane = try ca.issue(CertificateTemplate(.client, commonName: "jane", validFrom: 0, validUntil: 4_000_000_000))
        let server = try server(tls: context) {
            ServedResponse(contentType: "text/plain", text: $0.clientCertificate?.commonName ?? "nobody")
        }
        defer { server.stop() }
        for (identity, expected) in [(jane, "jane"), (nil, "nobody")] as [(Identity?, String)] {
            let machine = try TLSMachine(
                TLSContext(.client, identity: identity, verifying: .required(authorities: [ca.identity.certificate])),
                serverName: "127.0.0.1")
            let socket = try connect(server)
            machine.advanceHandshake()
            var text = ""
            var asked = false
            while !text.contains(expected) {
                _ = socket.send(machine.takeCiphertext(), stallMilliseconds: 1_000)
                if machine.state == .open, !asked {
                    asked = machine.write(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                    continue
                }
                guard case .bytes(let bytes) = socket.receive(upTo: 16_384, milliseconds: 10_000) else { break }
                machine.receive(bytes)
                text += String(decoding: machine.read(), as: UTF8.self)
            }
            #expect(text.hasSuffix(expected))
        }
    }
}
