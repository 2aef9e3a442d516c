#pragma once
// System calls behind Reactor/Blocking: sockets for the control column, one thread each. Results below zero are negated errno values.
#include <stddef.h>
#include <stdint.h>

// Addresses are 16 bytes in network order; IPv4 in its mapped form.
long cblocking_listen(const uint8_t address[16], uint16_t port, int backlog);
long cblocking_connect(const uint8_t address[16], uint16_t port);
long cblocking_accept(int listener, uint8_t address[16], uint16_t *port);
long cblocking_port(int fd);
long cblocking_receive(int fd, void *bytes, size_t count);
long cblocking_send(int fd, const void *bytes, size_t count);
void cblocking_shutdown(int fd);
void cblocking_shutdown_reading(int fd);
void cblocking_close(int fd);
/// Waits until `fd` is readable (or writable) or `bell` rings; fd may be -1, milliseconds -1 means for ever.
/// Bit 0: fd is ready, bit 1: the bell rang; 0 when the time is over.
long cblocking_wait(int fd, int for_writing, int bell, int milliseconds);
long cblocking_bell(void);
void cblocking_ring(int bell);
void cblocking_silence(int bell);
uint64_t cblocking_monotonic_nanoseconds(void);
uint64_t cblocking_unix_nanoseconds(void);
/// Starts a detached thread; `body` frees what `argument` points to.
long cblocking_start_thread(size_t stack_bytes, void *(*body)(void *), void *argument);

/// Only a thread itself may: to others a detached one may be gone by then, and its memory with it. At most 15 bytes.
void cblocking_name_this_thread(const char *name);
int cblocking_is_again(long result);
int cblocking_is_starved(long result);
const char *cblocking_error_text(long result);
