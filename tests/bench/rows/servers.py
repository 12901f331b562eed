"""Who is compared: by default, and what else --servers knows."""

import pathlib

from lockstep_test import bench, query
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import free_endpoint
from lockstep_test.peers import Bind, Knot, Nsd
from lockstep_test.server import Server


class Echo(Server):
    """Sends every question back as the answer: the floor of what is asked over UDP."""

    def command(self):
        return [bench.tool("echo", self.directory), self.endpoint.address, self.endpoint.port]

    def configure(self):
        pass

    def _answers(self, zone, file):
        return query.ask(self.endpoint, zone, timeout=0.2) is not None


class Alone(LockstepPrimary):
    """With neither sandbox nor ledger (no secondaries, no HTTP); by default it has its sandbox."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.settings["sandbox"] = False


class Followed(LockstepPrimary):
    """With HTTP, and the ledger of four secondaries that are not there: they are told again every RETRY, and looked at."""

    def configuration(self):
        configuration = super().configuration()
        configuration["server"]["http"] = str(free_endpoint())
        configuration["secondaries"] = [{"name": f"ns{number}", "address": str(free_endpoint())} for number in range(2, 6)]
        return configuration


class Limited(LockstepPrimary):
    """With a rate limit that is counted and never reached, where --source is an address that is not loopback."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.rate_limit["responses_per_second"] = 100_000


class Before(LockstepPrimary):
    """The Lockstep of another build folder."""

    folder = pathlib.Path()

    @classmethod
    def program(cls):
        return str(cls.folder / "primary" / "lockstep-primary")


PRIMARIES = {"Lockstep": LockstepPrimary, "NSD": Nsd, "Knot": Knot, "BIND": Bind}
SECONDARIES = PRIMARIES | {"Lockstep": LockstepSecondary}
FLOOR = {"echo": Echo}
VARIANTS = {"alone": Alone, "followed": Followed, "limited": Limited, "before": Before}
EVERYONE = [*FLOOR, *PRIMARIES]
