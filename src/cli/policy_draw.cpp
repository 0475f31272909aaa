// policy draw: the policy as a picture.
#include "analysis/picture.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "store/file.h"

namespace cheget::cli {

namespace {

Outcome draw(Session& session, const std::string& file, const std::string& out) {
    if (out.empty()) {
        session.keep_stdout_for_data();
    }
    const std::string text = TRY(policy_text(session, file));
    const policy::Policy policy =
        TRY(checked_policy(text, file.empty() ? std::string("policy") : file));
    const std::string picture = analysis::draw(policy);
    if (out.empty()) {
        session.write_data(picture);
        return 0;
    }
    TRY(store::write_file_durably(std::filesystem::absolute(out), picture));
    session.say("{} {}: policy {} of {}; any browser shows it\n", session.good("Drawn:"),
                base::shown(out), policy.header.version, policy.header.domain);
    session.write_json({base::Json::Object{{"picture", text_json(out)}}});
    return 0;
}

}  // namespace

void add_policy_draw(CLI::App& policy, Session& session) {
    CLI::App* command =
        add_command(policy, "draw", "Draw it: rules, groups, thresholds, who is indispensable",
                    "  cheget policy draw > policy.svg\n"
                    "  cheget policy draw new.policy -o new.svg");
    struct Options {
        std::string file;
        std::string out;
    };
    auto options = std::make_shared<Options>();
    add_policy_file(command, options->file);
    command->add_option("-o,--out", options->out, "Where to write the SVG (else to stdout)")
        ->type_name("FILE");
    on_chosen(command, session,
              [&session, options] { return draw(session, options->file, options->out); });
}

}  // namespace cheget::cli
