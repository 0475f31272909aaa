// A made-up log.
#include "support/test_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/tile.h"

namespace cheget::test_support {

using log::testing::TestSigner;

log::testing::TestSigner test_log_key(std::uint8_t number) {
    return {"log.example/prod", signature::k_note_ed25519, number};
}

std::string log_lines(std::uint8_t log_key, std::size_t needed,
                      const std::vector<std::uint8_t>& witnesses) {
    std::string names;
    for (const std::uint8_t number : witnesses) {
        names += fmt::format("{}w{}", names.empty() ? "" : ", ", number);
    }
    std::string lines = fmt::format("log: {}\n", signature::to_text(test_log_key(log_key).key()));
    if (!witnesses.empty()) {
        lines += fmt::format("witnesses: {} of {{ {} }}\n", needed, names);
    }
    return lines;
}

std::string witness_blocks(const std::vector<std::uint8_t>& witnesses) {
    std::string blocks;
    for (const std::uint8_t number : witnesses) {
        blocks += fmt::format("witness w{} {{ {} }}\n", number,
                              signature::to_text(log::testing::test_witness(number).key()));
    }
    return blocks;
}

std::uint64_t TestLog::add(std::string entry) {
    leaves_.push_back(log::hash_leaf(base::as_bytes(entry)));
    entries_.push_back(std::move(entry));
    return entries_.size() - 1;
}

std::string TestLog::signed_checkpoint(const Sealing& by, std::uint64_t size) const {
    const TestSigner key = test_log_key(by.log_key);
    const std::string text = log::to_text(
        {key.key().name, size, log::testing::naive_root(std::span(leaves_).first(size))});
    log::Note note{text, {key.sign(text)}};
    if (by.also_by_log_key != 0) {
        note.signatures.push_back(test_log_key(by.also_by_log_key).sign(text));
    }
    for (const auto& each : by.witnesses) {
        note.signatures.push_back(
            log::testing::test_witness(each.witness).cosign(text, each.seconds));
    }
    if (by.witnesses.empty()) {  // the log's own cosignature stands for them
        const TestSigner own(key.key().name, signature::k_note_cosignature, by.log_key);
        note.signatures.push_back(own.cosign(text, 1'800'000'000));
    }
    return log::render(note);
}

const std::string& TestLog::seal(const Sealing& by, std::uint64_t size) {
    return published_.insert_or_assign(size, signed_checkpoint(by, size)).first->second;
}

log::Fetch TestLog::fetch() const {
    return [this](const std::string& path, std::size_t) { return serve(path); };
}

base::Result<std::string> TestLog::serve(const std::string& path) const {
    constexpr std::string_view k_from = "witnessed?from=";
    constexpr std::string_view k_exactly = "witnessed/";
    const std::unexpected<base::Error> missing =
        base::fail(base::ErrorKind::unreachable, "it is not published: " + path);
    if (published_.empty()) {
        return missing;
    }
    if (path == "checkpoint") {
        return newest();
    }
    if (path.starts_with(k_from) || path.starts_with(k_exactly)) {
        const bool exactly = path.starts_with(k_exactly);
        const auto size = std::stoull(path.substr((exactly ? k_exactly : k_from).size()));
        const auto found = published_.lower_bound(size);
        const bool there = found != published_.end() && (!exactly || found->first == size);
        return there ? base::Result<std::string>(found->second) : missing;
    }
    const auto tile = log::parse_tile_path(path);
    if (!tile) {
        return std::unexpected(tile.error());
    }
    if (tile->entries) {
        const std::size_t first = tile->index * log::k_tile_width;
        if (first + tile->width > entries_.size()) {
            return missing;
        }
        return log::render_bundle(std::span(entries_).subspan(first, tile->width));
    }
    const std::uint64_t each = std::uint64_t{1} << (8 * tile->level);
    std::vector<base::Digest> hashes;
    for (std::uint64_t i = 0; i < tile->width; ++i) {
        const std::uint64_t begin = (tile->index * log::k_tile_width + i) * each;
        if (begin + each > leaves_.size()) {
            return missing;
        }
        hashes.push_back(log::testing::naive_root(std::span(leaves_).subspan(begin, each)));
    }
    return log::render_tile(hashes);
}

}  // namespace cheget::test_support
