// A file system for SQLite that lives in memory and loses power: what was written and not synced is
// then gone, or there in part, as a disk with a cache would have it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace cheget::test_support {

/// One disk. Registers itself as an SQLite VFS for as long as it lives; all connections on it must
/// be closed before. One thread at a time.
class LosingFileSystem {
  public:
    explicit LosingFileSystem(std::uint64_t seed);
    ~LosingFileSystem();
    LosingFileSystem(const LosingFileSystem&) = delete;
    LosingFileSystem& operator=(const LosingFileSystem&) = delete;

    const char* name() const { return name_.c_str(); }

    /// Power fails before the write, truncation or sync that comes after so many others: it and all
    /// later ones fail.
    void fail_after(std::uint64_t operations) { fail_at_ = operations_ + operations; }
    /// Writes and syncs work again, and nothing is lost: the disk was full for a moment.
    void end_failure() {
        failed_ = false;
        fail_at_ = ~std::uint64_t{0};
    }
    bool has_failed() const { return failed_; }
    std::uint64_t operations() const { return operations_; }

    /// Power is back. Of what was not synced nothing is there, or the first part of it, or any part
    /// of it, torn at sectors: the seed decides.
    void restore_power();

    // What the VFS below calls.
    struct Change {
        std::uint64_t offset = 0;
        std::string bytes;  ///< empty for a truncation to `offset`
        bool truncates = false;
    };
    struct File {
        std::string durable;
        std::string current;
        std::vector<Change> unsynced;
        std::vector<std::unique_ptr<std::string>> shared_memory;
    };
    std::shared_ptr<File> open(const std::string& path, bool create);
    bool exists(const std::string& path) const { return files_.contains(path); }
    void remove(const std::string& path) { files_.erase(path); }
    /// Whether power is still there; counts the operation.
    bool step();
    void sync(File& file);

  private:
    void lose(File& file);

    std::string name_;
    std::map<std::string, std::shared_ptr<File>> files_;
    std::mt19937_64 random_;
    std::uint64_t operations_ = 0;
    std::uint64_t fail_at_ = ~std::uint64_t{0};
    bool failed_ = false;
    sqlite3_vfs vfs_{};
};

}  // namespace cheget::test_support
