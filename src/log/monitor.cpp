// A monitor's state, and its way to a newer checkpoint.
#include "log/monitor.h"

#include <fmt/format.h>

#include "base/text.h"
#include "log/proof_file.h"

namespace cheget::log {
namespace {

constexpr std::string_view k_header = "cheget monitor v1";

base::Error corrupt(std::string_view why) {
    return {base::ErrorKind::corrupt_state,
            fmt::format("what the monitor kept does not hold together: {}; begin again from a "
                        "checkpoint that somebody else vouches for",
                        why)};
}

}  // namespace

std::string MonitorState::to_text() const {
    return fmt::format("{}\n{}\n{}", k_header, render_hash_lines(frontier_.subtrees()),
                       checkpoint_);
}

base::Result<MonitorState> MonitorState::parse(std::string_view text, const Trust& trust) {
    if (base::take_until(text, '\n') != k_header) {
        return std::unexpected(corrupt(fmt::format("its first line is not `{}`", k_header)));
    }
    auto hashes = take_hash_lines(text);
    if (!hashes) {
        return std::unexpected(corrupt(hashes.error().message));
    }
    MonitorState state;
    if (text.empty() && hashes->empty()) {
        return state;
    }
    auto opened = open_checkpoint(text, trust);
    if (!opened) {
        return std::unexpected(corrupt(opened.error().message));
    }
    auto frontier = Frontier::from(opened->checkpoint.size, std::move(*hashes));
    if (!frontier) {
        return std::unexpected(corrupt(frontier.error().message));
    }
    if (frontier->root() != opened->checkpoint.root) {
        return std::unexpected(corrupt("its hashes don't make the root of its checkpoint"));
    }
    state.frontier_ = std::move(*frontier);
    state.checkpoint_ = text;
    return state;
}

base::Result<Following> Following::begin(const MonitorState& from, std::string_view checkpoint,
                                         const Trust& trust) {
    OpenedCheckpoint target = TRY(open_witnessed(checkpoint, trust));
    if (target.checkpoint.size < from.size()) {
        return base::bad_input(fmt::format(
            "the log {} shows {} entries, and {} were read of it: a log never shrinks; keep both "
            "checkpoints and tell the others who watch it",
            trust.log().name, target.checkpoint.size, from.size()));
    }
    if (target.checkpoint.size == from.size() && target.checkpoint.root != from.frontier().root()) {
        return base::bad_input(fmt::format(
            "the log {} signed two trees of {} entries: it forked; keep both checkpoints, they "
            "prove it",
            trust.log().name, from.size()));
    }
    return Following(from, std::move(target));
}

base::Result<void> Following::add_leaf(const Digest& leaf) {
    if (next() >= size()) {
        return base::bad_input(fmt::format("the checkpoint has {} entries and no more", size()));
    }
    return state_.frontier_.append(leaf);
}

base::Result<MonitorState> Following::finish() {
    if (next() != size()) {
        return base::bad_input(fmt::format("{} of the {} entries were read", next(), size()));
    }
    if (state_.frontier_.root() != target_.checkpoint.root) {
        return base::bad_input(fmt::format(
            "the entries don't make the root that {} signed for {} of them: it forked, or these "
            "are not its entries",
            target_.checkpoint.origin, size()));
    }
    MonitorState reached = std::move(state_);
    reached.checkpoint_ = render(target_.note);
    return reached;
}

}  // namespace cheget::log
