import Base
import HTTP
import Pipeline
import Secure

/// What a worker works in. Owned by the frame of its thread and lent to each call, so that spans of it can be passed while the worker is
/// being changed.
struct Memory: ~Copyable {
    let sockets: Slab<SocketRow>
    let streams: Slab<StreamRow>
    let exchanges: Slab<ExchangeRow>
    let blocks: BlockPool
    /// What one receive filled; see `Input`.
    let receive: Buffer
    /// A head and the first bytes of a body, put together for one send.
    let transmit: Buffer
    /// What a client of TLS asked for.
    let names = Buffer(capacity: 512)
    /// Between TLS and the sockets.
    let wire = TLSWire(inputCapacity: Memory.receiveSize)
    /// Between HTTP/2 and the connections.
    let frames: HTTP2Wire
    /// Frames that are not in the wire, and not sent.
    let held = Slab<HeldFrames>(capacity: Memory.mostHeld)
    /// Field lines of the head that is being parsed.
    let fields: FieldTable
    let comparisons: Slab<ComparisonRow>
    /// Where body filters write, two in turns, and the last step of gRPC-Web.
    let sinks: Slab<Sink>
    /// Plans in use; more than a few mean requests that last for hours.
    let plans = Slab<PlanRow>(capacity: 64)
    let limits: ProxyLimits

    static let webSink: Int32 = 2
    /// Connections whose frames may wait at a time.
    static let mostHeld = 16
    /// Bytes that one receive may bring, leftovers included: what remains always fits one block.
    static let receiveSize = BlockPool.largest
    /// The longest head that is sent; a body's first bytes come behind it.
    static let longestHead = 131_072

    /// - Parameter budget: of blocks, where several workers share one.
    init(_ limits: ProxyLimits, budget: BlockBudget? = nil) {
        self.limits = limits
        sockets = Slab(capacity: limits.sockets)
        streams = Slab(capacity: limits.sockets)
        exchanges = Slab(capacity: limits.exchanges)
        comparisons = Slab(capacity: limits.comparisons)
        blocks = BlockPool(sharing: budget ?? BlockBudget(bytes: limits.blockBytes))
        receive = Buffer(capacity: Self.receiveSize)
        transmit = Buffer(capacity: Self.longestHead + 2 * Self.receiveSize)
        frames = HTTP2Wire(limits: limits.head, maxStreams: limits.sockets)
        fields = FieldTable(capacity: limits.head.fields)
        sinks = Slab(capacity: 3)
        for _ in 0..<3 { _ = sinks.take() }
        for _ in 0..<Self.mostHeld { _ = held.take() }
    }

    /// The method of an exchange's request, which has a head.
    @_lifetime(borrow self) @inline(__always)
    func method(_ e: Int32) -> Span<UInt8> {
        let line = exchanges[e].request.line
        return blocks.span(exchanges[e].head, Int(line.method)..<Int(line.method &+ line.methodLength))
    }

    /// The line about the certificate that a request's client showed; empty without one.
    @_lifetime(borrow self) @inline(__always)
    func shown(by s: Int32) -> Span<UInt8> {
        let c = sockets[s].isStream ? sockets[s].carrier : s
        guard c >= 0, sockets[c].shown.isPresent else { return blocks.empty }
        return blocks.span(sockets[c].shown, 0..<Int(sockets[c].shownCount))
    }

    /// The head of an exchange's request; empty when it was refused before it had one.
    @_lifetime(borrow self) @inline(__always)
    func head(_ e: Int32) -> RequestHead {
        let block = exchanges[e].head
        guard block.isPresent else {
            return RequestHead(bytes: blocks.empty, fields: Span(), line: RequestLine())
        }
        let bytes = blocks.span(block, 0..<Int(exchanges[e].headLength))
        let fields = blocks.records(
            block, at: Int(exchanges[e].fieldsAt), count: Int(exchanges[e].request.facts.count), as: FieldLine.self)
        return RequestHead(bytes: bytes, fields: fields, line: exchanges[e].request.line)
    }
}

/// A body sink in a slab, so that it can be lent while the rest of the memory is read.
struct Sink: ~Copyable, SlabElement {
    var sink = BodySink(limit: 65536)
    init() {}
}

extension BlockPool {
    /// No bytes, with the lifetime of the pool.
    var empty: Span<UInt8> {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(Span(), borrowing: self) }
    }
}
