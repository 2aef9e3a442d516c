import Base

/// One direction of a simulated connection: what was sent travels, arrives in pieces, and is read.
final class SimulatedPipe {
    private var bytes: [UInt8] = []
    /// Read so far.
    private var head = 0
    /// How much of `bytes` has arrived.
    private var arrivedEnd = 0
    /// The writer will send no more.
    private(set) var isFinished = false
    /// The end has arrived behind the last byte.
    private(set) var hasEnded = false
    /// Nobody will read: what arrives is answered by a reset.
    var isReaderGone = false
    /// The connection was reset from the other side: what was under way is lost, what arrived can be read.
    private(set) var isReset = false

    var readable: Int { arrivedEnd - head }
    var travelling: Int { bytes.count - arrivedEnd }
    var held: Int { bytes.count - head }

    func write(_ span: borrowing Span<UInt8>, _ count: Int) {
        for i in 0..<count { bytes.append(span[i]) }
    }

    func write(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    func finish() { isFinished = true }

    func reset() {
        bytes.removeLast(travelling)
        isReset = true
    }

    /// Lets at most so many bytes arrive, or the end behind them. - Returns: whether anything came.
    func arrive(_ most: Int) -> Bool {
        if isReset { return false }
        let count = min(most, travelling)
        arrivedEnd += count
        if travelling == 0, isFinished, !hasEnded {
            hasEnded = true
            return true
        }
        return count > 0
    }

    var isMoving: Bool { !isReset && (travelling > 0 || (isFinished && !hasEnded)) }

    func read(into buffer: borrowing Buffer, _ range: Range<Int>) -> Int {
        let count = min(readable, range.count)
        buffer.write(bytes.span.extracting(head..<(head + count)), at: range.lowerBound)
        drop(count)
        return count
    }

    func readAll() -> [UInt8] {
        let all = Array(bytes[head..<arrivedEnd])
        drop(all.count)
        return all
    }

    private func drop(_ count: Int) {
        head += count
        guard head == bytes.count || head > 65536 else { return }
        bytes.removeFirst(head)
        arrivedEnd -= head
        head = 0
    }
}

/// A descriptor of a worker's.
final class SimulatedSocket {
    enum Kind {
        case listener(SocketAddress)
        case connecting(SocketAddress)
        case open
        /// The attempt failed with this negated errno value.
        case failed(Int32)
        /// For datagrams: it listens there, or is connected to there from a port of its own.
        case datagrams(SocketAddress)
        case datagramsTo(SocketAddress, from: UInt16)
    }

    var kind: Kind
    var worker: Int
    var token: UInt64?
    /// Connections that wait to be accepted: the far end's number and the peer.
    var backlog: [(connection: SimulatedConnection, peer: SocketAddress)] = []
    /// Datagrams that arrived, and who sent them.
    var datagrams: [(bytes: [UInt8], peer: SocketAddress)] = []
    /// What was sent met nobody (ECONNREFUSED): the next call is told so.
    var isRefused = false
    /// A listener that tells nothing for now.
    var isMuted = false
    var incoming: SimulatedPipe?
    var outgoing: SimulatedPipe?
    var connection: SimulatedConnection?
    var pending: PortEvent.Flags = []
    /// Pending events are not told before this turn of the network.
    var notBefore = 0
    /// A send took less than it was given: room is told.
    var wantsRoom = false

    init(_ kind: Kind, worker: Int) {
        self.kind = kind
        self.worker = worker
    }
}

extension SimulatedSocket {
    /// Of a listener, which is told again and again.
    var hasDatagramsToTake: Bool { if case .datagrams = kind { !datagrams.isEmpty } else { false } }
}

/// A connection between a worker and a script.
final class SimulatedConnection {
    let toScript = SimulatedPipe()
    let toWorker = SimulatedPipe()
    /// The worker's descriptor; nil before it accepted and after it closed.
    weak var socket: SimulatedSocket?
    var isWorkerGone = false
    var isScriptGone = false
    /// The script does not read: what arrives stays, and the writer has to wait in the end.
    var isScriptDeaf = false
    /// What the script has received.
    var received: [UInt8] = []
}
