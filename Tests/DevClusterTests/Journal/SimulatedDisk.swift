import Base
import Glibc
import Reactor
import Synchronization

@testable import DevCluster

/// A disk that fails, fills up and stops in the middle of what it does, and that forgets what was not synced.
final class SimulatedDisk: JournalDisk {
    struct Inode: Sendable {
        var bytes: [UInt8] = []
        /// As of the last sync.
        var durable: [UInt8] = []
    }

    struct State: Sendable {
        var inodes: [Inode] = []
        var names: [String: Int] = [:]
        /// What the directory was after each change since its last sync; the first is durable.
        var nameHistory: [[String: Int]] = [[:]]
        var random: SeededRandom
        /// Of a thousand calls this many fail.
        var failing: UInt32 = 0
        /// Calls until everything ends in the middle of one; nil: never.
        var callsLeft: Int?
        var isDown = false
        var syncs = 0
    }

    let path = "simulated"
    private let state: Mutex<State>
    /// Called at the beginning of each sync of a file.
    let onSync: @Sendable () -> Void
    private static let sector = 512

    init(seed: UInt64, onSync: @escaping @Sendable () -> Void = {}) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
        self.onSync = onSync
    }

    private init(_ state: consuming State) {
        self.state = Mutex(state)
        onSync = {}
    }

    var isDown: Bool { state.withLock { $0.isDown } }
    var syncs: Int { state.withLock { $0.syncs } }

    func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Bytes of a file, to be looked at and damaged.
    var journal: [UInt8] {
        get { state.withLock { state in state.names["journal"].map { state.inodes[$0].bytes } ?? [] } }
        set {
            state.withLock { state in
                guard let id = state.names["journal"] else { return }
                state.inodes[id] = Inode(bytes: newValue, durable: newValue)
            }
        }
    }

    // MARK: - JournalDisk

    func read(_ name: String) throws(SystemError) -> [UInt8]? {
        try call(name) { state, _ in state.names[name].map { state.inodes[$0].bytes } }
    }

    func append(_ bytes: [UInt8], to name: String) throws(SystemError) {
        try call(name, ENOSPC) { state, part in
            let id = state.file(name)
            state.inodes[id].bytes +=
                part == nil ? bytes[...] : bytes.prefix(part == 0 ? 0 : Int(state.random.below(UInt32(bytes.count + 1))))
        }
    }

    func truncate(_ name: String, to length: Int) throws(SystemError) {
        try call(name) { state, part in
            guard part ?? 1 > 0 else { return }
            let id = state.file(name)
            state.inodes[id].bytes = Array(state.inodes[id].bytes.prefix(length))
        }
    }

    func sync(_ name: String) throws(SystemError) {
        onSync()
        try call(name) { state, part in
            guard part ?? 1 > 0, let id = state.names[name] else { return }
            state.inodes[id].durable = state.inodes[id].bytes
            state.syncs += 1
        }
    }

    func rename(_ name: String, to other: String) throws(SystemError) {
        try call(name) { state, part in
            // A rename that failed was not made: so says rename(2).
            guard part == nil || state.isDown && part == 1, let id = state.names.removeValue(forKey: name) else { return }
            state.names[other] = id
            state.nameHistory.append(state.names)
        }
    }

    func remove(_ name: String) throws(SystemError) {
        try call(name) { state, part in
            guard part == nil, state.names.removeValue(forKey: name) != nil else { return }
            state.nameHistory.append(state.names)
        }
    }

    func syncNames() throws(SystemError) {
        try call("names") { state, part in if part ?? 1 > 0 { state.nameHistory = [state.names] } }
    }

    /// - Parameter body: gets nil when the call succeeds, and else 0 or 1: whether it fails after a part or all of it was done.
    private func call<R>(_ name: String, _ failure: Int32 = EIO, _ body: (inout State, UInt32?) -> R) throws(SystemError) -> R {
        let result = state.withLock { state -> R? in
            guard !state.isDown else { return nil }
            if let left = state.callsLeft {
                state.callsLeft = left - 1
                state.isDown = left <= 0
            }
            guard state.isDown || state.random.below(1_000) < state.failing else { return body(&state, nil) }
            let part = state.random.below(2)
            _ = body(&state, part)
            return nil
        }
        guard let result else { throw SystemError(errorNumber: failure, operation: "using \(name)") }
        return result
    }

    // MARK: - Crashes

    /// The disk as the next process finds it when this one was killed: what was written is there.
    func afterKill(seed: UInt64) -> SimulatedDisk { SimulatedDisk(next(seed)) }

    /// The disk after a power loss: of what was not synced, any sectors and any first names may be there.
    func afterPowerLoss(seed: UInt64) -> SimulatedDisk {
        var next = next(seed)
        next.names = next.nameHistory[Int(next.random.below(UInt32(next.nameHistory.count)))]
        next.nameHistory = [next.names]
        for id in next.inodes.indices {
            let bytes = Self.survivor(next.inodes[id], &next.random)
            next.inodes[id] = Inode(bytes: bytes, durable: bytes)
        }
        return SimulatedDisk(next)
    }

    private func next(_ seed: UInt64) -> State {
        state.withLock { state in
            var next = state
            next.random = SeededRandom(seed: seed)
            next.failing = 0
            next.callsLeft = nil
            next.isDown = false
            return next
        }
    }

    private static func survivor(_ inode: Inode, _ random: inout SeededRandom) -> [UInt8] {
        let lengths = [inode.durable.count, inode.bytes.count]
        let (low, high) = (min(lengths[0], lengths[1]), max(lengths[0], lengths[1]))
        let length = random.below(2) == 0 ? lengths[Int(random.below(2))] : low + Int(random.below(UInt32(high - low + 1)))
        var bytes: [UInt8] = []
        while bytes.count < length {
            let range = bytes.count..<min(bytes.count + sector, length)
            let source = random.below(2) == 0 ? inode.bytes : inode.durable
            bytes += range.map { $0 < source.count ? source[$0] : 0 }
        }
        return bytes
    }
}

extension SimulatedDisk.State {
    mutating func file(_ name: String) -> Int {
        if let id = names[name] { return id }
        inodes.append(SimulatedDisk.Inode())
        names[name] = inodes.count - 1
        nameHistory.append(names)
        return inodes.count - 1
    }
}
