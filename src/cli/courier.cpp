// courier: what goes into a briefcase and comes out of it, on the outside.
#include "cli/courier.h"

#include <CLI/App.hpp>

#include "cli/commands.h"

namespace cheget::cli {

void add_courier(CLI::App& app, Session& session) {
    CLI::App* command =
        add_command(app, "courier", "Carry orders into a briefcase, and votes out of it",
                    "  cheget courier load --case /media/case\n"
                    "  cheget courier load --size 4711 --pdf load.pdf --for dave\n"
                    "  cheget courier collect /media/case\n"
                    "  cheget courier collect photo.jpg");
    command->require_subcommand(1);
    add_courier_load(*command, session);
    add_courier_collect(*command, session);
}

}  // namespace cheget::cli
