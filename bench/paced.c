// Requests at a constant rate over kept connections, whatever the answers take: an answer's time counts from the moment at which its request
// was due, so that a proxy which stops for a while pays for all that it kept waiting.
//
//   paced PORT HOST PATH REQUESTS_PER_SECOND CONNECTIONS SECONDS
//
// Prints requests and times in microseconds as JSON, of the last four fifths of the time. Whatever is no 200 ends the run.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 1024, most_waiting = 1 << 20 };
static struct { int fd; uint64_t due; size_t received; char bytes[65536]; } ends[most_connections];
static int idle[most_connections], idle_count, connection_count, poller;
// Due times of requests for which there is no connection yet.
static uint64_t waiting[most_waiting];
static uint64_t first_waiting, last_waiting;
static uint64_t *times;
static size_t answered;
static char request[1024];
static size_t answer_length;

static void stop(const char *what, const char *detail) {
  fprintf(stderr, "paced: %s %s\n", what, detail);
  exit(1);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void watch(int fd, uint64_t number) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = number};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) stop("epoll_ctl:", strerror(errno));
}

static void connect_all(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < connection_count; i++) {
    int on = 1;
    ends[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(ends[i].fd, (struct sockaddr *)&address, sizeof address)) stop("connect:", strerror(errno));
    setsockopt(ends[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(ends[i].fd, (uint64_t)i);
    idle[idle_count++] = i;
  }
}

static void ask(int i, uint64_t due) {
  ends[i].due = due;
  if (send(ends[i].fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request)) stop("send:", strerror(errno));
}

// The first answer's length is that of all others; 0 while it is not known.
static size_t length_of(char *bytes, size_t count) {
  bytes[count] = 0;
  char *end = strstr(bytes, "\r\n\r\n"), *field = strcasestr(bytes, "\r\ncontent-length:");
  if (!end) return 0;
  if (!field || field > end) stop("an answer without a length:", bytes);
  return (size_t)(end + 4 - bytes) + (size_t)atol(field + 17);
}

static void receive(int i) {
  ssize_t n = recv(ends[i].fd, ends[i].bytes + ends[i].received, sizeof ends[i].bytes - ends[i].received - 1, MSG_DONTWAIT);
  if (n <= 0) stop("a connection ended:", n ? strerror(errno) : "");
  ends[i].received += (size_t)n;
  if (!answer_length) answer_length = length_of(ends[i].bytes, ends[i].received);
  if (!answer_length || ends[i].received < answer_length) return;
  if (ends[i].received > answer_length || strncmp(ends[i].bytes, "HTTP/1.1 200 ", 13)) stop("an answer:", ends[i].bytes);
  times[answered++] = now() - ends[i].due;
  ends[i].received = 0;
  if (first_waiting < last_waiting) ask(i, waiting[first_waiting++ % most_waiting]);
  else idle[idle_count++] = i;
}

static void take_turn(uint64_t due) {
  if (idle_count) ask(idle[--idle_count], due);
  else if (last_waiting - first_waiting == most_waiting) stop("the rate is", "too high");
  else waiting[last_waiting++ % most_waiting] = due;
}

// Makes all requests, and waits for the last answer.
static void run(uint64_t rate, uint64_t total) {
  uint64_t interval = 1000000000 / rate, begin = now(), asked = 0, ticks;
  struct itimerspec period = {{0, (long)interval}, {0, (long)interval}};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  if (timerfd_settime(timer, 0, &period, NULL)) stop("timerfd_settime:", strerror(errno));
  watch(timer, UINT64_MAX);
  while (answered < total) {
    struct epoll_event events[256];
    int n = epoll_wait(poller, events, 256, 5000);
    if (n <= 0) stop("nothing was answered for five seconds", "");
    for (int k = 0; k < n; k++) {
      if (events[k].data.u64 != UINT64_MAX) { receive((int)events[k].data.u64); continue; }
      if (read(timer, &ticks, sizeof ticks) != sizeof ticks) continue;
      for (; ticks && asked < total; ticks--) take_turn(begin + ++asked * interval);
      if (asked == total) close(timer);
    }
  }
}

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **words) {
  if (count != 7) stop("PORT HOST PATH REQUESTS_PER_SECOND CONNECTIONS SECONDS", "");
  uint64_t rate = (uint64_t)atol(words[4]), total = rate * (uint64_t)atol(words[6]);
  connection_count = atoi(words[5]);
  if (!total || connection_count < 1 || connection_count > most_connections) stop("numbers:", "a rate, up to 1024 connections, seconds");
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: paced\r\nAccept: */*\r\n\r\n", words[3], words[2]);
  times = malloc(total * sizeof *times);
  poller = epoll_create1(0);
  connect_all(atoi(words[1]));
  run(rate, total);
  uint64_t *counted = times + total / 5;
  size_t n = total - total / 5;
  qsort(counted, n, sizeof *counted, ascending);
  printf("{\"requests\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n", n, (double)counted[n / 2] / 1e3,
         (double)counted[n * 99 / 100] / 1e3, (double)counted[n - 1] / 1e3);
  return 0;
}
