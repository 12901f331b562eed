"""Queries at a steady pace (pace.cpp), and how long their answers take while something else goes on."""

import contextlib
import json
import os
import subprocess
import threading

from rows.row import ON_LOAD_CORE


class Paced:
    """Asks from the beginning of a `with` to its end; then `result` has what pace.cpp prints."""

    def __init__(self, scene, server, questions, rate):
        self.command = [*ON_LOAD_CORE, scene.tool("pace"), str(server.endpoint), questions, str(rate)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        self.result = json.loads(self.process.communicate()[0])


def behind_the_load(make):
    """What `make()` returns, which is called by a thread that stays on the load's core and gives way to all that is there;
    so do the threads that are started by it."""
    made = []

    def call():
        os.sched_setaffinity(0, {1})
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, 19)
        made.append(make())
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return made[0]
