// A witness: signs what it saw of logs, each only growing, and remembers it before anyone hears.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "log/witness.h"
#include "net/http_server.h"
#include "store/descriptor.h"

namespace cheget::authority {

/// A witness's key; the secret never comes here.
struct WitnessSigner {
    log::NoteKey key;
    std::function<base::Result<base::Bytes>(std::string_view message)> sign;  ///< 64 bytes
};

/// One witness process over one folder, which holds a file for each log: its last checkpoint's
/// text.
class WitnessService {
  public:
    /// Takes the folder for itself and reads what it holds. `logs` are the keys of the logs that
    /// are witnessed; keys of one name belong to one log. Fails if another process has the folder,
    /// or a file in it does not hold together.
    static base::Result<std::unique_ptr<WitnessService>> open(std::filesystem::path folder,
                                                              WitnessSigner signer,
                                                              const std::vector<log::NoteKey>& logs,
                                                              std::function<base::Time()> clock);

    /// POST /add-checkpoint (C2SP tlog-witness). One at a time, so that comparing and keeping are
    /// one step.
    net::Response add_checkpoint(std::string_view body);

    /// What it last cosigned of a log; nothing if it does not serve it.
    const log::WitnessedLog* find(std::string_view origin) const;

  private:
    WitnessService(std::filesystem::path folder, WitnessSigner signer,
                   std::function<base::Time()> clock)
        : folder_(std::move(folder)), signer_(std::move(signer)), clock_(std::move(clock)) {}

    std::filesystem::path file_of(std::string_view origin) const;
    base::Result<void> read_state(const std::string& origin, log::WitnessedLog& state) const;
    base::Result<std::string> cosign(const log::WitnessAnswer& answer);

    std::filesystem::path folder_;
    WitnessSigner signer_;
    std::function<base::Time()> clock_;
    store::Descriptor lock_;
    std::mutex mutex_;
    std::map<std::string, log::WitnessedLog, std::less<>> logs_;
};

net::Handler witness_handler(WitnessService& service);

}  // namespace cheget::authority
