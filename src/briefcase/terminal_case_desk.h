// The terminal's desk over a real case: everything it tells was verified by Knowledge, and signed
// by the case's open key.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "briefcase/case.h"
#include "briefcase/knowledge.h"
#include "briefcase/signing.h"
#include "briefcase/terminal_desk.h"
#include "permit/intent.h"

namespace cheget::briefcase {

/// Puts an `opened` into the journal: without a vote when it was opened, and for each vote.
using Journal = std::function<base::Result<void>(const OpenKey& key,
                                                 std::optional<base::Digest> vote, base::Time now)>;

/// What stands above the screens, before the case is open too. `tries` is told as it is.
Heading heading_of(const Case& folder, const Knowledge& knowledge, const std::string& tries,
                   base::Time now);

class CaseDesk final : public Desk {
  public:
    /// Borrows the case and what it knows. `tries` as the heading tells it.
    static base::Result<std::unique_ptr<CaseDesk>> make(const Case& folder,
                                                        const Knowledge& knowledge, OpenKey key,
                                                        Journal journal, std::string tries);

    Heading heading(base::Time now) const override;
    std::vector<InboxLine> inbox(base::Time now) const override;
    base::Result<Subject> open(const base::Digest& id, base::Time now) const override;
    base::Result<std::string> preview(const Draft& draft) const override;
    base::Result<FiledVote> sign(const Draft& draft, base::Time now) override;
    std::string details(base::Time now) const override;

  private:
    CaseDesk(const Case& folder, const Knowledge& knowledge, OpenKey key, Journal journal,
             std::string tries)
        : folder_(folder),
          knowledge_(knowledge),
          key_(std::move(key)),
          journal_(std::move(journal)),
          tries_(std::move(tries)) {}

    const policy::Policy& policy() const { return knowledge_.domain().policy->policy; }
    std::optional<policy::PrincipalIndex> person() const {
        return policy().find_principal(folder_.seal().principal);
    }
    /// What this person said on a subject that waits in the outbox.
    base::Result<void> read_outbox();
    bool has_put_out(const base::Digest& subject, statement::Verdict verdict) const;

    /// How a proposed policy stands.
    struct Proposed {
        std::string text;
        std::uint32_t version = 0;
        std::vector<std::string> approved_by;
        std::vector<std::string> vetoed_by;
        std::string refusal;
    };
    base::Result<void> find_proposals();
    base::Result<Proposed> weigh(const base::Digest& id) const;
    std::vector<InboxLine> proposed_lines() const;
    base::Result<Subject> open_proposed(const base::Digest& id) const;

    InboxLine line_of(const permit::Judgement& judgement, base::Time now) const;
    Choice choice_of(const permit::Judgement& judgement, permit::Intent intent,
                     const std::string& stands_for, bool lacks_files, base::Time now) const;
    std::vector<ShownFile> files_of(const statement::Order& order) const;
    base::Result<statement::Vote> vote_of(const Draft& draft) const;
    /// Sets what the vote has to come after, where the rule asks for voices in order.
    base::Result<void> choose_after(const permit::Judgement& judgement, permit::Intent& intent,
                                    std::optional<base::Digest>& after, base::Time now) const;
    base::Result<base::Digest> digest_of_vote(const permit::Judgement& judgement,
                                              const permit::CountedVote& vote) const;

    const Case& folder_;
    const Knowledge& knowledge_;
    OpenKey key_;
    Journal journal_;
    std::string tries_;
    std::map<base::Digest, std::set<statement::Verdict>> put_out_;
    std::vector<base::Digest> proposals_;
};

}  // namespace cheget::briefcase
