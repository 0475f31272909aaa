// What the terminal shows and asks for: told to its screens by whoever holds the case, so that the
// screens can be tested with anything at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/time.h"
#include "briefcase/qr.h"
#include "statement/statement.h"

namespace cheget::briefcase {

/// What stands above every screen.
struct Heading {
    std::string principal;
    std::string domain;
    base::Digest domain_id;
    std::uint32_t policy = 0;  ///< version in force, as far as is known
    std::string knowledge;     ///< how old what is known is
    bool is_old = false;       ///< or nothing proves its age
    std::vector<std::string> alarms;
    std::size_t set_aside = 0;  ///< how many things were
    std::string tries;          ///< how many are left, or that they are not limited
};

/// One line of the inbox.
struct InboxLine {
    base::Digest id;
    bool is_policy = false;  ///< a proposed policy, else an order
    std::string rule;
    std::string target;
    std::string proposer;
    std::string expires;
    std::string state;  ///< the decision so far, and whether this person spoke
    bool is_ended = false;
    bool is_for_me = false;
};

struct ShownFile {
    std::string name;
    base::Digest digest;
    std::uint64_t bytes = 0;
    std::optional<std::string_view> content;  ///< where a load carried it
};

/// One word that this person could give.
struct Choice {
    statement::Verdict verdict = statement::Verdict::approve;
    std::string stands_for;  ///< of a deputy
    std::optional<base::Error> why_not;
    std::string effect;  ///< what it would come to

    bool stops() const {
        return verdict == statement::Verdict::veto || verdict == statement::Verdict::withdraw;
    }
};

/// An order or a proposed policy, with all that is known about it.
struct Subject {
    base::Digest id;
    std::string text;  ///< exactly what was signed, and what a vote on it carries
    bool is_policy = false;
    std::string headline;  ///< in a few words which one it is
    std::vector<ShownFile> files;
    bool by_digest = false;  ///< the action lets people sign digests of files that they can't open
    std::string decision;
    std::string outlook;  ///< what is missing, who could still complete it
    std::string rule;     ///< in plain English
    std::vector<Choice> choices;
};

/// A vote that a person wants to make on exactly the text that they were shown.
struct Draft {
    statement::Verdict verdict = statement::Verdict::approve;
    std::string stands_for;
    std::string note;
    base::Time voted;
    bool is_policy = false;
    std::string text;  ///< what was on the screen
};

struct FiledVote {
    std::string path;
    base::Digest id;
    std::string signed_text;
    std::optional<Code> code;  ///< the same for a courier's camera; none without libqrencode
};

class Desk {
  public:
    virtual Heading heading(base::Time now) const = 0;
    virtual std::vector<InboxLine> inbox(base::Time now) const = 0;
    virtual base::Result<Subject> open(const base::Digest& id, base::Time now) const = 0;
    /// The vote's own lines as they will be signed; its mark, which signing makes, as 64 zeros.
    virtual base::Result<std::string> preview(const Draft& draft) const = 0;
    /// Signs, files and journals it.
    virtual base::Result<FiledVote> sign(const Draft& draft, base::Time now) = 0;
    /// Everything else: the checkpoint, what was set aside and why, revoked keys.
    virtual std::string details(base::Time now) const = 0;

    virtual ~Desk() = default;
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;
    Desk(Desk&&) = delete;
    Desk& operator=(Desk&&) = delete;

  protected:
    Desk() = default;
};

}  // namespace cheget::briefcase
