#include "support/test_data.hpp"

std::filesystem::path test_data() {
    return LOCKSTEP_TEST_DATA;
}
