import Base
import Graph
import HTTP
import Pipeline
import Secure

/// One descriptor of a worker: a listener, a client's connection or one to an endpoint. Plain data.
struct SocketRow: SlabElement {
    enum Role: UInt8 { case free, listener, client, upstream }

    /// What is spoken on the connection: where another protocol joins.
    enum Codec: UInt8 { case http1, tunnel, http2, datagrams }

    /// What lies between the row and the wire.
    enum Layer: UInt8 {
        /// Nothing: bytes are sent as they are.
        case plain
        /// TLS.
        case sealed
        /// The row is no socket, but one stream of an HTTP/2 connection.
        case stream
        /// The row is no socket either: the client of an exchange that copies another one's request. What is said to it is gone.
        case mirror
    }

    enum State: UInt8 {
        /// A proxy has not said yet whom the connection is from.
        case introducing
        /// A client of TLS has not said yet which host it is for.
        case greeting
        /// A client between requests, or a kept connection to an endpoint.
        case idle
        /// An attempt to connect is under way.
        case connecting
        /// Connected to an endpoint with which TLS is not agreed on yet.
        case shaking
        /// Part of an exchange.
        case busy
        /// Streams of HTTP/2 have rows of their own.
        case carrying
        /// The client of a copy whose request has not begun.
        case copied
        /// The last answer was handed over: what still comes is thrown away until the peer closes.
        case lingering
    }

    /// What the socket's timer is for.
    enum Alarm: UInt8 { case none, keepAlive, head, connect, linger, write, handshake, introduction, life }

    /// Why nothing more comes on a stream to an endpoint.
    enum Cut: UInt8 {
        case none
        /// The endpoint did nothing for it.
        case refused
        case reset
        /// The connection is gone.
        case lost
        /// There never was one.
        case unconnected, connectLate
        /// TLS was not agreed on: why, `sealFailure` says. Or not in time; or without HTTP/2, which was demanded.
        case unsealed, sealLate, notFramed
        /// The endpoint chose HTTP/1.1: the request goes there over a connection of its own.
        case plain
        case malformed
        /// What came or was to go could not be kept.
        case unkept
    }

    var descriptor: Int32 = -1
    var role = Role.free
    var codec = Codec.http1
    var state = State.idle
    var alarm = Alarm.none
    /// An event said that there is something to read, and it was not all read yet.
    var isReadable = false
    /// An event said that the peer ended or broke the connection: reading goes on until that is seen.
    var isEnding = false
    /// The peer's end was read.
    var inputEnded = false
    /// The end was not announced, as TLS announces it: what was read may not be all.
    var isCut = false
    /// Our end was sent.
    var outputEnded = false
    /// The system is told of our end once the output is gone.
    var finishesWhenSent = false
    /// Waits in the worker's list of sockets to go on with.
    var isQueued = false
    /// TLS says with the next bytes that they are the last ones.
    var partsWithNext = false
    /// Close once the output is gone.
    var closesWhenSent = false
    /// The peer is a proxy whose forwarding fields are believed.
    var isTrusted = false
    /// Counted among the connections of its address.
    var isCountedByAddress = false
    var layer = Layer.plain
    /// TLS has not been agreed on yet.
    var isHandshaking = false
    /// Why TLS with an endpoint came to nothing.
    var sealFailure: TLSSession.Failure?
    /// What the endpoint is told before the first byte.
    var introduction: Cluster.Introduction?
    /// The endpoint chooses between HTTP/2 and HTTP/1.1 when it agrees on TLS.
    var isNegotiable = false
    /// Carried a request before.
    var isReused = false
    /// The stream of the exchange under way, or -1.
    var stream: Int32 = -1
    /// Received but not used: the beginning of a head, or the next requests of a client that does not wait.
    var input = Block.none
    var inputStart: Int32 = 0
    var inputEnd: Int32 = 0
    /// What seals the connection, where it is sealed.
    var seal = TLSSession.none
    /// Of a client that showed a certificate: the field line that says so to endpoints.
    var shown = Block.none
    var shownCount: Int32 = 0
    /// Ciphertext that was received when there was no room for what it holds.
    var sealed = Block.none
    var sealedCount: Int32 = 0
    /// Not taken by the system yet.
    var output = BlockChain()
    /// The client's address, where a proxy introduced the connection as that says.
    var peer = SocketAddress(IPAddress(high: 0, low: 0), 0)
    /// Of a client that sends datagrams: which of our addresses it sends them to.
    var local = IPAddress(high: 0, low: 0)
    /// Place in the worker's list of listeners.
    var listener: Int32 = -1
    /// First byte of the request whose head is being read.
    var headStart = Instant.zero
    var endpoint = EndpointHandle.none
    /// The cluster that is charged with the connection, or -1; and whether it has a bound.
    var cluster: Int32 = -1
    var isBounded = false

    // MARK: HTTP/2
    /// What speaks on a connection that carries streams, or is to.
    var session = HTTP2Session.none
    /// The first of its streams' rows, or -1; the others are its neighbours.
    var firstCarried: Int32 = -1
    /// Of a stream: the connection's row, or -1 when that is gone.
    var carrier: Int32 = -1
    var carried = HTTP2Stream.none
    /// What came on the stream, as HTTP/1 would have sent it but for chunks.
    var incoming = BlockChain()
    /// So many records of where a head's fields lie come before it.
    var outlined: UInt8 = 0
    /// Why its head is no text.
    var defect: HeadDefect?
    /// Something follows the request's head.
    var hasBody = false
    /// The answer's head went out, the last of the answer went out, and trailers wait to go out.
    var isHeadSent = false
    var isAnswered = false
    var owesTrailers = false
    /// The client gave the stream up, or it cannot go on.
    var isBroken = false
    /// Of a stream to an endpoint: why it ended before its answer did.
    var cut = Cut.none
    /// Of a connection to an endpoint: its streams, and those of them whose requests have not begun.
    var carriedCount: Int32 = 0
    var waitingCount: Int32 = 0
    /// Where its frames are held, or -1.
    var place: Int8 = -1
    /// A stream of the connection found its endpoint silent: no others begin before the endpoint says something.
    var isDoubted = false

    /// Neighbours in the pool of kept connections, or among the streams of one connection.
    var poolNext: Int32 = -1
    var poolPrevious: Int32 = -1

    init() {}

    @inline(__always) var hasInput: Bool { input.isPresent }
    @inline(__always) var isSealed: Bool { layer == .sealed }
    @inline(__always) var isStream: Bool { layer == .stream }
    @inline(__always) var isMirror: Bool { layer == .mirror }
}
