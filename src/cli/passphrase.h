// Passphrases: asked for on the terminal without echo, or read from a file or descriptor; in locked
// memory from the first byte on, never on a command line or in the environment.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "keys/locked_bytes.h"

namespace cheget::cli {

constexpr std::size_t k_longest_passphrase = 1024;

/// Asks on /dev/tty, whatever stdin is. Fails with usage if there is no terminal, or when the
/// person ends the input.
base::Result<keys::LockedBytes> ask_passphrase(std::string_view question);
/// Asks twice, and again until both are alike and as long as a briefcase asks for.
base::Result<keys::LockedBytes> ask_new_passphrase(std::string_view what);
/// The first line of a file, a pipe or `/dev/fd/N`, without its line feed: for ceremonies and
/// tests. An empty path asks on the terminal instead, `question` once.
base::Result<keys::LockedBytes> read_passphrase(const std::string& file, std::string_view question);

}  // namespace cheget::cli
