#!/usr/bin/python3
"""Proves that every rule of checks.py reports what breaks it, and leaves alone what does not."""

import os
import tempfile
import unittest

import checks

# Written so that this file does not contain what the rules look for.
HOME, TASK = "/ro" + "ot/", "TO" + "DO"
FLOORS = "# lowest first\nbase:\nwire: base\ncrypto: base\ntsig: wire crypto\nprimary: tsig\nsecondary: tsig\n"


def violations(rule, files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {"common/floors.txt": FLOORS, **files}.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return checks.RULES[rule](checks.Tree(root))


class SelfTest(unittest.TestCase):
    def reported(self, rule, files, *expected):
        """Each expected string starts one violation; there are no others."""
        found = violations(rule, files)
        self.assertEqual(len(found), len(expected), found)
        for start in expected:
            self.assertTrue(any(line.startswith(start) for line in found), (start, found))

    def accepted(self, rule, files):
        self.assertEqual(violations(rule, files), [])

    # floors
    def test_includes_that_point_downward_are_fine(self):
        self.accepted("floors", {
            "common/tsig/key.cpp": '#include "tsig/key.hpp"\n#include "base/bytes.hpp"\n#include <vector>\n',
            "primary/main.cpp": '#include "primary/config.hpp"\n#include "base/log.hpp"\n#include "local.hpp"\n',
            "tests/unit/base/x_test.cpp": '#include "tsig/key.hpp"\n',
            "common/tsig/CMakeLists.txt": "lockstep_floor(tsig DEPENDS crypto wire LIBRARIES foo)\n",
            "common/base/CMakeLists.txt": "lockstep_floor(base LIBRARIES foo)\n",
        })

    def test_an_include_that_points_upward_is_reported(self):
        self.reported("floors", {"common/wire/name.hpp": '#pragma once\n#include "tsig/key.hpp"\n'},
                      "common/wire/name.hpp:2: wire may not include tsig")

    def test_an_include_that_points_sideways_is_reported(self):
        self.reported("floors", {"common/wire/name.hpp": '# include "crypto/hmac.hpp"\n'},
                      "common/wire/name.hpp:1: wire may not include crypto")

    def test_the_programs_do_not_see_each_other(self):
        self.reported("floors", {"primary/main.cpp": '#include "secondary/config.hpp"\n',
                                 "secondary/main.cpp": '#include "primary/config.hpp"\n'},
                      "primary/main.cpp:1: primary may not include secondary",
                      "secondary/main.cpp:1: secondary may not include primary")

    def test_an_include_that_is_not_rooted_is_reported(self):
        self.reported("floors", {"common/wire/name.cpp": '#include "name.hpp"\n'}, 'common/wire/name.cpp:1: "name.hpp"')

    def test_an_unknown_folder_is_reported(self):
        self.reported("floors", {"common/wire/name.cpp": '#include "wier/name.hpp"\n', "common/misc/a.cpp": "\n"},
                      'common/wire/name.cpp:1: "wier/name.hpp" is on no floor', "common/misc/a.cpp:1: misc has no line")

    def test_our_header_in_angle_brackets_is_reported(self):
        self.reported("floors", {"common/base/log.cpp": "#include <wire/name.hpp>\n"},
                      "common/base/log.cpp:1: our own header")

    def test_floors_that_stand_on_later_ones_are_reported(self):
        self.reported("floors", {"common/floors.txt": "wire: base\nbase: base\nnonsense\n"},
                      "common/floors.txt:1: wire stands on base", "common/floors.txt:2: base stands on base",
                      "common/floors.txt:3: expected")

    def test_a_link_that_the_floors_do_not_name_is_reported(self):
        self.reported("floors", {"common/wire/CMakeLists.txt": "lockstep_floor(wire DEPENDS base crypto)\n"},
                      "common/wire/CMakeLists.txt:1: DEPENDS differs")

    # libraries
    def test_libraries_at_home_are_fine(self):
        self.accepted("libraries", {
            "common/net/udp_server.cpp": "#include <boost/asio.hpp>\n",
            "common/net/tls.cpp": "#include <boost/asio/ssl.hpp>\n#include <openssl/ssl.h>\n",
            "common/crypto/hmac.cpp": "#include <botan/mac.h>\n",
            "common/store/journal.cpp": "#include <sqlite3.h>\n",
            "common/zone/pile.cpp": "#include <boost/sort/pdqsort/pdqsort.hpp>\n",
            "common/config/parse.cpp": "#include <nlohmann/json.hpp>\n",
            "common/ops/status.cpp": "#include <nlohmann/json.hpp>\n#include <boost/beast/http.hpp>\n",
            "common/daemon/program.cpp": "#include <CLI/CLI.hpp>\n",
            "tests/system/peer.cpp": "#include <boost/asio.hpp>\n#include <nlohmann/json.hpp>\n",
        })

    def test_libraries_on_other_floors_are_reported(self):
        self.reported("libraries", {
            "common/wire/a.cpp": "#include <boost/asio.hpp>\n",
            "common/net/b.cpp": "#include <boost/asio/ssl.hpp>\n",
            "common/net/c.hpp": "#include <openssl/ssl.h>\n",
            "common/tsig/d.cpp": "#include <botan/mac.h>\n",
            "common/zone/e.cpp": "#include <sqlite3.h>\n",
            "common/sync/f.cpp": "#include <nlohmann/json.hpp>\n",
            "common/daemon/g.cpp": "#include <CLI/CLI.hpp>\n",
            "common/sync/h.cpp": '#include "boost/beast/core.hpp"\n',
        }, "common/wire/a.cpp:1", "common/net/b.cpp:1", "common/net/c.hpp:1", "common/tsig/d.cpp:1", "common/zone/e.cpp:1",
            "common/sync/f.cpp:1", "common/daemon/g.cpp:1", "common/sync/h.cpp:1")

    def test_the_resolvers_headers_are_reported_everywhere(self):
        self.reported("libraries", {"common/net/a.cpp": "#include <resolv.h>\n",
                                    "tests/unit/wire/b_test.cpp": "\n#include <arpa/nameser_compat.h>\n"},
                      "common/net/a.cpp:1", "tests/unit/wire/b_test.cpp:2")

    # length
    def test_files_of_500_lines_and_excused_ones_are_fine(self):
        self.accepted("length", {
            "common/wire/a.cpp": "\n" * 500,
            "common/wire/b.cpp": "\n" * 501,
            "tests/data/c.py": "\n" * 501,
            "README.md": "\n" * 501,
            "tests/architecture/long_files.txt": "# comment\ncommon/wire/b.cpp: one table of types\n",
        })

    def test_long_files_are_reported(self):
        self.reported("length", {"common/wire/a.cpp": "\n" * 501, "deploy/try": "#!/bin/bash\n" + "\n" * 500},
                      "common/wire/a.cpp:501", "deploy/try:501")

    def test_excuses_without_reason_or_need_are_reported(self):
        self.reported("length", {
            "common/wire/a.cpp": "\n" * 501,
            "common/wire/b.cpp": "\n",
            "tests/architecture/long_files.txt":
                "common/wire/a.cpp:\ncommon/wire/b.cpp: it was long once\nc.cpp: it is gone now\n",
        }, "tests/architecture/long_files.txt:1: expected", "tests/architecture/long_files.txt:2: common/wire/b.cpp",
            "tests/architecture/long_files.txt:3: c.cpp")

    # hygiene
    def test_clean_files_are_fine(self):
        self.accepted("hygiene", {
            "common/base/a.hpp": f"// why\n#pragma once\n// {TASK}(#12): later\n// {TASK} #12\n",
            "README.md": "see ../network/ and framework/ and /tmp/www\n",
        })

    def test_machine_paths_are_reported(self):
        self.reported("hygiene", {"a.md": "cd " + HOME + "x\n", "deploy/b": "\nls '/wo" + "rk/main'\n",
                                  "tests/data/c": "/tmp/" + "w/d\n"},
                      "a.md:1: path", "deploy/b:2: path", "tests/data/c:1: path")

    def test_open_tasks_without_an_issue_are_reported(self):
        self.reported("hygiene", {"common/base/a.cpp": f"int a; // {TASK}: later\n// {TASK}(me)\n"},
                      "common/base/a.cpp:1: an open task", "common/base/a.cpp:2: an open task")

    def test_headers_without_a_guard_are_reported(self):
        self.reported("hygiene", {"tests/support/a.hpp": "// #pragma once\n"}, "tests/support/a.hpp:1: #pragma once")

    def test_unnamed_namespaces_in_headers_are_reported(self):
        self.reported("hygiene", {"common/wire/a.hpp": "#pragma once\n\nnamespace {\n}  // namespace\n",
                                  "common/wire/b.cpp": "namespace {\n}  // namespace\n"}, "common/wire/a.hpp:3: ")

    def test_sources_that_do_not_begin_with_their_header_are_reported(self):
        self.reported("hygiene", {"common/wire/a.hpp": "#pragma once\n", "common/wire/b.hpp": "#pragma once\n",
                                  "common/wire/a.cpp": '#include "wire/a.hpp"\n#include "wire/b.hpp"\n',
                                  "common/wire/b.cpp": '#include <map>\n#include "wire/b.hpp"\n',
                                  "common/wire/c.cpp": "#include <map>\n"}, "common/wire/b.cpp:1: ")

    # comparison
    def test_memcmp_is_reported_where_secrets_are(self):
        self.reported("comparison", {
            "common/tsig/a.cpp": "\nif (std::memcmp(a, b, 16) == 0) {}\n",
            "common/crypto/b.hpp": "memcmp(a, b, 1);\n",
            "common/wire/c.cpp": "memcmp(a, b, 1);\n",
        }, "common/tsig/a.cpp:2", "common/crypto/b.hpp:1")

    # sleeps
    def test_sleeps_in_unit_tests_are_reported(self):
        self.reported("sleeps", {
            "tests/unit/base/a_test.cpp": "std::this_thread::sleep_for(1s);\n",
            "tests/support/b.hpp": "\n::sleep(1);\n",
            "tests/system/c.cpp": "std::this_thread::sleep_for(1s);\n",
            "tests/unit/base/d_test.cpp": "asleep(1); timer.sleep (2);\n",
        }, "tests/unit/base/a_test.cpp:1", "tests/support/b.hpp:2")

    # names
    def test_names_that_two_sources_of_a_folder_have_are_reported(self):
        def source(*lines):
            return "namespace lockstep {\nnamespace {\n" + "".join(line + "\n" for line in lines) + "}  // namespace\n}\n"

        self.reported("names", {
            "common/wire/a.cpp": source("constexpr int most = 3;", "int twice(int number) {", "    return 2 * number;", "}"),
            "common/wire/b.cpp": source("struct Case {", "};", "std::vector<int> twice(long number) {", "}"),
            "common/wire/c.cpp": source("using Text = std::string;", "const std::map<int, int> most{{1, 2}};", "struct Case {", "};"),
        }, "common/wire/b.cpp:5: common/wire/a.cpp has a 'twice'", "common/wire/c.cpp:4: common/wire/a.cpp has a 'most'",
                      "common/wire/c.cpp:5: common/wire/b.cpp has a 'Case'")

    def test_names_that_a_header_below_has_are_reported(self):
        own = "namespace {\nconstexpr int most = 3;\nint twice(int number) {\n}\n}  // namespace\n"
        self.reported("names", {
            "common/wire/a.hpp": "constexpr int most = 2;\n", "common/tsig/a.hpp": "int twice(long number);\n",
            "common/wire/a.cpp": own, "common/crypto/a.cpp": own, "primary/a.cpp": own, "tests/unit/wire/a_test.cpp": own,
        }, "common/wire/a.cpp:2: common/wire/a.hpp has a 'most'", "primary/a.cpp:2: common/wire/a.hpp has a 'most'",
                      "primary/a.cpp:3: common/tsig/a.hpp has a 'twice'")

    def test_names_that_are_apart_are_fine(self):
        one = "namespace {\nint twice(int number) {\n    int most = 2;\n    return most * number;\n}\n}  // namespace\n"
        self.accepted("names", {
            "common/wire/a.cpp": one, "common/tsig/a.cpp": one, "common/wire/b.cpp": "int twice(int number);\n",
            "common/wire/c.cpp": one,
            "common/wire/CMakeLists.txt": "set_source_files_properties(b.cpp c.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)\n"})


    SENTENCES = {"common/zonefile/FORMAT.md": "# Text\n\n- 1.1 One.\n- 1.2 Two,\n  2.5 times.\n"}

    def test_sentences_with_their_tests_are_fine(self):
        self.accepted("format", self.SENTENCES | {
            "tests/unit/zonefile/a_test.cpp": 'TEST_CASE("1.1 one", "[zonefile][format]") {}\n'
                                              'TEST_CASE("1.2 two",\n          "[format]") {}\nTEST_CASE("none", "[x]") {}\n'})

    def test_sentences_and_tests_without_each_other_are_reported(self):
        self.reported("format", self.SENTENCES | {
            "tests/unit/zonefile/a_test.cpp": 'TEST_CASE("1.1 one", "[zonefile]") {}\nTEST_CASE("1.3 three", "[format]") {}\n'},
                      "tests/unit/zonefile/a_test.cpp:1: a test of", "common/zonefile/FORMAT.md:4: no test",
                      "tests/unit/zonefile/a_test.cpp:2: ")


if __name__ == "__main__":
    unittest.main()
