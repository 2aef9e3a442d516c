#pragma once
#include <openssl/ssl.h>
#include <stdint.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

// OpenSSL spells these as macros or variadic functions, which Swift cannot call. Nothing here holds logic.

static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline EVP_PKEY *copenssl_generate_rsa(size_t bits) { return EVP_RSA_gen((unsigned int)bits); }

static inline long copenssl_bio_pending(BIO *bio) { return BIO_pending(bio); }

/// An empty memory BIO says "try again", not "end of file".
static inline void copenssl_bio_empty_means_retry(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

static inline int copenssl_ctx_minimum_tls12(SSL_CTX *context) { return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }

static inline int copenssl_ctx_versions(SSL_CTX *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context, minimum) && SSL_CTX_set_max_proto_version(context, maximum);
}

static inline int copenssl_ctx_groups(SSL_CTX *context, const char *names) { return (int)SSL_CTX_set1_groups_list(context, names); }

static inline int copenssl_cipher_count(const STACK_OF(SSL_CIPHER) *list) { return sk_SSL_CIPHER_num(list); }

static inline const SSL_CIPHER *copenssl_cipher_at(const STACK_OF(SSL_CIPHER) *list, int at) { return sk_SSL_CIPHER_value(list, at); }

/// Partial writes are welcome, and idle connections give their buffers back.
static inline void copenssl_ctx_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

/// A connection that verifies nobody has nothing to look for issuers in: the chain that was given is the chain that is sent, and none is built anew
/// with each handshake.
static inline void copenssl_no_chain_building(SSL *ssl) { SSL_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN); }

static inline int copenssl_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }

static inline int copenssl_general_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

static inline const GENERAL_NAME *copenssl_general_name_at(const GENERAL_NAMES *names, int at) {
    return sk_GENERAL_NAME_value(names, at);
}

/// The bytes of a dNSName, rfc822Name, URI or iPAddress; null for the other forms.
static inline const ASN1_STRING *copenssl_general_name_string(const GENERAL_NAME *name) {
    switch (name->type) {
        case GEN_DNS: return name->d.dNSName;
        case GEN_EMAIL: return name->d.rfc822Name;
        case GEN_URI: return name->d.uniformResourceIdentifier;
        case GEN_IPADD: return name->d.iPAddress;
        default: return NULL;
    }
}

static inline int copenssl_general_name_type(const GENERAL_NAME *name) { return name->type; }

/// What the connections of one thread read from and write to: OpenSSL sees this memory, never a socket.
struct copenssl_wire {
    const uint8_t *in;
    size_t in_count;
    uint8_t *out;
    size_t out_capacity;
    size_t out_count;
};

// MARK: Memory
// OpenSSL asks for memory with each record, and much of it with each handshake. All of it in this process goes through free lists of the thread
// that asks, where that thread has some.

/// This thread keeps free lists from now on; once more for each call. False where OpenSSL got its memory before we could say from where.
int copenssl_pool_enter(void);
/// The opposite; the last one gives the lists back. On another thread than `enter` it does nothing: a thread that ends gives its lists back.
void copenssl_pool_leave(void);
/// Gives back what nobody on this thread needed since the last time.
void copenssl_pool_trim(void);
/// How often this thread's lists asked the system.
uint64_t copenssl_pool_calls(void);

/// A BIO that reads what `wire` holds ("try again" when it is empty) and writes behind what it holds ("try again" when it is full). It
/// allocates nothing but itself. Null without memory.
BIO *copenssl_wire_bio(struct copenssl_wire *wire);

static inline void copenssl_on_server_name(SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

/// What tickets are sealed with: the newest key, and the one before it, which still opens what it sealed. Shared by threads without a lock.
struct copenssl_tickets;

/// Bytes of a key: its name, and what authenticates and encrypts.
enum { copenssl_ticket_key_length = 80 };

/// Null without memory.
struct copenssl_tickets *copenssl_tickets_new(const uint8_t *key);
void copenssl_tickets_free(struct copenssl_tickets *tickets);
/// Called by one thread at a time. The key before the one before is read by nobody any longer.
void copenssl_tickets_rotate(struct copenssl_tickets *tickets, const uint8_t *key);
/// The context and its connections use these from now on; they have to outlive it. Returns 1, or 0 without memory.
int copenssl_tickets_use(struct copenssl_tickets *tickets, SSL_CTX *context);


/// A place in contexts for an object that goes with them.
static inline int copenssl_ctx_place(CRYPTO_EX_free *release) { return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, release); }

/// The same in connections, for an object that something else keeps.
static inline int copenssl_session_place(void) { return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL); }

static inline void copenssl_no_session_cache(SSL_CTX *context) { SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); }

static inline void copenssl_no_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

/// Sessions of a client are handed to `keep` and to nobody else: it owns what it is given when it answers 1.
static inline void copenssl_keep_sessions(SSL_CTX *context, int (*keep)(SSL *, SSL_SESSION *)) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep);
}

/// The certificates that stand behind `from`'s own.
static inline int copenssl_copy_chain(SSL_CTX *to, SSL_CTX *from) {
    STACK_OF(X509) *chain = NULL;
    SSL_CTX_get0_chain_certs(from, &chain);
    return chain ? (int)SSL_CTX_set1_chain(to, chain) : 1;
}
