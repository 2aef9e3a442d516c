#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "include/blocking.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long result(long r) { return r < 0 ? -errno : r; }

static int is_mapped(const uint8_t address[16]) {
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(address, prefix, sizeof prefix) == 0;
}

static socklen_t socket_address(const uint8_t address[16], uint16_t port, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (is_mapped(address)) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)out;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, address + 12, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    memcpy(&v6->sin6_addr, address, 16);
    return sizeof *v6;
}

static void set_flag(int fd, int level, int name) {
    int one = 1;
    (void)setsockopt(fd, level, name, &one, sizeof one);
}

static long closing(int fd, long failure) {
    close(fd);
    return failure;
}

long cblocking_listen(const uint8_t address[16], uint16_t port, int backlog) {
    struct sockaddr_storage storage;
    socklen_t size = socket_address(address, port, &storage);
    int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
    if (bind(fd, (struct sockaddr *)&storage, size) < 0) return closing(fd, -errno);
    if (listen(fd, backlog) < 0) return closing(fd, -errno);
    return fd;
}

long cblocking_connect(const uint8_t address[16], uint16_t port) {
    struct sockaddr_storage storage;
    socklen_t size = socket_address(address, port, &storage);
    int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&storage, size) < 0) return closing(fd, -errno);
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
    return fd;
}

long cblocking_accept(int listener, uint8_t address[16], uint16_t *port) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    int fd = accept4(listener, (struct sockaddr *)&storage, &size, SOCK_CLOEXEC);
    if (fd < 0) return -errno;
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
    memset(address, 0, 16);
    if (storage.ss_family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &v4->sin_addr, 4);
        *port = ntohs(v4->sin_port);
    } else {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;
        memcpy(address, &v6->sin6_addr, 16);
        *port = ntohs(v6->sin6_port);
    }
    return fd;
}

long cblocking_port(int fd) {
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &size) < 0) return -errno;
    return storage.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&storage)->sin_port)
                                        : ntohs(((struct sockaddr_in6 *)&storage)->sin6_port);
}

long cblocking_receive(int fd, void *bytes, size_t count) { return result(recv(fd, bytes, count, MSG_DONTWAIT)); }

long cblocking_send(int fd, const void *bytes, size_t count) { return result(send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL)); }

void cblocking_shutdown(int fd) { (void)shutdown(fd, SHUT_RDWR); }

void cblocking_shutdown_reading(int fd) { (void)shutdown(fd, SHUT_RD); }

void cblocking_close(int fd) { (void)close(fd); }

long cblocking_wait(int fd, int for_writing, int bell, int milliseconds) {
    struct pollfd set[2] = {
        {.fd = fd, .events = for_writing ? POLLOUT : POLLIN},
        {.fd = bell, .events = POLLIN},
    };
    int count = poll(set, 2, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    return (set[0].revents ? 1 : 0) | (set[1].revents ? 2 : 0);
}

long cblocking_bell(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void cblocking_ring(int bell) {
    uint64_t one = 1;
    long ignored = write(bell, &one, sizeof one);
    (void)ignored;
}

void cblocking_silence(int bell) {
    uint64_t value;
    long ignored = read(bell, &value, sizeof value);
    (void)ignored;
}

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t cblocking_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

uint64_t cblocking_unix_nanoseconds(void) { return nanoseconds(CLOCK_REALTIME); }

long cblocking_start_thread(size_t stack_bytes, void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_bytes < (size_t)PTHREAD_STACK_MIN) stack_bytes = (size_t)PTHREAD_STACK_MIN;
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_t thread;
    int failure = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    return -failure;
}

void cblocking_name_this_thread(const char *name) { (void)pthread_setname_np(pthread_self(), name); }

int cblocking_is_again(long r) { return r == -EAGAIN || r == -EWOULDBLOCK || r == -EINTR; }

int cblocking_is_starved(long r) { return r == -EMFILE || r == -ENFILE || r == -ENOBUFS || r == -ENOMEM; }

const char *cblocking_error_text(long r) { return strerrordesc_np((int)-r); }
