#ifndef METADATA_SERVER_GREETING_H
#define METADATA_SERVER_GREETING_H

#include <string>

#include "config.h"
#include "http/transport.h"

namespace metadata::server {

/// Says on standard output where the server is, how to log in, and one command that works when it is pasted.
/// The password is the one that this start generated, or empty.
void greet(const Config& config, const Transport& transport, const std::string& password);

/// The admin's generated password alone.
void greet_password(const Config& config, const std::string& password);

/// A word as a POSIX shell takes it back.
std::string shell_word(const std::string& word);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GREETING_H
