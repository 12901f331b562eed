"""BIND, Knot and NSD as primaries or secondaries, each in the foreground with everything in its own folder.

Knot and NSD have loopback addresses of their own and send from them; BIND listens on addresses of interfaces only, so
it shares 127.0.0.1. What they grant, they grant by key: the address of the other side does not matter to them.
"""

import os
import re
import shutil
import subprocess

from lockstep_test import query
from lockstep_test.process import DEADLINE
from lockstep_test.server import Server, find_program


class Peer(Server):
    PROGRAM = CONTROL = CONFIG = None
    # What the log of a secondary shows of a transfer of each kind, and of one that failed.
    ARRIVED, FAILED = {}, None

    chatty = True  # tells of each transfer, as tests want it; what it costs BIND is several times a query

    def __init__(self, test, name, **options):
        self.control_program = find_program(self.CONTROL)
        super().__init__(test, name, **options)

    def configure(self):
        (self.directory / self.CONFIG).write_text(self.configuration())

    def control(self, *arguments):
        subprocess.run([self.control_program, *map(str, arguments)], check=True, capture_output=True,
                       timeout=DEADLINE, cwd=self.directory)

    def zone_path(self, zone):
        """In the server's own folder, even where the file is elsewhere: BIND's journal and NSD's IXFRs lie beside it."""
        path, file = self.directory / f"{zone}zone", self.zones[zone]
        if file and not path.is_symlink():
            path.symlink_to(file.path)
        return path

    def touch(self, zone):
        """Moves the file's mtime on by whole seconds: BIND and NSD take a file for unchanged within one."""
        path = self.zone_path(zone)
        self._newest = max(getattr(self, "_newest", 0), int(path.stat().st_mtime)) + 1
        os.utime(path, (self._newest, self._newest))

    def last_transfer_kind(self, zone):
        """AXFR or IXFR, by the log; None before the first one."""
        last = {kind: max((m.start() for m in re.finditer(self._about(pattern, zone), self.log())), default=-1)
                for kind, pattern in self.ARRIVED.items()}
        kind = max(last, key=last.get)
        return kind if last[kind] >= 0 else None

    def transfer_failed(self, zone):
        return re.search(self._about(self.FAILED, zone), self.log()) is not None

    def _about(self, pattern, zone):
        return pattern.replace("ZONE", re.escape(zone.rstrip(".")))


class Bind(Peer):
    PROGRAM, CONTROL, CONFIG, ADDRESS = "named", "rndc", "named.conf", "127.0.0.1"
    ARRIVED = {"AXFR": "'ZONE/IN'.*got nonincremental response", "IXFR": "'ZONE/IN'.*got incremental response"}
    FAILED = "ZONE/IN.*(failed|failure)"
    PACE = "notify-delay 0; serial-query-rate 1000; notify-rate 1000; startup-notify-rate 1000;"

    def __init__(self, test, name, **options):
        super().__init__(test, name, **options)
        self.control_endpoint = type(self.endpoint)(self.ADDRESS, self.endpoint.port + 1)

    def command(self):
        # A copy: AppArmor's profile of named goes by its path, and would keep it out of our folder.
        program = self.directory / "named"
        shutil.copy(find_program(self.PROGRAM), program)
        return [program, "-f", "-n", "1", "-c", self.directory / self.CONFIG]

    def configuration(self):
        zones = "".join(self._zone(zone, file) for zone, file in self.zones.items())
        key = f'key "{self.key.name}" {{ algorithm {self.key.algorithm}; secret "{self.key.secret}"; }};'
        (self.directory / "rndc.key").write_text(f"{key}\n")
        return f"""\
{key}
controls {{ inet {self.ADDRESS} port {self.control_endpoint.port} allow {{ any; }} keys {{ "{self.key.name}"; }}; }};
logging {{
  channel all {{ stderr; severity info; print-time yes; print-category yes; }};
  channel transfers {{ stderr; severity {'debug 3' if self.chatty else 'info'}; print-time yes; print-category yes; }};
  category default {{ all; }}; category xfer-in {{ transfers; }}; category dnssec {{ null; }};
}};
options {{
  directory "{self.directory}"; pid-file none; session-keyfile none; managed-keys-directory "{self.directory}";
  listen-on port {self.endpoint.port} {{ {self.ADDRESS}; }}; listen-on-v6 {{ none; }};
  transfer-source {self.ADDRESS}; notify-source {self.ADDRESS};
  recursion no; dnssec-validation no; notify explicit; ixfr-from-differences yes; max-ixfr-ratio unlimited;
  {self.PACE}
  allow-transfer {{ {"any" if self.open_transfers else f'key "{self.key.name}"'}; }};
}};
{zones}"""

    def _zone(self, zone, file):
        path = self.zone_path(zone)
        notify = "".join(f"{s.endpoint.address} port {s.endpoint.port} key \"{self.key.name}\"; "
                         for s in self.secondaries)
        if file:
            return f'zone "{zone}" {{ type primary; file "{path}"; also-notify {{ {notify}}}; }};\n'
        primaries = "".join(f"{p.endpoint.address} port {p.endpoint.port} key \"{self.key.name}\"; "
                            for p in self.primaries)
        return (f'zone "{zone}" {{ type secondary; file "{path}"; masterfile-format text; '
                f'primaries {{ {primaries}}}; also-notify {{ {notify}}}; allow-notify {{ key "{self.key.name}"; }}; }};\n')

    def reload(self, zone):
        self.touch(zone)
        self._rndc("reload", zone)

    def reload_all(self):
        for zone in self.zones:
            self.touch(zone)
        self._rndc("reload")

    def refresh(self, zone):
        self._rndc("refresh", zone)

    def retransfer(self, zone):
        self._rndc("retransfer", zone)

    def _rndc(self, *arguments):
        self.control("-s", self.ADDRESS, "-p", self.control_endpoint.port, "-k", "rndc.key", "-y", self.key.name,
                     *arguments)


