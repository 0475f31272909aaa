// The secret keys of logs and witnesses: files as others write them for signed notes, held in
// locked memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "signature/note_key.h"

namespace cheget::keys {

class LockedBytes;

/// A key of a signed note with its secret. `PRIVATE+KEY+NAME+KEYID+BASE64`, where the base64 holds
/// the type and a seed of 32 bytes, is the one line of its file.
class NoteSigner {
  public:
    /// Makes a new key and writes its file, which only its owner may read. Fails if the file is
    /// there.
    static base::Result<NoteSigner> create(const std::string& path, std::string_view name,
                                           std::uint8_t type);
    /// Reads the file; refuses one that others may read or that belongs to someone else.
    static base::Result<NoteSigner> load(const std::string& path);

    NoteSigner(NoteSigner&& other) noexcept;
    NoteSigner& operator=(NoteSigner&& other) noexcept;
    NoteSigner(const NoteSigner&) = delete;
    NoteSigner& operator=(const NoteSigner&) = delete;
    ~NoteSigner();

    const signature::NoteKey& key() const { return key_; }

    /// The bare Ed25519 signature of 64 bytes; from any thread.
    base::Bytes sign(std::string_view message) const;

  private:
    NoteSigner();

    signature::NoteKey key_;
    std::unique_ptr<LockedBytes> secret_;  // as libsodium has it: seed and public key
};

}  // namespace cheget::keys
