// libcurl for Sources/Fetch, its only importer. Swift cannot call C functions with variable arguments,
// so each of libcurl's setters and getters has one typed wrapper per argument type.
#pragma once
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

typedef size_t (*mlt_data_callback)(char *bytes, size_t size, size_t count, void *context);

CURLcode mlt_set_long(CURL *easy, CURLoption option, long value);
CURLcode mlt_set_text(CURL *easy, CURLoption option, const char *text);
CURLcode mlt_set_pointer(CURL *easy, CURLoption option, void *pointer);
CURLcode mlt_set_list(CURL *easy, CURLoption option, struct curl_slist *list);
// libcurl copies the bytes.
CURLcode mlt_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count);
// libcurl copies the bytes; the request becomes a POST until CURLOPT_CUSTOMREQUEST says otherwise.
CURLcode mlt_set_body(CURL *easy, const void *bytes, size_t count);
CURLcode mlt_set_callbacks(CURL *easy, mlt_data_callback header, mlt_data_callback body, void *context);
// A peer that vanished is noticed by the kernel: probes on silence, and a limit on unacknowledged data.
CURLcode mlt_notice_dead_peers(CURL *easy, long seconds);
// Connects to no address of this host, its link or many hosts, after names were resolved. `refused` becomes true when one was met;
// it has to live as long as the handle.
CURLcode mlt_refuse_local(CURL *easy, bool *refused);

long mlt_get_long(CURL *easy, CURLINFO info);
curl_off_t mlt_get_offset(CURL *easy, CURLINFO info);
// Ends the connection that this transfer uses, for all transfers that share it.
void mlt_shut_connection(CURL *easy);

CURLMcode mlt_multi_set_long(CURLM *multi, CURLMoption option, long value);
// The next transfer that ended; false when there is none.
bool mlt_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result);

// Macros with casts, which Swift does not import.
extern const size_t mlt_write_pause;
extern const long mlt_http_version_any;
extern const long mlt_http_version_2_at_once;
extern const long mlt_http_version_1_1;