class Knot(Peer):
    PROGRAM, CONTROL, CONFIG, ADDRESS = "knotd", "knotc", "knot.conf", "127.0.0.12"
    ARRIVED = {kind: rf"\[ZONE\.\] {kind}, incoming,.* finished" for kind in ("AXFR", "IXFR")}
    FAILED = r"\[ZONE\.\] .*(failed|not authorized)"

    def command(self):
        return [find_program(self.PROGRAM), "-c", self.directory / self.CONFIG]

    def configuration(self):
        remotes = "".join(f"""
  - id: {s.name}
    address: {s.endpoint.address}@{s.endpoint.port}
    via: {self.ADDRESS}
    key: {self.key.name}""" for s in [*self.primaries, *self.secondaries])
        zones = "".join(self._zone(zone, file) for zone, file in self.zones.items())
        return f"""\
server:
    rundir: "{self.directory}"
    listen: {self.endpoint.address}@{self.endpoint.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "{self.directory}/knot.sock"
log:
  - target: stderr
    any: {'debug' if self.chatty else 'info'}
database:
    storage: "{self.directory}"
key:
  - id: {self.key.name}
    algorithm: {self.key.algorithm}
    secret: {self.key.secret}
remote:{remotes}
acl:
  - id: by-key
    key: {self.key.name}
    action: [transfer, notify]
  - id: open
    action: transfer
zone:{zones}
"""

    def _zone(self, zone, file):
        names = lambda servers: "[" + ", ".join(s.name for s in servers) + "]"
        allowed = ["by-key", "open"] if self.open_transfers else ["by-key"]
        lines = [f"domain: {zone}", f'file: "{self.zone_path(zone)}"', f"acl: [{', '.join(allowed)}]", "semantic-checks: off"]
        if self.secondaries:
            lines.append(f"notify: {names(self.secondaries)}")
        if file:
            lines += ["zonefile-load: difference", "zonefile-sync: -1", "journal-content: changes"]
        else:
            lines.append(f"master: {names(self.primaries)}")
        return "\n  - " + "\n    ".join(lines)

    def reload(self, zone):
        self.control("-s", "knot.sock", "-b", "zone-reload", zone)

    def reload_all(self):
        self.control("-s", "knot.sock", "zone-reload")

    def refresh(self, zone):
        self.control("-s", "knot.sock", "zone-refresh", zone)

    def retransfer(self, zone):
        self.control("-s", "knot.sock", "-b", "zone-retransfer", zone)


class Nsd(Peer):
    PROGRAM, CONTROL, CONFIG, ADDRESS = "nsd", "nsd-control", "nsd.conf", "127.0.0.13"
    FAILED = r"zone ZONE\.,? .*(error|bad)"

    def command(self):
        return [find_program(self.PROGRAM), "-d", "-c", self.directory / self.CONFIG]

    def configuration(self):
        key = self.key
        zones = "".join(self._zone(zone, file) for zone, file in self.zones.items())
        return f"""\
server:
    ip-address: {self.endpoint.address}@{self.endpoint.port}
    server-count: 1
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{self.directory}"
    pidfile: ""
    zonelistfile: "{self.directory}/zone.list"
    xfrdfile: "{self.directory}/xfrd.state"
    xfrdir: "{self.directory}"
    xfrd-reload-timeout: 0
    rrl-ratelimit: 0
    verbosity: {5 if self.chatty else 1}
remote-control:
    control-enable: yes
    control-interface: "{self.directory}/control.sock"
key:
    name: {key.name}
    algorithm: {key.algorithm}
    secret: "{key.secret}"
{zones}"""

    def _zone(self, zone, file):
        at = lambda s: f"{s.endpoint.address}@{s.endpoint.port} {self.key.name}"
        lines = [f"name: {zone}", f'zonefile: "{self.zone_path(zone)}"', f"outgoing-interface: {self.ADDRESS}",
                 f"provide-xfr: 127.0.0.0/8 {self.key.name}", "store-ixfr: yes"]
        lines += ["provide-xfr: 127.0.0.0/8 NOKEY"] if self.open_transfers else []
        lines += [f"notify: {at(s)}" for s in self.secondaries]
        if not file:
            lines += [f"request-xfr: {at(p)}" for p in self.primaries]
            lines += [f"allow-notify: 127.0.0.0/8 {self.key.name}"]
        return "zone:\n    " + "\n    ".join(lines) + "\n"

    def last_transfer_kind(self, zone):
        """NSD's log does not tell the kind; but it sends on as IXFR just what it received as IXFR."""
        before = re.findall(self._about(r"zone ZONE\. serial (\d+) is updated to", zone), self.log())
        if not before:
            return "AXFR"
        return "IXFR" if query.deltas(query.transfer(self.endpoint, zone, "IXFR", since=int(before[-1]))) else "AXFR"

    def axfr(self, zone):
        # A reload ends NSD's children, and with them the connections that they serve.
        for _ in range(5):
            try:
                return super().axfr(zone)
            except query.TransferFailed:
                continue
        return super().axfr(zone)

    def reload(self, zone):
        self.touch(zone)
        self.control("-c", self.CONFIG, "reload", zone)

    def refresh(self, zone):
        self.control("-c", self.CONFIG, "transfer", zone)

    def retransfer(self, zone):
        self.control("-c", self.CONFIG, "force_transfer", zone)
