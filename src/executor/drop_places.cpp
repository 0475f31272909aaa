// Reading drop places.
#include "executor/drop_places.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "base/text.h"
#include "executor/subject.h"
#include "net/http_client.h"
#include "permit/permit.h"

namespace cheget::executor {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_answer = permit::k_most_statement_bytes + (std::size_t{1} << 20U);
constexpr std::chrono::milliseconds k_longest_wait{5'000};

Result<std::vector<std::string>> ask(const std::string& place, std::string_view subject) {
    net::Ask asked{.url = fmt::format("{}/{}", place, subject)};
    asked.longest_answer = k_longest_answer;
    asked.longest_wait = k_longest_wait;
    const net::Response answer = TRY(net::ask(asked));
    if (answer.status == 204) {
        return std::vector<std::string>();
    }
    if (answer.status != 200) {
        return fail(ErrorKind::unreachable,
                    fmt::format("asking {}: it answers {}", base::shown(asked.url), answer.status));
    }
    const auto refuse = [&](const std::string& why) {
        return fail(ErrorKind::denied,
                    fmt::format("what the drop place {} answers could not be read, and it may be a "
                                "veto: {}; nothing was done",
                                base::shown(asked.url), why));
    };
    const Result<permit::Permit> permit = permit::parse_permit(base::as_bytes(answer.body));
    if (!permit) {
        return refuse(permit.error().message);
    }
    std::vector<std::string> statements;
    for (const std::string_view statement : permit->statements) {
        const auto split = statement::split_signed(statement);
        const auto kind = split ? statement::kind_of(split->text)
                                : Result<statement::Kind>(std::unexpected(split.error()));
        if (!kind) {
            return refuse(kind.error().message);
        }
        if (*kind != statement::Kind::order) {
            statements.emplace_back(statement);
        }
    }
    return statements;
}

Result<std::vector<std::string>> read_place(const policy::Drop& drop, const base::Digest& order) {
    if (drop.is_folder()) {
        return read_drop_folder(drop.place);
    }
    std::vector<std::string> all = TRY(ask(drop.place, base::to_hex(order)));
    std::vector<std::string> revocations = TRY(ask(drop.place, "revocations"));
    std::move(revocations.begin(), revocations.end(), std::back_inserter(all));
    return all;
}

}  // namespace

Result<Dropped> read_drop_places(const Config& config, const policy::Policy& policy,
                                 const base::Digest& order, Reach reach) {
    Dropped dropped;
    dropped.statements = TRY(read_drop_folder(config.drop));
    for (const policy::Drop& drop : policy.drops) {
        if (reach == Reach::folders && !drop.is_folder()) {
            continue;
        }
        Result<std::vector<std::string>> read = read_place(drop, order);
        if (read) {
            std::move(read->begin(), read->end(), std::back_inserter(dropped.statements));
        } else if (policy.log && read.error().kind == ErrorKind::unreachable) {
            dropped.warnings.push_back("a drop place was not read: " + read.error().message);
        } else {
            return std::unexpected(std::move(read).error());
        }
    }
    return dropped;
}

}  // namespace cheget::executor
