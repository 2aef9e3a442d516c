import Base
import Glibc
import Reactor

/// Ends of loopback connections as scripts use them, none of which ever blocks.
final class LoopbackEnds {
    struct End {
        var descriptor: Int32
        var received: [UInt8] = []
        var unsent: [UInt8] = []
        var ending = SimulatedNetwork.Ending.open
        var isDeaf = false
        var finishes = false
        var closes = false
    }

    private(set) var ends: [End] = []

    deinit { for end in ends where end.descriptor >= 0 { Glibc.close(end.descriptor) } }

    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    /// Nil when the connection is refused.
    func connect(_ port: UInt16) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port)
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        return add(descriptor)
    }

    func accept(_ listener: Int32) -> Int? {
        let descriptor = Glibc.accept(listener, nil, nil)
        return descriptor < 0 ? nil : add(descriptor)
    }

    private func add(_ descriptor: Int32) -> Int {
        ends.append(End(descriptor: descriptor))
        return ends.count - 1
    }

    func send(_ i: Int, _ bytes: [UInt8]) { ends[i].unsent += bytes }
    func finish(_ i: Int) { ends[i].finishes = true }
    func close(_ i: Int) { ends[i].closes = true }
    func setReading(_ i: Int, _ reads: Bool) { ends[i].isDeaf = !reads }

    func reset(_ i: Int) {
        guard ends[i].descriptor >= 0 else { return }
        var now = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(ends[i].descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        shut(i)
        ends[i].ending = .reset
    }

    private func shut(_ i: Int) {
        Glibc.close(ends[i].descriptor)
        ends[i].descriptor = -1
    }

    /// Moves what can be moved. - Returns: whether anything was.
    func move() -> Bool {
        var moved = false
        for i in ends.indices where ends[i].descriptor >= 0 {
            if write(i) { moved = true }
            while !ends[i].isDeaf, ends[i].ending == .open, read(i) { moved = true }
            if ends[i].unsent.isEmpty, ends[i].closes {
                shut(i)
                moved = true
            } else if ends[i].unsent.isEmpty, ends[i].finishes {
                ends[i].finishes = false
                shutdown(ends[i].descriptor, Int32(SHUT_WR))
                moved = true
            }
        }
        return moved
    }

    private func write(_ i: Int) -> Bool {
        guard !ends[i].unsent.isEmpty else { return false }
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let count = unsafe ends[i].unsent.withUnsafeBytes {
            unsafe Glibc.send(ends[i].descriptor, $0.baseAddress, $0.count, flags)
        }
        if count > 0 { ends[i].unsent.removeFirst(count) }
        if count < 0, errno != EAGAIN { ends[i].unsent = [] }
        return count > 0
    }

    private func read(_ i: Int) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe recv(ends[i].descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        if count > 0 {
            ends[i].received += buffer[..<count]
            return true
        }
        if count < 0, errno == EAGAIN { return false }
        ends[i].ending = count == 0 ? .ended : .reset
        return true
    }
}
