import Synchronization

extension Atomic where Value == UInt64 {
    /// Changes a word that others change at the same time; `change` is asked again when somebody was quicker.
    @inline(__always) borrowing func change<R>(_ change: (inout UInt64) -> R) -> R {
        var old = load(ordering: .relaxed)
        while true {
            var word = old
            let result = change(&word)
            if word == old { return result }
            let exchange = weakCompareExchange(expected: old, desired: word, ordering: .relaxed)
            if exchange.exchanged { return result }
            old = exchange.original
        }
    }
}
