import Base
import Reactor
import Secure

/// Serves one client, request after request, on a thread of its own.
struct Connection {
    let wire: Wire
    let handler: any RequestHandler
    let limits: ServingLimits
    let stopping: Stopping

    func run() {
        guard wire.handshake(milliseconds: limits.requestMilliseconds) else { return wire.close() }
        let certificate = wire.clientCertificate
        var reader = RequestReader(limits: limits)
        while let request = next(&reader, certificate) {
            guard answer(request, &reader), !stopping.isSet else { break }
        }
        wire.close()
    }

    private struct Incoming {
        var head: RequestReader.Head
        var request: ServedRequest
    }

    // MARK: - Reading

    /// Nil when the connection is to be closed: the client left, was too slow, or was refused (and told).
    private func next(_ reader: inout RequestReader, _ certificate: Certificate?) -> Incoming? {
        var deadline: UInt64?
        do throws(RequestReader.Refusal) {
            var parsed = try reader.head()
            while parsed == nil {
                if !reader.isEmpty, deadline == nil { deadline = requestDeadline }
                guard receive(into: &reader, deadline) else { return nil }
                parsed = try reader.head()
            }
            guard let head = parsed else { return nil }
            let end = deadline ?? requestDeadline
            if head.expectsContinue, head.length != .known(0) {
                guard wire.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) else { return nil }
            }
            var chunks: [UInt8] = []
            var body = try reader.body(head.length, &chunks)
            while body == nil {
                guard receive(into: &reader, end) else { return nil }
                body = try reader.body(head.length, &chunks)
            }
            let request = ServedRequest(
                method: head.method, target: head.target, headers: head.headers, body: body ?? [], peer: wire.socket.peer,
                clientCertificate: certificate)
            return Incoming(head: head, request: request)
        } catch {
            let refusal = ServedResponse(
                status: error.status, contentType: "text/plain; charset=utf-8", text: error.reason + "\n")
            _ = wire.send(head(of: refusal, length: error.reason.utf8.count + 1, chunked: false, keepsAlive: false))
            _ = wire.send(Array((error.reason + "\n").utf8))
            return nil
        }
    }

    private var requestDeadline: UInt64 { SystemClock.monotonicNanoseconds + UInt64(limits.requestMilliseconds) * 1_000_000 }

    /// Without a deadline the connection is idle, and the server's stop may end it.
    private func receive(into reader: inout RequestReader, _ deadline: UInt64?) -> Bool {
        let now = SystemClock.monotonicNanoseconds
        if let deadline, deadline <= now { return false }
        let milliseconds = deadline.map { Int(($0 - now) / 1_000_000) + 1 } ?? limits.idleMilliseconds
        guard case .bytes(let bytes) = wire.receive(milliseconds: milliseconds, unless: deadline == nil ? stopping.bell : nil)
        else {
            return false
        }
        reader.feed(bytes)
        return true
    }

    // MARK: - Answering

    /// False when the connection must end.
    private func answer(_ incoming: Incoming, _ reader: inout RequestReader) -> Bool {
        let response = handler.respond(to: incoming.request)
        let keepsAlive = incoming.head.keepsAlive && !stopping.isSet
        let isHead = incoming.request.method == "HEAD"
        switch response.body {
        case .bytes(let bytes):
            var out = head(of: response, length: bytes.count, chunked: false, keepsAlive: keepsAlive)
            if !isHead { out += bytes }
            return wire.send(out) && keepsAlive
        case .stream(let produce):
            let chunked = incoming.head.minor == 1
            let staysOpen = keepsAlive && chunked
            guard wire.send(head(of: response, length: nil, chunked: chunked, keepsAlive: staysOpen)) else { return false }
            guard !isHead else { return staysOpen }
            let stream = ResponseStream(wire, chunked: chunked, isStopping: { [stopping] in stopping.isSet })
            produce(stream)
            guard stream.isConnected else { return false }
            reader.feed(stream.early)
            return (!chunked || wire.send(Array("0\r\n\r\n".utf8))) && staysOpen
        }
    }

    private func head(of response: ServedResponse, length: Int?, chunked: Bool, keepsAlive: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(response.status) \(ReasonPhrase.of(response.status))\r\n"
        for (name, value) in response.headers.entries {
            // A handler's mistake must not become a second header: line ends are dropped.
            text += "\(name): \(value.filter { !$0.isNewline })\r\n"
        }
        if let length, response.status != 204, response.status != 304 { text += "content-length: \(length)\r\n" }
        if chunked { text += "transfer-encoding: chunked\r\n" }
        if !keepsAlive { text += "connection: close\r\n" }
        text += "date: \(CivilTime.httpDate(Int64(SystemClock.unixNanoseconds / 1_000_000_000)))\r\n\r\n"
        return Array(text.utf8)
    }
}
