"""Thousands of small zones, and asking a server for all of their serials at once."""

import socket
import struct
import time

import dns.name

from lockstep_test.zones import ZoneFile

SMALL = "@ IN NS ns1\nns1 IN A 192.0.2.1\nwww IN A 192.0.2.80\n"
WINDOW = 200  # questions on the way at a time
IDS = 65536  # of messages: those on the way have different ones
PATIENCE = 0.5  # seconds without any answer, after which what is on the way counts as lost


class SmallZone(ZoneFile):
    """A zone of three records; `www` tells its version."""

    def __init__(self, folder, origin, **options):
        super().__init__(folder / f"{origin}zone", origin, SMALL, **options)

    def change(self):
        """The next version."""
        self.records = f"{SMALL}version IN TXT \"{self.serial + 1}\"\n"
        return self.edit()


def small_zones(folder, count, kind=SmallZone):
    """`count` zones in a new folder, by origin."""
    folder.mkdir()
    return {origin: kind(folder, origin) for origin in (f"z{number:05}.scale.test." for number in range(count))}


def _question(number, origin):
    return struct.pack("!HHHHHH", number % IDS, 0, 1, 0, 0, 0) + dns.name.from_text(origin).to_wire() + struct.pack("!HH", 6, 1)


def _soa_serial(answer, question_octets):
    """Of the first record of the answer section, where it is an authoritative SOA."""
    flags, questions, answers = struct.unpack_from("!HHH", answer, 2)
    if flags & 0x0400 == 0 or flags & 15 or not answers or questions != 1:
        return None
    at = question_octets
    while answer[at] and answer[at] < 0xC0:
        at += 1 + answer[at]
    at += 2 if answer[at] else 1
    rdtype, _, _, octets = struct.unpack_from("!HHIH", answer, at)
    return struct.unpack_from("!I", answer, at + 10 + octets - 20)[0] if rdtype == 6 else None


class Survey:
    """Asks one server for the SOA of many zones, over UDP, a window of them at a time."""

    def __init__(self, endpoint, origins):
        self.origins = list(origins)
        self.questions = [_question(number, origin) for number, origin in enumerate(self.origins)]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((endpoint.address, endpoint.port))
        self.socket.settimeout(PATIENCE)

    def close(self):
        self.socket.close()

    def serials(self, numbers=None):
        """{origin: serial}; without those that the server does not serve, or did not answer for."""
        waiting = iter(range(len(self.origins)) if numbers is None else numbers)
        out, found = {}, {}  # by message ID
        while True:
            while len(out) < WINDOW and (number := next(waiting, None)) is not None:
                try:
                    self.socket.send(self.questions[number])
                except ConnectionError:  # nobody listens yet
                    continue
                out[number % IDS] = number
            if not out:
                return found
            try:
                answer = self.socket.recv(4096)
            except TimeoutError:
                out.clear()
                continue
            except ConnectionError:
                continue
            number = out.pop(struct.unpack_from("!H", answer)[0], None)
            if number is not None:
                serial = _soa_serial(answer, len(self.questions[number]))
                if serial is not None:
                    found[self.origins[number]] = serial

    def until_all(self, wanted, seconds, pause=0.05):
        """Returns when each zone was seen with at least its serial in `wanted` (an origin: serial dict, or one serial for
        all): how long the first, half of them, and the last took, in seconds from the call."""
        started = time.monotonic()
        missing, seen_at = dict(enumerate(self.origins)), []
        goal = (lambda origin: wanted[origin]) if isinstance(wanted, dict) else (lambda _: wanted)
        while missing:
            begun = time.monotonic()
            found = self.serials(list(missing))
            now = time.monotonic() - started
            for number, origin in list(missing.items()):
                if found.get(origin, -1) >= goal(origin):
                    seen_at.append(now)
                    del missing[number]
            if missing and now > seconds:
                few = list(missing.values())[:3]
                raise AssertionError(f"after {seconds:g} s {len(missing)} of {len(self.origins)} zones are not at their "
                                     f"serial, such as {', '.join(f'{o} ({found.get(o)})' for o in few)}")
            if missing:  # asking must not be what the machine is busy with
                time.sleep(max(pause, 3 * (time.monotonic() - begun)))
        return seen_at[0], seen_at[len(seen_at) // 2], seen_at[-1]
