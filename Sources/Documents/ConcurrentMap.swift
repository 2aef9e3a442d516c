import Dispatch
import Synchronization

/// The results of a pure function over many elements, in their order, made by all processors.
///
/// Few elements are done where they are: another thread would take longer to wake up.
func concurrentMap<T: Sendable, R: Sendable>(_ elements: [T], _ transform: @Sendable (T) -> R) -> [R] {
    let piece = 256
    guard elements.count > 2 * piece else { return elements.map(transform) }
    let starts = Array(stride(from: 0, to: elements.count, by: piece))
    let results = Mutex<[[R]]>(Array(repeating: [], count: starts.count))
    DispatchQueue.concurrentPerform(iterations: starts.count) { i in
        let made = elements[starts[i]..<min(starts[i] + piece, elements.count)].map(transform)
        results.withLock { $0[i] = made }
    }
    return results.withLock { $0.flatMap { $0 } }
}
