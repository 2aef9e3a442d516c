import Balancing
import Base
import Graph
import Pipeline
import Synchronization

// MARK: - Arms: their weights, and which of them take part

extension Writer {
    struct SplitSlot {
        let index: Int32
        var arms: [HeldArm] = []
        /// Name of the active arm, or empty.
        var active = ""
        /// Entries that live: plans hold them.
        var uses: Int32 = 0
    }

    struct HeldArm {
        var linked: LinkedArm
        var presence = ArmPresence()
        /// Times that it was emptied and refilled.
        var emptied: UInt64 = 0
        var refilled: UInt64 = 0

        var share: ArmShare {
            ArmShare(
                key: ArmChoice.key(linked.name.utf8), weight: UInt32(clamping: linked.weight), returnsAt: presence.returnsAt)
        }
    }

    /// The slot of a rule's arms, made or found again. Arms of a name that was there go on where they were.
    mutating func makeSplit(_ rule: String, _ arms: [LinkedArm], active: String, _ epochs: Epochs) -> Int32? {
        if splitSlots[rule] == nil {
            guard let index = splits.allocate() else { return nil }
            splitSlots[rule] = SplitSlot(index: index)
        }
        guard var slot = splitSlots[rule] else { return nil }
        for cluster in slot.arms.flatMap(\.linked.clusters) { unwatch(cluster, rule) }
        slot.arms = arms.map { arm in
            var held = slot.arms.first { $0.linked.name == arm.name } ?? HeldArm(linked: arm)
            if held.linked.clusters != arm.clusters || (arm.name == active && slot.active != active) { held.presence.pardon() }
            held.linked = arm
            return held
        }
        slot.active = active
        for cluster in arms.flatMap(\.clusters) { splitWatchers[cluster, default: []].insert(rule) }
        _ = observe(rule, &slot)
        splitSlots[rule] = slot
        publish(slot, epochs)
        return slot.index
    }

    /// - Returns: false when no rule of that id has as many arms.
    mutating func setWeights(_ rule: String, _ weights: [Int], _ epochs: Epochs) -> Bool {
        guard var slot = splitSlots[rule], slot.arms.count == weights.count else { return false }
        for i in weights.indices { slot.arms[i].linked.weight = weights[i] }
        splitSlots[rule] = slot
        publish(slot, epochs)
        return true
    }

    /// Other endpoints of the cluster are ready than before.
    mutating func settleArms(of cluster: ClusterID, _ epochs: Epochs) {
        for rule in splitWatchers[cluster] ?? [] {
            guard var slot = splitSlots[rule], observe(rule, &slot) else { continue }
            splitSlots[rule] = slot
            publish(slot, epochs)
        }
    }

    mutating func dropSplit(_ rule: String, _ index: Int32, _ epochs: Epochs) {
        guard let slot = splitSlots[rule], slot.index == index else { return }
        splitSlots[rule]?.uses -= 1
        guard slot.uses == 1 else { return }
        splitSlots[rule] = nil
        for cluster in slot.arms.flatMap(\.linked.clusters) { unwatch(cluster, rule) }
        retireBlock(splits.view[index].state.exchange(0, ordering: .acquiringAndReleasing), epochs)
        retired.append((epochs.advance(), .split(index)))
        collect(epochs)
    }

    private mutating func unwatch(_ cluster: ClusterID, _ rule: String) {
        splitWatchers[cluster]?.remove(rule)
        if splitWatchers[cluster]?.isEmpty == true { splitWatchers[cluster] = nil }
    }

    /// Looks at what the arms lead to. - Returns: whether other arms take part than before, or will.
    private mutating func observe(_ rule: String, _ slot: inout SplitSlot) -> Bool {
        let now = clock()
        var isOther = false
        for i in slot.arms.indices {
            let before = slot.arms[i].presence
            let change = slot.arms[i].presence.observe(isReady: isReady(slot.arms[i].linked), at: now)
            if slot.arms[i].presence != before { isOther = true }
            guard let change else { continue }
            if change == .emptied { slot.arms[i].emptied += 1 } else { slot.arms[i].refilled += 1 }
            let waits = change == .refilled && !slot.arms[i].presence.takesPart(at: now)
            armNews.append(ArmNews(rule: rule, arm: slot.arms[i].linked.name, change: change, waits: waits))
        }
        return isOther
    }

    private func isReady(_ arm: LinkedArm) -> Bool { arm.clusters.contains(where: isServed) }

    private mutating func publish(_ slot: SplitSlot, _ epochs: Epochs) {
        let state = unsafe UInt(bitPattern: SplitState.make(slot.arms.map(\.share)))
        retireBlock(splits.view[slot.index].state.exchange(state, ordering: .acquiringAndReleasing), epochs)
    }
}
