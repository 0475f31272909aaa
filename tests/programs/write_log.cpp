// Writes a log as files, for verifiers of other people's making to read: entries, tiles, a signed
// and cosigned checkpoint for every size asked for, and proofs by our own code.
//
//   write_log FOLDER KEYS SIZE…      sizes in ascending order; KEYS gets the public keys, one a
//   line
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "log/fork.h"
#include "log/log_test_support.h"
#include "log/proof_file.h"
#include "log/tile.h"

namespace {

using namespace cheget;
using namespace cheget::log;

void write(const std::filesystem::path& path, std::string_view content) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream stream(path, std::ios::binary);
    stream << content;
    if (!stream.flush()) {
        std::perror(path.c_str());
        std::exit(1);
    }
}

/// Every full node, by level; the tree is small enough to hold.
class WholeTree {
  public:
    void append(const std::string& entry) {
        entries_.push_back(entry);
        Digest hash = hash_leaf(base::as_bytes(entry));
        for (std::size_t level = 0;; ++level) {
            levels_.resize(std::max(levels_.size(), level + 1));
            levels_[level].push_back(hash);
            const std::size_t count = levels_[level].size();
            if (count % 2 != 0) {
                return;
            }
            hash = hash_node(levels_[level][count - 2], levels_[level][count - 1]);
        }
    }
    std::uint64_t size() const { return entries_.size(); }
    base::Result<Digest> read(Node node) const { return levels_.at(node.level).at(node.index); }
    std::string content(const Tile& tile) const {
        const Node first = first_node(tile);
        return tile.entries
                   ? render_bundle(std::span(entries_).subspan(first.index, tile.width))
                   : render_tile(
                         std::span(levels_.at(first.level)).subspan(first.index, tile.width));
    }

  private:
    std::vector<std::string> entries_;
    std::vector<std::vector<Digest>> levels_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) {
        return 2;
    }
    const std::filesystem::path folder = arguments[1];
    write(arguments[2], signature::to_text(testing::test_log().key()) + '\n' +
                            signature::to_text(testing::test_witness(1).key()) + '\n' +
                            signature::to_text(testing::test_witness(2).key()) + '\n');
    const char* const mark = std::getenv("WRITE_LOG_MARK");
    const std::string beginning = std::string(mark == nullptr ? "entry" : mark) + " ";
    WholeTree tree;
    const HashReader read = [&](Node node) { return tree.read(node); };
    std::uint64_t before = 0;
    for (int i = 3; i < count; ++i) {
        const std::uint64_t size = std::strtoull(arguments[i], nullptr, 10);
        while (tree.size() < size) {
            tree.append(beginning + std::to_string(tree.size()) +
                        std::string(tree.size() % 7, '.') + '\n');
        }
        for (const Tile& tile : new_tiles(before, size)) {
            write(folder / path_of(tile), tree.content(tile));
        }
        const auto root = root_at(size, read);
        const std::string checkpoint =
            testing::signed_checkpoint({testing::test_log().key().name, size, *root},
                                       {{1, 1'700'000'000}, {2, 1'700'000'005}});
        const std::string name = std::to_string(size);
        write(folder / "checkpoint", checkpoint);
        write(folder / "checkpoints" / name, checkpoint);
        for (std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
            const ProofFile proof{
                {}, index, make_inclusion_proof(index, size, read).value(), checkpoint};
            write(folder / "proofs" / (name + "-" + std::to_string(index) + ".tlog-proof"),
                  render(proof));
        }
        if (before != 0) {
            const Proof proof = make_consistency_proof(before, size, read).value();
            write(folder / "consistency" / (std::to_string(before) + "-" + name),
                  render_hash_lines(proof));
        }
        before = size;
    }
    return 0;
}
