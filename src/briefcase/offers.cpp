// Judging what a case keeps of handovers that were begun.
#include "briefcase/offers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "permit/signer.h"
#include "signature/tpm_quote.h"

namespace cheget::briefcase {

namespace {

using base::bad_input;
using base::Digest;
using base::Result;
using permit::CustodyLink;
using statement::CustodyEvent;

/// Who had it once this link was made.
std::string_view holder_after(const std::vector<CustodyLink>& links, std::size_t index) {
    for (std::size_t i = index + 1; i-- > 0;) {
        const statement::Custody& said = links[i].said;
        if (said.event == CustodyEvent::created || said.event == CustodyEvent::handover) {
            return said.to ? *said.to : said.by;
        }
        if (said.event == CustodyEvent::returned) {
            return said.by;
        }
    }
    return {};
}

/// By the TPM that spoke in the journal first: whoever holds the case can have it certify indexes
/// of their own making, or bring another.
Result<void> check_quote(const statement::Custody& offered, const std::vector<CustodyLink>& links,
                         std::size_t index) {
    const auto first = std::find_if(links.begin(), links.end(),
                                    [](const CustodyLink& link) { return link.quote.has_value(); });
    if (!offered.quote || first == links.end()) {
        return bad_input("no TPM speaks in it");
    }
    const Digest challenge = TRY(permit::custody_challenge(offered));
    const auto quote =
        TRY(signature::verify_tpm_quote(base::as_bytes(*offered.quote), challenge.bytes));
    const bool is_the_one = quote.key == first->quote->key &&
                            quote.tries_name == first->quote->tries_name &&
                            quote.counter_name == first->quote->counter_name;
    if (!is_the_one) {
        return bad_input("another TPM speaks in it than in the journal");
    }
    const auto& before = links[index].said.counter;
    if (offered.counter != quote.counter || (before && quote.counter <= *before)) {
        return bad_input("its counter is not the one that its TPM stood at then");
    }
    return {};
}

/// What goes on from this link.
Result<Offer> read_offer(const Case& folder, const Knowledge& knowledge,
                         const std::vector<CustodyLink>& links, std::size_t index,
                         const statement::SignedText& parts, const statement::Custody& said) {
    TRY(check_offer(folder, knowledge, said, parts));
    if (const std::string_view holder = holder_after(links, index); said.from != holder) {
        return bad_input(fmt::format("{} had it then, and not {}", holder, *said.from));
    }
    TRY(check_quote(said, links, index));
    return Offer{said, statement::id_of(parts.text), links[index].id, *said.counter};
}

class Reader {
  public:
    Reader(const Case& folder, const Knowledge& knowledge, const permit::CustodyRecord& journal)
        : folder_(folder), knowledge_(knowledge), links_(journal.links) {}

    void take(const std::string& name, std::string_view whole) {
        if (auto taken = try_take(whole); !taken) {
            offers_.odd.push_back({name, std::move(taken).error().message});
        }
    }
    Offers& offers() { return offers_; }

  private:
    Result<void> try_take(std::string_view whole) {
        const auto parts = TRY(statement::split_signed(whole));
        const statement::Custody said = TRY(statement::parse_custody(parts.text));
        const Digest id = statement::id_of(parts.text);
        const bool is_known = std::any_of(offers_.held.begin(), offers_.held.end(),
                                          [&](const Offer& one) { return one.id == id; });
        if (is_known) {
            return {};
        }
        std::optional<std::size_t> index;
        for (std::size_t i = 0; i < links_.size(); ++i) {
            if (links_[i].id == id) {
                return {};  // it was accepted
            }
            if (said.previous == links_[i].id) {
                index = i;
            }
        }
        if (!index) {
            return bad_input("it goes on from nothing in the journal");
        }
        auto offer = read_offer(folder_, knowledge_, links_, *index, parts, said);
        if (offer) {
            offers_.held.push_back(std::move(*offer));
        } else if (*index + 1 == links_.size()) {
            return std::unexpected(offer.error());
        }  // else its giver may have another key by now: it explains nothing, and that is all
        return {};
    }

    const Case& folder_;
    const Knowledge& knowledge_;
    const std::vector<CustodyLink>& links_;
    Offers offers_;
};

}  // namespace

Result<void> check_offer(const Case& folder, const Knowledge& knowledge,
                         const statement::Custody& offered, const statement::SignedText& parts) {
    if (offered.event != CustodyEvent::handover || offered.by != offered.from) {
        return bad_input("this is no handover by its giver");
    }
    if (offered.domain != folder.seal().domain || offered.briefcase != folder.fingerprint() ||
        offered.seal != folder.seal_digest()) {
        return bad_input("the statement is on another briefcase, or its seal was changed");
    }
    const permit::DomainState& domain = knowledge.domain();
    const auto signer = permit::verify_signer(domain.policy->policy, *offered.from,
                                              statement::Kind::custody, parts);
    if (!signer) {
        return bad_input("the giver's signature does not hold: " + signer.error().message);
    }
    if (domain.is_revoked(signer->key->key)) {
        return bad_input("the giver's key is revoked");
    }
    return {};
}

std::uint64_t Offers::steps(const Digest& link, std::uint64_t after, std::uint64_t before) const {
    std::set<std::uint64_t> counters;
    for (const Offer& one : held) {
        if (one.previous == link && one.counter > after && one.counter < before) {
            counters.insert(one.counter);
        }
    }
    return counters.size();
}

Result<Offers> read_offers(const Case& folder, const Knowledge& knowledge,
                           const permit::CustodyRecord& journal,
                           std::optional<std::string_view> about_to_be_accepted) {
    Reader reader(folder, knowledge, journal);
    for (const Case::File& file : TRY(folder.offers()).files) {
        reader.take("offers/" + file.name, file.content);
    }
    if (about_to_be_accepted) {
        reader.take("the giver's statement", *about_to_be_accepted);
    }
    return std::move(reader.offers());
}

}  // namespace cheget::briefcase
