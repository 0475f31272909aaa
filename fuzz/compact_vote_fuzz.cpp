// Any bytes as what codes carry, and as a signed statement to be carried: what is read is written
// again byte for byte, and a short vote becomes a statement only if its signature holds.
#include <cstdlib>

#include "briefcase/compact_vote.h"
#include "support/test_domain.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;
namespace statement = cheget::statement;
namespace test_support = cheget::test_support;

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// The domain whose votes are in the corpus: its keys and orders are the same each time.
struct Domain {
    test_support::TestDomain made;
    cheget::permit::DomainState state =
        made.begin(test_support::k_blocks, test_support::k_people);
    std::string order = *statement::render(made.order(state));
    std::string other = *statement::render(made.order(state));

    std::vector<briefcase::KnownOrder> known() const {
        base::Digest like = statement::id_of(order);
        like.bytes.back() = static_cast<std::uint8_t>(like.bytes.back() ^ 1U);
        return {{like, other}, {like, "no order"}, {statement::id_of(order), order}};
    }
};

void read_vote(const Domain& domain, base::BytesView payload) {
    const auto vote = briefcase::parse_compact_vote(payload);
    if (!vote) {
        demand(!vote.error().message.empty());
        return;
    }
    const base::Bytes again = briefcase::render(*vote);
    demand(std::equal(again.begin(), again.end(), payload.begin(), payload.end()));
    const auto whole = briefcase::restore(*vote, domain.state.policy->policy, domain.known());
    if (whole) {
        demand(briefcase::shorten(*whole) == *vote);
    }
    demand(!briefcase::restore(*vote, domain.state.policy->policy, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Domain domain;
    const base::BytesView bytes(data, size);
    const auto payloads = briefcase::split_payloads(bytes);
    for (const base::BytesView payload : payloads ? *payloads : std::vector<base::BytesView>()) {
        demand(briefcase::kind_of_payload(payload).has_value());
        read_vote(domain, payload);
        if (const auto whole = briefcase::unpack_statement(payload)) {
            const auto again = briefcase::pack_statement(*whole);
            demand(again.has_value() &&
                   std::equal(again->begin(), again->end(), payload.begin(), payload.end()));
        }
    }
    read_vote(domain, bytes);
    if (const auto carried = briefcase::carry(base::as_text(bytes))) {
        const auto kind = briefcase::kind_of_payload(*carried);
        demand(kind.has_value());
        if (*kind == briefcase::PayloadKind::statement) {
            demand(briefcase::unpack_statement(*carried) == base::as_text(bytes));
        } else {
            read_vote(domain, *carried);
        }
    }
    return 0;
}
