#include "daemon/program.hpp"
#include "primary/primary.hpp"

int main(int argc, char** argv) {
    using namespace lockstep;
    return run_program({.role = Role::Primary, .serve = serve_primary, .check = check_primary}, argc, argv);
}
