#include "COpenSSL.h"
#include <pthread.h>

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
