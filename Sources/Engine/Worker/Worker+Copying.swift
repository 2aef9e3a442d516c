import Base
import HTTP
import Pipeline

// A copy of a request: an exchange of its own that asks what its original asked, for a mirror (`Worker+Mirroring`) or as a hedge
// (`Worker+Hedging`). Its client is a row without a socket: what is said to it is gone.
extension Worker where P: ~Copyable {
    /// Rows and blocks for a copy, whose turn comes later. It wants a cluster.
    ///
    /// - Parameter refusal: why there is none.
    /// - Returns: the copy's exchange, or -1.
    mutating func makeCopy(of e: Int32, _ refusal: inout MirrorOutcome, _ m: borrowing Memory) -> Int32 {
        guard m.blocks.bytesInUseByAll < m.blocks.budget / 10 * 8, var parts = copyParts(e, m) else {
            refusal = .noMemory
            return -1
        }
        refusal = .tooMany
        guard let c = m.exchanges.take() else {
            parts.free(m.blocks)
            return -1
        }
        guard let d = m.streams.take() else {
            m.exchanges.give(c)
            parts.free(m.blocks)
            return -1
        }
        guard let v = m.sockets.take() else {
            m.exchanges.give(c)
            m.streams.give(d)
            parts.free(m.blocks)
            return -1
        }
        copies &+= 1
        exchanges &+= 1
        makeClient(v, d, of: e, parts, m)
        m.streams[d].exchange = c
        makeExchange(c, d, of: e, parts, m)
        queue(v, m)
        return c
    }

    /// What a copy owns of the original's bytes.
    private struct CopiedParts {
        var head = Block.none
        var body = BlockChain()
        var trailers = Block.none
        var shown = Block.none

        mutating func free(_ pool: borrowing BlockPool) {
            pool.give(head)
            pool.give(trailers)
            pool.give(shown)
            body.free(pool)
        }
    }

    /// nil when there are not enough blocks.
    private func copyParts(_ e: Int32, _ m: borrowing Memory) -> CopiedParts? {
        let d = m.exchanges[e].downstream
        var parts = CopiedParts()
        let fields = Int(m.exchanges[e].request.facts.count) &* MemoryLayout<FieldLine>.stride
        let head = m.blocks.span(m.exchanges[e].head, 0..<(Int(m.exchanges[e].fieldsAt) &+ fields))
        let trailers = Int(m.streams[d].trailerLength)
        let shown = m.shown(by: m.streams[d].socket)
        guard copy(head, to: &parts.head, m),
            trailers == 0 || copy(m.blocks.span(m.streams[d].trailers, 0..<trailers), to: &parts.trailers, m),
            shown.count == 0 || copy(shown, to: &parts.shown, m)
        else {
            parts.free(m.blocks)
            return nil
        }
        var rest = m.exchanges[e].replay.reader()
        while !rest.isEmpty {
            let (block, range) = rest.piece(m.blocks)
            guard parts.body.append(m.blocks.span(block, range), m.blocks) else {
                parts.free(m.blocks)
                return nil
            }
            rest.skipPiece(m.blocks)
        }
        return parts
    }

    private func copy(_ bytes: borrowing Span<UInt8>, to block: inout Block, _ m: borrowing Memory) -> Bool {
        // What is parsed of trailers has an empty line behind it; see `parseTrailers`.
        guard let taken = m.blocks.take(bytes.count &+ 2) else { return false }
        m.blocks.write(bytes, to: taken, at: 0)
        block = taken
        return true
    }

    /// The row that stands for the copy's client, and says of it what the original's says.
    private func makeClient(_ v: Int32, _ d: Int32, of e: Int32, _ parts: CopiedParts, _ m: borrowing Memory) {
        let original = m.exchanges[e].downstream
        let s = m.streams[original].socket
        m.sockets[v] = SocketRow()
        m.sockets[v].role = .client
        m.sockets[v].layer = .mirror
        m.sockets[v].state = .copied
        m.sockets[v].peer = m.sockets[s].peer
        m.sockets[v].listener = m.sockets[s].listener
        m.sockets[v].isTrusted = m.sockets[s].isTrusted
        m.sockets[v].shown = parts.shown
        m.sockets[v].shownCount = Int32(truncatingIfNeeded: m.shown(by: s).count)
        m.sockets[v].stream = d
        m.streams[d] = StreamRow()
        m.streams[d].socket = v
        m.streams[d].hasHead = true
        m.streams[d].isInputDone = true
        m.streams[d].trailers = parts.trailers
        m.streams[d].trailerLength = m.streams[original].trailerLength
    }

    /// An exchange that asks what the original asked, as filters changed it.
    private mutating func makeExchange(_ c: Int32, _ d: Int32, of e: Int32, _ parts: CopiedParts, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        m.exchanges[c].reset()
        m.exchanges[c].isCopy = true
        m.exchanges[c].filtersFinished = true
        m.exchanges[c].downstream = d
        m.exchanges[c].plan = p
        m.plans[p].pins &+= 1
        m.exchanges[c].head = parts.head
        m.exchanges[c].headLength = m.exchanges[e].headLength
        m.exchanges[c].fieldsAt = m.exchanges[e].fieldsAt
        m.exchanges[c].request = m.exchanges[e].request
        m.exchanges[c].isHead = m.exchanges[e].isHead
        m.exchanges[c].isIdempotent = m.exchanges[e].isIdempotent
        // A body whose length filters may have changed goes in chunks, as the original's did.
        m.exchanges[c].interests = m.exchanges[e].interests.intersection(.requestBody)
        m.exchanges[c].web = m.exchanges[e].web
        m.exchanges[c].replay = parts.body
        m.exchanges[c].x.client = m.exchanges[e].x.client
        m.exchanges[c].x.clientPort = m.exchanges[e].x.clientPort
        m.exchanges[c].x.scheme = m.exchanges[e].x.scheme
        m.exchanges[c].x.version = m.exchanges[e].x.version
        m.exchanges[c].x.listener = m.exchanges[e].x.listener
        m.exchanges[c].x.requestID = m.exchanges[e].x.requestID
        m.exchanges[c].x.rule = m.exchanges[e].x.rule
        m.exchanges[c].x.times.start = now
        m.exchanges[c].x.edits.copy(m.exchanges[e].x.edits)
    }

    /// The turn of a copy whose request has not begun.
    mutating func beginCopy(_ v: Int32, _ m: borrowing Memory) {
        let e = m.streams[m.sockets[v].stream].exchange
        m.sockets[v].state = .busy
        if m.exchanges[e].isMirror, cells.hasDetour(m.exchanges[e].x.cluster) { takeDetour(e, m) }
        dispatch(e, m)
    }
}
