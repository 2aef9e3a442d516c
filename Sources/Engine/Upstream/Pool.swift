import Base
import Pipeline

/// One worker's kept connections, by endpoint: the last one used is taken first, so that those not needed grow old.
///
/// Lists run through the rows of the sockets; this holds only where each begins.
@safe struct Pool: ~Copyable {
    /// First socket and length of the list of each endpoint, by the endpoint's index.
    private struct List: BitwiseCopyable {
        var first: Int32
        var count: Int32
    }
    private var lists: UnsafeMutableBufferPointer<List>
    private(set) var count = 0

    init() { unsafe lists = .init(start: nil, count: 0) }

    deinit { unsafe lists.deallocate() }

    /// Takes a connection to the endpoint out; -1 when there is none. Connections to an earlier occupant of the slot are not meant.
    mutating func take(_ endpoint: EndpointHandle, _ sockets: borrowing Slab<SocketRow>) -> Int32 {
        guard unsafe Int(endpoint.index) < lists.count else { return -1 }
        var s = unsafe lists[Int(endpoint.index)].first
        while s >= 0 && sockets[s].endpoint != endpoint { s = sockets[s].poolNext }
        if s >= 0 { remove(s, sockets) }
        return s
    }

    /// Whether there is a connection to the endpoint.
    func holds(_ endpoint: EndpointHandle, _ sockets: borrowing Slab<SocketRow>) -> Bool {
        var s = first(of: endpoint)
        while s >= 0 && sockets[s].endpoint != endpoint { s = sockets[s].poolNext }
        return s >= 0
    }

    /// The first connection to the endpoint's slot, possibly to an earlier occupant; -1 when there is none.
    func first(of endpoint: EndpointHandle) -> Int32 {
        guard unsafe Int(endpoint.index) < lists.count else { return -1 }
        return unsafe lists[Int(endpoint.index)].first
    }

    /// Puts a connection in; false when there are enough to its endpoint.
    mutating func add(_ s: Int32, limit: Int, _ sockets: borrowing Slab<SocketRow>) -> Bool {
        let i = Int(sockets[s].endpoint.index)
        if unsafe i >= lists.count { grow(to: i + 1) }
        guard unsafe Int(lists[i].count) < limit else { return false }
        let first = unsafe lists[i].first
        sockets[s].poolNext = first
        sockets[s].poolPrevious = -1
        if first >= 0 { sockets[first].poolPrevious = s }
        unsafe lists[i].first = s
        unsafe lists[i].count &+= 1
        count &+= 1
        return true
    }

    mutating func remove(_ s: Int32, _ sockets: borrowing Slab<SocketRow>) {
        let i = Int(sockets[s].endpoint.index)
        let next = sockets[s].poolNext
        let previous = sockets[s].poolPrevious
        if previous >= 0 { sockets[previous].poolNext = next } else { unsafe lists[i].first = next }
        if next >= 0 { sockets[next].poolPrevious = previous }
        sockets[s].poolNext = -1
        sockets[s].poolPrevious = -1
        unsafe lists[i].count &-= 1
        count &-= 1
    }

    /// The first kept connection at or after endpoint `from`, and where to go on; nil when there is none.
    func first(from: Int) -> (socket: Int32, endpoint: Int)? {
        var i = from
        while unsafe i < lists.count {
            if unsafe lists[i].first >= 0 { return unsafe (lists[i].first, i) }
            i += 1
        }
        return nil
    }

    private mutating func grow(to needed: Int) {
        let capacity = unsafe max(64, needed, lists.count * 2)
        let grown = UnsafeMutableBufferPointer<List>.allocate(capacity: capacity)
        unsafe grown.initialize(repeating: List(first: -1, count: 0))
        for i in unsafe lists.indices { unsafe grown[i] = lists[i] }
        unsafe lists.deallocate()
        unsafe lists = grown
    }
}
