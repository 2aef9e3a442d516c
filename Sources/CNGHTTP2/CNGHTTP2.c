#include "CNGHTTP2.h"
#include <stdlib.h>
#include <string.h>

/// Stands before each piece of memory; sixteen bytes, so that what follows is aligned as malloc would align it.
struct header {
    uint64_t size;
    /// CNGHTTP2_CLASSES when it is larger than all classes.
    uint64_t size_class;
};

static size_t class_size(size_t size_class) {
    size_t quarters = size_class + 4;
    return (4 + quarters % 4) << (quarters / 4 + 2);
}

static size_t class_of(size_t size) {
    if (size <= 32) return 0;
    if (size > class_size(CNGHTTP2_CLASSES - 1)) return CNGHTTP2_CLASSES;
    // The power of two below, and how many quarters of it are begun above.
    size_t power = 63 - (size_t)__builtin_clzll(size - 1);
    return 4 * (power - 5) + ((size - 1) >> (power - 2)) - 3;
}

void *cnghttp2_take(struct cnghttp2_pool *pool, size_t size) {
    size_t size_class = class_of(size);
    if (size_class < CNGHTTP2_CLASSES) {
        size = class_size(size_class);
        void *memory = pool->free_lists[size_class];
        if (memory) {
            memcpy(&pool->free_lists[size_class], memory, sizeof(void *));
            pool->used += size;
            return memory;
        }
    }
    if (size > SIZE_MAX - sizeof(struct header)) return NULL;
    struct header *header = malloc(sizeof(struct header) + size);
    if (!header) return NULL;
    pool->system_calls++;
    pool->held += size;
    pool->used += size;
    header->size = size;
    header->size_class = size_class;
    return header + 1;
}

void cnghttp2_give(struct cnghttp2_pool *pool, void *memory) {
    if (!memory) return;
    struct header *header = (struct header *)memory - 1;
    pool->used -= header->size;
    if (header->size_class < CNGHTTP2_CLASSES) {
        memcpy(memory, &pool->free_lists[header->size_class], sizeof(void *));
        pool->free_lists[header->size_class] = memory;
        return;
    }
    pool->held -= header->size;
    free(header);
}

void cnghttp2_trim(struct cnghttp2_pool *pool) {
    for (size_t i = 0; i < CNGHTTP2_CLASSES; i++) {
        void *memory = pool->free_lists[i];
        pool->free_lists[i] = NULL;
        while (memory) {
            void *next;
            memcpy(&next, memory, sizeof(void *));
            pool->held -= class_size(i);
            free((struct header *)memory - 1);
            memory = next;
        }
    }
}

static void *pool_malloc(size_t size, void *pool) { return cnghttp2_take(pool, size); }

static void pool_free(void *memory, void *pool) { cnghttp2_give(pool, memory); }

static void *pool_calloc(size_t count, size_t size, void *pool) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *memory = cnghttp2_take(pool, bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

static void *pool_realloc(void *memory, size_t size, void *pool) {
    if (!memory) return cnghttp2_take(pool, size);
    size_t had = ((struct header *)memory - 1)->size;
    if (size <= had) return memory;
    void *larger = cnghttp2_take(pool, size);
    if (!larger) return NULL;
    memcpy(larger, memory, had);
    cnghttp2_give(pool, memory);
    return larger;
}

nghttp2_mem cnghttp2_memory(struct cnghttp2_pool *pool) {
    return (nghttp2_mem){pool, pool_malloc, pool_free, pool_calloc, pool_realloc};
}
