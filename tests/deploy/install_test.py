"""What `cmake --install` puts where, and whether the system's own checkers like it."""

import json
import re
import unittest

from lockstep_test.installed import ROLES, InstalledTest, install, run, tool

HIGHEST_EXPOSURE = 16  # tenths, of `systemd-analyze security`
TREE = """
lib/systemd/system/lockstep-primary.service
lib/systemd/system/lockstep-secondary.service
lib/sysusers.d/lockstep.conf
sbin/lockstep-primary
sbin/lockstep-secondary
share/bash-completion/completions/lockstep-primary
share/bash-completion/completions/lockstep-secondary
share/doc/lockstep/examples/grafana.json
share/doc/lockstep/examples/lockstep.rules.yml
share/doc/lockstep/examples/primary.json
share/doc/lockstep/examples/secondary.json
share/fish/vendor_completions.d/lockstep-primary.fish
share/fish/vendor_completions.d/lockstep-secondary.fish
share/lockstep/primary.schema.json
share/lockstep/secondary.schema.json
share/man/man5/lockstep.json.5
share/man/man8/lockstep-primary.8
share/man/man8/lockstep-secondary.8
share/zsh/vendor-completions/_lockstep-primary
share/zsh/vendor-completions/_lockstep-secondary
""".split()


class Tree(InstalledTest):
    def test_everything_is_where_debian_wants_it(self):
        self.assertEqual(self.tree(self.usr), TREE)

    def test_the_same_below_a_staging_folder_whose_path_is_named_nowhere(self):
        stage = self.folder / "stage"
        usr = install("/usr", stage)
        self.assertEqual(usr, stage / "usr")
        self.assertEqual(self.tree(stage), [f"usr/{path}" for path in TREE])
        for path in TREE:
            if not path.startswith("sbin/"):
                self.assertNotIn(str(self.folder), (usr / path).read_text(), path)
        unit = (usr / "lib/systemd/system/lockstep-primary.service").read_text()
        self.assertIn("ExecStart=/usr/sbin/lockstep-primary serve\n", unit)
        self.assertNotRegex(unit, r"@(role|sbin|writable)@")

    def test_installed_programs_run(self):
        for role in ROLES:
            done = run(self.usr / f"sbin/lockstep-{role}", "--version")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"^\d+\.\d+\.\d+\n$")

    def test_samples_name_a_schema_that_is_there(self):
        for role in ROLES:
            sample = (self.usr / f"share/doc/lockstep/examples/{role}.json").read_text()
            schema = re.search(r'"\$schema": "([^"]+)"', sample).group(1)
            self.assertEqual(schema, str(self.usr / f"share/lockstep/{role}.schema.json"))
            with open(schema) as file:
                self.assertIn("properties", json.load(file))


class Manual(InstalledTest):
    def pages(self):
        return [self.usr / path for path in TREE if path.startswith("share/man/")]

    def test_pages_render_without_a_warning(self):
        for page in self.pages():
            done = run(tool("man"), "--warnings", "-E", "UTF-8", "-l", page, env={"MANWIDTH": "80"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)
            self.assertRegex(done.stdout, r"\bNAME\n")

    def test_pages_pass_mandoc_but_for_the_macros_that_scdoc_always_writes(self):
        for page in self.pages():
            done = run(tool("mandoc"), "-T", "lint", "-W", "warning", page)
            left = [line for line in done.stdout.splitlines() if "skipping paragraph macro: PP" not in line]
            self.assertEqual(left, [], page.name)

    def test_each_verb_of_the_programs_has_its_entry(self):
        for role in ROLES:
            usage = run(self.usr / f"sbin/lockstep-{role}", "--help").stdout
            verbs = re.findall(r"^  ([a-z]+) ", usage.split("Subcommands:")[1], re.M)
            self.assertGreater(len(verbs), 8, usage)
            page = run(tool("man"), "-E", "ascii", "-l", self.usr / f"share/man/man8/lockstep-{role}.8").stdout
            self.assertEqual([verb for verb in verbs if not re.search(rf"^ +{verb}\b", page, re.M)], [], role)


class Units(InstalledTest):
    def unit(self, role):
        return self.usr / f"lib/systemd/system/lockstep-{role}.service"

    def test_systemd_has_nothing_to_say_against_them(self):
        done = run(tool("systemd-analyze"), "verify", *map(self.unit, ROLES), env={"MANPATH": str(self.usr / "share/man")})
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_they_are_exposed_as_little_as_a_server_on_port_53_can_be(self):
        for role in ROLES:
            done = run(tool("systemd-analyze"), "security", "--offline=true", "--no-pager",
                       f"--threshold={HIGHEST_EXPOSURE}", self.unit(role))
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_their_user_is_made(self):
        root = self.folder / "root"
        (root / "etc").mkdir(parents=True)
        done = run(tool("systemd-sysusers"), f"--root={root}", self.usr / "lib/sysusers.d/lockstep.conf")
        self.assertEqual(done.returncode, 0, done.stderr)
        user = (root / "etc/passwd").read_text()
        self.assertRegex(user, r"(?m)^lockstep:.*:/var/lib/lockstep:.*nologin$")
        self.assertRegex((root / "etc/group").read_text(), r"(?m)^lockstep:")
        for role in ROLES:
            self.assertIn("\nUser=lockstep\n", self.unit(role).read_text())

    def test_the_folders_are_those_of_the_configurations_defaults(self):
        for role in ROLES:
            unit = self.unit(role).read_text()
            for line in (f"StateDirectory=lockstep/{role}", "RuntimeDirectory=lockstep",
                         "RuntimeDirectoryPreserve=yes", "ConfigurationDirectory=lockstep", "Type=notify", "WatchdogSec=30"):
                self.assertIn(f"\n{line}\n", unit)


if __name__ == "__main__":
    unittest.main()
