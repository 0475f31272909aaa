// From a folder that anybody could have altered to what is known of the domain.
#include "briefcase/knowledge.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "base/text.h"
#include "briefcase/carried_log.h"
#include "permit/permit.h"

namespace cheget::briefcase {

namespace {

using base::Digest;
using base::ErrorKind;
using base::fail;
using base::Result;
using permit::Ignored;
using statement::Kind;
using Standing = CarriedLog::Standing;

constexpr std::size_t k_most_told = 200;
/// Looking whether a load shows a fork may cost as much as reading everything.
constexpr std::size_t k_most_fork_trials = 4;
/// What permit::subject_of_custody() gives for any briefcase begins so.
constexpr std::string_view k_custody_subjects = "custody ";
constexpr std::size_t k_most_compared = 8'192;  // checkpoints, of all loads together

}  // namespace

struct Knowledge::Impl {
    std::vector<Case::File> loads;  // which views below point into
    std::vector<Case::Outgoing> outgoing;
    Case::Files journal;
    std::string first_policy;
    permit::DomainState state;
    std::optional<CarriedLog> log;
    std::optional<KnownPolicies> policies;
    std::optional<AsOf> as_of;

    std::set<Digest> seen;  // of statements outside the log
    std::map<std::string, std::vector<std::string_view>, std::less<>> outside;
    std::vector<std::string_view> changes;  // votes on policies, revocations
    struct Listed {
        base::Time proposed;
        Digest id;
    };
    std::vector<Listed> listed;
    std::set<Digest> listed_ids;
    std::vector<Digest> orders;
    std::map<Digest, CarriedFile> files;
    std::vector<Ignored> set_aside;
    std::vector<std::string> forks;
    std::vector<std::string> alarms;
    bool reaches_seal = false;
    std::size_t fork_trials = 0;
    std::size_t untold = 0;

    /// A load whose framing could be read.
    struct Parsed {
        std::string where;
        permit::Permit permit;
    };

    void tell(std::string what, std::string why) {
        if (set_aside.size() < k_most_told) {
            set_aside.push_back({std::move(what), std::move(why)});
        } else {
            ++untold;
        }
    }

