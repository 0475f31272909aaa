// policy trust: takes a later policy for the one in force on the word of people, where the votes in
// the folder no longer show it.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/domain.h"
#include "cli/pin.h"
#include "statement/words.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

using base::ErrorKind;
using base::fail;

Outcome trust(Session& session, const std::string& file) {
    store::DomainFolder folder = TRY(find_folder(session));
    FirstPolicy first = TRY(read_first_policy(folder));
    std::string text = TRY(read_input(file, statement::k_longest_policy));
    policy::Policy policy = TRY(policy::parse_policy(text));
    if (policy.header.version < 2 || policy.domain() != first.policy.domain()) {
        return fail(ErrorKind::denied,
                    fmt::format("trusting {}: it is no later policy of this folder's domain",
                                base::shown(file)));
    }
    session.say("{}\n{}\n", session.bold("In plain English:"), policy::explain(policy));
    session.say(
        "This is policy {} of {}. Compare these words with two of its people, by voice, who have "
        "it in force:\n    {}\n"
        "They see them with `cheget policy show --words`.\n"
        "From then on this tool goes by it, and never by an older one.\n",
        policy.header.version, policy.header.domain, statement::words_text(policy.id));
    TRY(session.confirm("Have two people told you these words?"));
    TRY(trust_policy(policy, text));
    OpenDomain domain = TRY(open_domain(session));
    session.say("{} policy {}\n", session.good("In force here:"), domain.policy().header.version);
    session.write_json({base::Json::Object{{"policy", number_json(domain.policy().header.version)},
                                           {"id", text_json(base::to_text(policy.id))}}});
    return 0;
}

}  // namespace

void add_policy_trust(CLI::App& policy, Session& session) {
    CLI::App* command = add_command(
        policy, "trust", "Go by a later policy that you compared by words, as a newcomer must",
        "  cheget policy trust acme/policy/000006.policy");
    auto file = std::make_shared<std::string>();
    command->add_option("file", *file, "The policy's text, as signed")
        ->required()
        ->type_name("FILE");
    on_chosen(command, session, [&session, file] { return trust(session, *file); });
}

}  // namespace cheget::cli
