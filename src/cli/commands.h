// The commands: each function adds one to the command line and says what it does when chosen.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/session.h"

namespace cheget::cli {

void add_init(CLI::App& app, Session& session);
void add_propose(CLI::App& app, Session& session);
void add_votes(CLI::App& app, Session& session);
void add_attest(CLI::App& app, Session& session);
void add_add(CLI::App& app, Session& session);
void add_amend(CLI::App& app, Session& session);
void add_enact(CLI::App& app, Session& session);
void add_revoke(CLI::App& app, Session& session);
void add_status(CLI::App& app, Session& session);
void add_show(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);
void add_permit(CLI::App& app, Session& session);
void add_policy(CLI::App& app, Session& session);
void add_policy_trust(CLI::App& policy, Session& session);
void add_key(CLI::App& app, Session& session);
void add_log(CLI::App& app, Session& session);
void add_serve(CLI::App& app, Session& session);
void add_witness(CLI::App& app, Session& session);
void add_briefcase(CLI::App& app, Session& session);
void add_courier(CLI::App& app, Session& session);
void add_formula(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);

/// A command with its help: what it is for, then examples, one per line.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& examples);

/// Makes `work` the run's action when the command is on the command line.
template <typename Work>
void on_chosen(CLI::App* command, Session& session, Work work) {
    command->callback([&session, work = std::move(work)] { session.action = work; });
}

/// Runs the program; gives its exit code.
int run(int argc, const char* const* argv);

}  // namespace cheget::cli
