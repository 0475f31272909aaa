// Where things leave this computer as codes: on the terminal, as pictures, on paper.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "cli/session.h"

namespace CLI {
class App;
}

namespace cheget::cli {

/// What was asked for; at most one place.
struct CodePlace {
    bool qr = false;
    bool ascii = false;
    std::string pdf;
    std::string png;

    bool is_set() const { return qr || !pdf.empty() || !png.empty(); }
};

/// --qr, --ascii, --pdf and --png, of which one of the places excludes the others.
void add_code_place(CLI::App* command, CodePlace& place);

/// Something to be put out: one code, or as many parts as it takes.
struct Outgoing {
    std::string name;                  ///< of its files: `vote-3f0c27aa91d4`
    std::string title;                 ///< `dave's veto`, `a load for dave's briefcase`
    base::Bytes payload;               ///< of a code, or a load that begins as none and is cut
    std::vector<std::string> summary;  ///< what it says, for people: shown and printed with it
};

/// A signed statement as it leaves: in short where that can be, with what it says.
base::Result<Outgoing> outgoing_of(std::string_view signed_text);

/// What a signed statement says, in lines for people. It need not be valid.
std::vector<std::string> summary_of(std::string_view signed_text);

/// Puts all of it out, and tells where it is. On a terminal each code waits for Enter but the last.
base::Result<void> put_out_as_codes(Session& session, const CodePlace& place,
                                    const std::string& domain, const std::vector<Outgoing>& all);

}  // namespace cheget::cli
