// An SQLite VFS in memory that loses what was not synced.
#include "support/losing_file_system.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace cheget::test_support {
namespace {

constexpr std::size_t k_sector = 512;

struct OpenFile {
    sqlite3_file base;  // first, as SQLite wants it
    LosingFileSystem* disk;
    std::shared_ptr<LosingFileSystem::File>* file;
};

OpenFile& as_open(sqlite3_file* file) {
    return *reinterpret_cast<OpenFile*>(file);
}

LosingFileSystem& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<LosingFileSystem*>(vfs->pAppData);
}

void apply_change(std::string& content, const LosingFileSystem::Change& change) {
    if (change.truncates) {
        content.resize(std::min<std::size_t>(content.size(), change.offset));
        return;
    }
    content.resize(std::max<std::size_t>(content.size(), change.offset + change.bytes.size()));
    content.replace(change.offset, change.bytes.size(), change.bytes);
}

int change(sqlite3_file* file, LosingFileSystem::Change made) {
    OpenFile& open = as_open(file);
    if (!open.disk->step()) {
        return SQLITE_IOERR_WRITE;
    }
    apply_change((*open.file)->current, made);
    (*open.file)->unsynced.push_back(std::move(made));
    return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
    delete as_open(file).file;
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
    const std::string& content = (*as_open(file).file)->current;
    const auto wanted = static_cast<std::size_t>(count);
    const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
    const std::size_t there = std::min(wanted, content.size() - begin);
    std::memcpy(out, content.data() + begin, there);
    std::memset(static_cast<char*>(out) + there, 0, wanted - there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    return change(
        file,
        {static_cast<std::uint64_t>(offset),
         std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count)), false});
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return change(file, {static_cast<std::uint64_t>(size), {}, true});
}

int sync_file(sqlite3_file* file, int) {
    OpenFile& open = as_open(file);
    if (!open.disk->step()) {
        return SQLITE_IOERR_FSYNC;
    }
    open.disk->sync(**open.file);
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>((*as_open(file).file)->current.size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
    return SQLITE_OK;  // there is one process and one connection
}

int check_lock(sqlite3_file*, int* locked) {
    *locked = 0;
    return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return static_cast<int>(k_sector);
}

int characteristics(sqlite3_file*) {
    return 0;  // nothing is atomic, nothing is in order
}

int map_memory(sqlite3_file* file, int region, int size, int, void volatile** out) {
    auto& memory = (*as_open(file).file)->shared_memory;
    while (memory.size() <= static_cast<std::size_t>(region)) {
        memory.push_back(std::make_unique<std::string>(static_cast<std::size_t>(size), '\0'));
    }
    *out = memory[static_cast<std::size_t>(region)]->data();
    return SQLITE_OK;
}

int lock_memory(sqlite3_file*, int, int, int) {
    return SQLITE_OK;
}

void memory_barrier(sqlite3_file*) {}

int unmap_memory(sqlite3_file* file, int) {
    (*as_open(file).file)->shared_memory.clear();
    return SQLITE_OK;
}

const sqlite3_io_methods k_methods = {2,
                                      close_file,
                                      read_file,
                                      write_file,
                                      truncate_file,
                                      sync_file,
                                      file_size,
                                      lock_file,
                                      lock_file,
                                      check_lock,
                                      control_file,
                                      sector_size,
                                      characteristics,
                                      map_memory,
                                      lock_memory,
                                      memory_barrier,
                                      unmap_memory,
                                      nullptr,
                                      nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    LosingFileSystem& disk = disk_of(vfs);
    OpenFile& open = as_open(file);
    open.base.pMethods = nullptr;
    auto found = disk.open(name == nullptr ? "temporary" : name, (flags & SQLITE_OPEN_CREATE) != 0);
    if (found == nullptr) {
        return SQLITE_CANTOPEN;
    }
    open.disk = &disk;
    open.file = new std::shared_ptr<LosingFileSystem::File>(std::move(found));
    open.base.pMethods = &k_methods;
    if (out_flags != nullptr) {
        *out_flags = flags;
    }
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int) {
    if (!disk_of(vfs).step()) {
        return SQLITE_IOERR_DELETE;
    }
    disk_of(vfs).remove(name);
    return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
    *result = disk_of(vfs).exists(name) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

}  // namespace

LosingFileSystem::LosingFileSystem(std::uint64_t seed)
    : name_("losing-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))), random_(seed) {
    const sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(OpenFile);
    vfs_.mxPathname = 512;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    vfs_.xAccess = access_file;
    vfs_.xFullPathname = full_path;
    vfs_.xRandomness = real->xRandomness;
    vfs_.xSleep = real->xSleep;
    vfs_.xCurrentTime = real->xCurrentTime;
    sqlite3_vfs_register(&vfs_, 0);
}

LosingFileSystem::~LosingFileSystem() {
    sqlite3_vfs_unregister(&vfs_);
}

std::shared_ptr<LosingFileSystem::File> LosingFileSystem::open(const std::string& path,
                                                               bool create) {
    const auto found = files_.find(path);
    if (found != files_.end()) {
        return found->second;
    }
    return create ? files_[path] = std::make_shared<File>() : nullptr;
}

bool LosingFileSystem::step() {
    failed_ = failed_ || operations_ >= fail_at_;
    ++operations_;
    return !failed_;
}

void LosingFileSystem::sync(File& file) {
    file.durable = file.current;
    file.unsynced.clear();
}

// What the disk had in its cache: none of it arrived, or the first changes, or any of them; of one
// change perhaps only some sectors.
void LosingFileSystem::lose(File& file) {
    const std::uint64_t manner = random_() % 3;
    const std::size_t first = file.unsynced.empty() ? 0 : random_() % (file.unsynced.size() + 1);
    for (std::size_t i = 0; i < file.unsynced.size(); ++i) {
        const bool arrived = manner == 1 ? i < first : manner == 2 && random_() % 2 == 0;
        Change& change = file.unsynced[i];
        if (!arrived) {
            continue;
        }
        if (!change.truncates && random_() % 4 == 0) {
            change.bytes.resize(std::min(change.bytes.size(), k_sector * (random_() % 8)));
        }
        apply_change(file.durable, change);
    }
    file.current = file.durable;
    file.unsynced.clear();
    file.shared_memory.clear();
}

void LosingFileSystem::restore_power() {
    for (auto& [path, file] : files_) {
        // Who still has it open sees the old one; the disk has what arrived.
        auto after = std::make_shared<File>();
        after->durable = file->durable;
        after->unsynced = file->unsynced;
        lose(*after);
        file = std::move(after);
    }
    failed_ = false;
    fail_at_ = ~std::uint64_t{0};
}

}  // namespace cheget::test_support
