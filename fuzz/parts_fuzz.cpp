// Any bytes as parts of a load, and as a load to be cut: parts make exactly the whole that they name.
#include <algorithm>
#include <cstdlib>

#include "briefcase/compact_vote.h"
#include "briefcase/parts.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void gather(const std::vector<base::BytesView>& payloads) {
    briefcase::Gathering gathering;
    demand(!gathering.whole());
    for (const base::BytesView payload : payloads) {
        const auto part = briefcase::parse_part(payload);
        if (!part) {
            demand(!part.error().message.empty());
            continue;
        }
        const base::Bytes again = briefcase::render(*part);
        demand(std::equal(again.begin(), again.end(), payload.begin(), payload.end()));
        demand(briefcase::size_of_part(payload) == payload.size());
        const bool was_there = gathering.of() && gathering.of() != part->whole;
        demand(!was_there || !gathering.add(*part));
        gathering.add(*part);
        demand(gathering.present() + gathering.missing().size() == gathering.count());
    }
    const auto whole = gathering.whole();
    demand(whole.has_value() ? base::sha256(*whole) == *gathering.of()
                             : !whole.error().message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::BytesView bytes(data, size);
    if (const auto payloads = briefcase::split_payloads(bytes)) {
        gather(*payloads);
    }
    gather({bytes});
    for (const std::size_t most : {std::size_t{0}, briefcase::k_part_header + 1,
                                   briefcase::k_part_header + 7, std::size_t{911}}) {
        const auto parts = briefcase::cut(base::as_text(bytes), most);
        if (!parts) {
            continue;
        }
        briefcase::Gathering gathering;
        for (auto part = parts->rbegin(); part != parts->rend(); ++part) {
            demand(part->size() <= most);
            demand(gathering.add(briefcase::parse_part(*part).value()).value());
            demand(!gathering.add(briefcase::parse_part(*part).value()).value());
        }
        demand(gathering.whole() == base::as_text(bytes));
    }
    return 0;
}
