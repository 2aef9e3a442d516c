import Base
@testable import Engine
import Reactor
import Secure

/// The simulated world with TLS on some of the ends that scripts hold: nothing else may differ.
class TLSWorld: SimulatedWorld {
    private var ends: [Int: End] = [:]

    /// The script's side of one connection.
    private struct End {
        let machine: TLSMachine
        /// Ends without saying so (RFC 8446 section 6.1).
        let isRude: Bool
        /// Ciphertext that was handed to the machine.
        var taken = 0
        var plain: [UInt8] = []
        /// What the script wants said before the handshake is over.
        var unsaid: [UInt8] = []
        var finishes = false
        var closes = false
    }

    /// From now on TLS is spoken on this end.
    final func seal(_ end: Int, _ machine: TLSMachine, isRude: Bool = false) {
        ends[end] = End(machine: machine, isRude: isRude)
    }

    final func isSealed(_ end: Int) -> Bool { ends[end] != nil }

    override func send(_ end: Int, _ bytes: [UInt8]) {
        if ends[end] == nil { return super.send(end, bytes) }
        ends[end]?.unsaid += bytes
    }

    override func finish(_ end: Int) {
        if ends[end] == nil { return super.finish(end) }
        ends[end]?.finishes = true
    }

    override func close(_ end: Int) {
        if ends[end] == nil { return super.close(end) }
        ends[end]?.closes = true
    }

    override func reset(_ end: Int) {
        // What was said before arrives before.
        _ = talk(end)
        super.reset(end)
    }

    override func received(_ end: Int) -> [UInt8] { ends[end]?.plain ?? super.received(end) }

    /// An end that was not announced (RFC 8446 section 6.1) is no end.
    override func ending(_ end: Int) -> SimulatedNetwork.Ending {
        let ending = super.ending(end)
        guard let this = ends[end], ending == .ended else { return ending }
        return this.machine.state == .closed ? .ended : .reset
    }

    override func move() -> Bool {
        var moved = super.move()
        for end in ends.keys.sorted() where talk(end) { moved = true }
        return moved
    }

    /// Lets one machine work on what came, and sends what it has to say.
    private func talk(_ end: Int) -> Bool {
        guard var this = ends[end] else { return false }
        var moved = false
        let all = super.received(end)
        if this.taken < all.count {
            this.machine.receive(all[this.taken...])
            this.taken = all.count
            moved = true
        }
        this.machine.advanceHandshake()
        while case let piece = this.machine.read(), !piece.isEmpty { this.plain += piece }
        if this.machine.state == .open || this.machine.state == .closed, !this.unsaid.isEmpty {
            this.machine.write(this.unsaid)
            this.unsaid = []
        }
        let isHeard = this.unsaid.isEmpty || this.machine.state != .handshaking
        if isHeard, !this.isRude, this.finishes || this.closes { this.machine.close() }
        let words = this.machine.takeCiphertext()
        if !words.isEmpty {
            super.send(end, words)
            moved = true
        }
        if isHeard, this.closes { super.close(end) } else if isHeard, this.finishes { super.finish(end) }
        if isHeard, this.closes || this.finishes { moved = true }
        if isHeard { (this.closes, this.finishes) = (false, false) }
        ends[end] = this
        return moved
    }

    /// The retry of a starved accept may be starved as well, and there may be no next step that would let time pass.
    override func rest(_ settle: () -> Void) {
        super.rest(settle)
        for _ in 0..<3 where ends.values.contains(where: { !$0.unsaid.isEmpty && $0.machine.state == .handshaking }) {
            super.rest(settle)
        }
    }
}
