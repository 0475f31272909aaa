// cheget-exec: the machine that holds the means, and checks everything by itself.
#include "executor/command_line.h"

int main(int count, char** arguments) {
    return cheget::executor::run_command_line(count, arguments);
}
