"""Our own two daemons, driven through their control verbs."""

import json
import os
import shutil
import subprocess
import unittest

from lockstep_test.process import DEADLINE, SANITIZER_REPORT
from lockstep_test.server import Server

PATIENCE = max(60, DEADLINE)  # seconds for a verb


class Lockstep(Server):
    PROGRAM = ROLE = None

    def __init__(self, test, name, **options):
        self.program()
        self.settings = {}  # merged into "server" of the configuration
        self.zone_settings = {}  # merged into every zone
        self.limits = {}
        self.rate_limit = {}
        super().__init__(test, name, **options)

    @property
    def config_path(self):
        return self.directory / f"{self.ROLE}.json"

    @property
    def state_directory(self):
        return self.directory / "state"

    @classmethod
    def program(cls):
        variable = f"LOCKSTEP_{cls.ROLE.upper()}"
        path = os.environ.get(variable) or shutil.which(cls.PROGRAM)
        if not path:
            raise unittest.SkipTest(f"{cls.PROGRAM} is not in PATH, and {variable} is not set")
        return path

    def command(self):
        return [self.program(), "serve", "--config", self.config_path]

    def configure(self):
        if self.open_transfers:
            self.zone_settings["transfer"] = [{"prefix": "127.0.0.0/8"}]
        self.state_directory.mkdir(exist_ok=True)
        self.write_configuration(self.configuration())

    def write_configuration(self, configuration):
        text = configuration if isinstance(configuration, str) else json.dumps(configuration, indent=2)
        self.config_path.write_text(text)

    def configuration(self):
        return {
            "server": {
                "listen": [str(self.endpoint)],
                "state_directory": "state",
                "control_socket": "control",
                **self.settings,
            },
            "keys": [{"name": self.key.name, "algorithm": self.key.algorithm, "secret": self.key.secret}],
            "secondaries": [self._peer(s) for s in self.secondaries],
            **({"limits": self.limits} if self.limits else {}),
            **({"rate_limit": self.rate_limit} if self.rate_limit else {}),
        }

    def _peer(self, server):
        signed = {"key": self.key.name} if server.key else {}
        return {"name": server.name, "address": str(server.endpoint), **signed}

    def verb(self, *arguments, expect=0, stdin="", timeout=PATIENCE):
        """Runs a verb; its exit code must be `expect` (None = any). Returns the finished process, output as text."""
        done = self.run(*arguments, "--config", self.config_path, stdin=stdin, timeout=timeout)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{self.name}: {' '.join(map(str, arguments))} exited {done.returncode}, not "
                                 f"{expect}\n{done.stdout}{done.stderr}")
        return done

    def run(self, *arguments, stdin="", timeout=PATIENCE):
        """Runs the program with these arguments and no others."""
        done = subprocess.run([self.program(), *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              timeout=timeout, cwd=self.directory)
        if SANITIZER_REPORT.search(done.stderr):
            raise AssertionError(f"{self.name}: {' '.join(map(str, arguments))}\n{done.stderr}")
        return done

    def refused_start(self):
        """Starts expecting a refusal: exit code 1. Returns what the daemon said."""
        self.process.start()
        code = self.process.exit_code()
        if code != 1:
            raise AssertionError(f"{self.name} ended with {code}, not 1")
        return self.log()

    def check_stopped(self, exit_code):
        # 1 is a refused start, and -9 our own kill: tests judge these themselves.
        if exit_code not in (0, 1, -9):
            raise AssertionError(f"{self.name} ended with {exit_code} when stopped")

    def status(self, zone=None):
        """`status --json`; with `zone`, that zone's object."""
        status = json.loads(self.verb("status", "--json").stdout)
        if zone is None:
            return status
        return next(z for z in status["zones"] if z["name"] == zone)

    def grant_transfers(self):
        """Lets whoever has the key transfer any zone, not just the configured secondaries."""
        self.zone_settings["transfer"] = [{"key": self.key.name}]

    def dump(self, zone):
        return self.verb("dump", zone).stdout

    def reload(self, zone=None, **options):
        return self.verb("reload", *([zone] if zone else []), **options)

    def crash(self):
        """kill -9, then start again; the start is all that a service manager would do."""
        self.process.kill()
        self.process.start()


class LockstepPrimary(Lockstep):
    PROGRAM, ROLE = "lockstep-primary", "primary"
    watch = False  # else who writes a file cannot tell whose load is the first, the watch's or that of a verb

    def configuration(self):
        return super().configuration() | {
            "zone_defaults": {"watch": self.watch},
            "zones": [{"name": zone, "file": str(file.path), **self.zone_settings}
                      for zone, file in self.zones.items()],
        }


class LockstepSecondary(Lockstep):
    PROGRAM, ROLE = "lockstep-secondary", "secondary"

    def configuration(self):
        return super().configuration() | {
            "primaries": [self._peer(p) for p in self.primaries],
            "zones": [{"name": zone, **self.zone_settings} for zone in self.zones],
        }

    def refresh(self, zone):
        self.verb("refresh", zone)

    def retransfer(self, zone):
        """Takes the zone by AXFR."""
        self.verb("retransfer", zone)

    def last_transfer_kind(self, zone):
        last = self.status(zone)["last_transfer"]
        return last and last["kind"]

    def transfer_failed(self, zone):
        return self.status(zone)["last_error"] is not None
