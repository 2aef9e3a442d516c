#include "COpenSSL.h"
#include "CPool.h"
#include <openssl/core_names.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static int wire_read(BIO *bio, char *to, size_t wanted, size_t *count) {
    struct copenssl_wire *wire = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *count = wanted < wire->in_count ? wanted : wire->in_count;
    if (*count == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(to, wire->in, *count);
    wire->in += *count;
    wire->in_count -= *count;
    return 1;
}

static int wire_write(BIO *bio, const char *from, size_t offered, size_t *count) {
    struct copenssl_wire *wire = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    size_t room = wire->out_capacity - wire->out_count;
    *count = offered < room ? offered : room;
    if (*count == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    memcpy(wire->out + wire->out_count, from, *count);
    wire->out_count += *count;
    return 1;
}

static long wire_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    // There is nothing to flush, but it was not refused.
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_method(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    if (!method) return;
    BIO_meth_set_read_ex(method, wire_read);
    BIO_meth_set_write_ex(method, wire_write);
    BIO_meth_set_ctrl(method, wire_control);
}

BIO *copenssl_wire_bio(struct copenssl_wire *wire) {
    pthread_once(&once, make_method);
    BIO *bio = method ? BIO_new(method) : NULL;
    if (!bio) return NULL;
    BIO_set_data(bio, wire);
    BIO_set_init(bio, 1);
    return bio;
}

// MARK: Tickets

struct ticket_key {
    uint8_t name[16];
    uint8_t mac[32];
    uint8_t cipher[32];
};

_Static_assert(sizeof(struct ticket_key) == copenssl_ticket_key_length, "a key has no holes");

struct copenssl_tickets {
    // Of keys there have been, less one. A key lies at its number modulo eight: what is written anew has been out of use for long, also when
    // two keys come at once from another replica.
    _Atomic uint64_t newest;
    struct ticket_key keys[8];
};

struct copenssl_tickets *copenssl_tickets_new(const uint8_t *key) {
    struct copenssl_tickets *tickets = calloc(1, sizeof *tickets);
    if (tickets) memcpy(&tickets->keys[0], key, copenssl_ticket_key_length);
    return tickets;
}

void copenssl_tickets_free(struct copenssl_tickets *tickets) {
    if (tickets) OPENSSL_cleanse(tickets, sizeof *tickets);
    free(tickets);
}

void copenssl_tickets_rotate(struct copenssl_tickets *tickets, const uint8_t *key) {
    uint64_t next = atomic_load_explicit(&tickets->newest, memory_order_relaxed) + 1;
    memcpy(&tickets->keys[next & 7], key, copenssl_ticket_key_length);
    // Whoever reads the memory later opens no old session. The two youngest that are out of use stay: somebody may be reading them just now.
    OPENSSL_cleanse(&tickets->keys[(next + 4) & 7], copenssl_ticket_key_length);
    atomic_store_explicit(&tickets->newest, next, memory_order_release);
}

static int tickets_place = -1;
/// Found once: what is not of a provider is looked up anew with each ticket.
static EVP_CIPHER *tickets_cipher;
static pthread_once_t tickets_once = PTHREAD_ONCE_INIT;

static void make_tickets_place(void) {
    tickets_place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    tickets_cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
}

static int set_mac_key(EVP_MAC_CTX *mac, struct ticket_key *key) {
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "sha256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, params);
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 the key is set, 2 it is and the ticket is to be replaced, 0 no such key, -1 failure.
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_new) {
    struct copenssl_tickets *tickets = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tickets_place);
    if (!tickets) return is_new ? -1 : 0;
    uint64_t newest = atomic_load_explicit(&tickets->newest, memory_order_acquire);
    struct ticket_key *key = &tickets->keys[newest & 7];
    if (is_new) {
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(tickets_cipher)) != 1) return -1;
        memcpy(name, key->name, sizeof key->name);
        if (!EVP_EncryptInit_ex2(cipher, tickets_cipher, key->cipher, iv, NULL)) return -1;
        return set_mac_key(mac, key) ? 1 : -1;
    }
    for (uint64_t age = 0; age < 2 && age <= newest; age++) {
        key = &tickets->keys[(newest - age) & 7];
        if (memcmp(name, key->name, sizeof key->name) != 0) continue;
        if (!set_mac_key(mac, key) || !EVP_DecryptInit_ex2(cipher, tickets_cipher, key->cipher, iv, NULL)) return -1;
        return age == 0 ? 1 : 2;
    }
    return 0;
}

int copenssl_tickets_use(struct copenssl_tickets *tickets, SSL_CTX *context) {
    pthread_once(&tickets_once, make_tickets_place);
    if (tickets_place < 0 || !tickets_cipher || !SSL_CTX_set_ex_data(context, tickets_place, tickets)) return 0;
    return (int)SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

// MARK: Memory

static __thread struct cpool *own;
static __thread unsigned uses;
static pthread_key_t last_words;
static int is_ours;

static void *take(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return size ? cpool_take(own, size) : NULL;
}

static void give(void *memory, const char *file, int line) {
    (void)file, (void)line;
    cpool_give(own, memory);
}

static void *resize(void *memory, size_t size, const char *file, int line) {
    (void)file, (void)line;
    if (size) return cpool_resize(own, memory, size);
    cpool_give(own, memory);
    return NULL;
}

static void drop_pool(void *pool) {
    own = NULL;
    uses = 0;
    cpool_empty(pool);
    free(pool);
}

/// Before anybody asks OpenSSL for anything: later it takes no other functions.
__attribute__((constructor)) static void take_memory_over(void) {
    is_ours = pthread_key_create(&last_words, drop_pool) == 0 && CRYPTO_set_mem_functions(take, resize, give) == 1;
}

int copenssl_pool_enter(void) {
    if (!is_ours) return 0;
    if (!own) {
        struct cpool *pool = calloc(1, sizeof *pool);
        if (!pool || pthread_setspecific(last_words, pool) != 0) {
            free(pool);
            return 0;
        }
        own = pool;
    }
    uses++;
    return 1;
}

void copenssl_pool_leave(void) {
    if (!own || --uses > 0) return;
    struct cpool *pool = own;
    pthread_setspecific(last_words, NULL);
    drop_pool(pool);
}

void copenssl_pool_trim(void) {
    if (own) cpool_trim(own);
}

uint64_t copenssl_pool_calls(void) { return own ? own->system_calls : 0; }
