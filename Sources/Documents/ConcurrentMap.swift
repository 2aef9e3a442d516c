import Dispatch
import Synchronization

/// The results of a pure function over many elements, in their order, made by all processors.
///
/// Few elements are done where they are: another thread would take longer to wake up.
///
/// - Parameter few: so many at least are one thread's at a time.
public func concurrentMap<T: Sendable, R: Sendable>(
    _ elements: [T], few: Int = 256, _ transform: @Sendable (T) -> R
) -> [R] {
    guard elements.count > 2 * few else { return elements.map(transform) }
    let starts = Array(stride(from: 0, to: elements.count, by: few))
    let results = Mutex<[[R]]>(Array(repeating: [], count: starts.count))
    DispatchQueue.concurrentPerform(iterations: starts.count) { i in
        let made = elements[starts[i]..<min(starts[i] + few, elements.count)].map(transform)
        results.withLock { $0[i] = made }
    }
    return results.withLock { $0.flatMap { $0 } }
}
