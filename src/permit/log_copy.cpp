// How a reader's copy of a log grows.
#include "permit/log_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace cheget::permit {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// What is read at most before a checkpoint on the way is asked for, so that a long way isn't lost.
constexpr std::uint64_t k_stage = 65'536;

/// Of how many entries a checkpoint claims to be, before anything of it is verified.
Result<std::uint64_t> claimed_size(std::string_view checkpoint) {
    const log::Note note = TRY(log::parse_note(checkpoint));
    return TRY(log::parse_checkpoint(note.text)).size;
}

std::string witnessed_path(std::uint64_t size) {
    return fmt::format("witnessed/{}", size);
}

Result<std::string> witnessed_from(const log::Fetch& fetch, std::uint64_t size) {
    return fetch(fmt::format("witnessed?from={}", size), log::k_longest_note);
}

std::unexpected<base::Error> denied(std::string message) {
    return fail(ErrorKind::denied, std::move(message));
}

/// A log never shrinks, but a copy of it may be old.
std::unexpected<base::Error> shows_less(const LogKnowledge& known, std::uint64_t size) {
    return denied(fmt::format(
        "the log {} shows {} entries, and {} were read of it before: this is an old copy of it, or "
        "somebody wants to take something back",
        known.chronicle.trust().log().name, size, known.chronicle.size()));
}

/// Reads the entries up to a checkpoint of that claimed size.
Result<void> read_to(LogCopy& copy, const log::Fetch& fetch, std::string_view checkpoint,
                     std::uint64_t size, std::uint64_t anchor, const Progress& progress) {
    const log::RemoteLog remote(fetch);
    CatchingUp catching = TRY(CatchingUp::begin(copy, anchor));
    const auto pass_on_the_way = [&]() -> Result<void> {
        const std::string bridge = TRY(fetch(witnessed_path(catching.size()), log::k_longest_note));
        return catching.pass(bridge);
    };
    while (catching.size() < size) {
        const auto some = TRY(remote.entries_from(catching.size(), size));
        for (const std::string_view entry : some.entries) {
            if (catching.needs_checkpoint()) {
                TRY(pass_on_the_way());
            }
            TRY(catching.add(entry));
        }
        if (progress) {
            progress(catching.size(), size);
        }
    }
    if (catching.needs_checkpoint()) {
        TRY(pass_on_the_way());
    }
    TRY(catching.pass(checkpoint));
    return catching.finish();
}

}  // namespace

Result<void> MemoryLogCopy::begin() {
    pending_ = archive_;
    return {};
}

Result<void> MemoryLogCopy::commit(LogKnowledge knowledge) {
    knowledge_ = std::move(knowledge);
    archive_ = pending_;
    return {};
}

Result<void> MemoryLogCopy::add(std::uint64_t index, std::string_view whole,
                                const std::vector<std::string>& subjects) {
    return pending_.add(index, whole, subjects);
}

Result<std::vector<Entry>> MemoryLogCopy::about(std::string_view subject) const {
    return pending_.about(subject);
}

Result<CatchingUp> CatchingUp::begin(LogCopy& copy, std::uint64_t anchor) {
    TRY(copy.begin());
    return CatchingUp(copy, anchor);
}

CatchingUp::CatchingUp(CatchingUp&& other) noexcept
    : copy_(std::exchange(other.copy_, nullptr)),
      anchor_(other.anchor_),
      next_(std::move(other.next_)),
      before_change_(std::move(other.before_change_)),
      passed_(other.passed_) {}

CatchingUp::~CatchingUp() {
    if (copy_ != nullptr) {
        copy_->roll_back();
    }
}

Result<Chronicle::Reading> CatchingUp::add(std::string_view entry) {
    if (needs_checkpoint()) {
        return denied(fmt::format(
            "entry {} put another log key or other witnesses into force, and no checkpoint of {} "
            "entries shows that those before and those after agree: the log has to publish it",
            size() - 1, size()));
    }
    const log::Trust before = next_.chronicle.trust();
    auto reading = TRY(next_.chronicle.read(entry, *copy_));
    TRY(next_.frontier.append(log::hash_leaf(base::as_bytes(entry))));
    if (reading.changes_trust && size() >= anchor_) {
        before_change_ = before;
    }
    passed_ = false;
    return reading;
}