    Result<void> begin(const Case& folder);
    void take_statement(std::string_view whole, const std::string& where);
    void take_order(std::string_view text, const std::string& where);
    void take_files(const permit::Permit& permit, const std::string& where);
    void take_extract(const permit::Permit::Extract& extract, const std::string& where);
    void compare_checkpoints(const std::vector<Parsed>& parsed);
    void alarm(const std::string& where, const std::string& fork);
    Result<void> read_loads(const Case& folder, const std::vector<std::string>& more,
                            const permit::Progress& progress);
    Result<void> settle(const Seal& seal);
    bool knows_policy(const statement::PolicyReference& sought,
                      const std::vector<permit::Advance::Step>& steps) const;
    Result<void> list_orders();
    Result<permit::LogMoment> moment_at(base::Time clock) const;
    std::vector<std::string_view> about_order(const Digest& order) const;
};

Result<void> Knowledge::Impl::begin(const Case& folder) {
    const Seal& seal = folder.seal();
    auto established = permit::establish(folder.first_policy(), seal.domain.first_policy,
                                         permit::UnderLog::prepare);
    if (!established) {
        return fail(ErrorKind::denied,
                    fmt::format("the briefcase's first policy is not the one of its seal, or not "
                                "signed by everybody in it: the case was altered: {}",
                                established.error().message));
    }
    state = std::move(*established);
    if (state.domain != seal.domain) {
        return fail(ErrorKind::denied,
                    fmt::format("the briefcase's first policy is of {}, and its seal of {}: the "
                                "case was altered",
                                state.domain.name, base::shown(seal.domain.name)));
    }
    first_policy = TRY(statement::split_signed(folder.first_policy())).text;
    if (state.policy->policy.has_log) {
        log.emplace(TRY(permit::Chronicle::begin(first_policy)));
    }
    return {};
}

void Knowledge::Impl::take_order(std::string_view text, const std::string& where) {
    const auto order = statement::parse_order(text);
    if (!order) {
        tell(where, "an order that can't be read: " + order.error().message);
        return;
    }
    if (order->domain != state.domain) {
        tell(where, fmt::format("an order of another domain, {}", base::shown(order->domain.name)));
        return;
    }
    const Digest id = statement::id_of(text);
    if (listed_ids.insert(id).second) {
        listed.push_back({order->proposed, id});
    }
}

void Knowledge::Impl::take_statement(std::string_view whole, const std::string& where) {
    if (seen.size() == k_most_outside) {
        tell(where, fmt::format("there are more than {} statements before it", k_most_outside));
        return;
    }
    if (!seen.insert(base::sha256(whole)).second) {
        return;
    }
    const auto parts = statement::split_signed(whole);
    const auto kind = parts ? statement::kind_of(parts->text) : std::unexpected(parts.error());
    if (!kind) {
        tell(where, "not a statement: " + kind.error().message);
        return;
    }
    if (*kind == Kind::order) {
        take_order(parts->text, where);
    }
    const auto subjects = permit::subjects_of(whole);
    if (subjects.empty()) {
        tell(where, fmt::format("a {} that can't be read", statement::name_of(*kind)));
        return;
    }
    for (const std::string& subject : subjects) {
        outside[subject].push_back(whole);
    }
    if (*kind == Kind::revocation || (*kind == Kind::vote && subjects[0].starts_with("policy "))) {
        changes.push_back(whole);
    }
}

void Knowledge::Impl::take_files(const permit::Permit& permit, const std::string& where) {
    for (const permit::Permit::File& file : permit.files) {
        if (base::sha256(file.content) != file.digest) {
            tell(where, fmt::format("the file {} in it has other bytes: it was altered",
                                    base::to_text(file.digest)));
            continue;
        }
        files.emplace(file.digest, CarriedFile{file.digest, base::as_text(file.content)});
    }
}

void Knowledge::Impl::take_extract(const permit::Permit::Extract& extract,
                                   const std::string& where) {
    if (extract.empty()) {
        return;
    }
    if (!log) {
        tell(where, "it holds part of a log, and the domain has none");
        return;
    }
    const Standing standing = log->standing_of(extract);
    if (standing == Standing::beyond) {
        tell(where, fmt::format("it goes on at entry {} of the log, and what came before it is "
                                "known up to entry {} alone: a load was taken out, or altered",
                                extract.first, log->size()));
        return;
    }
    std::string why = "it has other entries than a load that was verified: it was altered";
    if (standing == Standing::goes_on) {
        const auto read = log->read(extract);
        if (read) {
            return;
        }
        why = read.error().message;
    }
    if (standing == Standing::known) {
        log->take_newer_checkpoint(extract);
        return;
    }
    if (standing == Standing::differs && fork_trials++ < k_most_fork_trials) {
        if (const std::string fork = log->fork_shown_by(extract, first_policy); !fork.empty()) {
            return alarm(where, fork);
        }
    }
    tell(where, std::move(why));
}

void Knowledge::Impl::alarm(const std::string& where, const std::string& fork) {
    forks.push_back(fmt::format("{}: the log forked: {}", where, fork));
    tell(where, "ALARM: the log forked: " + fork);
}

/// Every checkpoint that was carried, each once, against the tree that was read.
void Knowledge::Impl::compare_checkpoints(const std::vector<Parsed>& parsed) {
    std::set<std::string_view> known;
    std::vector<std::string_view> checkpoints;
    std::vector<const std::string*> whence;
    for (const Parsed& one : parsed) {
        for (const std::string& checkpoint : one.permit.extract.checkpoints) {
            if (checkpoints.size() < k_most_compared && known.insert(checkpoint).second) {
                checkpoints.push_back(checkpoint);
                whence.push_back(&one.where);
            }
        }
    }
    for (const std::size_t other : log->other_roots(checkpoints)) {
        alarm(*whence[other],
              "it carries a witnessed checkpoint whose root is another than that of as many "
              "entries as were read");
    }
}

/// By where their extracts begin, whatever their names: to reorder them changes nothing.
Result<void> Knowledge::Impl::read_loads(const Case& folder, const std::vector<std::string>& more,
                                         const permit::Progress& progress) {
    Case::Files found = TRY(folder.loads());
    loads = std::move(found.files);
    const std::size_t held = loads.size();
    for (const std::string& permit : more) {
        loads.push_back({fmt::format("{}{}", k_new_load, loads.size() - held + 1), permit});
    }
    for (Ignored& odd : found.odd) {
        tell(std::move(odd.what), std::move(odd.why));
    }
    std::vector<Parsed> parsed;
    for (const Case::File& load : loads) {
        const std::string where =
            load.name.starts_with(k_new_load) ? load.name : "inbox/" + load.name;
        auto permit = permit::parse_permit(base::as_bytes(load.content));
        if (!permit) {
            tell(where, permit.error().message);
            continue;
        }
        parsed.push_back({where, std::move(*permit)});
    }
    // Checkpoints without entries come last: their framing does not say where they begin.
    const auto beginning = [](const Parsed& one) {
        const auto& extract = one.permit.extract;
        return extract.entries.empty() ? std::numeric_limits<std::uint64_t>::max() : extract.first;
    };
    std::stable_sort(parsed.begin(), parsed.end(),
                     [&](const Parsed& a, const Parsed& b) { return beginning(a) < beginning(b); });
    std::uint64_t done = 0;
    for (const Parsed& one : parsed) {
        take_extract(one.permit.extract, one.where);
        take_files(one.permit, one.where);
        for (const std::string_view whole : one.permit.statements) {
            take_statement(whole, one.where);
        }
        if (progress) {
            progress(++done, parsed.size());
        }
    }
    if (log) {
        compare_checkpoints(parsed);
    }
    outgoing = TRY(folder.outbox());
    for (const Case::Outgoing& one : outgoing) {
        take_statement(one.signed_text, "outbox/" + one.name);
    }
    journal = TRY(folder.journal_files());
    for (const Case::File& link : journal.files) {
        take_statement(link.content, "journal/" + link.name);
    }
    return {};
}

/// Whether a policy was ever in force here.
bool Knowledge::Impl::knows_policy(const statement::PolicyReference& sought,
                                   const std::vector<permit::Advance::Step>& steps) const {
    std::vector<std::string_view> texts{first_policy};
    if (log) {
        for (const auto& one : log->knowledge().chronicle.record().policies) {
            texts.push_back(one.text);
        }
    }
    for (const permit::Advance::Step& step : steps) {
        texts.push_back(step.policy_text);
    }
    return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) {
        const auto header = statement::parse_policy_header(text);
        return header && header->version == sought.version && statement::id_of(text) == sought.id;
    });
}

