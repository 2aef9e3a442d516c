import Base
import Graph

/// All hosts by pattern. Each state lies in a box of its own, which is replaced when the state changes.
struct HostStates {
    private final class Box: Sendable {
        let pattern: HostPattern
        let state: HostState

        init(_ pattern: HostPattern, _ state: HostState) {
            self.pattern = pattern
            self.state = state
        }
    }
    private var boxes = ObjectTable<Box>()

    subscript(_ pattern: HostPattern) -> HostState? {
        get { boxes.first(pattern.hashValue) { $0.pattern == pattern }?.state }
        set {
            if let newValue {
                boxes.put(Box(pattern, newValue), pattern.hashValue) { $0.pattern == pattern }
            } else {
                boxes.remove(pattern.hashValue) { $0.pattern == pattern }
            }
        }
    }

    /// Changes the state of a host, which is new when there is none.
    mutating func change(_ pattern: HostPattern, _ edit: (inout HostState) -> Void) {
        var state = self[pattern] ?? HostState()
        edit(&state)
        self[pattern] = state
    }
}
