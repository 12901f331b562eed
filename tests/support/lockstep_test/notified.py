"""A service manager's end of sd_notify(3)."""

import socket

from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.process import DEADLINE


class NotifySocket:
    """Receives what a daemon tells its service manager."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.told = []  # a dictionary a message

    def close(self):
        self.socket.close()

    def next(self, seconds=DEADLINE):
        """The next message, as a dictionary; None if there is none in time."""
        self.socket.settimeout(seconds)
        try:
            text = self.socket.recv(4096).decode()
        except (TimeoutError, BlockingIOError):
            return None
        message = dict(line.split("=", 1) for line in text.splitlines())
        self.told.append(message)
        return message

    def wait_for(self, seconds=DEADLINE, **wanted):
        """Passes over messages until one has these values."""
        before = len(self.told)
        while (message := self.next(seconds)) is not None:
            if all(message.get(key) == value for key, value in wanted.items()):
                return message
        raise AssertionError(f"the daemon did not tell {wanted}; since then it told {self.told[before:]}")

    def drain(self):
        while self.next(0) is not None:
            pass


class Notified:
    """Of a daemon: starts it as a service manager would, with a watchdog if `watchdog_seconds` is given."""

    def __init__(self, test, name, watchdog_seconds=None, **options):
        self.watchdog_seconds = watchdog_seconds
        self.manager = NotifySocket(test.directory / f"{name}.notify")
        test.addCleanup(self.manager.close)
        super().__init__(test, name, **options)

    def command(self):
        watchdog = [f"WATCHDOG_USEC={int(self.watchdog_seconds * 1e6)}"] if self.watchdog_seconds else []
        return ["env", f"NOTIFY_SOCKET={self.manager.path}", *watchdog, *super().command()]


class NotifiedPrimary(Notified, LockstepPrimary):
    pass


class NotifiedSecondary(Notified, LockstepSecondary):
    pass
