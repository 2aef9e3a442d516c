import Base
import HTTP
import Pipeline
import Reactor

// gRPC-Web to endpoints of gRPC. It works as body filters do, behind those of the rule: the exchange is treated as one whose bodies are
// filtered, and the last step is here.
extension Worker where P: ~Copyable {
    /// Before a request goes to an endpoint of gRPC: is it gRPC-Web? Then it becomes gRPC. False when that cannot be.
    mutating func beginWeb(_ e: Int32, _ m: borrowing Memory) -> Bool {
        let i = GRPCRequest.contentType(m.head(e))
        var suffix = 0..<0
        guard i >= 0, case let form = GRPCWeb.form(m.head(e).value(i), suffix: &suffix), form != .none else { return true }
        // A body that was held is not read anew.
        guard form == .binary || m.exchanges[e].replay.isEmpty else { return false }
        m.exchanges[e].web = form
        m.exchanges[e].base64 = Base64Reader()
        m.exchanges[e].request.facts.teTrailers = true
        m.exchanges[e].interests.formUnion(
            form == .text ? [.requestBody, .responseHead, .responseBody] : [.responseHead, .responseBody])
        return setContentType("application/grpc", m.head(e).value(i).extracting(suffix), .request, e, m)
    }

    /// An answer of gRPC's will be one of gRPC-Web; any other stays what it is.
    mutating func beginWebAnswer(_ e: Int32, _ head: borrowing ResponseHead, _ m: borrowing Memory) {
        for i in head.fields.indices where GRPCRequest.isContentTypeName(head.name(i)) && GRPCRequest.isContentType(head.value(i))
        {
            let suffix = GRPCRequest.nameLength..<head.value(i).count
            let name: StaticString = m.exchanges[e].web == .text ? "application/grpc-web-text" : "application/grpc-web"
            if setContentType(name, head.value(i).extracting(suffix), .response, e, m) { return }
        }
        m.exchanges[e].web = .none
    }

    private func setContentType(
        _ name: StaticString, _ suffix: borrowing Span<UInt8>, _ side: Edit.Side, _ e: Int32, _ m: borrowing Memory
    ) -> Bool {
        let start = m.exchanges[e].x.edits.textPosition
        guard m.exchanges[e].x.edits.append(text: "content-type") else { return false }
        let field = m.exchanges[e].x.edits.text(from: start)
        let valueStart = m.exchanges[e].x.edits.textPosition
        guard m.exchanges[e].x.edits.append(text: name), m.exchanges[e].x.edits.append(text: suffix) else { return false }
        return m.exchanges[e].x.edits.append(.set, side, field, m.exchanges[e].x.edits.text(from: valueStart))
    }

    // MARK: Bodies

    /// A piece of the request's body, out of base64. False when the exchange went another way.
    mutating func passWebRequest(
        _ e: Int32, _ bytes: borrowing Span<UInt8>, isLast: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        m.sinks[Memory.webSink].sink.drain()
        for i in bytes.indices {
            guard let (word, n) = m.exchanges[e].base64.take(bytes[i]) else {
                fail(e, ProxyError(.clientMalformed, detail: "malformed base64"), m)
                return false
            }
            let three: InlineArray<3, UInt8> = [
                UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word),
            ]
            m.sinks[Memory.webSink].sink.write(three.span.extracting(0..<n))
        }
        guard !isLast || m.exchanges[e].base64.isWhole else {
            fail(e, ProxyError(.clientMalformed, detail: "unfinished base64"), m)
            return false
        }
        return m.sinks[Memory.webSink].sink.count == 0 || passRequest(e, m.sinks[Memory.webSink].sink.bytes, &count, m)
    }

    /// A piece of the answer's body; behind the last one its trailers, as a frame of their own. False when the client's connection is broken.
    mutating func putWebAnswer(
        _ e: Int32, _ bytes: borrowing Span<UInt8>, isLast: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        m.sinks[Memory.webSink].sink.drain()
        addWeb(e, bytes, m)
        let t = m.exchanges[e].upstream
        if isLast, t >= 0, m.streams[t].trailerLength > 0 {
            let n = m.streams[t].trailerLength
            var lead = InlineArray<5, UInt8>(repeating: GRPCWeb.trailersFlag)
            for i in 0..<4 { lead[i &+ 1] = UInt8(truncatingIfNeeded: n >> Int32(24 &- 8 &* i)) }
            addWeb(e, lead.span, m)
            addWeb(e, m.blocks.span(m.streams[t].trailers, 0..<Int(n)), m)
            // They are not sent as trailers, too.
            m.streams[t].trailerLength = 0
        }
        return m.sinks[Memory.webSink].sink.count == 0
            || put(m.sinks[Memory.webSink].sink.bytes, to: m.exchanges[e].downstream, &count, m)
    }

    /// As they are, or in base64 with padding of its own: nothing of what is here shall wait for what comes.
    private func addWeb(_ e: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) {
        guard m.exchanges[e].web == .text else { return m.sinks[Memory.webSink].sink.write(bytes) }
        var i = 0
        while i < bytes.count {
            let n = min(3, bytes.count &- i)
            var word: UInt32 = 0
            for k in 0..<n { word |= UInt32(bytes[i &+ k]) << UInt32(16 &- 8 &* k) }
            m.sinks[Memory.webSink].sink.write(Base64Reader.symbols(word, count: n).span)
            i &+= n
        }
    }
}
