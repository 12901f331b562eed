# lockstep_python_test(NAME FILE [TIMEOUT seconds] [LABELS label...] [RUN_SERIAL]): FILE of the calling folder, run by
# Debian's python3 (the one that python3-dnspython serves) on the daemons of this build.
function(lockstep_python_test name file)
    cmake_parse_arguments(PARSE_ARGV 2 arg "RUN_SERIAL" "TIMEOUT" "LABELS")
    add_test(NAME ${name} COMMAND /usr/bin/python3 "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    set_tests_properties(${name} PROPERTIES
        LABELS "${arg_LABELS}"
        TIMEOUT ${arg_TIMEOUT}
        RUN_SERIAL "${arg_RUN_SERIAL}"
        ENVIRONMENT "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support;PYTHONDONTWRITEBYTECODE=1;LOCKSTEP_REQUIRE_PEERS=1;LOCKSTEP_PRIMARY=$<TARGET_FILE:lockstep-primary>;LOCKSTEP_SECONDARY=$<TARGET_FILE:lockstep-secondary>")
endfunction()
