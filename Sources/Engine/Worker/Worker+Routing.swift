import Base
import Graph
import HTTP
import Pipeline
import Reactor

// From the head to an endpoint: match, filters, choice.
extension Worker where P: ~Copyable {
    mutating func route(_ e: Int32, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        guard p >= 0, let view = m.plans[p].view else { return reply(e, LocalReply(.notReady), m) }
        let reason = view.match(m.head(e), &m.exchanges[e].x)
        guard reason == .ok else { return reply(e, LocalReply(reason), m) }
        let rule = m.exchanges[e].x.rule
        m.exchanges[e].ruleName = view.rules[rule].name
        if view.rules[rule].unsealed != .served, !mayBeUnsealed(e, view.rules[rule].unsealed, m) {
            return reply(e, view.sealedReply(m.head(e), &m.exchanges[e].x), m)
        }
        m.exchanges[e].x.prepareSlots(Int(view.rules[rule].chain.count))
        m.exchanges[e].interests = view.rules[rule].chain.interests
        if !m.exchanges[e].interests.isDisjoint(with: [.wallClock, .callers]) { note(e, by: rule, view, m) }
        m.exchanges[e].owesMirrors = view.rules[rule].mirrors.count > 0
        setLimits(e, view.rules[rule], m)
        if m.exchanges[e].x.version == .http2 { limitCall(e, m) }
        runFilters(e, m)
    }

    /// Whether a rule that wants TLS takes the request as it came.
    private func mayBeUnsealed(_ e: Int32, _ unsealed: Unsealed, _ m: borrowing Memory) -> Bool {
        guard m.exchanges[e].x.scheme == .http else { return true }
        guard unsealed == .redirected else { return false }
        let head = m.head(e)
        let isTrusted = m.sockets[m.streams[m.exchanges[e].downstream].socket].isTrusted
        return SealedElsewhere.isChallenge(head) || (isTrusted && SealedElsewhere.isSaid(head))
    }

    /// Goes on with the filters where they stopped, and to the endpoint when they are through.
    mutating func runFilters(_ e: Int32, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        guard p >= 0, let view = m.plans[p].view else { return reply(e, LocalReply(.internalError), m) }
        let rule = m.exchanges[e].x.rule
        let chain = view.rules[rule].chain
        m.exchanges[e].phase = .filtering
        if m.exchanges[e].stage == .rule {
            var next = m.exchanges[e].ruleNext
            let verdict = chain.count == 0 ? .proceed : chain.requestHead(from: &next, m.head(e), &m.exchanges[e].x)
            guard case .proceed = verdict else {
                m.exchanges[e].ruleNext = next &+ 1
                return obey(verdict, e, m)
            }
            m.exchanges[e].ruleNext = next
            guard view.rules[rule].kind == .forward else {
                return reply(e, view.reply(m.head(e), &m.exchanges[e].x), m)
            }
            let circumstances = Circumstances(
                now: now.nanoseconds, wall: view.needsWallClock(rule) ? port.wallClock() : 0,
                isTrusted: m.sockets[m.streams[m.exchanges[e].downstream].socket].isTrusted)
            let reason = view.choose(m.head(e), &m.exchanges[e].x, in: circumstances, &random)
            m.exchanges[e].armName = view.armName(m.exchanges[e].x)
            guard reason == .ok else { return reply(e, LocalReply(reason), m) }
            if cells.hasDetour(m.exchanges[e].x.cluster) { takeDetour(e, m) }
            let more = view.backendChain(m.exchanges[e].x).count
            m.exchanges[e].x.prepareSlots(from: Int(chain.count), to: Int(chain.count &+ more))
            m.exchanges[e].stage = .backend
        }
        let backend = view.backendChain(m.exchanges[e].x)
        m.exchanges[e].interests = chain.interests.union(backend.interests)
        var next = m.exchanges[e].backendNext
        let verdict =
            backend.count == 0 ? .proceed : backend.requestHead(from: &next, base: chain.count, m.head(e), &m.exchanges[e].x)
        guard case .proceed = verdict else {
            m.exchanges[e].backendNext = next &+ 1
            return obey(verdict, e, m)
        }
        m.exchanges[e].backendNext = next
        let retry = view.rules[rule].retry
        if retry.attempts > 0 {
            cells.earnRetry(m.exchanges[e].x.cluster, percent: UInt32(retry.budgetPercent), second: second)
        }
        let hedge = view.rules[rule].hedge
        if hedge.after > 0 { expectHedge(e, hedge, m) }
        dispatch(e, m)
    }

