import Base
import HTTP
import Pipeline
import Reactor

// What a mirror answers beside what the original was answered: observed on both sides as it comes, before filters see it, and judged when both
// exchanges are over. Nothing is kept of a body but its digest.
extension Worker where P: ~Copyable {
    /// A copy and its original take part in a comparison from now on. Without a row for it the copy is sent all the same.
    mutating func beginComparing(_ e: Int32, _ copy: Int32, _ row: MirrorRow, _ m: borrowing Memory) {
        guard let k = m.comparisons.take() else { return metrics.mirrors.count(row.figures, .incomplete) }
        m.comparisons[k] = ComparisonRow()
        m.comparisons[k].place = m.exchanges[copy].mirror
        m.comparisons[k].next = m.exchanges[e].comparison
        m.exchanges[e].comparison = k
        m.exchanges[copy].comparison = k
    }

    // MARK: Observing

    /// Calls `change` with the exchange's own side of each of its comparisons.
    @inline(__always)
    private func sides(_ e: Int32, _ m: borrowing Memory, _ change: (inout ComparisonRow.Side, Int32) -> Void) {
        var k = m.exchanges[e].comparison
        if m.exchanges[e].isMirror { return change(&m.comparisons[k].mirror, m.comparisons[k].place) }
        while k >= 0 {
            change(&m.comparisons[k].primary, m.comparisons[k].place)
            k = m.comparisons[k].next
        }
    }

    @inline(never)
    func compareHead(_ e: Int32, _ head: borrowing ResponseHead, _ m: borrowing Memory) {
        let times = m.exchanges[e].x.times
        let latency = times.responseStart > times.requestEnd ? times.responseStart.nanoseconds(since: times.requestEnd) : 0
        var k = m.exchanges[e].comparison
        while k >= 0 {
            var side = m.exchanges[e].isMirror ? m.comparisons[k].mirror : m.comparisons[k].primary
            side.status = head.status
            side.latency = latency
            if let row = mirrorRow(e, m.comparisons[k].place, m) {
                for i in 0..<row.headers.count { side.headers[i] = hash(head, m.exchanges[e].x.edits.bytes(row.headers[i])) }
            }
            if m.exchanges[e].isMirror {
                m.comparisons[k].mirror = side
                return
            }
            m.comparisons[k].primary = side
            k = m.comparisons[k].next
        }
    }

    /// All values of a field, in their order; 0 without the field.
    private func hash(_ head: borrowing ResponseHead, _ name: borrowing Span<UInt8>) -> UInt64 {
        var hash = PieceHash()
        var isThere = false
        for i in head.fields.indices where RequestKey.isAlike(head.name(i), name) {
            isThere = true
            hash.add(head.value(i))
            hash.add(Self.comma.span)
        }
        return isThere ? max(1, hash.value) : 0
    }

    private static var comma: InlineArray<1, UInt8> { [44] }

    /// A piece of the body as the endpoint sent it, without its framing.
    @inline(never)
    func compareBody(_ e: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) {
        if m.exchanges[e].isMirror { return m.comparisons[m.exchanges[e].comparison].mirror.body.add(bytes) }
        var k = m.exchanges[e].comparison
        while k >= 0 {
            m.comparisons[k].primary.body.add(bytes)
            k = m.comparisons[k].next
        }
    }

    /// The endpoint's answer is whole.
    @inline(never)
    func compareEnd(_ e: Int32, _ m: borrowing Memory) { sides(e, m) { side, _ in side.isWhole = true } }

    // MARK: Judging

    /// The exchange is over. Whatever it was compared with may be, too.
    @inline(never)
    mutating func endComparing(_ e: Int32, _ m: borrowing Memory) {
        sides(e, m) { side, _ in side.isOver = true }
        var k = m.exchanges[e].comparison
        m.exchanges[e].comparison = -1
        while k >= 0 {
            let next = m.exchanges[e].isMirror ? -1 : m.comparisons[k].next
            if m.comparisons[k].primary.isOver && m.comparisons[k].mirror.isOver { judge(k, by: e, m) }
            k = next
        }
    }

    /// - Parameter e: the one of the two exchanges that is still there; both have the same rule and head.
    private mutating func judge(_ k: Int32, by e: Int32, _ m: borrowing Memory) {
        defer { m.comparisons.give(k) }
        guard let row = mirrorRow(e, m.comparisons[k].place, m) else { return }
        let (primary, mirror) = (m.comparisons[k].primary, m.comparisons[k].mirror)
        guard primary.isWhole, mirror.isWhole else { return metrics.mirrors.count(row.figures, .incomplete) }
        if row.compared.contains(.latency) {
            metrics.mirrors.count(row.figures, primary: primary.latency, mirror: mirror.latency)
        }
        var difference: Difference = []
        if row.compared.contains(.status), primary.status != mirror.status { difference.insert(.status) }
        if row.compared.contains(.body), primary.body.value != mirror.body.value { difference.insert(.body) }
        for i in 0..<row.headers.count where primary.headers[i] != mirror.headers[i] { difference.insert(.header(i)) }
        metrics.mirrors.count(row.figures, difference.isEmpty ? MirrorComparison.same : .different)
        guard !difference.isEmpty else { return }
        metrics.mirrors.count(row.figures, difference)
        metrics.mirrors.keep(
            row.figures, difference, m.comparisons[k], m.head(e), m.exchanges[e].x.requestID, wall: port.wallClock())
    }
}
