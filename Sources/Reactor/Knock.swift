public import Base

/// Finds out who accepts connections: connects, and closes again at once.
public enum Knock {
    /// Those of `addresses` that accepted a connection. Blocks, `within` at most.
    ///
    /// - Parameters:
    ///   - each: how long one of them may take, in milliseconds.
    ///   - within: how long all of them may take; who was not asked by then, or had no time to answer, is left out.
    ///   - width: attempts under way at the same time.
    public static func answering(
        _ addresses: [SocketAddress], each: UInt64 = 500, within: UInt64 = 1500, width: Int = 256
    ) throws(SystemError) -> Set<SocketAddress> {
        var port = try EpollPort(waker: try Waker())
        var found: Set<SocketAddress> = []
        var underWay: [UInt64: (address: SocketAddress, descriptor: Int32, until: UInt64)] = [:]
        var waiting = addresses[...]
        // All have the same time, so they end in the order in which they began.
        var (oldest, newest): (UInt64, UInt64) = (1, 0)
        let end = milliseconds(port.now()) + within
        while true {
            let now = milliseconds(port.now())
            while underWay.count < width, now < end, let address = waiting.popFirst() {
                let descriptor = port.connect(address)
                guard descriptor >= 0 else { continue }
                newest += 1
                underWay[newest] = (address, descriptor, min(end, now + each))
                port.register(descriptor, token: newest)
            }
            guard !underWay.isEmpty else { return found }
            let next = underWay[oldest]?.until ?? end
            let count = port.wait(milliseconds: Int32(clamping: next > now ? next - now : 0))
            for i in 0..<count {
                let event = port.event(i)
                guard let attempt = underWay.removeValue(forKey: event.token) else { continue }
                if port.connectResult(attempt.descriptor) == 0 { found.insert(attempt.address) }
                port.close(attempt.descriptor)
            }
            let later = milliseconds(port.now())
            while oldest <= newest, underWay[oldest].map({ $0.until <= later }) ?? true {
                if let late = underWay.removeValue(forKey: oldest) { port.close(late.descriptor) }
                oldest += 1
            }
        }
    }

    private static func milliseconds(_ instant: Instant) -> UInt64 { instant.nanoseconds / 1_000_000 }
}
