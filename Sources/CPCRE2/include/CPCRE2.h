#pragma once
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/// One pointer for each thread: what the thread matches with.
void *martlet_pattern_slot(void);
/// Sets this thread's pointer; `release` is called with it when the thread ends.
void martlet_pattern_slot_set(void *value, void (*release)(void *));
