// Random statements for the property tests: every field, the optional ones present or not.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "statement/statement.h"

namespace cheget::statement::generate {

inline std::size_t below(std::size_t bound) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, bound));
}

inline bool flip() {
    return below(2) == 1;
}

template <typename T>
T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
}

template <typename Make>
auto maybe(Make make) -> std::optional<decltype(make())> {
    return flip() ? std::optional(make()) : std::nullopt;
}

inline std::string characters(std::string_view alphabet, std::size_t shortest,
                              std::size_t longest) {
    std::string text(shortest + below(longest - shortest + 1), ' ');
    for (char& character : text) {
        character = alphabet[below(alphabet.size())];
    }
    return text;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> bytes() {
    std::array<std::uint8_t, Size> value{};
    for (std::uint8_t& byte : value) {
        byte = static_cast<std::uint8_t>(below(256));
    }
    return value;
}

inline std::uint64_t number(std::uint64_t largest) {
    switch (below(4)) {
        case 0:
            return 0;
        case 1:
            return largest;
        default:
            return std::min<std::uint64_t>(largest, *rc::gen::arbitrary<std::uint32_t>());
    }
}

constexpr std::uint64_t k_most = INT64_MAX;

inline base::Digest digest() {
    return base::Digest{bytes<32>()};
}

inline std::string name() {
    return one_of<std::string>({"alice", "bob", "db1", "order", "emergency", "0", "a.b_c-d"}) +
           characters("abcz09._-", 0, 20);
}

inline std::string target() {
    std::string text = characters("abZ0_.-:@+", 1, 8) + "x";
    while (flip()) {
        text += "/y" + characters("abZ0_.-:@+", 0, 8);
    }
    return text;
}

inline base::Time time() {
    return {
        static_cast<std::int64_t>(number(static_cast<std::uint64_t>(base::k_latest_time.seconds)))};
}

// Text in which nothing can deceive, of the awkward kinds.
inline std::string plain(bool may_be_empty = false) {
    std::string text = may_be_empty ? "" : "x";
    for (std::size_t i = below(8); i != 0; --i) {
        text +=
            one_of<std::string>({"GDPR erasure", " ", "\"", "\\", "/", "\\u0041", "caf\xc3\xa9",
                                 "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xd0\x96", ": ", "#", "{}"});
    }
    return text;
}

// Text with anything but NUL.
inline std::string wild() {
    std::string text = plain(true);
    for (std::size_t i = below(4); i != 0; --i) {
        text +=
            one_of<std::string>({"\n", "\r", "\t", "\x1b[2J", "\x7f", "\xe2\x80\xae", "-rf", "\b"});
    }
    return text;
}

inline std::string path() {
    std::string text;
    do {
        text += "/p" + characters("abZ09._- ", 0, 6) + "e";
    } while (flip());
    return flip() ? text : text + "\xc3\xa9";
}

inline Domain domain() {
    return {flip() ? name() : name() + "/" + name(), digest()};
}

inline PolicyReference policy_reference() {
    return {static_cast<std::uint32_t>(1 + below(1000)), digest()};
}

inline base::Json json(std::size_t depth, bool any_number) {
    using base::Json;
    switch (below(depth == 0 ? 4 : 6)) {
        case 0:
            return Json{Json::Null{}};
        case 1:
            return Json{flip()};
        case 2:
            return Json{Json::Number{any_number ? one_of<std::string>({"1.50", "-0", "1e5", "7"})
                                                : one_of<std::string>({"0", "-12", "7"})}};
        case 3:
            return Json{wild()};
        case 4: {
            Json::Array array;
            while (flip()) {
                array.push_back(json(depth - 1, any_number));
            }
            return Json{std::move(array)};
        }
        default: {
            Json::Object object;
            while (flip()) {
                object.emplace(wild(), json(depth - 1, any_number));
            }
            return Json{std::move(object)};
        }
    }
}

inline Deed deed() {
    switch (below(5)) {
        case 0: {
            Sign sign{number(k_most), digest(), one_of<std::string>({"sshsig", "ssh-cert", "raw"}),
                      plain(), ""};
            if (sign.form == "sshsig") {
                sign.name_space = plain();
            }
            return sign;
        }
        case 1:
            return Ref{plain(), plain(), plain(), plain()};
        case 2: {
            Sql sql{plain(), {wild()}, {}};
            while (flip()) {
                sql.statements.push_back(wild());
                sql.parameters.push_back(json(2, false));
            }
            return sql;
        }
        case 3: {
            base::Json::Object arguments;
            while (flip()) {
                arguments.emplace(wild(), json(3, true));
            }
            return Call{plain(), plain(), base::Json{std::move(arguments)}};
        }
        default: {
            Run run{{path()}};
            while (flip()) {
                run.argv.push_back(wild());
            }
            return run;
        }
    }
}

inline Targets targets() {
    Targets targets{digest(), 1 + number(k_most - 1), {}};
    while (flip()) {
        base::Span hold{one_of<std::int64_t>({0, 1, 59, 60, 3600, 86400, 90000})};
        targets.waves.push_back(flip() ? Wave{Wave::Size::count, 1 + number(k_most - 1), hold}
                                       : Wave{Wave::Size::percent, 1 + below(100), hold});
    }
    targets.waves.push_back(Wave{});
    return targets;
}

inline Order order() {
    Order order;
    order.domain = domain();
    order.policy = policy_reference();
    order.rule = {flip(), name()};
    if (flip()) {
        order.target = targets();
    } else {
        order.target = target();
    }
    order.deed = deed();
    if (std::holds_alternative<Run>(order.deed)) {
        order.user = maybe([] { return "u" + characters("abZ09._-", 0, 31); });
        order.directory = maybe([] { return flip() ? std::string("/") : path(); });
        std::map<std::string, std::string> environment;
        while (flip()) {
            environment.emplace("V" + characters("ABab09_", 0, 8), wild());
        }
        order.environment.assign(environment.begin(), environment.end());
        order.standard_input = maybe([] { return ContentReference{digest(), number(k_most)}; });
    }
    std::map<std::string, FileReference> files;
    std::map<std::string, Parameter> parameters;
    while (flip()) {
        FileReference file{digest(), number(k_most),
                           flip() ? path() : "f" + characters("aZ0._-", 0, 9)};
        files.emplace(file.path, file);
        Parameter parameter{name(), plain(true)};
        parameters.emplace(parameter.name, parameter);
    }
    for (auto& [key, file] : files) {
        order.files.push_back(file);
    }
    for (auto& [key, parameter] : parameters) {
        order.parameters.push_back(parameter);
    }
    order.drill = flip();
    order.reason = plain();
    order.proposer = name();
    order.proposed = {static_cast<std::int64_t>(below(2'000'000'000))};
    order.expires = order.proposed + base::Span{1 + static_cast<std::int64_t>(below(1'000'000))};
    order.nonce = bytes<16>();
    return order;
}

inline std::string policy_text(bool is_first) {
    std::string text = "cheget policy v1\ndomain: " + name();
    if (is_first) {
        text += "\nversion: 1\n";
    } else {
        text += " " + base::to_text(digest()) + "\nversion: " + std::to_string(2 + below(1000)) +
                "\nprevious: " + base::to_text(digest()) + "\n";
    }
    return text + "log: none\n\nperson alice { ssh-ed25519 AAAA }  # a comment\n";
}

inline Vote vote() {
    Vote vote;
    vote.verdict = one_of(
        {Verdict::approve, Verdict::consent, Verdict::veto, Verdict::withdraw, Verdict::seen});
    vote.by = name();
    if (vote.verdict == Verdict::approve) {
        vote.stands_for =
            maybe([&] { return vote.by == "x" ? "y" : "x" + characters("ab", 0, 3); });
        if (vote.stands_for == vote.by) {
            vote.stands_for.reset();
        }
    }
    vote.after = maybe(digest);
    vote.mark = bytes<32>();
    vote.voted = time();
    vote.note = maybe([] { return plain(); });
    if (flip()) {
        Order voted_on = order();
        vote.domain = voted_on.domain;
        vote.subject_text = render(voted_on).value();
        vote.on = OnOrder{id_of(vote.subject_text)};
    } else {
        vote.subject_text = policy_text(flip());
        PolicyHeader header = parse_policy_header(vote.subject_text).value();
        base::Digest id = id_of(vote.subject_text);
        vote.domain = {header.domain, header.first_policy.value_or(id)};
        vote.on = PolicyReference{header.version, id};
    }
    return vote;
}

inline Fact fact() {
    Fact fact{domain(), name(), {}, "true", name(), time(), maybe([] { return plain(); })};
    switch (below(4)) {
        case 0:
            fact.about = AboutTarget{target()};
            break;
        case 1:
            fact.about = AboutFile{digest()};
            break;
        case 2:
            fact.about = OnOrder{digest()};
            break;
        default:
            break;
    }
    fact.value = one_of<std::string>({"true", "high", "0", "-1", "999999999999999999", "a1"});
    return fact;
}

inline Claim claim() {
    return {domain(),           digest(),           target(),    name(),
            policy_reference(), number(UINT64_MAX), bytes<16>(), maybe(bytes<64>)};
}

inline Receipt receipt() {
    Receipt receipt{domain(),         digest(), target(), name(), maybe(digest),
                    Outcome::started, {},       {},       time(), {}};
    if (flip()) {
        receipt.outcome =
            one_of({Outcome::succeeded, Outcome::failed, Outcome::refused, Outcome::unknown});
        receipt.code = maybe([] { return one_of<std::int32_t>({0, 1, -9, INT32_MIN, INT32_MAX}); });
        receipt.output = maybe([] { return ContentReference{digest(), number(k_most)}; });
        receipt.ended = maybe(time);
    }
    return receipt;
}

inline Enactment enactment() {
    Enactment enactment{domain(), policy_reference(), number(UINT64_MAX), {}, name(), time()};
    while (flip()) {
        enactment.evidence.push_back("x" + wild());
    }
    return enactment;
}

inline std::string fingerprint() {
    std::string text = base::to_base64(digest().bytes);
    text.pop_back();
    return "SHA256:" + text;
}

inline Revocation revocation() {
    return {domain(),
            fingerprint(),
            name(),
            one_of({RevocationReason::lost, RevocationReason::stolen, RevocationReason::left,
                    RevocationReason::replaced}),
            name(),
            time(),
            maybe([] { return plain(); })};
}

inline Custody custody() {
    Custody custody;
    custody.domain = domain();
    custody.briefcase = fingerprint();
    custody.event = one_of({CustodyEvent::created, CustodyEvent::loaded, CustodyEvent::opened,
                            CustodyEvent::handover, CustodyEvent::returned, CustodyEvent::lost});
    custody.by = name();
    custody.from = maybe(name);
    custody.to = maybe(name);
    if (custody.event == CustodyEvent::handover) {
        custody.from = "x" + name();
        custody.to = "y" + name();
    }
    custody.seal = digest();
    custody.tries = maybe([] { return static_cast<std::uint32_t>(number(UINT32_MAX)); });
    custody.counter = maybe([] { return number(UINT64_MAX); });
    custody.nonce = maybe([] { return base::to_hex(base::BytesView(bytes<16>())); });
    custody.quote = maybe([] { return "q" + wild(); });
    custody.previous = maybe(digest);
    custody.at = time();
    custody.note = maybe([] { return plain(); });
    return custody;
}

}  // namespace cheget::statement::generate
