#ifndef METADATA_SERVER_COMMANDS_H
#define METADATA_SERVER_COMMANDS_H

#include "config.h"

namespace metadata::server {

// The commands beside `serve`. Each returns the exit code and says on standard error what went wrong.

int print_token(const Config& config);
int set_password(const Config& config);
int check(const Config& config);
int reindex(const Config& config);
int back_up(const Config& config);
int verify(const Config& config);
int restore(const Config& config);
int rotate_keys(const Config& config);
int print_version();

}  // namespace metadata::server

#endif  // METADATA_SERVER_COMMANDS_H
