"""deploy/vps.md, as it is written: every block of it that names a host is run there, on three hosts with systemd, a network and files of their own."""

import pathlib
import re
import socket
import subprocess
import tempfile
import unittest

from lockstep_test import booted
from lockstep_test.process import wait_until

PROJECT = pathlib.Path(__file__).resolve().parents[2]
ADDRESSES = {"ns1": "192.0.2.1", "ns2": "198.51.100.2", "ns3": "203.0.113.3"}
HERE = "192.0.2.99"
BLOCK = re.compile(r"^```sh (?P<hosts>[a-z0-9 ]+)\n(?P<script>.*?)^```$", re.M | re.S)


def blocks():
    """(section, hosts, whether something is pasted, script), in order."""
    found, section = [], ""
    text = (PROJECT / "deploy/vps.md").read_text()
    for part in re.split(r"^(?=## )", text, flags=re.M):
        section = part.splitlines()[0].removeprefix("## ")
        for match in BLOCK.finditer(part):
            words = match["hosts"].split()
            found.append((section, [word for word in words if word != "paste"], "paste" in words, match["script"]))
    return found


class Here:
    """Somebody else's computer."""

    def run(self, script, **_):
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)


class Vps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for command in ("ip link add lan type bridge forward_delay 0", f"ip address add {HERE}/32 dev lan", "ip link set lan up",
                        "ip route add default dev lan"):
            subprocess.run(command.split(), check=True)
        cls.hosts = {"anywhere": Here()}
        folder = tempfile.TemporaryDirectory(prefix="lockstep-hosts-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        for name, address in ADDRESSES.items():
            layer = pathlib.Path(folder.name) / name
            layer.mkdir()
            host = booted.BootedHost(name, address, layer)
            cls.addClassCleanup(host.close)
            cls.hosts[name] = host
        cls.outputs = cls.play()
        cls.restarts = {name: cls.hosts[name].run("systemctl show 'lockstep-*' --property NRestarts --value").stdout.split() for name in ADDRESSES}

    @classmethod
    def play(cls):
        """Runs the whole document; what each host printed, by section."""
        outputs, shown = {}, ""
        for section, names, pasted, script in blocks():
            for name in names:
                try:
                    done = cls.hosts[name].run(script, stdin=shown if pasted else "", cwd=PROJECT)
                except (AssertionError, subprocess.CalledProcessError) as error:
                    raise AssertionError(f"vps.md, '{section}', on {name}:\n{error}") from error
                outputs.setdefault((section.split(".")[0], name), []).append(done.stdout)
            shown = done.stdout
        return outputs

    def output(self, section, host):
        return "".join(self.outputs[str(section), host])

    def status(self):
        return self.hosts["ns1"].run("lockstep-primary status").stdout

    def doctor(self, check=True):
        return self.hosts["ns1"].run("lockstep-primary doctor", check=check).stdout

    def test_the_document_names_no_block_that_is_not_run(self):
        text = (PROJECT / "deploy/vps.md").read_text()
        self.assertEqual(len(re.findall(r"^```sh", text, re.M)), len(blocks()))
        self.assertGreater(len(blocks()), 15)
        for host, address in ADDRESSES.items():
            self.assertIn(f"`{host}` ({address})", text)

    def test_what_the_document_promises_is_seen(self):
        self.assertIn("unreachable", self.output(3, "ns1"))
        serials = re.findall(r"(?m)^ns1\.example\.com\. hostmaster\.example\.com\. (\d+) ", self.output(6, "anywhere"))
        self.assertEqual(serials, ["1", "1"])
        self.assertEqual(self.output(6, "anywhere").count("192.0.2.80"), 2)
        self.assertIn("Transfer failed", self.output(6, "anywhere"))
        self.assertIn("in-sync", self.output(6, "ns1"))
        self.assertEqual(self.status().count("in-sync"), 4)  # two zones, two secondaries

    def test_everybody_serves_everything_to_the_world(self):
        for address in ADDRESSES.values():
            for name, wanted in (("blog.example.com", "192.0.2.81"), ("ns3.example.com", "203.0.113.3"), ("www.example.net", "192.0.2.80")):
                answer = self.hosts["anywhere"].run(f"dig +short +norecurse @{address} {name} A").stdout
                self.assertEqual(answer, wanted + "\n", (address, name))

    def test_the_firewall_lets_in_dns_and_nothing_else(self):
        # The status page is on loopback; a port that somebody opens by mistake is closed all the same.
        server = subprocess.Popen(["nsenter", "--net", f"--target={self.hosts['ns1'].pid}", "/usr/bin/python3", "-m", "http.server", "8000"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_until("the port is open inside", lambda: self.hosts["ns1"].run("ss -Hltn 'sport = :8000'").stdout)
        self.assertTrue(self.connects(53))
        self.assertFalse(self.connects(8000))

    def connects(self, port):
        try:
            socket.create_connection((ADDRESSES["ns1"], port), timeout=1).close()
        except TimeoutError:
            return False
        return True

    def test_the_units_run_as_they_should(self):
        for host, role in (("ns1", "primary"), ("ns2", "secondary"), ("ns3", "secondary")):
            unit = f"lockstep-{role}"
            shown = dict(line.split("=", 1) for line in self.hosts[host].run(
                f"systemctl show {unit} --property ActiveState,SubState,NRestarts,StatusText,MainPID,UnitFileState").stdout.splitlines())
            self.assertEqual((shown["ActiveState"], shown["SubState"], shown["UnitFileState"]), ("active", "running", "enabled"), host)
            self.assertEqual(self.restarts[host], ["0"])
            self.assertIn("2 zones", shown["StatusText"])
            process = dict(line.split(":\t", 1) for line in self.hosts[host].run(f"cat /proc/{shown['MainPID']}/status").stdout.splitlines() if ":\t" in line)
            self.assertEqual((process["CapEff"], process["NoNewPrivs"], process["Seccomp"]), ("0" * 16, "1", "2"))
            self.assertNotEqual(process["Uid"].split()[0], "0")
            log = self.hosts[host].run(f"journalctl --unit {unit} --no-pager --output cat").stdout
            self.assertIn("sandbox: other files are out of reach (Landlock", log)
            self.assertIn("sandbox: system calls are filtered (seccomp)", log)

    def test_red_is_what_the_table_says_and_the_remedy_makes_it_green(self):
        ns1, ns2 = self.hosts["ns1"], self.hosts["ns2"]
        block = "nft insert rule inet filter input tcp dport 53 drop"
        ns2.run(block)
        self.assertRegex(self.doctor(check=False), r"FAIL +tcp +.*\n +-> .*firewall")
        ns2.run("systemctl restart nftables")
        self.doctor()
        ns2.run("systemctl stop lockstep-secondary")
        ns1.run("lockstep-primary bump example.com.")
        self.assertEqual(ns1.run("lockstep-primary wait example.com. --timeout 2", check=False).returncode, 1)
        wait_until("it is seen to be away", lambda: "unreachable" in self.status())
        ns2.run("systemctl start lockstep-secondary")
        ns1.run("lockstep-primary wait example.com. --timeout 60")
        self.assertEqual(self.status().count("in-sync"), 4)

    def comes_back(self, host, signal):
        def show(what):
            return host.run(f"systemctl show lockstep-secondary --property {what} --value").stdout.strip()
        before = int(show("NRestarts"))
        host.run(f"kill -{signal} {show('MainPID')}")
        wait_until("it runs again", lambda: int(show("NRestarts")) == before + 1 and show("ActiveState") == "active", seconds=60)
        self.hosts["ns1"].run("lockstep-primary wait example.com. --timeout 60")

    def test_a_daemon_that_is_killed_comes_back_by_itself(self):
        self.comes_back(self.hosts["ns2"], "KILL")

    def test_a_daemon_that_stands_still_is_ended_and_comes_back(self):
        ns3 = self.hosts["ns3"]
        ns3.run("mkdir -p /run/systemd/system/lockstep-secondary.service.d; printf '[Service]\\nWatchdogSec=3\\nTimeoutAbortSec=1\\n' "
                ">/run/systemd/system/lockstep-secondary.service.d/quick.conf; systemctl daemon-reload; systemctl restart lockstep-secondary")
        self.comes_back(ns3, "STOP")

    def test_a_bad_file_keeps_no_other_zone_from_being_served_after_a_boot(self):
        ns1 = self.hosts["ns1"]
        bad = "/etc/lockstep/zones/bad.example.zone"
        self.addCleanup(ns1.run, f"rm {bad}; lockstep-primary reload")
        ns1.run(f"echo '@ SOA nothing' >{bad}; systemctl restart lockstep-primary")
        self.assertEqual(ns1.run("systemctl is-active lockstep-primary").stdout, "active\n")
        self.assertRegex(self.status(), r"bad\.example\. .* failed\n(?: +to .*\n)* +" + bad + ":1:")
        self.assertEqual(self.hosts["anywhere"].run("dig +short +norecurse @192.0.2.1 www.example.com A").stdout.splitlines()[-1], "192.0.2.80")

    def test_reload_is_hangup_and_an_edited_file_is_served_by_itself(self):
        ns1 = self.hosts["ns1"]
        ns1.run("systemctl reload lockstep-primary")
        wait_until("it has reloaded", lambda: "reloading on SIGHUP" in ns1.run("journalctl --unit lockstep-primary --output cat").stdout)
        ns1.run("echo 'more A 192.0.2.90' >> /etc/lockstep/zones/example.com.zone")
        wait_until("it is served", lambda: "192.0.2.90" in self.hosts["anywhere"].run("dig +short @198.51.100.2 more.example.com A").stdout)


if __name__ == "__main__":
    booted.main()