Result<void> Knowledge::Impl::settle(const Seal& seal) {
    if (log && !log->knowledge().checkpoint.empty()) {
        const auto& trust = log->knowledge().chronicle.trust();
        const auto opened = TRY(log::open_witnessed(log->knowledge().checkpoint, trust));
        as_of = AsOf{opened.checkpoint.size, log::now_low(opened, trust).value_or(base::Time{}),
                     log->knowledge().checkpoint};
    }
    const auto first = state.policy;
    auto advanced = permit::advance(log ? log->knowledge().chronicle.state() : state, changes);
    if (!advanced) {
        return std::unexpected(
            base::within("judging the domain's changes in the briefcase", advanced.error()));
    }
    state = std::move(advanced->state);
    reaches_seal = knows_policy(seal.policy, advanced->steps);
    alarms = forks;
    if (!reaches_seal) {
        alarms.push_back(fmt::format(
            "it was sealed under policy {}, and what was loaded comes to policy {} alone, or to "
            "another one: load it anew; nothing may be approved from it before",
            seal.policy.version, state.policy->policy.header.version));
    }
    policies = log ? TRY(KnownPolicies::of(log->knowledge().chronicle))
                   : TRY(KnownPolicies::of(first, advanced->steps));
    for (Ignored& one : advanced->ignored) {
        tell(std::move(one.what), std::move(one.why));
    }
    return {};
}

Result<void> Knowledge::Impl::list_orders() {
    if (log) {
        const auto& entries = log->entries();
        for (std::size_t index = 0; index < log->size(); ++index) {
            if (!entries[index].starts_with("cheget order v1\n")) {
                continue;
            }
            const auto parts = statement::split_signed(entries[index]);
            const auto order = parts ? statement::parse_order(parts->text)
                                     : Result<statement::Order>(std::unexpected(parts.error()));
            if (order && as_of && order->expires > as_of->witnessed) {
                take_order(parts->text, fmt::format("entry {} of the log", index));
            }
        }
    }
    std::sort(listed.begin(), listed.end(), [](const Listed& a, const Listed& b) {
        return std::tie(b.proposed, a.id) < std::tie(a.proposed, b.id);
    });
    if (listed.size() > k_most_listed_orders) {
        tell("orders", fmt::format("the {} oldest of {} are not listed",
                                   listed.size() - k_most_listed_orders, listed.size()));
        listed.resize(k_most_listed_orders);
    }
    for (const Listed& one : listed) {
        orders.push_back(one.id);
    }
    if (untold > 0) {
        set_aside.push_back({"and more", fmt::format("{} further things were set aside", untold)});
    }
    return {};
}

