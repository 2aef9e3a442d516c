#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

// OpenSSL spells these as macros or variadic functions, which Swift cannot call. Nothing here holds logic.

static inline EVP_PKEY *copenssl_generate_p256(void) { return EVP_EC_gen("P-256"); }

static inline long copenssl_bio_pending(BIO *bio) { return BIO_pending(bio); }

/// An empty memory BIO says "try again", not "end of file".
static inline void copenssl_bio_empty_means_retry(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

static inline int copenssl_ctx_minimum_tls12(SSL_CTX *context) { return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }

/// Partial writes are welcome, and idle connections give their buffers back.
static inline void copenssl_ctx_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

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
