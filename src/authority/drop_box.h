// A drop place over HTTP (docs/drop.md): whoever says no leaves it here, executors fetch it. It is
// a way around whoever keeps a log, so it shares nothing with one but who may speak.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "authority/admission.h"
#include "net/http_server.h"

namespace cheget::authority {

/// What may be left. Nothing that counts is ever thrown out to make room: whoever stole a key
/// could push its owner's no out by that.
struct DropQuota {
    std::size_t statements = 256;   ///< of one signer
    std::size_t bytes = 4U << 20U;  ///< of one signer
    std::size_t about_one = 4;      ///< of one signer about one order, policy or key
};

/// Vetoes, withdrawals and revocations in a folder: FOLDER/<subject>/<sha256 of the bytes>, the
/// subject being the id of the order or policy that is voted on, or `revocations`. Votes on orders
/// that expired more than a day ago are taken away when their signer needs the room. Any thread.
class DropBox {
  public:
    /// Makes the folder if it is absent, and reads what lies in it. `admission` outlives the box.
    static base::Result<std::unique_ptr<DropBox>> open(std::filesystem::path folder,
                                                       const Admission& admission,
                                                       std::function<base::Time()> clock,
                                                       DropQuota quota = {});

    /// Keeps a signed statement; it is on disk when this succeeds. The same bytes twice are one.
    /// Fails with bad_input if it is no veto, withdrawal or revocation that a principal of the
    /// domain signed, and with denied if a quota is used up.
    base::Result<void> leave(std::string_view bytes);

    /// What was left about the subject, as a permit file of statements; nothing if nothing was.
    base::Result<std::optional<std::string>> about(std::string_view subject) const;

  private:
    struct Kept {
        std::string subject;
        std::size_t bytes = 0;
        std::optional<base::Time> until;  ///< when the order expires
    };
    struct Dropped {
        std::string signer;
        std::string subject;
        std::string about;  ///< what `about_one` counts: the subject, or the key revoked
        std::optional<base::Time> until;
    };
    struct Signer {
        std::map<std::string, Kept> kept;  ///< by the name of the file
        std::map<std::string, std::size_t> about;
        std::size_t bytes = 0;
    };

    DropBox(std::filesystem::path folder, const Admission& admission,
            std::function<base::Time()> clock, DropQuota quota)
        : folder_(std::move(folder)),
          admission_(admission),
          clock_(std::move(clock)),
          quota_(quota) {}

    base::Result<void> load();
    base::Result<Dropped> read(std::string_view bytes) const;
    void count(const Dropped& dropped, const std::string& name, std::size_t bytes);
    void make_room(Signer& signer);
    base::Result<void> check_room(const Signer& signer, const Dropped& dropped,
                                  std::size_t bytes) const;

    std::filesystem::path folder_;
    const Admission& admission_;
    std::function<base::Time()> clock_;
    DropQuota quota_;
    mutable std::mutex mutex_;
    std::map<std::string, Signer> signers_;
    std::map<std::string, std::pair<std::size_t, std::size_t>> subjects_;  ///< statements, bytes
};

/// GET /drop/SUBJECT, POST /drop; every other path is for `others`.
net::Handler with_drop_box(DropBox& box, net::Handler others);

}  // namespace cheget::authority
