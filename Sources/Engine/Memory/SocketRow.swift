import Base
import Pipeline
import Secure

/// One descriptor of a worker: a listener, a client's connection or one to an endpoint. Plain data.
struct SocketRow: SlabElement {
    enum Role: UInt8 { case free, listener, client, upstream }

    /// What is spoken on the connection: where another protocol joins.
    enum Codec: UInt8 { case http1, tunnel }

    enum State: UInt8 {
        /// A client between requests, or a kept connection to an endpoint.
        case idle
        /// An attempt to connect is under way.
        case connecting
        /// Part of an exchange.
        case busy
        /// The last answer was handed over: what still comes is thrown away until the peer closes.
        case lingering
    }

    /// What the socket's timer is for.
    enum Alarm: UInt8 { case none, keepAlive, head, connect, linger, write, handshake }

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
    /// Our end was sent.
    var outputEnded = false
    /// Waits in the worker's list of sockets to go on with.
    var isQueued = false
    /// Close once the output is gone.
    var closesWhenSent = false
    /// The peer is a proxy whose forwarding fields are believed.
    var isTrusted = false
    /// TLS lies between the descriptor and everything else.
    var isSealed = false
    /// It has not been agreed on yet.
    var isHandshaking = false
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
    /// Ciphertext that was received when there was no room for what it holds.
    var sealed = Block.none
    var sealedCount: Int32 = 0
    /// Not taken by the system yet.
    var output = BlockChain()
    /// The client's address.
    var peer = SocketAddress(IPAddress(high: 0, low: 0), 0)
    /// Place in the worker's list of listeners.
    var listener: Int32 = -1
    /// First byte of the request whose head is being read.
    var headStart = Instant.zero
    var endpoint = EndpointHandle.none
    /// Neighbours in the pool of kept connections.
    var poolNext: Int32 = -1
    var poolPrevious: Int32 = -1

    init() {}

    @inline(__always) var hasInput: Bool { input.isPresent }
}
