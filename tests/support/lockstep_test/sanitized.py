"""Whether a daemon is built with AddressSanitizer, and what that costs."""

import functools
import mmap
import os


@functools.cache
def has_address_sanitizer(program):
    with open(program, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets:
        return octets.find(b"__asan_init") >= 0


def memory_factor(program):
    """How much more memory than a user's the daemon may take: AddressSanitizer puts room around everything."""
    return 2 if has_address_sanitizer(program) else 1


def return_memory():
    """From here on, daemons that are started keep but little of the memory that they free: it is to be measured."""
    options = os.environ.get("ASAN_OPTIONS", "")
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [options, "quarantine_size_mb=1", "thread_local_quarantine_size_kb=64"]))
