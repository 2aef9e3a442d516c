import Balancing
import Base
public import Graph
import Pipeline
import Secure
import Synchronization

/// What all workers share about one endpoint. Counters are atomics; the rest is written while no worker knows the slot.
struct EndpointCell: ~Copyable {
    let inFlight = Atomic<Int32>(0)
    /// See `EndpointFlags`.
    let flags = Atomic<UInt32>(0)
    /// Grows when the slot gets a new occupant: older handles are stale.
    let generation = Atomic<UInt32>(0)
    /// When a picker considered it for the first time: a stamp of `SlowStart`.
    let firstSeen = Atomic<UInt32>(0)
    let requests = Atomic<UInt64>(0)
    /// Word of a `PeakLatency`.
    let latency = Atomic<UInt64>(0)
    /// Word of an `Ejection`.
    let ejection = Atomic<UInt64>(0)
    /// Readable while in flight, or in the turn of the loop in which it was picked.
    var address = IPAddress(high: 0, low: 0)
    var port: UInt16 = 0
    var cluster: Int32 = -1
}

/// Why an endpoint is passed over.
public struct EndpointFlags: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Active checks fail.
    public static let unhealthy = EndpointFlags(rawValue: 1)
    /// No longer listed: idle connections to it are closed.
    public static let removed = EndpointFlags(rawValue: 4)
    /// Offered both, it chose HTTP/1.1 the last time.
    public static let choseHTTP1 = EndpointFlags(rawValue: 8)
}

/// What all workers share about one cluster.
struct ClusterCell: ~Copyable {
    /// Address of the current `ClusterState`.
    let state = Atomic<UInt>(0)
    /// Address of the current `DetourState`; 0 where requests go nowhere else.
    let detour = Atomic<UInt>(0)
    /// When it may have a share of another one's requests; see `ArmPresence.returnsAt`.
    let returnsAt = Atomic<UInt64>(ArmPresence.never)
    let cursor = Atomic<UInt32>(0)
    let retryBudget = Atomic<UInt64>(0)
    let hedgeBudget = Atomic<UInt64>(0)
    var name = ByteRef.nothing
    /// Up to the end of the line.
    private let padding: (UInt64, UInt64) = (0, 0)
    let load = ClusterLoad()
}

/// Current weights of one rule's arms, and which of them take part.
struct SplitCell: ~Copyable {
    /// Address of the current `SplitState`.
    let state = Atomic<UInt>(0)
}

/// What an `https` listener presents.
struct TerminatorCell: ~Copyable {
    /// Word of the current `TLSTerminator.Reference`.
    let reference = Atomic<UInt>(0)
}

/// A cluster's settings and endpoints in one immutable block, replaced as a whole.
@unsafe struct ClusterState {
    struct Row {
        var endpoint: EndpointHandle
        var weight: Int32
    }
    var settings: ClusterSettings
    var balancer: Cluster.Balancer
    var count: Int32
    var readyCount: Int32
    /// The first of those, which are meant for us; 0 when all are or none is.
    var nearCount: Int32
    var maximumWeight: Int32
    /// Turns of round robin, and the table of Maglev: those that the cluster or a rule that leads to it goes by.
    var turnsCount: Int32
    var tableCount: Int32
    /// What clients know endpoints by, one for each row; none where they are not tied to them.
    var tokensCount: Int32
    /// Name of what is hashed, and of the cookie or header that ties.
    var nameCount: Int32
    var tieCount: Int32

