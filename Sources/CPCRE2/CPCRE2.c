#include "CPCRE2.h"
#include <pthread.h>

static _Thread_local void *slot;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void (*release_slot)(void *);

static void end_of_thread(void *value) {
    slot = NULL;
    if (release_slot) release_slot(value);
}

static void make_key(void) { pthread_key_create(&key, end_of_thread); }

void *martlet_pattern_slot(void) { return slot; }

void martlet_pattern_slot_set(void *value, void (*release)(void *)) {
    release_slot = release;
    pthread_once(&once, make_key);
    pthread_setspecific(key, value);
    slot = value;
}
