import Base
import HTTP
import Pipeline
import Reactor

// What few rules want to know of a request.
extension Worker where P: ~Copyable {
    /// The time of day, and who asks.
    @inline(never)
    mutating func note(_ e: Int32, by rule: Int32, _ view: PlanView, _ m: borrowing Memory) {
        let wall = port.wallClock()
        m.exchanges[e].x.wall = wall
        guard m.exchanges[e].interests.contains(.callers) else { return }
        let head = m.head(e)
        var agent = -1
        for i in head.fields.indices where head.fields[i].kind == .userAgent && agent < 0 { agent = i }
        metrics.callers.note(
            view.rules[rule].callers, m.exchanges[e].x.client, agent < 0 ? m.blocks.empty : head.value(agent), wall: wall)
    }
}
