// What the thread sanitizer cannot see of Swift's Mutex, told to it. A Mutex that is free is taken and given back by atomics in the
// caller, which is instrumented. One that has to be waited for is handed over by the kernel, on behalf of functions in
// libswiftSynchronization, which is not: closures of `withLock` would be reported against each other. Loaded before that library,
// the functions here stand in for those three, and say what they did. Where there is no sanitizer they only pass the call on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

static void *original(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found) return found;
    fprintf(stderr, "contended-mutex: no %s below; Swift's Mutex is another one than this was written for\n", name);
    abort();
}

SWIFT void lock(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void lock(uint32_t thread, SELF void *handle) {
    SWIFT void (*wait)(uint32_t, SELF void *) = (SWIFT void (*)(uint32_t, SELF void *))original(LOCK);
    wait(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT bool try_lock(SELF void *handle) __asm__(TRY_LOCK);
SWIFT bool try_lock(SELF void *handle) {
    SWIFT bool (*try)(SELF void *) = (SWIFT bool (*)(SELF void *))original(TRY_LOCK);
    bool is_locked = try(handle);
    if (is_locked && __tsan_acquire) __tsan_acquire(handle);
    return is_locked;
}

SWIFT void unlock(SELF void *handle) __asm__(UNLOCK);
SWIFT void unlock(SELF void *handle) {
    if (__tsan_release) __tsan_release(handle);
    SWIFT void (*hand_over)(SELF void *) = (SWIFT void (*)(SELF void *))original(UNLOCK);
    hand_over(handle);
}
