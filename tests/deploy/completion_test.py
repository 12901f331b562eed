"""Completion, in the shells themselves: what is offered where, and the zones of a daemon that runs."""

import os
import pathlib
import pty
import re
import select
import subprocess
import time
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.installed import run, tool
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import DEADLINE
from lockstep_test.zones import ZoneFile

ZONES = ("alpha.test.", "alpine.test.", "beta.test.")
EVIL = "`>pwned`.test."  # a legal name: labels hold any octets

VERBS = {
    "primary": {"serve", "check", "checkzone", "key", "completion", "status", "zones", "dump", "history", "doctor", "reload",
                "bump", "update", "acme", "notify", "wait", "stop"},
    "secondary": {"serve", "check", "checkzone", "key", "completion", "status", "zones", "dump", "history", "doctor",
                  "reload", "refresh", "retransfer", "notify", "wait", "stop"},
}

BASH = r"""
source <("$PROGRAM" completion bash) || exit 1
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
$(complete -p "${PROGRAM##*/}" | sed -E 's/.*-F ([^ ]+) .*/\1/')
printf '%s\n' "${COMPREPLY[@]}"
"""


class Completion(ServerTest):
    def start(self, *zones):
        """A primary of these zones; `where` are the words that name it."""
        self.primary = LockstepPrimary(self, "ns1")
        for number, zone in enumerate(zones):
            self.primary.zones[zone] = ZoneFile(self.directory / f"{number}.zone", zone)
        self.primary.start()
        self.where = ["--socket", str(self.primary.directory / "control")]

    def bash(self, *words, program=None):
        program = program or LockstepPrimary.program()
        done = run(tool("bash"), "--norc", "-c", BASH, "bash", program, *words, env={"PROGRAM": program},
                   cwd=self.directory)
        self.assertEqual(done.stderr, "")
        return {line.rstrip("/") for line in done.stdout.splitlines() if line}

    def fish(self, *words, program=None):
        program = program or LockstepPrimary.program()
        folder, name = os.path.split(program)
        script = f"$PROGRAM completion fish | source; complete -C (string join ' ' -- {name} $argv)"
        # The last word is the one to complete, perhaps empty; the line is what was typed, unquoted.
        done = run(tool("fish"), "--no-config", "-c", script, "--", *words, cwd=self.directory,
                   env={"PROGRAM": program, "PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(self.directory)})
        self.assertEqual(done.stderr, "")
        return {line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines()}


class Bash(Completion):
    def test_the_first_word_is_a_verb_of_the_role(self):
        for role, daemon in (("primary", LockstepPrimary), ("secondary", LockstepSecondary)):
            self.assertEqual(self.bash("", program=daemon.program()), VERBS[role])
            self.assertEqual(self.bash("st", program=daemon.program()), {"status", "stop"})
        self.assertEqual(self.bash("re"), {"reload"})

    def test_options_are_those_of_the_verb(self):
        self.assertEqual(self.bash("status", "--"), {"--help", "--config", "--socket", "--json", "--nagios", "--watch"})
        self.assertEqual(self.bash("wait", "--t"), {"--timeout"})
        self.assertEqual(self.bash("stop", "--j"), set())

    def test_values_are_offered_after_their_options(self):
        self.assertEqual(self.bash("key", ""), {"generate"})
        self.assertEqual(self.bash("key", "generate", "a.", "--format", "k"), {"knot"})
        self.assertIn("hmac-sha256", self.bash("key", "generate", "--algorithm", ""))
        self.assertEqual(self.bash("completion", ""), {"bash", "zsh", "fish"})
        self.assertEqual(self.bash("acme", ""), {"grant", "list", "revoke"})
        self.assertEqual(self.bash("acme", "grant", "www.example.", "--client", "ce"), {"certbot", "cert-manager"})

    def test_files_after_config(self):
        (self.directory / "mine.json").touch()
        self.assertEqual(self.bash("status", "--config", "mi"), {"mine.json"})
        self.assertEqual(self.bash("checkzone", "a.test.", "mi"), {"mine.json"})

    def test_zones_are_those_of_the_daemon_that_is_named(self):
        self.start(*ZONES)
        self.assertEqual(self.bash("status", *self.where, ""), set(ZONES))
        self.assertEqual(self.bash("wait", "--timeout", "5", *self.where, "al"), {"alpha.test.", "alpine.test."})
        self.assertEqual(self.bash("dump", "--config", str(self.primary.config_path), "b"), {"beta.test."})
        self.assertEqual(self.bash("status", *self.where, "alpha.test.", ""), set(), "there is one zone only")
        self.assertEqual(self.bash("zones", *self.where, ""), set(), "zones takes none")

    def test_without_a_daemon_nothing_is_offered_and_nothing_is_said(self):
        self.assertEqual(self.bash("status", "--socket", "nowhere", ""), set())

    def test_a_name_is_never_run(self):
        self.start(EVIL)
        offered = self.bash("status", *self.where, "")
        self.assertEqual(len(offered), 1, offered)
        for zone in offered:  # the quoted word, as a shell reads it
            said = run(tool("bash"), "-c", f"printf %s {zone}", cwd=self.directory)
            self.assertEqual(said.stdout, EVIL)
        self.assertFalse((self.directory / "pwned").exists())

    def test_debians_loader_finds_what_is_installed(self):
        loader = pathlib.Path("/usr/share/bash-completion/bash_completion")
        if not loader.exists():
            tool("bash-completion")
        folder = self.directory / "data/bash-completion/completions"
        folder.mkdir(parents=True)
        program = LockstepPrimary.program()
        (folder / "lockstep-primary").write_text(run(program, "completion", "bash").stdout)
        done = run(tool("bash"), "--norc", "-c",
                   f"source {loader}; _completion_loader lockstep-primary; complete -p lockstep-primary",
                   env={"BASH_COMPLETION_USER_DIR": str(self.directory / "data/bash-completion")})
        self.assertIn("-F _lockstep_primary lockstep-primary", done.stdout, done.stderr)


class Fish(Completion):
    def test_verbs_options_and_values(self):
        self.assertEqual(self.fish("st"), {"status", "stop"})
        self.assertLessEqual({"--json", "--nagios"}, self.fish("status", "--"))
        self.assertEqual(self.fish("key", ""), {"generate"})
        self.assertEqual(self.fish("key", "generate", "--format", "k"), {"knot"})
        self.assertEqual(self.fish("completion", ""), {"bash", "zsh", "fish"})

    def test_zones_are_those_of_the_daemon_that_is_named(self):
        self.start(*ZONES)
        self.assertEqual(self.fish("status", *self.where, "al"), {"alpha.test.", "alpine.test."})
        self.assertEqual(self.fish("zones", *self.where, "al"), set())


class Zsh(Completion):
    def typed(self, line, until):
        """Types `line` and a tab into an interactive zsh; what the screen shows once `until` is on it."""
        program = LockstepPrimary.program()
        environment = {**os.environ, "PATH": f"{os.path.dirname(program)}:{os.environ['PATH']}", "TERM": "dumb",
                       "HOME": str(self.directory), "ZDOTDIR": str(self.directory), "PS1": "ready> "}
        ours, theirs = pty.openpty()
        shell = subprocess.Popen([tool("zsh"), "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
                                 cwd=self.directory, start_new_session=True)
        os.close(theirs)
        self.addCleanup(os.close, ours)
        self.addCleanup(shell.wait)
        self.addCleanup(shell.kill)
        shown = ""

        def wait_for(pattern):
            nonlocal shown
            end = time.monotonic() + DEADLINE
            while not re.search(pattern, shown):
                self.assertGreater(end, time.monotonic(), f"zsh does not show {pattern!r}:\n{shown}")
                if select.select([ours], [], [], 0.1)[0]:
                    shown += os.read(ours, 4096).decode(errors="replace")

        def type_in(text):
            nonlocal shown
            shown = ""
            os.write(ours, text.encode())

        wait_for("ready> ")
        type_in("autoload -Uz compinit && compinit -D -u && source <(lockstep-primary completion zsh) && echo lo''aded\n")
        wait_for("loaded\r?\n[^\n]*ready> ")
        type_in(f"lockstep-primary {line}\t")
        wait_for(until)
        return shown

    def test_a_verb_is_completed(self):
        self.typed("stat", r"status ")

    def test_verbs_are_listed_with_their_help(self):
        self.typed("st", r"(?s)status +-- the state.*stop +-- orderly stop")

    def test_options_of_a_verb(self):
        self.typed("status --nag", r"--nagios ")

    def test_values(self):
        self.typed("key generate --format kn", r"--format knot ")

    def test_zones_are_those_of_the_daemon_that_is_named(self):
        self.start(*ZONES)
        self.typed(f"status --config {self.primary.config_path} be", r"beta\.test\. ")


class Usage(Completion):
    def test_an_unknown_shell_is_named_with_those_that_are_known(self):
        done = run(LockstepPrimary.program(), "completion", "ksh")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'ksh'", done.stderr)
        self.assertIn("bash, zsh or fish", done.stderr)


if __name__ == "__main__":
    unittest.main()
