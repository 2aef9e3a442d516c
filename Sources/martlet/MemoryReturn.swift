import Dispatch
import Reactor
import Synchronization

/// Gives free memory back to the system two seconds after something large may have become free. A translation of ten thousand routes, and
/// the last good state written out, leave as much behind as they keep.
final class MemoryReturn: Sendable {
    private static let pause = DispatchTimeInterval.seconds(2)
    private let queue = DispatchQueue(label: "martlet.memory", qos: .utility)
    private let isArranged = Mutex(false)

    /// Returns at once.
    func soon() {
        let isFirst = isArranged.withLock { isArranged in
            defer { isArranged = true }
            return !isArranged
        }
        guard isFirst else { return }
        queue.asyncAfter(deadline: .now() + Self.pause) { [self] in
            isArranged.withLock { $0 = false }
            Machine.returnMemory()
        }
    }
}
