#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

namespace metadata::server {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kSecurityLevel = 2;  // OpenSSL's: 112 bits, no SHA-1
constexpr char kTls12Ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// Takes the last reason from OpenSSL's queue of this thread, and empties it.
std::string reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return text == nullptr ? "no reason given" : text;
}

// "http/1.1" if it is offered; a client that offers only other protocols goes on without one.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, kHttp11, sizeof kHttp11, in, in_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeContext>;

class Session final : public TlsSession {
 public:
  explicit Session(std::unique_ptr<SSL, FreeSession> ssl) : ssl_(std::move(ssl)) {}

  Io handshake() override {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return {};
    return failure(result);
  }
  Io read(char* to, std::size_t size) override {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), to, bounded(size));
    if (result > 0) return {Io::Kind::Done, static_cast<std::size_t>(result)};
    return failure(result);
  }
  Io write(const char* from, std::size_t size) override {
    ERR_clear_error();
    const int result = SSL_write(ssl_.get(), from, bounded(size));
    if (result > 0) return {Io::Kind::Done, static_cast<std::size_t>(result)};
    return failure(result);
  }
  bool has_pending() const override { return SSL_pending(ssl_.get()) > 0; }
  void close() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) != 0) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

 private:
  static int bounded(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

  Io failure(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {Io::Kind::WantRead};
      case SSL_ERROR_WANT_WRITE:
        return {Io::Kind::WantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {Io::Kind::Ended};
      default:
        break;
    }
    const unsigned long code = ERR_peek_error();
    const bool plain = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
    ERR_clear_error();
    return {plain ? Io::Kind::PlainHttp : Io::Kind::Failed};
  }

  std::unique_ptr<SSL, FreeSession> ssl_;
};

Error check_key_size(SSL_CTX* context, const std::string& file) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  const EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
  if (key == nullptr) return invalid_argument("TLS certificate " + file + " holds no key");
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < kMinRsaBits) {
    return invalid_argument("TLS certificate " + file + ": an RSA key of " + std::to_string(EVP_PKEY_get_bits(key)) +
                            " bits is too short, 2048 is the least");
  }
  return {};
}

// The certificate of a client is asked for and checked.
Error ask_for_clients(SSL_CTX* context, const std::string& file) {
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return invalid_argument("TLS client CA " + file + ": " + reason());
  }
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

Result<ContextPtr> make_context(const TlsFiles& files) {
  const auto& [certificate_file, key_file, client_ca_file] = files;
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return internal_error("TLS: " + reason());
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Answers go out as the socket takes them, from a buffer that may have moved in between; idle ones hold no buffers.
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Resumed sessions must not come from another server's tickets, nor go around the check of clients.
  SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>("metadata"), 8);
  if (SSL_CTX_set_cipher_list(raw, kTls12Ciphers) != 1) return internal_error("TLS: " + reason());
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  // Without this a key with a passphrase would ask for it on the terminal.
  SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return 0; });
  // OpenSSL's own words for a short key do not say what is enough: it looks again once we have.
  SSL_CTX_set_security_level(raw, 0);
  if (SSL_CTX_use_certificate_chain_file(raw, certificate_file.c_str()) != 1) {
    return invalid_argument("TLS certificate " + certificate_file + ": " + reason());
  }
  if (SSL_CTX_use_PrivateKey_file(raw, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    return invalid_argument("TLS key " + key_file + ": " + reason());
  }
  MD_OK(check_key_size(raw, certificate_file));
  if (!client_ca_file.empty()) MD_OK(ask_for_clients(raw, client_ca_file));
  SSL_CTX_set_security_level(raw, kSecurityLevel);
  return context;
}

}  // namespace

struct TlsContext::Loaded {
  ContextPtr context;
};

TlsContext::TlsContext() = default;
TlsContext::~TlsContext() = default;

Error TlsContext::load(const TlsFiles& files) {
  MD_LET(context, make_context(files));
  auto loaded = std::make_shared<Loaded>();
  loaded->context = std::move(context);
  const std::lock_guard lock(mutex_);
  loaded_ = std::move(loaded);
  return {};
}

std::unique_ptr<TlsSession> TlsContext::session(int socket) {
  std::shared_ptr<Loaded> loaded;
  {
    const std::lock_guard lock(mutex_);
    loaded = loaded_;
  }
  // The session counts itself among the users of the context, so it may outlive a reload.
  std::unique_ptr<SSL, FreeSession> ssl(SSL_new(loaded->context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return std::make_unique<Session>(std::move(ssl));
}

}  // namespace metadata::server
