#define _GNU_SOURCE
#include <malloc.h>
#include "CLinux.h"
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/vfs.h>

static int is_v4(const uint8_t a[16]) {
  static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return memcmp(a, prefix, 12) == 0;
}

static socklen_t fill(struct sockaddr_storage *s, const uint8_t a[16], uint16_t port) {
  memset(s, 0, sizeof *s);
  if (is_v4(a)) {
    struct sockaddr_in *v4 = (void *)s;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    memcpy(&v4->sin_addr, a + 12, 4);
    return sizeof *v4;
  }
  struct sockaddr_in6 *v6 = (void *)s;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  memcpy(&v6->sin6_addr, a, 16);
  return sizeof *v6;
}

static void read_address(const struct sockaddr_storage *s, uint8_t a[16], uint16_t *port) {
  if (s->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const void *)s;
    memset(a, 0, 10);
    a[10] = a[11] = 0xff;
    memcpy(a + 12, &v4->sin_addr, 4);
    *port = ntohs(v4->sin_port);
  } else {
    const struct sockaddr_in6 *v6 = (const void *)s;
    memcpy(a, &v6->sin6_addr, 16);
    *port = ntohs(v6->sin6_port);
  }
}

long martlet_listen(const uint8_t address[16], uint16_t port, int reuse_port, int backlog) {
  struct sockaddr_storage s;
  socklen_t length = fill(&s, address, port);
  int one = 1;
  int fd = socket(s.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (reuse_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  if (s.ss_family == AF_INET6) {
    // `::` alone also takes IPv4, as users of dual-stack clusters expect.
    int only = 0;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  if (bind(fd, (void *)&s, length) || listen(fd, backlog)) {
    long error = -errno;
    close(fd);
    return error;
  }
  return fd;
}

long martlet_accept(int fd, uint8_t address[16], uint16_t *port) {
  struct sockaddr_storage s;
  socklen_t length = sizeof s;
  int one = 1;
  int c = accept4(fd, (void *)&s, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (c < 0) return -errno;
  setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  read_address(&s, address, port);
  return c;
}

long martlet_listen_datagrams(const uint8_t address[16], uint16_t port, int reuse_port) {
  struct sockaddr_storage s;
  socklen_t length = fill(&s, address, port);
  int one = 1;
  int fd = socket(s.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (reuse_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  // Which of the machine's addresses a datagram was sent to: an answer has to leave from there.
  if (s.ss_family == AF_INET6) {
    int only = 0;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
  }
  if (bind(fd, (void *)&s, length)) {
    long error = -errno;
    close(fd);
    return error;
  }
  return fd;
}
long martlet_connect_datagrams(const uint8_t address[16], uint16_t port) {
  struct sockaddr_storage s;
  socklen_t length = fill(&s, address, port);
  int fd = socket(s.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (connect(fd, (void *)&s, length)) {
    long error = -errno;
    close(fd);
    return error;
  }
  return fd;
}
long martlet_receive_from(int fd, void *p, size_t n, uint8_t address[16], uint16_t *port, uint8_t local[16]) {
  struct sockaddr_storage s;
  union {
    struct cmsghdr first;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
  } control;
  struct iovec data = {.iov_base = p, .iov_len = n};
  struct msghdr m = {.msg_name = &s, .msg_namelen = sizeof s, .msg_iov = &data, .msg_iovlen = 1,
                     .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t r = recvmsg(fd, &m, 0);
  if (r < 0) return -errno;
  read_address(&s, address, port);
  memset(local, 0, 16);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      memcpy(local, &info.ipi6_addr, 16);
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      local[10] = local[11] = 0xff;
      memcpy(local + 12, &info.ipi_addr, 4);
    }
  }
  return r;
}
// Whom a dual-stack socket writes to, and from where, has addresses of its own family. From nowhere (zeros): the system chooses.
long martlet_send_to(int fd, const void *p, size_t n, int is_v6, const uint8_t address[16], uint16_t port, const uint8_t local[16]) {
  static const uint8_t nowhere[16];
  struct sockaddr_storage s;
  union {
    struct cmsghdr first;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
  } control;
  struct iovec data = {.iov_base = (void *)p, .iov_len = n};
  struct msghdr m = {.msg_name = &s, .msg_iov = &data, .msg_iovlen = 1};
  if (is_v6) {
    struct sockaddr_in6 *v6 = (void *)&s;
    memset(&s, 0, sizeof *v6);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    memcpy(&v6->sin6_addr, address, 16);
    m.msg_namelen = sizeof *v6;
  } else {
    m.msg_namelen = fill(&s, address, port);
  }
  if (memcmp(local, nowhere, 16) != 0) {
    memset(&control, 0, sizeof control);
    m.msg_control = control.bytes;
    struct cmsghdr *c = &control.first;
    if (is_v6) {
      struct in6_pktinfo info = {0};
      memcpy(&info.ipi6_addr, local, 16);
      c->cmsg_level = IPPROTO_IPV6;
      c->cmsg_type = IPV6_PKTINFO;
      c->cmsg_len = CMSG_LEN(sizeof info);
      memcpy(CMSG_DATA(c), &info, sizeof info);
      m.msg_controllen = CMSG_SPACE(sizeof info);
    } else {
      struct in_pktinfo info = {0};
      memcpy(&info.ipi_spec_dst, local + 12, 4);
      c->cmsg_level = IPPROTO_IP;
      c->cmsg_type = IP_PKTINFO;
      c->cmsg_len = CMSG_LEN(sizeof info);
      memcpy(CMSG_DATA(c), &info, sizeof info);
      m.msg_controllen = CMSG_SPACE(sizeof info);
    }
  }
  ssize_t r = sendmsg(fd, &m, MSG_NOSIGNAL);
  return r < 0 ? -errno : r;
}
long martlet_local_address(int fd, uint8_t address[16], uint16_t *port) {
  struct sockaddr_storage s;
  socklen_t length = sizeof s;
  if (getsockname(fd, (void *)&s, &length)) return -errno;
  read_address(&s, address, port);
  return 0;
}
long martlet_connect(const uint8_t address[16], uint16_t port) {
  struct sockaddr_storage s;
  socklen_t length = fill(&s, address, port);
  int one = 1;
  int fd = socket(s.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (void *)&s, length) && errno != EINPROGRESS) {
    long error = -errno;
    close(fd);
    return error;
  }
  return fd;
}

long martlet_connect_result(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)) return -errno;
  return -error;
}

long martlet_local_port(int fd) {
  struct sockaddr_storage s;
  socklen_t length = sizeof s;
  uint8_t address[16];
  uint16_t port;
  if (getsockname(fd, (void *)&s, &length)) return -errno;
  read_address(&s, address, &port);
  return port;
}

long martlet_open_append(const char *path) {
  return martlet_result(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

long martlet_open_directory(const char *path) { return martlet_result(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

long martlet_open_at(int directory, const char *name, int create) {
  return martlet_result(openat(directory, name, O_RDWR | O_APPEND | O_CLOEXEC | (create ? O_CREAT : 0), 0600));
}

// 0, or -EWOULDBLOCK when another process holds it. Goes with the descriptor, however the process ends.
long martlet_lock(int fd) { return martlet_result(flock(fd, LOCK_EX | LOCK_NB)); }

void martlet_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

// min(affinity, ceil of the cgroup quota), at least 1.
int martlet_cpus(void) {
  cpu_set_t set;
  int n = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
  FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (f) {
    long quota, period;
    if (fscanf(f, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0) {
      long limit = (quota + period - 1) / period;
      if (limit < n) n = (int)limit;
    }
    fclose(f);
  }
  return n < 1 ? 1 : n;
}

// The cgroup's limit in bytes (version 2, then version 1), or 0 without one.
long martlet_memory_limit(void) {
  const char *const files[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
  for (int i = 0; i < 2; i++) {
    FILE *f = fopen(files[i], "re");
    if (!f) continue;
    long limit = 0;
    // Without a limit version 2 says "max", and version 1 a number beyond all memory.
    int n = fscanf(f, "%ld", &limit);
    fclose(f);
    return n == 1 && limit > 0 && limit < 1l << 60 ? limit : 0;
  }
  return 0;
}

long martlet_raise_descriptor_limit(void) {
  struct rlimit r;
  if (getrlimit(RLIMIT_NOFILE, &r)) return -errno;
  r.rlim_cur = r.rlim_max;
  setrlimit(RLIMIT_NOFILE, &r);
  getrlimit(RLIMIT_NOFILE, &r);
  return (long)r.rlim_cur;
}

long martlet_inotify(void) { return martlet_result(inotify_init1(IN_CLOEXEC)); }

long martlet_inotify_add(int fd, const char *path) {
  return martlet_result(inotify_add_watch(
      fd, path, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB));
}

const char *martlet_error_text(int error) { return strerrordesc_np(error); }

void martlet_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }

long martlet_make_folder(const char *path) { return martlet_result(mkdir(path, 0700)); }

long martlet_open_folder(const char *path) {
  return martlet_result(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

long martlet_file_facts(int fd, struct martlet_file_facts *facts) {
  // The magic numbers of statfs(2) for tmpfs and ramfs.
  enum { tmpfs = 0x01021994 };
  const unsigned long ramfs = 0x858458f6ul;
  struct stat s;
  struct statfs f;
  if (fstat(fd, &s) || fstatfs(fd, &f)) return -errno;
  facts->mode = s.st_mode & 07777;
  facts->owner = s.st_uid;
  facts->size = (uint64_t)s.st_size;
  facts->is_file = S_ISREG(s.st_mode);
  facts->is_folder = S_ISDIR(s.st_mode);
  facts->is_in_memory = (unsigned long)f.f_type == tmpfs || (unsigned long)f.f_type == ramfs;
  return 0;
}

long martlet_open_within(int folder, const char *name) {
  // Without waiting: a pipe in the file's place must not hold anybody up.
  return martlet_result(openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

long martlet_create_within(int folder, const char *name) {
  return martlet_result(openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
}

uint32_t martlet_user(void) { return geteuid(); }

// Threads with pools of their own leave holes in each of them. Workers take no memory while they serve, and the control column is no race: one
// pool is enough. Large blocks are given back at once.
void martlet_use_one_pool(void) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 17);
}

// Pages that the process has taken from the system so far.
static long taken_pages(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : 0;
}

// Gives pages that hold nothing back to the system if a megabyte was taken from it since the last time. What was given back stays free to
// the allocator, and is taken again where it is used again: what is free says nothing, and neither does how much the process has, since
// what one translation leaves lies in the room that another one left. One thread at a time.
void martlet_return_memory(void) {
  static long known = 0;
  if (taken_pages() - known < (1 << 20) / sysconf(_SC_PAGESIZE)) return;
  malloc_trim(0);
  known = taken_pages();
}
