import Base
import HTTP
import Pipeline
import Reactor
import Synchronization

/// A worker's end of the access log: plain data. Appending takes no lock, allocates nothing and makes no system call unless the
/// writer sleeps or the ring became half full. A line that finds no room is dropped and counted.
@safe struct AccessLogRing: @unchecked Sendable {
    // Unchecked: one thread appends; see `AccessLogBuffer`.
    private let bytes: UnsafeMutablePointer<UInt8>?
    private let mask: Int
    private let producer: UnsafeMutablePointer<AccessLogBuffer.Producer>?
    private let consumer: UnsafeMutablePointer<AccessLogBuffer.Consumer>?
    private let bell: Unmanaged<Bell>?
    /// nil for JSON.
    private let template: LogTemplate?

    /// Nothing is logged.
    static var none: AccessLogRing {
        unsafe AccessLogRing(bytes: nil, mask: 0, producer: nil, consumer: nil, bell: nil, template: nil)
    }

    @unsafe init(
        bytes: UnsafeMutablePointer<UInt8>?, mask: Int, producer: UnsafeMutablePointer<AccessLogBuffer.Producer>?,
        consumer: UnsafeMutablePointer<AccessLogBuffer.Consumer>?, bell: Unmanaged<Bell>?, template: LogTemplate?
    ) {
        unsafe self.bytes = bytes
        self.mask = mask
        unsafe self.producer = producer
        unsafe self.consumer = consumer
        unsafe self.bell = bell
        self.template = template
    }

    /// Logs one finished exchange as one line of JSON, or of text where there is a template.
    ///
    /// - Parameters:
    ///   - head: the request's; a request that was refused before it had one passes an empty head.
    ///   - rule: the rule's id, nothing when none matched; `arm` and `cluster` likewise.
    ///   - endpoint: of the last try.
    @inline(__always)
    func append(
        _ x: borrowing Exchange, _ head: borrowing RequestHead, rule: ByteRef, arm: ByteRef = .nothing, cluster: ByteRef,
        endpoint: (IPAddress, UInt16)?
    ) {
        guard let bytes = unsafe bytes, let producer = unsafe producer, let consumer = unsafe consumer else { return }
        let fields = LoggedFields(head, x)
        let bound = template?.bound ?? fields.bound(head, rule, arm, cluster)
        let start = unsafe producer.pointee.produced.load(ordering: .relaxed)
        guard unsafe hasRoom(start, bound, producer, consumer) else {
            let dropped = unsafe producer.pointee.dropped.load(ordering: .relaxed)
            unsafe producer.pointee.dropped.store(dropped &+ 1, ordering: .relaxed)
            return
        }
        let offset = Int(truncatingIfNeeded: start) & mask
        var line = unsafe LogLine(at: bytes + offset)
        let wall = unsafe x.times.start.nanoseconds &+ consumer.pointee.wallOffset.load(ordering: .relaxed)
        if let template {
            let names = LoggedNames(rule: rule, arm: arm, cluster: cluster, endpoint: endpoint)
            unsafe line.put(template, x, head, fields, names, wall: wall, &producer.pointee.time)
        } else {
            line.put("{\"time\":\"")
            unsafe producer.pointee.time.put(wall, to: &line)
            line.put(x, head, fields, rule: rule, arm: arm, cluster: cluster, endpoint: endpoint)
        }
        let count = unsafe line.next - (bytes + offset)
        let beyond = offset &+ count &- (mask &+ 1)
        if beyond > 0 { unsafe bytes.update(from: bytes + (mask &+ 1), count: beyond) }
        unsafe producer.pointee.produced.store(start &+ UInt64(count), ordering: .releasing)
        unsafe call(start &+ UInt64(count), producer, consumer)
    }

    @inline(__always) private func hasRoom(
        _ start: UInt64, _ bound: Int, _ producer: UnsafeMutablePointer<AccessLogBuffer.Producer>,
        _ consumer: UnsafeMutablePointer<AccessLogBuffer.Consumer>
    ) -> Bool {
        guard bound <= AccessLogBuffer.slack else { return false }
        let needed = start &+ UInt64(bound)
        if unsafe needed &- producer.pointee.knownConsumed <= UInt64(mask &+ 1) { return true }
        unsafe producer.pointee.knownConsumed = consumer.pointee.consumed.load(ordering: .acquiring)
        return unsafe needed &- producer.pointee.knownConsumed <= UInt64(mask &+ 1)
    }

    /// Wakes the writer when it sleeps, or when it should come sooner than by itself. A call that is lost in a race costs the writer's
    /// longest sleep and nothing else.
    @inline(__always) private func call(
        _ produced: UInt64, _ producer: UnsafeMutablePointer<AccessLogBuffer.Producer>,
        _ consumer: UnsafeMutablePointer<AccessLogBuffer.Consumer>
    ) {
        let attention = unsafe consumer.pointee.attention.load(ordering: .relaxed)
        if attention == AccessLogBuffer.Attention.called { return }
        if attention == AccessLogBuffer.Attention.polls {
            if unsafe produced &- producer.pointee.knownConsumed <= UInt64(mask >> 1) { return }
            unsafe producer.pointee.knownConsumed = consumer.pointee.consumed.load(ordering: .acquiring)
            if unsafe produced &- producer.pointee.knownConsumed <= UInt64(mask >> 1) { return }
        }
        unsafe consumer.pointee.attention.store(AccessLogBuffer.Attention.called, ordering: .relaxed)
        unsafe bell?._withUnsafeGuaranteedRef { $0.ring() }
    }
}

/// Which fields of a head are logged, found in one pass.
struct LoggedFields {
    var userAgent = -1
    var referer = -1
    /// The client's own request id, where that one is kept.
    var requestID = -1

    /// Bytes of each text that are logged at most; what is longer is cut and ends in `…`.
    static let longestPath = 4096
    static let longestField = 1024
    static let longestName = 256

    init(_ head: borrowing RequestHead, _ x: borrowing Exchange) {
        let count = head.fields.count
        var i = 0
        while i < count {
            let field = head.fields[i]
            if field.kind == .userAgent {
                userAgent = i
            } else if field.kind == .other, field.nameLength == 7, ASCII.equalsIgnoringCase(head.name(i), "referer") {
                referer = i
            }
            i &+= 1
        }
        if x.requestID.field >= 0, Int(x.requestID.field) < count { requestID = Int(x.requestID.field) }
    }

    /// No line of this exchange is longer.
    func bound(_ head: borrowing RequestHead, _ rule: ByteRef, _ arm: ByteRef, _ cluster: ByteRef) -> Int {
        var count = min(Int(head.line.pathLength), Self.longestPath) &+ min(Int(head.line.queryLength), Self.longestPath)
        count &+= min(Int(head.line.methodLength), Self.longestName) &+ min(Int(head.line.hostLength), Self.longestName)
        count &+= min(rule.count, Self.longestName) &+ min(arm.count, Self.longestName) &+ min(cluster.count, Self.longestName)
        count &+= Self.length(head, userAgent) &+ Self.length(head, referer) &+ Self.length(head, requestID)
        return 1024 &+ LogLine.bound(escaped: count)
    }

    @inline(__always) private static func length(_ head: borrowing RequestHead, _ i: Int) -> Int {
        i < 0 ? 0 : min(Int(head.fields[i].valueLength), longestField)
    }
}
