import Base
import HTTP
import Pipeline
import Reactor

/// What a worker is given for life.
struct WorkerSetup {
    var cells: CellView
    var epochs: Epochs.Reader
    var post: WorkerPost
    var metrics: MetricsView
    var log: AccessLogRing
    var trusted: [CIDR]
    /// Every connection begins with the header of a proxy that is trusted.
    var awaitsIntroductions: Bool = false
    var seed: UInt64
    /// Connections of each client, of all workers; nil where they are not bounded.
    var addresses: AddressCountsView?
    /// How many workers there are.
    var workers: Int32 = 1
    /// Connections of each worker, and what wakes it; nil where there is one.
    var spread: SpreadView?
    var wakers: [Waker] = []
}

/// One thread's proxy: sockets in, sockets out, everything between in plain rows. Whoever owns it calls `step` again and again with the
/// memory that belongs to it.
///
/// Nothing here waits, locks, counts references or allocates for a request. Work on one socket never calls into the work of another:
/// it queues that socket (`queue`), so the stack stays flat and a row can be closed at any time.
struct Worker<P: Port & ~Copyable>: ~Copyable {
    var port: P
    var timers: TimerWheel
    var random: SeededRandom
    var pool = Pool()
    /// Connections to endpoints that carry streams, or are to.
    var carriers = Pool()
    /// Exchanges that wait for a connection, and the one that is told to look again, or -1.
    var rooms = WaitingRooms()
    var served: Int32 = -1
    let workerCount: Int32
    let addresses: AddressCountsView?
    let spread: SpreadView?
    let wakers: [Waker]
    /// Clients that send datagrams.
    var sessions: SessionTable
    /// Read once for each turn.
    var now: Instant
    /// Milliseconds of `now`: what timers speak.
    var tick: UInt64
    let cells: CellView
    let epochs: Epochs.Reader
    let post: WorkerPost
    let metrics: MetricsView
    let log: AccessLogRing
    let trusted: [CIDR]
    let awaitsIntroductions: Bool

    /// Place of the plan that new exchanges use, or -1 before the first.
    var plan: Int32 = -1
    var generation: UInt64 = 0
    /// Where it accepts. Places stay, so that sockets can name them; a closed one has no socket.
    var listeners: [ListenerPlace] = []
    /// Sockets to go on with in the next turn.
    var ready: [Handle] = []
    /// Which socket's bytes lie in the receive buffer.
    var input = Input()
    var clients = 0
    var exchanges = 0
    /// Copies of requests that are under way, for mirrors and as hedges.
    var copies = 0
    var drainPhase = DrainPhase.serving
    var hasEnded = false
    var nextSweep: UInt64
    /// When memory of libraries is given back that nobody needed since the last time.
    var nextTrim: UInt64
    /// So many more times though nothing happens: what was needed last goes with the second one.
    var trimsOwed = 0
    /// Milliseconds. Long enough for what is needed now and then to stay.
    static var trimPeriod: UInt64 { 30_000 }
    /// The HTTP/2 connection whose frames lie in the wire, or -1.
    var framed: Int32 = -1
    /// Those whose frames wait for more, by place in `Memory.held`; -1 for one that is gone.
    var heldBack: [Int32] = []
    /// Since when the first of all those frames waits.
    var heldSince = Instant.zero
    /// Answers on streams of clients.
    var pulse = Pulse()
    /// Handshakes that may still go on in this turn.
    var handshakesLeft = 0
    /// Accepting is of no use before: the system has no descriptors left.
    var starvedUntil: UInt64 = 0

    struct ListenerPlace {
        /// As the newest delivery has it.
        var door: Delivery.Door
        /// Row of the listening socket, or -1.
        var socket: Int32
    }

    /// Bytes of one socket in the receive buffer.
    struct Input {
        var socket: Int32 = -1
        var start = 0
        var end = 0

        @inline(__always) var count: Int { end &- start }
        @inline(__always) var range: Range<Int> { start..<end }
    }

    init(_ port: consuming P, _ setup: WorkerSetup, _ limits: ProxyLimits) {
        let now = port.now()
        self.now = now
        tick = now.nanoseconds / 1_000_000
        nextSweep = now.nanoseconds / 1_000_000 + 1000
        nextTrim = now.nanoseconds / 1_000_000 + Self.trimPeriod
        self.port = port
        timers = TimerWheel(capacity: 2 * max(limits.sockets, limits.exchanges), now: tick)
        random = SeededRandom(seed: setup.seed)
        sessions = SessionTable(seed: random.next())
        cells = setup.cells
        epochs = setup.epochs
        post = setup.post
        metrics = setup.metrics
        log = setup.log
        trusted = setup.trusted
        awaitsIntroductions = setup.awaitsIntroductions
        workerCount = max(1, setup.workers)
        addresses = setup.addresses
        spread = setup.spread
        wakers = setup.wakers
        ready.reserveCapacity(1024)
        heldBack.reserveCapacity(Memory.mostHeld)
    }

    var isDraining: Bool { drainPhase == .draining }
    /// Every answer tells its client to come back on another connection.
    var isLeaving: Bool { drainPhase != .serving }

    // MARK: The loop

    /// One turn: waits for events, at most that long (-1: until there is one), and does what they ask for.
    mutating func step(milliseconds: Int32, _ m: borrowing Memory) {
        let count = nextEvents(milliseconds, m)
        now = port.now()
        tick = now.nanoseconds / 1_000_000
        epochs.enter()
        handshakesLeft = m.limits.handshakesPerTurn
        if count > 0 { trimsOwed = 2 }
        var i = 0
        while i < count {
            handle(port.event(i), m)
            i &+= 1
        }
        // Behind the events: what is put while they are handled is taken in the same turn.
        takeMail(m)
        if let spread { takeHandedOver(spread, m) }
        goOn(m)
        fireTimers(m)
        if tick >= nextSweep { sweep(m) }
        if rooms.isDue { serveRooms(m) }
        if starvedUntil != 0 && tick >= starvedUntil {
            starvedUntil = 0
            mute(false, m)
        }
        if holdsFrames && !mayHoldFrames { sendHeldFrames(m) }
        if isDraining { endWhenIdle(m) }
    }

