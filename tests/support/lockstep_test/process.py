"""Child processes with a log, and waiting for conditions."""

import os
import re
import signal
import subprocess
import time

DEADLINE = float(os.environ.get("LOCKSTEP_DEADLINE", 30))  # seconds; conditions return at once when they hold

SANITIZER_REPORT = re.compile(r"AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:")


def wait_until(what, condition, seconds=DEADLINE, pause=0.01):
    """Returns the first true value of `condition()`; after `seconds` fails, telling the last value seen."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what} (last seen: {value!r})")
        time.sleep(pause)
    return value


class Process:
    """A child in the foreground, in a process group of its own, that dies with this interpreter.

    Its output is appended to `log_path` over all its starts.
    """

    def __init__(self, argv, log_path, directory):
        self.argv = [str(a) for a in argv]
        self.log_path = log_path
        self.directory = directory
        self.child = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.argv],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def exit_code(self, seconds=DEADLINE):
        """Waits for the process to end by itself."""
        return self.child.wait(seconds)

    def stop(self, seconds=DEADLINE):
        """Asks it to end, and returns its exit code; one that does not end in time is killed and fails."""
        if self.running:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.argv[0]} did not stop within {seconds:g} s") from None
        code = self.child.returncode
        self._end_group()
        return code

    def kill(self):
        """kill -9, children included."""
        self._end_group()
        self.child.wait()

    def _end_group(self):
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def log(self):
        try:
            return self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""
