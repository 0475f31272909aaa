// The domain that a command works on: its folder found, everything in it judged, its beginning
// compared with what this person's tool remembers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/own_log.h"
#include "cli/session.h"
#include "permit/judge.h"
#include "store/domain_folder.h"

namespace cheget::cli {

/// A domain folder and where the domain stands by what lies in it.
struct OpenDomain {
    store::DomainFolder folder;
    permit::DomainState state;
    std::vector<permit::Ignored> ignored;      ///< change statements that were set aside
    std::vector<permit::Advance::Step> steps;  ///< the policies that came into force, in order
    std::shared_ptr<OwnLog> log{};             ///< under a policy with a log

    const policy::Policy& policy() const { return state.policy->policy; }
};

/// The folder by --domain, CHEGET_DOMAIN, or the nearest parent of the working folder that has
/// policy/000001.policy.
base::Result<store::DomainFolder> find_folder(const Session& session);

/// Opens and judges it; under a log by what this tool read of that, which it first goes on reading
/// where session.globals.follow says so: what can't be read is told, and stops nothing. Tells on
/// first use what to compare. With `before` as if nobody had voted on
/// policies of that version and later ones: where two amendments of one policy suffice, this is how
/// one of them can still be withdrawn.
base::Result<OpenDomain> open_domain(Session& session,
                                     std::optional<std::uint32_t> before = std::nullopt);

/// Judges one order with all that the folder holds about it. The judgement's views point into
/// `texts`, which this holds.
struct JudgedOrder {
    std::vector<std::string> texts;
    std::optional<permit::Judgement> judgement;
};
/// Whether to ask the log, where it was reached, when exactly the entries on an order were there.
enum class Times : std::uint8_t { as_known, refined };
base::Result<JudgedOrder> judge_order(const OpenDomain& domain, const base::Digest& order,
                                      Times times = Times::refined);

/// The first policy as far as it is signed: for `approve policy` and `status` before everyone has
/// signed, when the domain can't be opened yet.
struct FirstPolicy {
    policy::Policy policy;
    std::string text;
    std::vector<std::string> signatures;
    std::vector<std::string> signed_by;  ///< people with a valid signature
    std::vector<std::string> missing;    ///< the others, who must still sign
};
base::Result<FirstPolicy> read_first_policy(const store::DomainFolder& folder);

/// What the clock of this machine says.
base::Time now();

/// Whether the words name an order by `latest` or by digits of its id. They do so even where a file
/// has that name: whoever holds the folder could put one there to be taken for the order.
bool looks_like_id(std::string_view subject);

/// An order's id if that is what the subject names, else the subject. The folder of an order within
/// a domain folder, as `cheget-exec run` takes it, names its order by its own name; its domain is
/// opened unless another was chosen.
std::string order_named(Session& session, const std::string& subject);

/// The first digits of an id: what people type.
std::string short_id(const base::Digest& id);

std::vector<std::string_view> views_of(const std::vector<std::string>& texts);

}  // namespace cheget::cli
