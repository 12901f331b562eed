#include "daemon/program.hpp"
#include "primary/primary.hpp"
#include "primary/update_command.hpp"

int main(int argc, char** argv) {
    using namespace lockstep;
    return run_program(
        {.role = Role::Primary, .serve = serve_primary, .check = check_primary, .update = run_update}, argc,
        argv);
}
