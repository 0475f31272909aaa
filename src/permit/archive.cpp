// What statements are about.
#include "permit/archive.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cheget::permit {

namespace {

using statement::Kind;

struct About {
    std::string operator()(std::monostate /*world*/) const { return {}; }
    std::string operator()(const statement::AboutTarget& about) const {
        return " target " + about.target;
    }
    std::string operator()(const statement::AboutFile& about) const {
        return " file " + base::to_hex(about.digest);
    }
    std::string operator()(const statement::OnOrder& about) const {
        return " order " + base::to_hex(about.id);
    }
};

std::vector<std::string> subjects_of_order(std::string_view text) {
    std::vector<std::string> subjects{subject_of_order(statement::id_of(text))};
    const auto order = statement::parse_order(text);
    if (!order) {
        return {};
    }
    if (order->rule.emergency) {
        subjects.push_back(subject_of_emergency(order->rule.action));
    }
    return subjects;
}

template <typename Parsed, typename Subject>
std::vector<std::string> one(const base::Result<Parsed>& parsed, Subject subject) {
    if (!parsed) {
        return {};
    }
    return {subject(*parsed)};
}

std::vector<std::string> subjects_of_text(Kind kind, std::string_view text) {
    switch (kind) {
        case Kind::order:
            return subjects_of_order(text);
        case Kind::vote:
            return one(statement::parse_vote_fields(text), [](const auto& vote) {
                const auto* order = std::get_if<statement::OnOrder>(&vote.on);
                return order ? subject_of_order(order->id)
                             : subject_of_policy(std::get<statement::PolicyReference>(vote.on).id);
            });
        case Kind::fact:
            return one(statement::parse_fact(text),
                       [](const auto& fact) { return subject_of_fact(fact.fact, fact.about); });
        case Kind::claim:
            return one(statement::parse_claim(text),
                       [](const auto& claim) { return subject_of_order(claim.order); });
        case Kind::receipt:
            return one(statement::parse_receipt(text),
                       [](const auto& receipt) { return subject_of_order(receipt.order); });
        case Kind::enactment:
            return one(statement::parse_enactment(text), [](const auto& enactment) {
                return subject_of_policy(enactment.policy.id);
            });
        case Kind::revocation:
            return one(statement::parse_revocation(text),
                       [](const auto&) { return std::string(k_subject_of_revocations); });
        case Kind::custody:
            return one(statement::parse_custody(text),
                       [](const auto& custody) { return subject_of_custody(custody.briefcase); });
        case Kind::policy:
            break;
    }
    return {};
}

}  // namespace

std::string subject_of_order(const base::Digest& order) {
    return "order " + base::to_hex(order);
}

std::string subject_of_policy(const base::Digest& policy) {
    return "policy " + base::to_hex(policy);
}

std::string subject_of_emergency(std::string_view action) {
    return fmt::format("emergency {}", action);
}

std::string subject_of_fact(std::string_view fact, const statement::FactSubject& about) {
    return fmt::format("fact {}{}", fact, std::visit(About(), about));
}

std::vector<statement::FactSubject> fact_subjects(const statement::Order& order,
                                                  const base::Digest& id) {
    std::vector<statement::FactSubject> subjects{std::monostate(), statement::OnOrder{id}};
    if (const auto* target = std::get_if<std::string>(&order.target)) {
        subjects.emplace_back(statement::AboutTarget{*target});
    }
    if (const auto* sign = std::get_if<statement::Sign>(&order.deed)) {
        subjects.emplace_back(statement::AboutFile{sign->digest});
    }
    for (const statement::FileReference& file : order.files) {
        subjects.emplace_back(statement::AboutFile{file.digest});
    }
    return subjects;
}

std::string subject_of_custody(std::string_view briefcase) {
    return fmt::format("custody {}", briefcase);
}

std::vector<std::string> subjects_of(std::string_view signed_statement) {
    const auto parts = statement::split_signed(signed_statement);
    if (!parts) {
        return {};
    }
    const auto kind = statement::kind_of(parts->text);
    return kind ? subjects_of_text(*kind, parts->text) : std::vector<std::string>();
}

base::Result<void> MemoryArchive::add(std::uint64_t index, std::string_view whole,
                                      const std::vector<std::string>& subjects) {
    for (const std::string& subject : subjects) {
        entries_[subject].push_back({index, std::string(whole)});
    }
    return {};
}

base::Result<std::vector<Entry>> MemoryArchive::about(std::string_view subject) const {
    const auto found = entries_.find(subject);
    return found == entries_.end() ? std::vector<Entry>() : found->second;
}

}  // namespace cheget::permit
