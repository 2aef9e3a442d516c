// The endpoint behind every measured proxy: answers GET /128, /10k and /100k from memory. It shares its core with the load, and a server of files
// takes so much of it that the two of them, and not the proxy, are what is waited for.
//
//   origin PORT [ADDRESS [QUEUES]]   127.0.0.1 if none is given, and one queue of those who want to connect
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most_descriptors = 65536 };
// What of its answer a connection has not taken yet, and whether it ends then.
static struct { const char *rest; size_t left; int closes; } ends[most_descriptors];
static struct { const char *path; size_t size, length; char *bytes; } answers[] = {
    {"GET /128 ", 128, 0, NULL}, {"GET /10k ", 10240, 0, NULL}, {"GET /100k ", 102400, 0, NULL}};
enum { answer_count = sizeof answers / sizeof answers[0] };
static int poller;
// Listeners come first, so that what is above is a connection.
static int last_listener;

static void stop(const char *what) {
  fprintf(stderr, "origin: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void make_answers(void) {
  for (size_t i = 0; i < answer_count; i++) {
    char *bytes = malloc(answers[i].size + 256);
    int head = sprintf(bytes, "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", answers[i].size);
    memset(bytes + head, 'x', answers[i].size);
    answers[i].bytes = bytes;
    answers[i].length = (size_t)head + answers[i].size;
  }
}

static void watch(int fd, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(poller, operation, fd, &event)) stop("epoll_ctl");
}

static void listen_on(int port, const char *on_address) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = inet_addr(on_address)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) stop("listen");
  watch(fd, EPOLLIN, EPOLL_CTL_ADD);
  last_listener = fd;
}

static void greet(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (fd >= most_descriptors) { close(fd); continue; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    memset(&ends[fd], 0, sizeof ends[fd]);
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
  }
}

// Sends what is left; waits for room when it is not all taken.
static void answer(int fd) {
  ssize_t n = send(fd, ends[fd].rest, ends[fd].left, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) { close(fd); return; }
  int waited = ends[fd].left && n < (ssize_t)ends[fd].left;
  if (n > 0) { ends[fd].rest += n; ends[fd].left -= (size_t)n; }
  if (!ends[fd].left && ends[fd].closes) { close(fd); return; }
  if (waited || !ends[fd].left) watch(fd, ends[fd].left ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

// Every request comes as a whole: proxies send their head at once.
static void read_request(int fd) {
  static char bytes[65536];
  ssize_t n = recv(fd, bytes, sizeof bytes - 1, 0);
  if (n <= 0) { if (n == 0 || errno != EAGAIN) close(fd); return; }
  bytes[n] = 0;
  if (!strstr(bytes, "\r\n\r\n")) { close(fd); return; }
  for (size_t i = 0; i < answer_count; i++) {
    if (strncmp(bytes, answers[i].path, strlen(answers[i].path))) continue;
    ends[fd].closes = strcasestr(bytes, "\r\nconnection: close") != NULL;
    ssize_t sent = send(fd, answers[i].bytes, answers[i].length, MSG_NOSIGNAL);
    if (sent == (ssize_t)answers[i].length && !ends[fd].closes) return;
    ends[fd].rest = answers[i].bytes + (sent > 0 ? sent : 0);
    ends[fd].left = answers[i].length - (size_t)(sent > 0 ? sent : 0);
    if (!ends[fd].left) { close(fd); return; }
    watch(fd, EPOLLOUT, EPOLL_CTL_MOD);
    return;
  }
  close(fd);
}

int main(int count, char **words) {
  struct epoll_event events[512];
  if (count < 2 || count > 4) { fprintf(stderr, "origin: PORT [ADDRESS [QUEUES]]\n"); return 1; }
  make_answers();
  poller = epoll_create1(0);
  for (int queues = count > 3 ? atoi(words[3]) : 1; queues > 0; queues--) listen_on(atoi(words[1]), count > 2 ? words[2] : "127.0.0.1");
  for (;;) {
    int n = epoll_wait(poller, events, 512, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd <= last_listener) greet(fd);
      else if (events[i].events & EPOLLOUT) answer(fd);
      else read_request(fd);
    }
  }
}
