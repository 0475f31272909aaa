// Finding alarms in a chain of custody.
#include "briefcase/watching.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace cheget::briefcase {

namespace {

using permit::CustodyFault;
using permit::CustodyLink;
using statement::CustodyEvent;

class Finder {
  public:
    Finder(const permit::CustodyRecord& record, std::string_view briefcase,
           std::string_view principal, const Roster* roster)
        : record_(record), briefcase_(briefcase), principal_(principal), roster_(roster) {}

    void find_fault() {
        if (record_.fault == CustodyFault::none) {
            return;
        }
        // Which fault, and after which statement: what is set right and breaks anew is another.
        const std::string after =
            record_.links.empty() ? "" : base::to_hex(record_.links.back().id).substr(0, 16);
        std::string kind(name_of(record_.fault));
        add(kind, after, record_.fault_words);
    }

    void look_at_links() {
        const CustodyLink* before = nullptr;
        for (const CustodyLink& link : record_.links) {
            if (link.said.event == CustodyEvent::opened && !link.said.nonce) {
                look_at_opening(link);
            }
            if (before != nullptr) {
                look_at_tries(*before, link);
            }
            before = link.said.tries ? &link : before;
        }
    }

    void look_at_holder(base::Time now) {
        const Shift* const shift = roster_ != nullptr ? roster_->at(now) : nullptr;
        if (shift == nullptr || record_.links.empty() || record_.holder == shift->name ||
            now < shift->from + roster_->grace) {
            return;
        }
        add("overdue", base::to_text(shift->from),
            fmt::format("{} should hold it since {}, and by what was handed in {} does",
                        shift->name, base::to_text(shift->from), record_.holder));
    }

    std::vector<Alarm> take() { return std::move(alarms_); }

  private:
    void add(const std::string& kind, const std::string& which, std::string words) {
        alarms_.push_back(
            {fmt::format("{} {} {}", briefcase_, kind, which), kind, std::move(words)});
    }

    void look_at_opening(const CustodyLink& link) {
        const Shift* const shift = roster_ != nullptr ? roster_->at(link.said.at) : nullptr;
        if (roster_ == nullptr || (shift != nullptr && shift->name == principal_)) {
            return;
        }
        add("opened", base::to_hex(link.id).substr(0, 16),
            fmt::format("it was opened at {}, {}", base::to_text(link.said.at),
                        shift == nullptr ? std::string("before the roster begins")
                                         : fmt::format("in the shift of {}", shift->name)));
    }

    /// An opening costs one try; what else was used up is somebody's guesses.
    void look_at_tries(const CustodyLink& before, const CustodyLink& link) {
        if (!before.said.tries || !link.said.tries || *link.said.tries >= *before.said.tries) {
            return;
        }
        const std::uint32_t used = *before.said.tries - *link.said.tries;
        const bool is_opening = link.said.event == CustodyEvent::opened && !link.said.nonce;
        if (used > (is_opening ? 1U : 0U)) {
            add("tries", base::to_hex(link.id).substr(0, 16),
                fmt::format("{} tries were used up between {} and {}{}; {} are left", used,
                            base::to_text(before.said.at), base::to_text(link.said.at),
                            is_opening ? ", and one opened it" : "", *link.said.tries));
        }
    }

    const permit::CustodyRecord& record_;
    std::string_view briefcase_;
    std::string_view principal_;
    const Roster* roster_;
    std::vector<Alarm> alarms_;
};

}  // namespace

std::vector<Alarm> alarms_of(const permit::CustodyRecord& record, std::string_view briefcase,
                             std::string_view principal, const Roster* roster, base::Time now) {
    Finder finder(record, briefcase, principal, roster);
    finder.find_fault();
    finder.look_at_links();
    finder.look_at_holder(now);
    return finder.take();
}

}  // namespace cheget::briefcase
