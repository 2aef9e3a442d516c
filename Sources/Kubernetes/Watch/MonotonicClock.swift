public import Base
import Glibc

/// CLOCK_MONOTONIC, the clock that the workers read too: instants of both can be subtracted.
public enum MonotonicClock {
    public static var now: Instant {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec))
    }
}
