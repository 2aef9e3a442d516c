import Base
import Pipeline
import Reactor
import Synchronization

// Deliveries: taken at the top of the loop, acknowledged at once, given up when the last exchange that pinned them is over.
extension Worker where P: ~Copyable {
    /// Takes the newest delivery, if there is one.
    mutating func takeMail(_ m: borrowing Memory) {
        let phase = post.drain.load(ordering: .relaxed)
        if phase != drainPhase { enter(phase, m) }
        if post.isEnding.load(ordering: .relaxed) { return end(m) }
        guard post.mail.load(ordering: .relaxed) != 0 else { return }
        install(m)
    }

    @inline(never)
    private mutating func install(_ m: borrowing Memory) {
        // Without a place for it the mail stays where it is: it is taken when an old plan was given up.
        guard let place = m.plans.take() else { return }
        guard let delivery = post.take() else { return m.plans.give(place) }
        let old = plan
        m.plans[place].view = delivery.plan?.view
        m.plans[place].sequence = delivery.sequence
        m.plans[place].pins = 0
        plan = place
        generation = delivery.generation
        if old >= 0 && m.plans[old].pins == 0 { m.plans.give(old) }
        if isDraining { follow(delivery.doors) } else { open(delivery.doors, m) }
        tellOldest(m)
        post.generation.store(generation, ordering: .releasing)
        post.sequence.store(delivery.sequence, ordering: .releasing)
        if !isDraining { spread?.serves(delivery.sequence) }
        metrics.serves(generation: generation)
        post.tell()
    }

    /// An exchange needs the current plan.
    @inline(__always)
    mutating func pin(_ e: Int32, _ m: borrowing Memory) {
        guard plan >= 0 else { return }
        m.plans[plan].pins &+= 1
        m.exchanges[e].plan = plan
    }

    mutating func unpin(_ e: Int32, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        guard p >= 0 else { return }
        m.exchanges[e].plan = -1
        m.plans[p].pins &-= 1
        guard m.plans[p].pins == 0, p != plan else { return }
        m.plans.give(p)
        tellOldest(m)
        post.tell()
    }

    /// Says which deliveries are not needed here any longer: all before the oldest that is.
    private func tellOldest(_ m: borrowing Memory) {
        guard plan >= 0 else { return }
        var oldest = m.plans[plan].sequence
        for i in 0..<m.plans.made {
            let row = m.plans[Int32(i)]
            if row.pins > 0 { oldest = min(oldest, row.sequence) }
        }
        post.oldest.store(oldest, ordering: .releasing)
    }

    // MARK: Listeners

    /// Opens and closes listeners so that they are those of the delivery.
    private mutating func open(_ doors: [Delivery.Door], _ m: borrowing Memory) {
        for i in listeners.indices where !doors.contains(where: { $0.place == listeners[i].door.place }) {
            closeListener(i, m)
            listeners[i].door.index = -1
        }
        for door in doors {
            if let i = listeners.firstIndex(where: { $0.door.place == door.place }) {
                listeners[i].door = door
                if listeners[i].socket < 0 { listeners[i].socket = listen(door.place, m) }
            } else {
                listeners.append(ListenerPlace(door: door, socket: listen(door.place, m)))
            }
        }
        // Sockets name places by index, so only places at the end that nobody can name would go; there are few addresses.
        for i in listeners.indices where listeners[i].socket >= 0 { m.sockets[listeners[i].socket].listener = Int32(i) }
    }

    /// Nobody is accepted any longer, but connections that were go on, and name their listener's place in the new plan.
    private mutating func follow(_ doors: [Delivery.Door]) {
        for i in listeners.indices {
            let place = listeners[i].door.place
            listeners[i].door.index = doors.first { $0.place == place }?.index ?? -1
        }
    }

    private mutating func listen(_ place: Delivery.Place, _ m: borrowing Memory) -> Int32 {
        guard let s = m.sockets.take() else { return -1 }
        let token = m.sockets.handle(s).token
        let descriptor =
            place.isDatagrams ? port.listenForDatagrams(place.address, token: token) : port.listen(place.address, token: token)
        guard descriptor >= 0 else {
            m.sockets.give(s)
            post.failed(place, -descriptor)
            return -1
        }
        post.succeeded(place)
        m.sockets[s] = SocketRow()
        m.sockets[s].descriptor = descriptor
        m.sockets[s].role = .listener
        if place.isDatagrams { m.sockets[s].codec = .datagrams }
        return s
    }

    /// Takes what waits in the queue of the listener, then closes it: nobody who was accepted by the system is turned away.
    mutating func closeListener(_ i: Int, _ m: borrowing Memory) {
        let s = listeners[i].socket
        guard s >= 0 else { return }
        while m.sockets[s].codec != .datagrams, acceptOne(s, m) {}
        listeners[i].socket = -1
        port.close(m.sockets[s].descriptor)
        m.sockets[s].role = .free
        m.sockets.give(s)
    }
}
