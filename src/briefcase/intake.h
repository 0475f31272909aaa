// Whatever comes in or out of a briefcase, told apart by its own bytes: permit files, signed
// statements, codes as bytes or in pictures, parts of any of these.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "briefcase/compact_vote.h"
#include "briefcase/parts.h"

namespace cheget::briefcase {

/// The name of a file that keeps a part until the others are there:
/// `3f0c27aa91d4-0003-of-0017.part`.
std::string file_name_of(const Part& part);

/// Takes in files one after the other. Nothing in them is verified but the form; every file may be
/// hostile.
class Intake {
  public:
    /// Reads all that a file holds; `name` says in messages where it came from. Fails with
    /// bad_input if that is nothing at all, with unreachable if a picture can't be read here. A
    /// code that can't be read is told in refused(), and the others count.
    base::Result<void> add(const std::string& name, std::string_view file);

    /// Takes what the codes in a picture carry. Fails with bad_input if there are none; what is
    /// wrong with one of them is told in refused().
    base::Result<void> add_codes(const std::string& name, const std::vector<base::Bytes>& payloads);

    const std::vector<CompactVote>& votes() const { return votes_; }
    const std::vector<std::string>& statements() const { return statements_; }  ///< signed texts
    const std::vector<std::string>& permits() const { return permits_; }        ///< whole files

    /// The name under which a statement or permit file came first; empty for any other text.
    std::string source_of(std::string_view whole) const;

    /// What was damaged, altered, or nothing of ours, and where.
    const std::vector<std::string>& refused() const { return refused_; }

    /// A load of which parts are missing.
    struct Incomplete {
        base::Digest whole;
        std::size_t count = 0;
        std::vector<unsigned> missing;
    };
    std::vector<Incomplete> incomplete() const;
    /// The parts of those, each as a file to go on from another time.
    struct Kept {
        std::string name;
        base::Bytes payload;
    };
    const std::vector<Kept>& kept() const { return kept_; }

  private:
    base::Result<void> add_whole(const std::string& name, std::string_view bytes);
    base::Result<void> add_payload(base::BytesView payload);
    base::Result<void> add_part(base::BytesView payload);
    base::Result<void> add_statement(std::string signed_text);
    base::Result<void> take_named(std::vector<std::string>& list, std::string whole,
                                  std::string_view what);

    std::vector<CompactVote> votes_;
    std::vector<std::string> statements_;
    std::vector<std::string> permits_;
    std::vector<std::string> refused_;
    std::string reading_;  ///< the name of what is being taken in
    std::map<base::Digest, std::string> sources_;
    std::map<base::Digest, Gathering> gatherings_;
    std::vector<Kept> kept_;
};

}  // namespace cheget::briefcase
