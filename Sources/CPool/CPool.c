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

static size_t class_of(size_t size) {
    if (size <= 32) return 0;
    if (size > class_size(CPOOL_CLASSES - 1)) return CPOOL_CLASSES;
    // The power of two below, and how many quarters of it are begun above.
    size_t power = 63 - (size_t)__builtin_clzll(size - 1);
    return 4 * (power - 5) + ((size - 1) >> (power - 2)) - 3;
}

void *cpool_take(struct cpool *pool, size_t size) {
    size_t size_class = class_of(size);
    if (size_class < CPOOL_CLASSES) {
        size = class_size(size_class);
        void *memory = pool ? pool->free_lists[size_class] : NULL;
        if (memory) {
            memcpy(&pool->free_lists[size_class], memory, sizeof(void *));
            uint32_t length = --pool->lengths[size_class];
            if (length < pool->shortest[size_class]) pool->shortest[size_class] = length;
            pool->used += size;
            return memory;
        }
    }
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
