"""Hosts in network namespaces on one link, and the faults of their network.

main() runs a test file in a network namespace of its own, so nothing that it makes meets the machine's addresses or
outlives it; who is not root gets one by way of a user namespace. Each Host is one more namespace, held by a `sleep`
that dies with the test.
"""

import json
import os
import subprocess
import sys
import unittest

from lockstep_test.case import ServerTest
from lockstep_test.net import Endpoint
from lockstep_test.process import wait_until
from lockstep_test.server import find_program

NETWORK = "10.53.0"  # a /24; the test itself is its first host
INSIDE = "LOCKSTEP_INSIDE_NETNS"


def main():
    """unittest.main(), inside."""
    if os.environ.get(INSIDE) != "1":
        os.environ[INSIDE] = "1"
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        os.execvp("unshare", ["unshare", *as_root, "--net", sys.executable, *sys.argv])
    run("ip", "link", "set", "lo", "up")
    unittest.main()


def run(*command):
    """What the command prints; it must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} exited {done.returncode}: {done.stderr}")
    return done.stdout


class Rule:
    """A packet filter rule of one namespace. `packets`: how many it has met."""

    def __init__(self, place, chain, match, verdict):
        self.place, self.chain = place, chain
        said = json.loads(place.nft("-j", "-e", "-a", f"add rule inet faults {chain} {match} counter {verdict}"))
        self.handle = next(e["add"]["rule"]["handle"] for e in said["nftables"] if "add" in e)

    @property
    def packets(self):
        listed = json.loads(self.place.nft("-j", "-a", f"list chain inet faults {self.chain}"))
        rule = next(e["rule"] for e in listed["nftables"] if e.get("rule", {}).get("handle") == self.handle)
        return next(e["counter"]["packets"] for e in rule["expr"] if "counter" in e)

    def remove(self):
        self.place.nft(f"delete rule inet faults {self.chain} handle {self.handle}")


class Namespace:
    """Where commands run behind `prefix`, and packets are lost or counted."""

    # Where a rule looks: prerouting sees fragments as they come, before they are put together.
    CHAINS = {"prerouting": -450, "input": 0, "output": 0}
    prefix = ()
    filtered = False

    def run(self, *command):
        return run(*self.prefix, *command)

    def nft(self, *arguments):
        return self.run(find_program("nft"), *arguments)

    def drop(self, match, chain="input"):
        """Packets that `match` (in nft's words) are lost."""
        return self._rule(chain, match, "drop")

    def count(self, match, chain="input"):
        return self._rule(chain, match, "")

    def _rule(self, chain, match, verdict):
        if not self.filtered:
            self.filtered = True
            self.nft("; ".join(["add table inet faults", *(
                f"add chain inet faults {name} {{ type filter hook {name} priority {priority}; }}"
                for name, priority in self.CHAINS.items())]))
        return Rule(self, chain, match, verdict)

    def forget_rules(self):
        if self.filtered:
            self.filtered = False
            self.nft("delete table inet faults")


class Host(Namespace):
    """One more namespace, with `address` on the link."""

    def __init__(self, name, number):
        self.name, self.address, self.port = name, f"{NETWORK}.{number}", f"to-{name}"
        self.holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--net", "sh", "-c", "echo here; exec sleep 7200"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"here\n"
        self.prefix = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]
        self.run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.holder.pid)
        self.plug_in(self.port)

    def plug_in(self, port):
        """`port` is the link's end of the host's eth0."""
        self.port = port
        run("ip", "link", "set", port, "master", "lan", "up")
        self.move_to(self.address)

    def move_to(self, address):
        """Gives the host another address. What listens at the old one hears nothing more."""
        self.address = address
        self.run("ip", "address", "flush", "dev", "eth0")
        self.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")
        # Strangers' addresses are answered too: the answers go to the test, which has no use for them.
        self.run("ip", "route", "replace", "default", "via", f"{NETWORK}.1")
        self._wait("UP", "UNKNOWN")  # which a tap always is

    def cut(self):
        """Pulls the cable."""
        run("ip", "link", "set", self.port, "down")
        self._wait("DOWN", "LOWERLAYERDOWN")

    def heal(self):
        run("ip", "link", "set", self.port, "up")
        self._wait("UP", "UNKNOWN")

    def _wait(self, *states):
        wait_until(f"the link of {self.name} is {states[0]}", lambda: json.loads(
            self.run("ip", "-j", "link", "show", "eth0"))[0]["operstate"] in states)

    def close(self):
        subprocess.run(["ip", "link", "delete", self.port], capture_output=True, check=False)
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


class Network:
    """The link, and the hosts on it by name; `here` is where the test itself is."""

    def __init__(self, test):
        assert os.environ.get(INSIDE) == "1", "the test file ends with netns.main(), not unittest.main()"
        self.hosts, self.here = {}, Namespace()
        run("ip", "link", "add", "lan", "type", "bridge", "forward_delay", 0)
        test.addCleanup(self.close)
        run("ip", "address", "add", f"{NETWORK}.1/24", "dev", "lan")
        run("ip", "link", "set", "lan", "up")

    def host(self, name):
        """A new one."""
        self.hosts[name] = Host(name, 11 + len(self.hosts))
        return self.hosts[name]

    def place(self, server):
        """Gives a server that is not started yet a host of its own, `server.host`."""
        server.host = self.host(server.name)
        server.ADDRESS = server.host.address
        server.endpoint = Endpoint(server.host.address, 53)
        server.process.argv = [*server.host.prefix, *server.process.argv]
        return server

    def close(self):
        for host in self.hosts.values():
            host.close()
        self.here.forget_rules()
        run("ip", "link", "delete", "lan")


class NetworkTest(ServerTest):
    """Tests whose servers have hosts of their own."""

    def setUp(self):
        self.network = Network(self)  # first, so that it goes last
        super().setUp()
