// Telling apart what came.
#include "briefcase/intake.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "briefcase/picture.h"
#include "statement/words.h"

namespace cheget::briefcase {

namespace {

using base::BytesView;
using base::Result;

constexpr std::size_t k_most_gatherings = 64;
constexpr std::size_t k_most_taken = 4096;  // statements, votes, permits each
constexpr std::string_view k_permit_begins = "cheget permit v1\n";

std::unexpected<base::Error> too_many(std::string_view what) {
    return base::bad_input(
        fmt::format("more than {} {} at once; take them in several times", k_most_taken, what));
}

template <typename Value>
Result<void> take(std::vector<Value>& list, Value value, std::string_view what) {
    if (std::find(list.begin(), list.end(), value) != list.end()) {
        return {};
    }
    if (list.size() == k_most_taken) {
        return too_many(what);
    }
    list.push_back(std::move(value));
    return {};
}

/// The same, and where it failed the file's name.
template <typename Value>
Result<Value> within_file(const std::string& name, Result<Value> result) {
    if (!result) {
        return std::unexpected(
            base::within(fmt::format("reading {}", base::shown(name)), std::move(result).error()));
    }
    return result;
}

std::string prefix_of(const base::Digest& whole) {
    return base::to_hex(whole).substr(0, 12) + "-";
}

}  // namespace

std::string file_name_of(const Part& part) {
    return fmt::format("{}{:04}-of-{:04}.part", prefix_of(part.whole), part.number, part.count);
}

Result<void> Intake::take_named(std::vector<std::string>& list, std::string whole,
                                std::string_view what) {
    const base::Digest digest = base::sha256(whole);
    TRY(take(list, std::move(whole), what));
    sources_.emplace(digest, reading_);  // where it came from first
    return {};
}

std::string Intake::source_of(std::string_view whole) const {
    const auto found = sources_.find(base::sha256(whole));
    return found == sources_.end() ? std::string() : found->second;
}

Result<void> Intake::add(const std::string& name, std::string_view file) {
    reading_ = name;
    if (!is_picture(file)) {
        return within_file(name, add_whole(name, file));
    }
    return add_codes(name, TRY(within_file(name, read_codes_in_file(file))));
}

Result<void> Intake::add_codes(const std::string& name, const std::vector<base::Bytes>& payloads) {
    reading_ = name;
    if (payloads.empty()) {
        return within_file<void>(
            name, base::bad_input(
                      "no QR code in it can be read; take the picture anew: from straight above, "
                      "in even light, all of the code with its white margin"));
    }
    for (const base::Bytes& payload : payloads) {
        if (const auto added = add_payload(payload); !added) {
            refused_.push_back(fmt::format("{}: {}", base::shown(name), added.error().message));
        }
    }
    return {};
}

Result<void> Intake::add_whole(const std::string& name, std::string_view bytes) {
    if (bytes.starts_with(k_permit_begins)) {
        return take_named(permits_, std::string(bytes), "loads");
    }
    if (bytes.starts_with("cheget ")) {
        return add_statement(std::string(bytes));
    }
    if (!bytes.starts_with("CG")) {
        return base::bad_input(
            "it is no load, signed statement or code of cheget, and no PNG or JPEG picture of "
            "one");
    }
    for (const BytesView payload : TRY(split_payloads(base::as_bytes(bytes)))) {
        if (const auto added = add_payload(payload); !added) {
            refused_.push_back(fmt::format("{}: {}", base::shown(name), added.error().message));
        }
    }
    return {};
}

Result<void> Intake::add_statement(std::string signed_text) {
    const statement::SignedText parts = TRY(statement::split_signed(signed_text));
    TRY(statement::kind_of(parts.text));
    if (parts.signatures.empty()) {
        return base::bad_input("the statement bears no signature");
    }
    return take_named(statements_, std::move(signed_text), "statements");
}

Result<void> Intake::add_payload(BytesView payload) {
    switch (TRY(kind_of_payload(payload))) {
        case PayloadKind::vote:
            return take(votes_, TRY(parse_compact_vote(payload)), "votes");
        case PayloadKind::statement:
            return add_statement(TRY(unpack_statement(payload)));
        case PayloadKind::part:
            break;
    }
    return add_part(payload);
}

Result<void> Intake::add_part(BytesView payload) {
    const Part part = TRY(parse_part(payload));
    if (!gatherings_.contains(part.whole) && gatherings_.size() == k_most_gatherings) {
        return base::bad_input(fmt::format(
            "part {} belongs to another load, and {} are being read; finish those first",
            part.number, gatherings_.size()));
    }
    Gathering& gathering = gatherings_[part.whole];
    const bool is_new = TRY(gathering.add(part));
    if (is_new) {
        kept_.push_back({file_name_of(part), {payload.begin(), payload.end()}});
    }
    if (!is_new || !gathering.is_complete()) {
        return {};
    }
    std::erase_if(kept_,
                  [&](const Kept& one) { return one.name.starts_with(prefix_of(part.whole)); });
    const auto whole = gathering.whole();
    if (!whole) {
        gatherings_.erase(part.whole);  // begin anew: any of them may be the altered one
        return std::unexpected(whole.error());
    }
    if (whole->starts_with(start_of(PayloadKind::statement))) {
        return add_statement(TRY(unpack_statement(base::as_bytes(*whole))));
    }
    if (!whole->starts_with(k_permit_begins)) {
        return base::bad_input("its parts make no load and no signed statement");
    }
    return take_named(permits_, *whole, "loads");
}

std::vector<Intake::Incomplete> Intake::incomplete() const {
    std::vector<Incomplete> all;
    for (const auto& [whole, gathering] : gatherings_) {
        if (!gathering.is_complete()) {
            all.push_back({whole, gathering.count(), gathering.missing()});
        }
    }
    return all;
}

}  // namespace cheget::briefcase