Result<permit::LogMoment> Knowledge::Impl::moment_at(base::Time clock) const {
    base::Time low = clock;
    base::Time high = clock;
    const permit::LogKnowledge& knowledge = log->knowledge();
    if (!knowledge.checkpoint.empty()) {
        const log::Trust& trust = knowledge.chronicle.trust();
        const auto opened = TRY(log::open_witnessed(knowledge.checkpoint, trust));
        low = std::max(low, log::now_low(opened, trust).value_or(low));
        high = std::max(low, log::now_high(opened, trust, base::Span{0}).value_or(low));
    }
    return permit::LogMoment{knowledge.chronicle.size(), low, high, &knowledge.times};
}

/// What was said outside the log on an order, and what of that bears on it.
std::vector<std::string_view> Knowledge::Impl::about_order(const Digest& order) const {
    std::vector<std::string_view> texts;
    const auto add = [&](const std::string& subject) {
        if (const auto found = outside.find(subject); found != outside.end()) {
            texts.insert(texts.end(), found->second.begin(), found->second.end());
        }
    };
    add(permit::subject_of_order(order));
    for (auto at = outside.lower_bound(k_custody_subjects);
         !log && at != outside.end() && at->first.starts_with(k_custody_subjects); ++at) {
        texts.insert(texts.end(), at->second.begin(), at->second.end());
    }
    for (const std::string_view whole : std::vector(texts)) {
        const auto parts = statement::split_signed(whole);
        if (!parts || statement::id_of(parts->text) != order) {
            continue;
        }
        if (const auto parsed = statement::parse_order(parts->text)) {
            for (const policy::Fact& fact : state.policy->policy.facts) {
                for (const auto& about : permit::fact_subjects(*parsed, order)) {
                    add(permit::subject_of_fact(fact.name, about));
                }
            }
        }
        break;
    }
    return texts;
}

Knowledge::Knowledge(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Knowledge::~Knowledge() = default;

Result<std::unique_ptr<Knowledge>> Knowledge::read(const Case& folder,
                                                   const permit::Progress& progress) {
    return read_with(folder, {}, progress);
}

Result<std::unique_ptr<Knowledge>> Knowledge::read_with(const Case& folder,
                                                        const std::vector<std::string>& permits,
                                                        const permit::Progress& progress) {
    auto impl = std::make_unique<Impl>();
    TRY(impl->begin(folder));
    TRY(impl->read_loads(folder, permits, progress));
    TRY(impl->settle(folder.seal()));
    TRY(impl->list_orders());
    return std::unique_ptr<Knowledge>(new Knowledge(std::move(impl)));
}

const permit::DomainState& Knowledge::domain() const {
    return impl_->state;
}

const KnownPolicies& Knowledge::policies() const {
    return *impl_->policies;
}

const std::optional<Knowledge::AsOf>& Knowledge::as_of() const {
    return impl_->as_of;
}

const std::vector<Digest>& Knowledge::orders() const {
    return impl_->orders;
}

Result<permit::Judgement> Knowledge::judge(const Digest& order, base::Time clock) const {
    std::vector<std::string_view> texts = impl_->about_order(order);
    if (!impl_->log) {
        return permit::judge(impl_->state, texts, clock);
    }
    // Revocations from outside the log, as far as they took force or wait for others.
    for (const permit::RevokedKey& key : impl_->state.revoked) {
        texts.insert(texts.end(), key.statements.begin(), key.statements.end());
    }
    texts.insert(texts.end(), impl_->state.pending_revocations.begin(),
                 impl_->state.pending_revocations.end());
    const permit::LogMoment moment = TRY(impl_->moment_at(clock));
    return permit::judge_under_log(impl_->log->knowledge().chronicle, *impl_->log, order, texts,
                                   moment);
}

const CarriedFile* Knowledge::find_file(const Digest& digest) const {
    const auto found = impl_->files.find(digest);
    return found == impl_->files.end() ? nullptr : &found->second;
}

const permit::LogCopy* Knowledge::log() const {
    return impl_->log ? &*impl_->log : nullptr;
}

std::vector<std::string_view> Knowledge::outside(std::string_view subject) const {
    const auto found = impl_->outside.find(subject);
    return found == impl_->outside.end() ? std::vector<std::string_view>() : found->second;
}

const std::vector<Ignored>& Knowledge::set_aside() const {
    return impl_->set_aside;
}

const std::vector<std::string>& Knowledge::forks() const {
    return impl_->forks;
}

bool Knowledge::reaches_seal() const {
    return impl_->reaches_seal;
}

const std::vector<std::string>& Knowledge::alarms() const {
    return impl_->alarms;
}

}  // namespace cheget::briefcase
