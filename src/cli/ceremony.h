// Signing as a ceremony: the bytes to be signed are shown as they are, with what they mean beside
// them; the person agrees; they are signed, checked and filed.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cli/domain.h"
#include "cli/identity.h"

namespace cheget::cli {

/// A vote that was not made yet: by this person, now, with a fresh mark.
statement::Vote new_vote(const policy::Policy& policy, statement::VoteSubject on,
                         statement::Verdict verdict, std::string by, std::string note,
                         std::string subject_text);

/// Random bytes from the operating system.
void fill_random(std::uint8_t* bytes, std::size_t size);

/// Shows the text that will be signed: each raw line, and below it what it means where that is not
/// plain; then its words. Made from these bytes alone.
void show_what_is_signed(Session& session, std::string_view text);

/// Asks, signs, verifies and files a statement that was shown.
struct Filed {
    std::string signed_text;
    std::filesystem::path path;
};
/// A second signature on the same text, by a key that another policy gives the same person.
struct AlsoSigned {
    const policy::Policy* policy;
    const Signer* signer;
};
base::Result<Filed> sign_and_file(Session& session, store::DomainFolder& folder,
                                  const policy::Policy& policy, const Signer& signer,
                                  statement::Kind kind, std::string_view text,
                                  std::string_view question,
                                  std::optional<AlsoSigned> also = std::nullopt);

/// Puts a text out for bare ssh-keygen: the bytes to stdout or to `output`, the instructions to
/// people.
base::Result<void> put_out_unsigned(Session& session, const policy::Policy& policy,
                                    statement::Kind kind, std::string_view text,
                                    const std::string& output);

}  // namespace cheget::cli