    /// Waits for the next events. Before the worker would sleep, everything that it has to say is said.
    @inline(__always)
    private mutating func nextEvents(_ milliseconds: Int32, _ m: borrowing Memory) -> Int {
        if holdsFrames {
            if awaitsAnswers { port.pause(nanoseconds: Self.gatheringTime) }
            let count = port.wait(milliseconds: 0)
            if count > 0 { return count }
            sendHeldFrames(m)
        }
        let patience = patience(milliseconds)
        epochs.idle()
        return port.wait(milliseconds: patience)
    }

    @inline(__always)
    private func patience(_ milliseconds: Int32) -> Int32 {
        if !ready.isEmpty || rooms.isDue { return 0 }
        var patience = milliseconds
        if let look = timers.nextLook {
            let left = Int32(clamping: look > tick ? look - tick : 0)
            patience = patience < 0 ? left : min(patience, left)
        }
        // Kept connections to endpoints that left are found by the sweep.
        if starvedUntil != 0 { patience = patience < 0 ? 50 : min(patience, 50) }
        if pool.count > 0 || carriers.count > 0 || isDraining {
            patience = patience < 0 ? 1000 : min(patience, 1000)
        }
        if trimsOwed > 0 {
            let due = max(nextTrim, nextSweep)
            let left = Int32(clamping: due > tick ? due - tick : 0)
            patience = patience < 0 ? left : min(patience, left)
        }
        return patience
    }

    @inline(__always)
    private mutating func handle(_ event: PortEvent, _ m: borrowing Memory) {
        let handle = Handle(token: event.token)
        // A row that was closed in this turn has a new generation: its late events end here.
        guard m.sockets.isCurrent(handle) else { return }
        let s = handle.index
        switch m.sockets[s].role {
        case .listener: if m.sockets[s].codec == .datagrams { takeDatagrams(s, m) } else { accept(s, m) }
        case .client, .upstream: wake(s, event.flags, m)
        case .free: break
        }
    }

    private mutating func wake(_ s: Int32, _ flags: PortEvent.Flags, _ m: borrowing Memory) {
        if !flags.isDisjoint(with: [.readable, .peerEnded, .hangup, .error]) { m.sockets[s].isReadable = true }
        if !flags.isDisjoint(with: [.peerEnded, .hangup, .error]) { m.sockets[s].isEnding = true }
        if m.sockets[s].state == .connecting {
            guard !flags.isDisjoint(with: [.writable, .hangup, .error]) else { return }
            finishConnecting(s, m)
            return keepInput(m)
        }
        if !flags.isDisjoint(with: [.hangup, .error]), m.sockets[s].role == .client, m.sockets[s].codec == .http1 {
            // Both directions are gone: nobody is left to answer.
            return lost(s, m)
        }
        if flags.contains(.writable) && !m.sockets[s].output.isEmpty {
            let handle = m.sockets.handle(s)
            flush(s, m)
            guard m.sockets.isCurrent(handle) else { return }
        }
        if m.sockets[s].isReadable { read(s, m) }
    }

    /// Reads what a socket has for us, as its part of the work allows.
    mutating func read(_ s: Int32, _ m: borrowing Memory) {
        if m.sockets[s].isStream && !beginReading(s, m) { return }
        if m.sockets[s].codec == .tunnel { return pumpTunnel(s, m) }
        if m.sockets[s].codec == .datagrams { return answerDatagrams(s, m) }
        switch (m.sockets[s].role, m.sockets[s].state) {
        case (.client, .idle): readHead(s, m)
        case (.client, .busy): pumpRequest(s, m)
        case (.client, .lingering): linger(s, m)
        case (.client, .introducing): readIntroduction(s, m)
        case (.client, .greeting): readGreeting(s, m)
        case (.client, .copied): beginCopy(s, m)
        case (.client, .carrying), (.upstream, .carrying): readFrames(s, m)
        case (.upstream, .connecting): if m.sockets[s].isStream { startStream(s, m) }
        case (.upstream, .busy): readAnswer(s, m)
        case (.upstream, .shaking): shake(s, m)
        case (.upstream, .idle): if m.sockets[s].isReadable { closeKept(s, m) }
        default: break
        }
        keepInput(m)
    }

    // MARK: Going on later

    /// Goes on with the socket after the events of this turn, or in the next one.
    mutating func queue(_ s: Int32, _ m: borrowing Memory) {
        guard !m.sockets[s].isQueued else { return }
        m.sockets[s].isQueued = true
        ready.append(m.sockets.handle(s))
    }

    private mutating func goOn(_ m: borrowing Memory) {
        let count = ready.count
        guard count > 0 else { return }
        var i = 0
        while i < count {
            let handle = ready[i]
            i &+= 1
            guard m.sockets.isCurrent(handle) else { continue }
            m.sockets[handle.index].isQueued = false
            read(handle.index, m)
        }
        if ready.count == count { ready.removeAll(keepingCapacity: true) } else { ready.removeFirst(count) }
    }
}

extension Handle {
    /// As the port carries it.
    @inline(__always) var token: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: index)) }

    @inline(__always) init(token: UInt64) {
        self.init(index: Int32(truncatingIfNeeded: token), generation: UInt32(truncatingIfNeeded: token >> 32))
    }
}
