#include "CCurl.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const size_t mlt_write_pause = CURL_WRITEFUNC_PAUSE;
const long mlt_http_version_any = CURL_HTTP_VERSION_2TLS;
const long mlt_http_version_2_at_once = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
const long mlt_http_version_1_1 = CURL_HTTP_VERSION_1_1;

CURLcode mlt_set_long(CURL *easy, CURLoption option, long value) { return curl_easy_setopt(easy, option, value); }

CURLcode mlt_set_text(CURL *easy, CURLoption option, const char *text) { return curl_easy_setopt(easy, option, text); }

CURLcode mlt_set_pointer(CURL *easy, CURLoption option, void *pointer) { return curl_easy_setopt(easy, option, pointer); }

CURLcode mlt_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(easy, option, list);
}

CURLcode mlt_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

CURLcode mlt_set_body(CURL *easy, const void *bytes, size_t count) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
    if (result != CURLE_OK) return result;
    return curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, count == 0 ? "" : (const char *)bytes);
}

CURLcode mlt_set_callbacks(CURL *easy, mlt_data_callback header, mlt_data_callback body, void *context) {
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body);
    return curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

static int limit_unacknowledged(void *seconds, curl_socket_t descriptor, curlsocktype purpose) {
    if (purpose == CURLSOCKTYPE_IPCXN) {
        // Fails harmlessly on sockets that are not TCP.
        unsigned int milliseconds = (unsigned int)(uintptr_t)seconds * 1000u;
        setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
    }
    return CURL_SOCKOPT_OK;
}

// With TCP_USER_TIMEOUT, Linux ends a silent connection at the first probe after that time (net/ipv4/tcp_timer.c), so probes come often.
// libcurl's own pings (curl_easy_upkeep) reach no connection of a multi handle, only those of curl_easy_perform.
CURLcode mlt_notice_dead_peers(CURL *easy, long seconds) {
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, seconds / 2);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, seconds / 6 > 0 ? seconds / 6 : 1);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, limit_unacknowledged);
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, (void *)(uintptr_t)seconds);
}

static bool is_local4(uint32_t address) {
    uint32_t a = ntohl(address);
    // This host, loopback, link-local (where clouds keep their metadata), multicast and beyond.
    return a >> 24 == 0 || a >> 24 == 127 || a >> 16 == 0xa9fe || a >> 28 >= 0xe;
}

static bool is_local(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return is_local4(four.sin_addr.s_addr);
    }
    if (address->sa_family != AF_INET6) return true;
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    const struct in6_addr *a = &six.sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a)) {
        uint32_t four;
        memcpy(&four, a->s6_addr + 12, sizeof four);
        return is_local4(four);
    }
    return IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MULTICAST(a);
}

static curl_socket_t open_unless_local(void *refused, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    if (is_local(&address->addr)) {
        *(bool *)refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURLcode mlt_refuse_local(CURL *easy, bool *refused) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_unless_local);
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, refused);
}

long mlt_get_long(CURL *easy, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

curl_off_t mlt_get_offset(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

void mlt_shut_connection(CURL *easy) {
    curl_socket_t descriptor = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &descriptor) == CURLE_OK && descriptor != CURL_SOCKET_BAD) {
        shutdown(descriptor, SHUT_RDWR);
    }
}

CURLMcode mlt_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

bool mlt_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *easy = message->easy_handle;
            *result = message->data.result;
            return true;
        }
    }
    return false;
}
