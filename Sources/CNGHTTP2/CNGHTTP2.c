#include "CNGHTTP2.h"
#include <string.h>

static void *pool_malloc(size_t size, void *pool) { return cpool_take(pool, size); }

static void pool_free(void *memory, void *pool) { cpool_give(pool, memory); }

static void *pool_calloc(size_t count, size_t size, void *pool) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *memory = cpool_take(pool, bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

static void *pool_realloc(void *memory, size_t size, void *pool) { return cpool_resize(pool, memory, size); }

nghttp2_mem cnghttp2_memory(struct cpool *pool) {
    return (nghttp2_mem){pool, pool_malloc, pool_free, pool_calloc, pool_realloc};
}
