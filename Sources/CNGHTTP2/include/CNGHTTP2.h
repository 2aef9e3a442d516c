#pragma once
#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

/// Size classes of a pool, four for each power of two: 32 bytes, 40, 48, 56, 64, 80, … 128 KiB.
#define CNGHTTP2_CLASSES 49

/// Memory of one thread's sessions: free lists by size class, so that streams that come and go ask the system for nothing. A pool lies at
/// one address for its life, is used by one thread, and must outlive what was taken from it.
struct cnghttp2_pool {
    void *free_lists[CNGHTTP2_CLASSES];
    /// How often the system was asked for memory, ever.
    uint64_t system_calls;
    /// Bytes that the system gave, and bytes of these that somebody uses.
    uint64_t held;
    uint64_t used;
};

void *cnghttp2_take(struct cnghttp2_pool *pool, size_t size);
void cnghttp2_give(struct cnghttp2_pool *pool, void *memory);
/// Gives all that is unused back to the system.
void cnghttp2_trim(struct cnghttp2_pool *pool);
/// The pool as nghttp2 wants memory to be described.
nghttp2_mem cnghttp2_memory(struct cnghttp2_pool *pool);