    /// Lays out a block; free it with `deallocate()` of its address.
    static func make(
        _ settings: ClusterSettings, _ balancer: Cluster.Balancer, ready: [Row], near: Int = 0, draining: [Row], turns: [Int32],
        table: [Int32] = [], name: [UInt8] = [], tokens: [UInt64] = [], tie: [UInt8] = []
    ) -> UnsafeMutablePointer<ClusterState> {
        let rows = ready + draining
        let header = unsafe MemoryLayout<ClusterState>.stride
        let rowBytes = MemoryLayout<Row>.stride * rows.count
        let lots = turns + table
        let tokenStart = (header + rowBytes + 4 * lots.count + 7) & ~7
        let nameStart = tokenStart + 8 * tokens.count
        let block = UnsafeMutableRawPointer.allocate(byteCount: nameStart + name.count + tie.count, alignment: 16)
        let rowStart = unsafe (block + header).bindMemory(to: Row.self, capacity: max(1, rows.count))
        for i in rows.indices { unsafe (rowStart + i).initialize(to: rows[i]) }
        let lotStart = unsafe (block + header + rowBytes).bindMemory(to: Int32.self, capacity: max(1, lots.count))
        for i in lots.indices { unsafe (lotStart + i).initialize(to: lots[i]) }
        unsafe (block + tokenStart).initializeMemory(as: UInt64.self, from: tokens, count: tokens.count)
        unsafe (block + nameStart).initializeMemory(as: UInt8.self, from: name + tie, count: name.count + tie.count)
        let state = unsafe block.bindMemory(to: ClusterState.self, capacity: 1)
        unsafe state.initialize(
            to: ClusterState(
                settings: settings, balancer: balancer, count: Int32(rows.count), readyCount: Int32(ready.count),
                nearCount: Int32(near < ready.count ? near : 0),
                maximumWeight: rows.map(\.weight).max() ?? 1, turnsCount: Int32(turns.count), tableCount: Int32(table.count),
                tokensCount: Int32(tokens.count), nameCount: Int32(name.count), tieCount: Int32(tie.count)))
        return unsafe state
    }
}

/// Rows and what comes after them lie in the same block, behind the header.
extension UnsafePointer where Pointee == ClusterState {
    var rows: UnsafePointer<ClusterState.Row> {
        unsafe UnsafeRawPointer(self + 1).assumingMemoryBound(to: ClusterState.Row.self)
    }
    var turns: UnsafePointer<Int32> { unsafe UnsafeRawPointer(rows + Int(pointee.count)).assumingMemoryBound(to: Int32.self) }
    var table: UnsafePointer<Int32> { unsafe turns + Int(pointee.turnsCount) }
    var tokens: UnsafePointer<UInt64> {
        let end = unsafe UnsafeRawPointer(table + Int(pointee.tableCount))
        return unsafe end.alignedUp(for: UInt64.self).assumingMemoryBound(to: UInt64.self)
    }
    var name: UnsafePointer<UInt8> {
        unsafe UnsafeRawPointer(tokens + Int(pointee.tokensCount)).assumingMemoryBound(to: UInt8.self)
    }
    var tie: UnsafePointer<UInt8> { unsafe name + Int(pointee.nameCount) }
}

/// What a worker needs to know to connect. Plain data.
public struct ClusterSettings: Sendable {
    public var upstream: Cluster.Upstream
    /// Nanoseconds.
    public var connectTimeout: UInt64
    /// What TLS to the endpoints is made with. Valid in the turn of the loop in which it was read.
    var connector: TLSConnector.Reference
    /// What of a request chooses its endpoint.
    var key = RequestKey.nothing
    /// Rules that lead here may choose in another way than the cluster.
    var hasRuleBalancers = false
    /// Somebody chooses by how long endpoints take.
    var observesLatency = false
    /// Nanoseconds in which an endpoint that comes gets its whole share; 0 for at once.
    var slowStart: UInt64 = 0
    /// What counts as a failure of an endpoint, and how many in a row put it out.
    var outliers = Cluster.OutlierDetection()
    /// What endpoints are told before the first byte of a connection, which is one client's then.
    var introduction: Cluster.Introduction?
    var guards = ClusterGuards()
    var ties = ClusterTies()

    var isFramed: Bool { upstream.isFramed }
    var isSealed: Bool { upstream.isSealed }
}

/// Running totals, saturating: weights are 0 to 1,000,000 each, and a sum beyond 32 bits keeps its earlier members' shares.
func runningTotals(_ weights: [Int]) -> [UInt32] {
    var total: UInt32 = 0
    return weights.map { weight in
        let (sum, overflow) = total.addingReportingOverflow(UInt32(clamping: weight))
        total = overflow ? .max : sum
        return total
    }
}
