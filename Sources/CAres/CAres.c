#include "CAres.h"
#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct cares_resolver {
  ares_channel channel;
  cares_done done;
  void *context;
};

struct question {
  cares_resolver *resolver;
  uint64_t tag;
};

// More addresses than anybody balances over; the rest is left out.
enum { maximum_addresses = 256 };

static int copy_address(const struct ares_addrinfo_node *node, uint8_t out[16]) {
  if (node->ai_family == AF_INET) {
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, &((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr, 4);
    return 1;
  }
  if (node->ai_family != AF_INET6) return 0;
  memcpy(out, &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr, 16);
  return 1;
}

static void answered(void *argument, int status, int timeouts, struct ares_addrinfo *result) {
  struct question question = *(struct question *)argument;
  uint8_t addresses[maximum_addresses][16];
  int count = 0;
  uint32_t ttl = UINT32_MAX;
  (void)timeouts;
  free(argument);
  if (status == ARES_SUCCESS && result) {
    for (const struct ares_addrinfo_node *node = result->nodes; node && count < maximum_addresses; node = node->ai_next) {
      if (!copy_address(node, addresses[count])) continue;
      count++;
      if (node->ai_ttl >= 0 && (uint32_t)node->ai_ttl < ttl) ttl = (uint32_t)node->ai_ttl;
    }
    for (const struct ares_addrinfo_cname *alias = result->cnames; alias; alias = alias->next)
      if (alias->ttl >= 0 && (uint32_t)alias->ttl < ttl) ttl = (uint32_t)alias->ttl;
  }
  if (result) ares_freeaddrinfo(result);
  if (status == ARES_SUCCESS && count == 0) status = ARES_ENODATA;
  question.resolver->done(question.resolver->context, question.tag, status, addresses[0], count, ttl);
}

cares_resolver *cares_make(const char *servers, int timeout_ms, int tries, cares_done done, void *context, int *status) {
  struct ares_options options;
  // Names are complete: no search list turns `example.com` into something of the cluster's. Files, so that /etc/hosts counts.
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
  char lookups[] = "fb";
  memset(&options, 0, sizeof options);
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.timeout = timeout_ms;
  options.tries = tries;
  options.lookups = lookups;
  *status = ares_library_init(ARES_LIB_INIT_ALL);
  if (*status != ARES_SUCCESS) return NULL;
  cares_resolver *resolver = calloc(1, sizeof *resolver);
  if (!resolver) {
    *status = ARES_ENOMEM;
    return NULL;
  }
  resolver->done = done;
  resolver->context = context;
  *status = ares_init_options(&resolver->channel, &options, mask);
  if (*status != ARES_SUCCESS) {
    free(resolver);
    return NULL;
  }
  if (servers) *status = ares_set_servers_ports_csv(resolver->channel, servers);
  if (*status != ARES_SUCCESS) {
    ares_destroy(resolver->channel);
    free(resolver);
    return NULL;
  }
  return resolver;
}

void cares_free(cares_resolver *resolver) {
  ares_destroy(resolver->channel);
  free(resolver);
}

void cares_start(cares_resolver *resolver, const char *name, uint64_t tag) {
  struct ares_addrinfo_hints hints;
  struct question *question = malloc(sizeof *question);
  if (!question) {
    resolver->done(resolver->context, tag, ARES_ENOMEM, NULL, 0, 0);
    return;
  }
  question->resolver = resolver;
  question->tag = tag;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  // Sorting would open sockets to find out about routes.
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(resolver->channel, name, NULL, &hints, answered, question);
}

static int bounded_wait(ares_channel channel, int milliseconds) {
  struct timeval longest = {milliseconds / 1000, milliseconds % 1000 * 1000};
  struct timeval found;
  struct timeval *wait = ares_timeout(channel, milliseconds < 0 ? NULL : &longest, &found);
  // One more millisecond: rounding down would make it look several times before the time is over.
  return wait ? (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1) : milliseconds;
}

int cares_wait(cares_resolver *resolver, int bell, int milliseconds) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  struct pollfd entries[ARES_GETSOCK_MAXNUM + 1];
  int bits = ares_getsock(resolver->channel, sockets, ARES_GETSOCK_MAXNUM);
  int count = 0;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
    short events = (short)((ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) | (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0));
    if (events) entries[count++] = (struct pollfd){sockets[i], events, 0};
  }
  entries[count] = (struct pollfd){bell, POLLIN, 0};
  int ready = poll(entries, (nfds_t)count + 1, bounded_wait(resolver->channel, milliseconds));
  if (ready <= 0) {
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    return 0;
  }
  for (int i = 0; i < count; i++) {
    int fd = entries[i].fd, seen = entries[i].revents;
    if (!seen) continue;
    ares_process_fd(resolver->channel, seen & (POLLIN | POLLERR | POLLHUP) ? fd : ARES_SOCKET_BAD,
                    seen & POLLOUT ? fd : ARES_SOCKET_BAD);
  }
  return entries[count].revents != 0;
}

const char *cares_text(int status) { return ares_strerror(status); }

int cares_is_absent(int status) { return status == ARES_ENOTFOUND || status == ARES_ENODATA; }

int cares_is_timeout(int status) { return status == ARES_ETIMEOUT; }
