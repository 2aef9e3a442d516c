#pragma once
#include "CPool.h"
#include <nghttp2/nghttp2.h>

/// A pool as nghttp2 wants memory to be described; the pool must outlive what was taken from it.
nghttp2_mem cnghttp2_memory(struct cpool *pool);
