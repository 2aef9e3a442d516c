// One mistake of each kind that a sanitizer is there to find, and locking that is none: scripts/sanitize does not trust a sanitizer
// that is silent about the former or speaks of the latter. Built as everything under test is, so it also shows what the build does.
//
//   planted-mistakes race | use-after-free | leak | contended-mutex
import Foundation
import Synchronization

/// Two threads, each of which runs `body` with its number when the other is there too. Nothing else is between them: what is relaxed
/// puts nothing in order.
func together(_ body: @escaping @Sendable (Int) -> Void) {
    final class Meeting: Sendable { let present = Atomic(0) }
    let meeting = Meeting()
    let done = DispatchSemaphore(value: 0)
    for number in 0..<2 {
        Thread {
            meeting.present.wrappingAdd(1, ordering: .relaxed)
            while meeting.present.load(ordering: .relaxed) < 2 {}
            body(number)
            done.signal()
        }.start()
    }
    for _ in 0..<2 { done.wait() }
}

/// An address that closures of several threads may hold.
@safe struct Place: @unchecked Sendable {
    // Unchecked: that nothing keeps them apart is the mistake.
    let number: UnsafeMutablePointer<Int>

    init() {
        unsafe number = .allocate(capacity: 1)
        unsafe number.initialize(to: 0)
    }
}

func race() {
    let place = Place()
    together { _ in unsafe place.number.pointee += 1 }
    unsafe place.number.deallocate()
}

func useAfterFree() {
    let place = Place()
    unsafe place.number.deallocate()
    print(unsafe place.number.pointee)
}

/// What nothing points to any more; the caller's frames are gone when the process ends.
@inline(never) func leak() {
    for _ in 0..<100 { _ = Place() }
}

/// Threads that have to wait for one another, again and again: who holds the mutex keeps it for long enough that the other one sleeps.
/// What they change is nobody's but the holder's.
func contendedMutex() {
    final class Shared: Sendable {
        let number = Mutex(0)
        let idle = Atomic(0)
    }
    let shared = Shared()
    together { _ in
        for _ in 0..<50 {
            shared.number.withLock {
                $0 += 1
                for _ in 0..<50_000 { _ = shared.idle.load(ordering: .relaxed) }
            }
        }
    }
    precondition(shared.number.withLock { $0 } == 100)
}

switch CommandLine.arguments.dropFirst().first {
case "race": race()
case "use-after-free": useAfterFree()
case "leak": leak()
case "contended-mutex": contendedMutex()
default:
    print("usage: planted-mistakes race | use-after-free | leak | contended-mutex")
    exit(2)
}
