// What Swift's Glibc leaves out: figures of the allocator.
#include <malloc.h>
