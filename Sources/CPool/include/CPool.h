#pragma once
#include <stddef.h>
#include <stdint.h>

/// Size classes of a pool, four for each power of two: 32 bytes, 40, 48, 56, 64, 80, … 128 KiB.
#define CPOOL_CLASSES 49

/// Free lists by size class in front of malloc, so that what comes and goes asks the system for nothing. A pool lies at one address for its life
/// and is used by one thread.
struct cpool {
    void *free_lists[CPOOL_CLASSES];
    uint32_t lengths[CPOOL_CLASSES];
    /// The shortest that each list was since the last trim: so many pieces nobody needed.
    uint32_t shortest[CPOOL_CLASSES];
    /// How often the system was asked for memory, ever.
    uint64_t system_calls;
    /// Bytes that the system gave, and bytes of these that somebody uses. Only a pool to which all comes back that was taken from it counts right.
    uint64_t held;
    uint64_t used;
};

/// Memory from the pool, or from the system where `pool` is null. Null when there is none.
void *cpool_take(struct cpool *pool, size_t size);
/// Gives memory back that was taken from any pool, of any thread, or from none.
void cpool_give(struct cpool *pool, void *memory);
void *cpool_resize(struct cpool *pool, void *memory, size_t size);
/// Gives back to the system what nobody needed since the last time.
void cpool_trim(struct cpool *pool);
/// Gives all that is unused back.
void cpool_empty(struct cpool *pool);
