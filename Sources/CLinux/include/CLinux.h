#pragma once
// No _GNU_SOURCE here: types must look as Swift's own Glibc module sees them. What needs it is in CLinux.c.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Results below zero are negated errno values: errno itself never crosses into Swift.
// Inline: a call through these costs nothing beside the system call.

static inline long martlet_result(long r) { return r < 0 ? -errno : r; }

// The allocator: see CLinux.c.
void martlet_use_one_pool(void);
void martlet_return_memory(void);

static inline long martlet_recv(int fd, void *p, size_t n) { return martlet_result(recv(fd, p, n, 0)); }
static inline long martlet_send(int fd, const void *p, size_t n) { return martlet_result(send(fd, p, n, MSG_NOSIGNAL)); }
static inline long martlet_close(int fd) { return martlet_result(close(fd)); }
static inline long martlet_shutdown_write(int fd) { return martlet_result(shutdown(fd, SHUT_WR)); }

// Whether nothing is to be read: 1 quiet, 0 data or end or error.
static inline int martlet_is_quiet(int fd) {
  char c;
  long r = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
  return r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static inline long martlet_epoll_create(void) { return martlet_result(epoll_create1(EPOLL_CLOEXEC)); }
static inline long martlet_epoll_add(int ep, int fd, uint32_t events, uint64_t data) {
  struct epoll_event e = {.events = events, .data.u64 = data};
  return martlet_result(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
}
static inline long martlet_epoll_change(int ep, int fd, uint32_t events, uint64_t data) {
  struct epoll_event e = {.events = events, .data.u64 = data};
  return martlet_result(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
}
static inline long martlet_epoll_wait(int ep, struct epoll_event *e, int n, int ms) {
  return martlet_result(epoll_wait(ep, e, n, ms));
}
// The system adds up to 50 us of its own (timer slack).
static inline void martlet_pause(uint64_t ns) {
  struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
  (void)nanosleep(&t, NULL);
}
static inline uint64_t martlet_event_data(const struct epoll_event *e) { return e->data.u64; }
static inline uint32_t martlet_event_flags(const struct epoll_event *e) { return e->events; }
#define MARTLET_EDGE ((uint32_t)(EPOLLIN | EPOLLOUT | EPOLLRDHUP) | (uint32_t)EPOLLET)
static inline uint32_t martlet_edge_events(void) { return MARTLET_EDGE; }
static inline uint32_t martlet_level_in(void) { return EPOLLIN; }
static inline uint32_t martlet_edge_in(void) { return (uint32_t)EPOLLIN | (uint32_t)EPOLLET; }

static inline uint64_t martlet_now_ns(int clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static inline uint64_t martlet_monotonic_ns(void) { return martlet_now_ns(CLOCK_MONOTONIC); }
static inline uint64_t martlet_wall_ns(void) { return martlet_now_ns(CLOCK_REALTIME); }

static inline long martlet_eventfd(void) { return martlet_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
static inline void martlet_eventfd_raise(int fd) { uint64_t one = 1; long r = write(fd, &one, 8); (void)r; }
static inline long martlet_write(int fd, const void *p, size_t n) { return martlet_result(write(fd, p, n)); }
static inline long martlet_read(int fd, void *p, size_t n) { return martlet_result(read(fd, p, n)); }

// Addresses are 16 bytes in network order; IPv4 in its mapped form.
long martlet_listen(const uint8_t address[16], uint16_t port, int reuse_port, int backlog);
long martlet_accept(int fd, uint8_t address[16], uint16_t *port);
long martlet_connect(const uint8_t address[16], uint16_t port);
// Sockets of datagrams. One that is connected sends to, and receives from, that address only.
long martlet_listen_datagrams(const uint8_t address[16], uint16_t port, int reuse_port);
long martlet_connect_datagrams(const uint8_t address[16], uint16_t port);
// `local` is which of the machine's addresses a datagram was sent to, and leaves from.
long martlet_receive_from(int fd, void *p, size_t n, uint8_t address[16], uint16_t *port, uint8_t local[16]);
long martlet_send_to(int fd, const void *p, size_t n, int is_v6, const uint8_t address[16], uint16_t port, const uint8_t local[16]);
long martlet_local_address(int fd, uint8_t address[16], uint16_t *port);
// 0 when connected, else the negated error of the attempt.
long martlet_connect_result(int fd);
long martlet_local_port(int fd);
long martlet_open_append(const char *path);
// Files that must outlive a crash: for their owner only, closed on exec.
long martlet_open_directory(const char *path);
long martlet_open_at(int directory, const char *name, int create);
long martlet_lock(int fd);
static inline long martlet_sync_data(int fd) { return martlet_result(fdatasync(fd)); }
static inline long martlet_sync(int fd) { return martlet_result(fsync(fd)); }
static inline long martlet_truncate(int fd, int64_t length) { return martlet_result(ftruncate(fd, length)); }
static inline long martlet_length(int fd) { return martlet_result(lseek(fd, 0, SEEK_END)); }
static inline long martlet_read_at(int fd, void *p, size_t n, int64_t at) { return martlet_result(pread(fd, p, n, at)); }
static inline long martlet_rename_at(int directory, const char *from, const char *to) {
  return martlet_result(renameat(directory, from, directory, to));
}
static inline long martlet_remove_at(int directory, const char *name) { return martlet_result(unlinkat(directory, name, 0)); }
void martlet_ignore_sigpipe(void);
int martlet_cpus(void);
long martlet_memory_limit(void);
// Raises the soft limit of descriptors to the hard one; returns it.
long martlet_raise_descriptor_limit(void);

static inline int martlet_is_again(long r) { return r == -EAGAIN || r == -EWOULDBLOCK || r == -EINTR; }
static inline int martlet_is_starved(long r) { return r == -EMFILE || r == -ENFILE || r == -ENOBUFS || r == -ENOMEM; }
static inline int martlet_is_in_progress(long r) { return r == -EINPROGRESS; }
const char *martlet_error_text(int error);
void martlet_name_thread(pthread_t thread, const char *name);

// A folder that is held open, and files in it by name: nobody can exchange a part of the path meanwhile. Symbolic links are not followed.
struct martlet_file_facts {
  uint32_t mode;
  uint32_t owner;
  uint64_t size;
  int is_file, is_folder, is_in_memory;
};
long martlet_make_folder(const char *path);
long martlet_open_folder(const char *path);
long martlet_file_facts(int fd, struct martlet_file_facts *facts);
long martlet_open_within(int folder, const char *name);
// Fails when the file is there; for its owner alone.
long martlet_create_within(int folder, const char *name);
uint32_t martlet_user(void);

long martlet_inotify(void);
long martlet_inotify_add(int fd, const char *path);
// 1: `fd` has something to read; 2: `other` has; 0: neither within the time. A signal counts as neither.
static inline long martlet_wait_readable(int fd, int other, int milliseconds) {
  struct pollfd p[2] = {{fd, POLLIN, 0}, {other, POLLIN, 0}};
  if (poll(p, 2, milliseconds) <= 0) return 0;
  return p[1].revents ? 2 : p[0].revents ? 1 : 0;
}

#include "blocking.h"