Result<void> CatchingUp::pass(std::string_view checkpoint) {
    const log::Trust& trust = next_.chronicle.trust();
    const auto opened = log::open_witnessed(checkpoint, trust);
    if (!opened) {
        return denied(opened.error().message);
    }
    if (before_change_) {
        const auto by_those_before = log::open_witnessed(checkpoint, *before_change_);
        if (!by_those_before) {
            return denied("where the log's keys change, those before must have signed too: " +
                          by_those_before.error().message);
        }
    }
    if (opened->checkpoint.size != size() || opened->checkpoint.root != next_.frontier.root()) {
        return denied(fmt::format(
            "the log {} signed a tree of {} entries that is not made of the {} that were read: it "
            "forked, or these are not its entries; keep the checkpoint, it may prove it",
            trust.log().name, opened->checkpoint.size, size()));
    }
    before_change_.reset();
    if (size() == next_.chronicle.trusted_from()) {
        next_.times.clear();  // what those before said of time doesn't count any more
    }
    next_.times.add(size(), *log::now_high(*opened, trust, base::Span{0}));
    next_.checkpoint = checkpoint;
    passed_ = true;
    return {};
}

Result<void> CatchingUp::finish() {
    if (!passed_) {
        return denied(
            fmt::format("no checkpoint vouches for the {} entries that were read", size()));
    }
    LogCopy* copy = std::exchange(copy_, nullptr);
    return copy->commit(std::move(next_));
}

Result<void> catch_up(LogCopy& copy, const log::Fetch& fetch, const Progress& progress) {
    for (;;) {
        std::string checkpoint = TRY(fetch("checkpoint", log::k_longest_note));
        const std::uint64_t newest = TRY(claimed_size(checkpoint));
        std::uint64_t size = newest;
        const std::uint64_t held = copy.knowledge().chronicle.size();
        if (size < held) {
            return shows_less(copy.knowledge(), size);
        }
        if (size - held > k_stage) {
            if (auto stage = witnessed_from(fetch, held + k_stage)) {
                size = TRY(claimed_size(*stage));
                checkpoint = std::move(*stage);
            }
        }
        TRY(read_to(copy, fetch, checkpoint, size, 0, progress));
        if (size >= newest) {
            return {};
        }
    }
}

Result<void> catch_up_to_anchor(LogCopy& copy, const log::Fetch& fetch, std::string_view checkpoint,
                                const Progress& progress) {
    const std::uint64_t size = TRY(claimed_size(checkpoint));
    if (copy.knowledge().chronicle.size() != 0) {
        return denied(
            "a checkpoint that was compared by words begins a copy, and this one is begun");
    }
    return read_to(copy, fetch, checkpoint, size, size, progress);
}

Result<void> refine_times(LogCopy& copy, const log::Fetch& fetch,
                          const std::vector<std::uint64_t>& indexes) {
    LogKnowledge next = copy.knowledge();
    const std::uint64_t held = next.chronicle.size();
    const log::Trust trust = next.chronicle.trust();
    log::RemoteLog remote(fetch);
    for (const std::uint64_t index : indexes) {
        const std::uint64_t from = std::max(index + 1, next.chronicle.trusted_from());
        // Also where a checkpoint of that size is known: the log may have shown a later one first.
        if (from > held) {
            continue;
        }
        const auto checkpoint = witnessed_from(fetch, from);
        if (!checkpoint) {
            continue;
        }
        const auto opened = log::open_witnessed(*checkpoint, trust);
        if (!opened) {
            return denied(opened.error().message);
        }
        const log::Checkpoint& seen = opened->checkpoint;
        if (seen.size < from || seen.size > held) {
            continue;
        }
        const auto proof = TRY(log::make_consistency_proof(seen.size, held, remote.hashes(held)));
        if (auto same =
                log::verify_consistency(seen.size, held, seen.root, next.frontier.root(), proof);
            !same) {
            return denied(fmt::format(
                "the log {} signed a tree of {} entries that the one that was read did not grow "
                "out of: it forked; keep the checkpoint, it may prove it: {}",
                trust.log().name, seen.size, same.error().message));
        }
        next.times.add(seen.size, *log::now_high(*opened, trust, base::Span{0}));
    }
    if (next.times == copy.knowledge().times) {
        return {};
    }
    TRY(copy.begin());
    return copy.commit(std::move(next));
}

Result<void> catch_up(LogCopy& copy, const Permit::Extract& extract) {
    const std::uint64_t held = copy.knowledge().chronicle.size();
    if (extract.first > held) {
        return base::bad_input(fmt::format(
            "the permit's extract of the log begins at entry {}, and here {} were read: "
            "ask for one that begins at entry {}",
            extract.first, held, held));
    }
    CatchingUp catching = TRY(CatchingUp::begin(copy));
    auto checkpoint = extract.checkpoints.begin();
    const auto pass_those_here = [&]() -> Result<void> {
        for (; checkpoint != extract.checkpoints.end(); ++checkpoint) {
            const std::uint64_t size = TRY(claimed_size(*checkpoint));
            if (size > catching.size()) {
                break;
            }
            if (size == catching.size()) {
                TRY(catching.pass(*checkpoint));
            }
        }
        return {};
    };
    TRY(pass_those_here());
    for (std::uint64_t i = held - extract.first; i < extract.entries.size(); ++i) {
        TRY(catching.add(extract.entries[i]));
        TRY(pass_those_here());
    }
    if (catching.size() == held && extract.checkpoints.empty()) {
        return {};
    }
    return catching.finish();
}

