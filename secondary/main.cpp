#include "daemon/program.hpp"
#include "secondary/secondary.hpp"

int main(int argc, char** argv) {
    using namespace lockstep;
    return run_program({.role = Role::Secondary, .serve = serve_secondary, .check = check_secondary}, argc,
                       argv);
}
