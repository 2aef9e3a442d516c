#include "CPool.h"
#include <stdlib.h>
#include <string.h>

/// Stands before each piece of memory; sixteen bytes, so that what follows is aligned as malloc would align it.
struct header {
    uint64_t size;
    /// CPOOL_CLASSES when it is larger than all classes.
    uint64_t size_class;
};

static size_t class_size(size_t size_class) {
    size_t quarters = size_class + 4;
    return (4 + quarters % 4) << (quarters / 4 + 2);
}

/// Classes of sizes up to 1024, by eights: of most of all that is asked for.
static const uint8_t small_classes[129] = {
    [0 ... 4] = 0,    [5] = 1,          [6] = 2,          [7] = 3,           // 32 to 56
    [8] = 4,          [9 ... 10] = 5,   [11 ... 12] = 6,  [13 ... 14] = 7,   // 64 to 112
    [15 ... 16] = 8,  [17 ... 20] = 9,  [21 ... 24] = 10, [25 ... 28] = 11,  // 128 to 224
    [29 ... 32] = 12, [33 ... 40] = 13, [41 ... 48] = 14, [49 ... 56] = 15,  // 256 to 448
    [57 ... 64] = 16, [65 ... 80] = 17, [81 ... 96] = 18, [97 ... 112] = 19, // 512 to 896
    [113 ... 128] = 20,
};

static size_t class_of_large(size_t size) {
    if (size > class_size(CPOOL_CLASSES - 1)) return CPOOL_CLASSES;
    // The power of two below, and how many quarters of it are begun above.
    size_t power = 63 - (size_t)__builtin_clzll(size - 1);
    return 4 * (power - 5) + ((size - 1) >> (power - 2)) - 3;
}

static inline size_t class_of(size_t size) {
    return size <= 1024 ? small_classes[(size + 7) / 8] : class_of_large(size);
}

/// More memory than the free lists have.
static __attribute__((noinline)) void *take_new(struct cpool *pool, size_t size, size_t size_class) {
    if (size_class < CPOOL_CLASSES) size = class_size(size_class);
    if (size > SIZE_MAX - sizeof(struct header)) return NULL;
    struct header *header = malloc(sizeof(struct header) + size);
    if (!header) return NULL;
    if (pool) {
        if (size_class < CPOOL_CLASSES) pool->shortest[size_class] = 0;
        pool->system_calls++;
        pool->held += size;
        pool->used += size;
    }
    header->size = size;
    header->size_class = size_class;
    return header + 1;
}

void *cpool_take(struct cpool *pool, size_t size) {
    size_t size_class = class_of(size);
    if (size_class == CPOOL_CLASSES || !pool) return take_new(pool, size, size_class);
    void *memory = pool->free_lists[size_class];
    if (!memory) return take_new(pool, size, size_class);
    memcpy(&pool->free_lists[size_class], memory, sizeof(void *));
    uint32_t length = --pool->lengths[size_class];
    if (length < pool->shortest[size_class]) pool->shortest[size_class] = length;
    pool->used += ((struct header *)memory - 1)->size;
    return memory;
}

void cpool_give(struct cpool *pool, void *memory) {
    if (!memory) return;
    struct header *header = (struct header *)memory - 1;
    if (!pool) {
        free(header);
        return;
    }
    pool->used -= header->size;
    size_t size_class = header->size_class;
    if (size_class < CPOOL_CLASSES) {
        memcpy(memory, &pool->free_lists[size_class], sizeof(void *));
        pool->free_lists[size_class] = memory;
        pool->lengths[size_class]++;
        return;
    }
    pool->held -= header->size;
    free(header);
}

void *cpool_resize(struct cpool *pool, void *memory, size_t size) {
    if (!memory) return cpool_take(pool, size);
    size_t had = ((struct header *)memory - 1)->size;
    if (size <= had) return memory;
    void *larger = cpool_take(pool, size);
    if (!larger) return NULL;
    memcpy(larger, memory, had);
    cpool_give(pool, memory);
    return larger;
}

static void drop(struct cpool *pool, size_t size_class, uint32_t count) {
    for (; count > 0; count--) {
        void *memory = pool->free_lists[size_class];
        memcpy(&pool->free_lists[size_class], memory, sizeof(void *));
        pool->lengths[size_class]--;
        pool->held -= class_size(size_class);
        free((struct header *)memory - 1);
    }
    pool->shortest[size_class] = pool->lengths[size_class];
}

void cpool_trim(struct cpool *pool) {
    for (size_t i = 0; i < CPOOL_CLASSES; i++) drop(pool, i, pool->shortest[i]);
}

void cpool_empty(struct cpool *pool) {
    for (size_t i = 0; i < CPOOL_CLASSES; i++) drop(pool, i, pool->lengths[i]);
}
