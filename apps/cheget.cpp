// cheget: proposes, approves and verifies orders in a domain's folder.
#include "cli/commands.h"

int main(int argc, char** argv) { return cheget::cli::run(argc, argv); }
