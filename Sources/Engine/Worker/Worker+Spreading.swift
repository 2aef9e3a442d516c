import Base
import Reactor

// Connections that one worker accepts and another one serves (see `ConnectionSpread`). Nothing was read from them: whatever begins a
// connection, a PROXY header or TLS, begins at the worker that takes it.
extension Worker where P: ~Copyable {
    /// Gives a connection that was just accepted to a worker with fewer. False when it stays here.
    mutating func handOver(_ accepted: Accepted, _ place: Int32) -> Bool {
        guard let spread, drainPhase != .draining else { return false }
        let door = listeners[Int(place)].door
        let taker = spread.hand(ConnectionSpread.Handed(accepted: accepted, place: door.address))
        guard taker >= 0 else { return false }
        metrics.add(.handovers)
        if taker < wakers.count { wakers[taker].wake() }
        return true
    }

    /// Serves what other workers handed over. They counted it here.
    mutating func takeHandedOver(_ spread: SpreadView, _ m: borrowing Memory) {
        while let handed = spread.take() {
            let place = listeners.firstIndex { $0.door.place == Delivery.Place(address: handed.place) }
            guard let place else {
                // It serves the same delivery as who handed it over did, or a newer one, and forgets no place.
                spread.remove()
                port.close(handed.accepted.descriptor)
                continue
            }
            admit(handed.accepted, Int32(place), m)
        }
    }

    /// The end: what nobody will serve is closed.
    mutating func closeHandedOver() {
        guard let spread else { return }
        spread.serves(0)
        while let handed = spread.take() {
            spread.remove()
            port.close(handed.accepted.descriptor)
        }
    }
}