    /// Once, before the first try: retries stay where it leads.
    @inline(never)
    mutating func takeDetour(_ e: Int32, _ m: borrowing Memory) {
        let tied = m.exchanges[e].x.ticket
        let ticket = tied != 0 ? tied : random.next()
        let reached = cells.reached(from: m.exchanges[e].x.cluster, m.head(e), ticket: ticket, now: now.nanoseconds)
        m.exchanges[e].x.cluster = reached.cluster
        m.exchanges[e].x.detourSeries = reached.series
    }

    /// Whole seconds of the clock, from 1.
    var second: UInt32 { UInt32(truncatingIfNeeded: tick / 1000 &+ 1) }

    /// Does what a filter decided about the request.
    mutating func obey(_ verdict: consuming Verdict, _ e: Int32, _ m: borrowing Memory) {
        switch verdict {
        case .proceed: runFilters(e, m)
        case .respond(let local): reply(e, local, m)
        case .wait(let effect): perform(effect, e, m)
        case .hold(let limit): hold(e, limit, m)
        }
    }

    // MARK: Effects

    /// Does a filter's work for it. Sleeping is what the engine can do so far; every other kind ends at once as failed.
    private mutating func perform(_ effect: Effect, _ e: Int32, _ m: borrowing Memory) {
        switch effect.kind {
        case .sleep:
            m.exchanges[e].wakeAt = tick &+ max(1, effect.timeout / 1_000_000)
            armExchange(e, m)
        case .compute(let job):
            unsafe job.release()
            resume(e, .failed(.effectFailed), m)
        case .subrequest, .store, .join: resume(e, .failed(.effectFailed), m)
        }
    }

    /// Tells the filter that waits how its effect ended.
    mutating func resume(_ e: Int32, _ outcome: EffectOutcome, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        guard p >= 0, let view = m.plans[p].view else { return reply(e, LocalReply(.internalError), m) }
        let chain = view.rules[m.exchanges[e].x.rule].chain
        let verdict: Verdict
        if m.exchanges[e].stage == .rule {
            verdict = chain.effect(m.exchanges[e].ruleNext &- 1, outcome, m.head(e), &m.exchanges[e].x)
        } else {
            let backend = view.backendChain(m.exchanges[e].x)
            verdict = backend.effect(
                m.exchanges[e].backendNext &- 1, base: chain.count, outcome, m.head(e), &m.exchanges[e].x)
        }
        obey(verdict, e, m)
    }

    // MARK: Finish

    /// Tells every filter that saw the request that it is over. Once.
    mutating func finishFilters(_ e: Int32, _ m: borrowing Memory) {
        guard !m.exchanges[e].filtersFinished else { return }
        m.exchanges[e].filtersFinished = true
        let p = m.exchanges[e].plan
        guard m.exchanges[e].interests.contains(.finish), p >= 0, m.exchanges[e].x.rule >= 0, let view = m.plans[p].view else {
            return
        }
        let chain = view.rules[m.exchanges[e].x.rule].chain
        if m.exchanges[e].stage == .backend {
            view.backendChain(m.exchanges[e].x).finish(
                m.exchanges[e].backendNext, base: chain.count, m.head(e), &m.exchanges[e].x)
        }
        chain.finish(m.exchanges[e].ruleNext, m.head(e), &m.exchanges[e].x)
    }
}