namespace {

/// Where an extract ends. Its entries were read and verified before, by whoever extracts them.
struct End {
    std::uint64_t size = 0;
    std::string checkpoint;
};

Result<void> require_held(const LogKnowledge& knowledge, std::uint64_t size) {
    const std::uint64_t held = knowledge.chronicle.size();
    if (size > held) {
        return base::bad_input(fmt::format(
            "{} entries were read of the log here, and the extract should begin at entry {}", held,
            size));
    }
    return {};
}

Result<Permit::Extract> extract_to(const log::Fetch& fetch, const LogKnowledge& knowledge,
                                   std::uint64_t size, End end,
                                   const std::vector<std::uint64_t>& indexes,
                                   std::size_t most_bytes) {
    Permit::Extract extract;
    extract.first = size;
    const log::RemoteLog remote(fetch);
    std::size_t bytes = 0;
    while (extract.first + extract.entries.size() < end.size && bytes <= most_bytes) {
        const auto some =
            TRY(remote.entries_from(extract.first + extract.entries.size(), end.size));
        for (const std::string_view entry : some.entries) {
            bytes += entry.size();
            extract.entries.emplace_back(entry);
        }
    }
    std::map<std::uint64_t, std::string> checkpoints;
    for (const std::uint64_t index : indexes) {
        if (auto seen =
                index < size ? std::unexpected(base::Error{}) : witnessed_from(fetch, index + 1)) {
            const std::uint64_t of = TRY(claimed_size(*seen));
            if (of <= end.size) {
                checkpoints.emplace(of, std::move(*seen));
            }
        }
    }
    for (const auto& policy : knowledge.chronicle.record().policies) {
        if (policy.changes_trust && policy.from >= size && policy.from < end.size) {
            checkpoints[policy.from + 1] =
                TRY(fetch(witnessed_path(policy.from + 1), log::k_longest_note));
        }
    }
    checkpoints.emplace(end.size, std::move(end.checkpoint));
    for (auto& [of, text] : checkpoints) {
        extract.checkpoints.push_back(std::move(text));
    }
    return extract;
}

bool fits_permit(const Permit::Extract& extract) {
    std::size_t bytes = 0;
    for (const std::string& entry : extract.entries) {
        bytes += entry.size();
    }
    return extract.entries.size() <= k_most_entries && bytes <= k_most_entry_bytes;
}

}  // namespace

Result<Permit::Extract> make_extract(const log::Fetch& fetch, const LogKnowledge& knowledge,
                                     std::uint64_t size,
                                     const std::vector<std::uint64_t>& indexes) {
    TRY(require_held(knowledge, size));
    return extract_to(fetch, knowledge, size, {knowledge.chronicle.size(), knowledge.checkpoint},
                      indexes, std::numeric_limits<std::size_t>::max());
}

Result<Permit::Extract> make_extract_stage(const log::Fetch& fetch, const LogKnowledge& knowledge,
                                           std::uint64_t size,
                                           const std::vector<std::uint64_t>& indexes) {
    TRY(require_held(knowledge, size));
    const std::uint64_t held = knowledge.chronicle.size();
    // Half as many each time until the bytes fit too.
    for (std::uint64_t stage = k_stage; stage > 0; stage /= 2) {
        End end{held, knowledge.checkpoint};
        if (held - size > stage) {
            end.checkpoint = TRY(witnessed_from(fetch, size + stage));
            end.size = TRY(claimed_size(end.checkpoint));
        }
        if ((end.size <= size && size < held) || end.size > held ||
            end.size - size > k_most_entries) {
            continue;
        }
        Permit::Extract extract =
            TRY(extract_to(fetch, knowledge, size, std::move(end), indexes, k_most_entry_bytes));
        if (fits_permit(extract)) {
            return extract;
        }
    }
    return base::bad_input(fmt::format(
        "between entry {} and the next checkpoint there is more than a permit holds ({} entries, "
        "{} bytes): no extract can be made of it",
        size, k_most_entries, k_most_entry_bytes));
}

}  // namespace cheget::permit
