// Any statements as a briefcase's journal: the order in which they come changes nothing, a chain
// that is whole is one, and what breaks it is not mended by more of the same.
#include <cstdint>
#include <cstdlib>

#include "permit/custody.h"
#include "permit/permit.h"
#include "support/custody_corpus.h"

namespace {

using namespace cheget;

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check_whole(const permit::CustodyRecord& record) {
    demand(record.links.front().said.event == statement::CustodyEvent::created);
    demand(!record.holder.empty() && record.fault_words.empty());
    for (std::size_t i = 1; i < record.links.size(); ++i) {
        demand(record.links[i].said.previous == record.links[i - 1].id);
        demand(record.links[i].said.seal == record.links[0].said.seal);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parsed = permit::parse_permit(base::BytesView{data, size});
    if (!parsed) {
        return 0;
    }
    const permit::DomainState& state = test_support::custody_state();
    std::vector<permit::FiledCustody> filed;
    for (const std::string_view whole : parsed->statements) {
        filed.push_back({whole, &state.policy->policy, std::nullopt});
    }
    const auto record = permit::read_custody(state, test_support::custody_key(), filed);
    const std::vector<permit::FiledCustody> backwards(filed.rbegin(), filed.rend());
    const auto other = permit::read_custody(state, test_support::custody_key(), backwards);
    demand(record.is_whole() == other.is_whole() && record.fault == other.fault);
    demand(!permit::name_of(record.fault).empty());
    filed.insert(filed.end(), backwards.begin(), backwards.end());
    const auto twice = permit::read_custody(state, test_support::custody_key(), filed);
    demand(twice.fault == record.fault && twice.links.size() == record.links.size());
    if (record.is_whole()) {
        check_whole(record);
    }
    return 0;
}
