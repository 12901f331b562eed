"""Unbound as a resolver that validates, and asks the servers under test for their zones."""

import subprocess

import dns.flags
import dns.message
import dns.query
import dns.rcode

from lockstep_test.net import free_endpoint
from lockstep_test.process import DEADLINE, Process, wait_until
from lockstep_test.server import find_program


class Unbound:
    """`servers`: zone -> endpoint of who serves it; `anchors`: DS records that are trusted. Nothing is kept in its cache,
    so that each question reaches the server."""

    def __init__(self, test, name, servers, anchors):
        self.name = name
        self.directory = test.directory / name
        self.directory.mkdir()
        self.endpoint = free_endpoint("127.0.0.1")
        self.servers, self.anchors = servers, anchors
        (self.directory / "unbound.conf").write_text(self.configuration())
        self.process = Process([find_program("unbound"), "-d", "-p", "-c", self.directory / "unbound.conf"],
                               self.directory / "log", self.directory)
        test.servers.append(self)

    def configuration(self):
        stubs = "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {at.address}@{at.port}\n  stub-no-cache: yes\n'
                        for zone, at in self.servers.items())
        anchors = "".join(f'  trust-anchor: "{anchor}"\n' for anchor in self.anchors)
        return f"""\
server:
  interface: {self.endpoint.address}
  port: {self.endpoint.port}
  access-control: 127.0.0.0/8 allow
  directory: "{self.directory}"
  username: ""
  chroot: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  val-log-level: 2
  num-threads: 1
  do-ip6: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  cache-max-negative-ttl: 0
  aggressive-nsec: no
  msg-cache-size: 0
  target-fetch-policy: "0 0 0 0 0"
{anchors}{stubs}remote-control:
  control-enable: no
"""

    def start(self):
        self.process.start()
        zone = next(iter(self.servers))
        wait_until("Unbound answers", lambda: self._answers(zone))

    def _answers(self, zone):
        if not self.process.running:
            raise AssertionError(f"Unbound ended: {self.log()}")
        return self.ask(zone, "SOA", seconds=0.5) is not None

    def stop(self):
        return self.process.stop()

    def check_stopped(self, exit_code):
        """It has nothing to lose."""

    def log(self):
        return self.process.log()

    def ask(self, name, rdtype, seconds=DEADLINE):
        """The answer, with all the DNSSEC records; None where none comes."""
        question = dns.message.make_query(name, rdtype, want_dnssec=True)
        question.flags |= dns.flags.AD
        try:
            return dns.query.udp_with_fallback(question, self.endpoint.address, seconds, self.endpoint.port)[0]
        except (dns.exception.Timeout, OSError):
            return None

    def verdict(self, name, rdtype):
        """`secure`, `insecure`, or `bogus`, as SERVFAIL shows it."""
        answer = self.ask(name, rdtype)
        if answer is None or answer.rcode() == dns.rcode.SERVFAIL:
            return "bogus"
        return "secure" if answer.flags & dns.flags.AD else "insecure"

    def why_bogus(self):
        """What it last said about it."""
        lines = [line for line in self.log().splitlines() if "validation failure" in line]
        return lines[-1] if lines else "it does not say why"


def verify(folder, origin, path):
    """Complains unless both of the tools that verify a signed zone's file find it in order."""
    for command in ([find_program("dnssec-verify"), "-o", origin, path], [find_program("ldns-verify-zone"), path]):
        done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
