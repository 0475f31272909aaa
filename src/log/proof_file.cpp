// Proof files: header, index, hashes, an empty line, the checkpoint.
#include "log/proof_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace cheget::log {
namespace {

constexpr std::string_view k_header = "c2sp.org/tlog-proof@v1";
constexpr std::string_view k_extra = "extra ";
constexpr std::string_view k_index = "index ";

base::Error malformed(std::string_view why) {
    return {base::ErrorKind::bad_input, fmt::format("the text is no proof file: {}", why)};
}

}  // namespace

base::Result<Digest> parse_hash_line(std::string_view line) {
    auto bytes = base::from_base64(line);
    Digest hash;
    if (!bytes || bytes->size() != hash.bytes.size()) {
        return base::bad_input(fmt::format("`{}` is not the base64 of a hash of 32 bytes",
                                           base::shown(line.substr(0, 64))));
    }
    std::copy(bytes->begin(), bytes->end(), hash.bytes.begin());
    return hash;
}

base::Result<Proof> take_hash_lines(std::string_view& text) {
    Proof proof;
    while (true) {
        if (text.find('\n') == std::string_view::npos) {
            return base::bad_input("no empty line ends the hashes");
        }
        const std::string_view line = base::take_until(text, '\n');
        if (line.empty()) {
            return proof;
        }
        if (proof.size() == k_longest_proof) {
            return base::bad_input(fmt::format("more than {} hashes stand there", k_longest_proof));
        }
        proof.push_back(TRY(parse_hash_line(line)));
    }
}

std::string render_hash_lines(std::span<const Digest> hashes) {
    std::string lines;
    for (const Digest& hash : hashes) {
        lines += base::to_base64(hash.bytes) + '\n';
    }
    return lines;
}

base::Result<ProofFile> parse_proof_file(std::string_view text) {
    if (text.size() > k_longest_proof_file) {
        return std::unexpected(malformed("it is too long"));
    }
    if (base::take_until(text, '\n') != k_header) {
        return std::unexpected(malformed(fmt::format("its first line is not {}", k_header)));
    }
    ProofFile file;
    std::string_view line = base::take_until(text, '\n');
    if (line.starts_with(k_extra)) {
        auto extra = base::from_base64(line.substr(k_extra.size()));
        if (!extra || extra->empty()) {
            return std::unexpected(malformed("what stands after `extra` is not base64"));
        }
        file.extra = std::move(*extra);
        line = base::take_until(text, '\n');
    }
    if (!line.starts_with(k_index)) {
        return std::unexpected(malformed("the line `index NUMBER` is missing"));
    }
    auto index = base::parse_number(line.substr(k_index.size()), k_largest_size);
    if (!index) {
        return std::unexpected(malformed(index.error().message));
    }
    file.index = *index;
    auto proof = take_hash_lines(text);
    if (!proof) {
        return std::unexpected(malformed(proof.error().message));
    }
    file.proof = std::move(*proof);
    auto note = parse_note(text);
    if (!note) {
        return std::unexpected(malformed(note.error().message));
    }
    file.checkpoint = text;
    return file;
}

std::string render(const ProofFile& file) {
    std::string text(k_header);
    text += '\n';
    if (!file.extra.empty()) {
        text += fmt::format("{}{}\n", k_extra, base::to_base64(file.extra));
    }
    text += fmt::format("{}{}\n{}\n{}", k_index, file.index, render_hash_lines(file.proof),
                        file.checkpoint);
    return text;
}

base::Result<OpenedCheckpoint> verify(const ProofFile& file, base::BytesView entry,
                                      const Trust& trust) {
    OpenedCheckpoint opened = TRY(open_witnessed(file.checkpoint, trust));
    TRY(verify_inclusion(file.index, opened.checkpoint.size, hash_leaf(entry), file.proof,
                         opened.checkpoint.root));
    return opened;
}

}  // namespace cheget::log
