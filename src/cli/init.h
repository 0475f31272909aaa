// Making a domain's first policy.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/session.h"
#include "signature/public_key.h"

namespace cheget::cli {

/// What a first policy is made from: by flags, and what they leave open by questions.
struct InitOptions {
    std::string folder;
    std::string name;
    std::vector<std::string> people;    ///< NAME=KEY
    std::vector<std::string> machines;  ///< NAME=KEY
    std::uint32_t need = 0;             ///< 0: not said
    std::string action;
    std::string target;
    std::string run;
    std::string user;
    std::vector<std::string> environment;
    std::vector<std::string> files;
    std::string expire;
    bool proposer_apart = false;
    std::string policy_file;
    std::string template_name;
    std::vector<std::string> roles;      ///< ROLE=NAME,NAME
    std::string log;                     ///< a vkey; empty: none
    std::vector<std::string> witnesses;  ///< NAME=VKEY
    std::string draft;                   ///< the file to write instead of making a domain
    bool list_templates = false;
    bool unsigned_only = false;
};

/// A name with its keys, in the order given.
struct NamedKeys {
    std::string name;
    std::vector<signature::PublicKey> keys;
};

/// Reads NAME=KEY pairs, where KEY is a key file or an authorized_keys line; the same name again
/// adds a key.
base::Result<std::vector<NamedKeys>> read_named_keys(const std::vector<std::string>& pairs,
                                                     std::string_view option);

/// Asks on the terminal for what the flags leave open.
base::Result<void> ask_for_the_rest(Session& session, InitOptions& options);

/// Whether the flags leave something open that a policy needs.
bool is_complete(const InitOptions& options);

/// The words of a command: a JSON array, or words between spaces without quotes.
base::Result<std::vector<std::string>> parse_command(const std::string& text);

/// The commented, canonical text of a first policy.
base::Result<std::string> write_policy(const InitOptions& options);

}  // namespace cheget::cli
