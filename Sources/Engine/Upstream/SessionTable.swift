import Base

/// Clients that send datagrams, found by the listener and the address that they send from. Each is a row of the worker's sockets, which holds
/// both; this holds where the rows are: an open-addressed table with a secret hash, since anybody may choose an address.
@safe struct SessionTable: ~Copyable {
    private var slots: UnsafeMutableBufferPointer<Int32>
    private(set) var count = 0
    private let seed: UInt64

    init(seed: UInt64) {
        unsafe slots = .init(start: nil, count: 0)
        self.seed = seed
    }

    deinit { unsafe slots.deallocate() }

    /// The row, or -1.
    func find(_ listener: Int32, _ peer: SocketAddress, _ sockets: borrowing Slab<SocketRow>) -> Int32 {
        guard count > 0 else { return -1 }
        var i = slot(listener, peer)
        while true {
            let s = unsafe slots[i]
            if s < 0 || (sockets[s].listener == listener && sockets[s].peer == peer) { return s }
            i = next(i)
        }
    }

    /// Puts a row in that is not there. Until there are as many as ever it may allocate.
    mutating func insert(_ s: Int32, _ sockets: borrowing Slab<SocketRow>) {
        if unsafe (count + 1) * 2 > slots.count { grow(sockets) }
        place(s, sockets)
        count += 1
    }

    mutating func remove(_ s: Int32, _ sockets: borrowing Slab<SocketRow>) {
        guard count > 0 else { return }
        var hole = slot(sockets[s].listener, sockets[s].peer)
        while unsafe slots[hole] != s {
            guard unsafe slots[hole] >= 0 else { return }
            hole = next(hole)
        }
        unsafe slots[hole] = -1
        count -= 1
        // What follows in the run moves up where the hole would hide it.
        var i = next(hole)
        while unsafe slots[i] >= 0 {
            let moved = unsafe slots[i]
            unsafe slots[i] = -1
            place(moved, sockets)
            i = next(i)
        }
    }

    private mutating func place(_ s: Int32, _ sockets: borrowing Slab<SocketRow>) {
        var i = slot(sockets[s].listener, sockets[s].peer)
        while unsafe slots[i] >= 0 { i = next(i) }
        unsafe slots[i] = s
    }

    private mutating func grow(_ sockets: borrowing Slab<SocketRow>) {
        let old = unsafe slots
        let grown = UnsafeMutableBufferPointer<Int32>.allocate(capacity: max(64, old.count * 2))
        unsafe grown.initialize(repeating: -1)
        unsafe slots = grown
        for i in old.indices where unsafe old[i] >= 0 { unsafe place(old[i], sockets) }
        unsafe old.deallocate()
    }

    private func next(_ i: Int) -> Int { unsafe (i &+ 1) & (slots.count &- 1) }

    private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        return product ^ product >> 29
    }

    private func slot(_ listener: Int32, _ peer: SocketAddress) -> Int {
        var hash = Self.mixed(seed, peer.ip.high)
        hash = Self.mixed(hash, peer.ip.low)
        hash = Self.mixed(hash, UInt64(peer.port) << 32 | UInt64(UInt32(bitPattern: listener)))
        return unsafe Int(truncatingIfNeeded: hash >> 20) & (slots.count &- 1)
    }
}
