#pragma once
// Name resolution through c-ares, as one thread uses it. The channel never leaves this library.
#include <stdint.h>

typedef struct cares_resolver cares_resolver;

// `addresses` holds `count` times 16 bytes in network order, IPv4 in its mapped form; `ttl` is the smallest of them, in seconds.
// Called within cares_start or cares_wait.
typedef void (*cares_done)(void *context, uint64_t tag, int status, const uint8_t *addresses, int count, uint32_t ttl);

// `servers` is a list such as "127.0.0.1:5353,[::1]:53", or null for those of the system. Null and *status when it failed.
cares_resolver *cares_make(const char *servers, int timeout_ms, int tries, cares_done done, void *context, int *status);
void cares_free(cares_resolver *resolver);
// `done` is called exactly once for each start, also by cares_free.
void cares_start(cares_resolver *resolver, const char *name, uint64_t tag);
// Waits until answers came, `bell` is readable or the time is over, and handles what came. 1 when the bell rang, else 0.
int cares_wait(cares_resolver *resolver, int bell, int milliseconds);
const char *cares_text(int status);
int cares_is_absent(int status);
int cares_is_timeout(int status);
