"""/metrics: as INTERFACE.md names them, clean by promtool, and scraped by a real Prometheus."""

import json
import re
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from lockstep_test import query
from lockstep_test.net import free_endpoint
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.process import Process, wait_until
from lockstep_test.server import find_program

NAMES = {
    "primary": {"lockstep_zone_serial", "lockstep_zone_records", "lockstep_zone_lag_seconds", "lockstep_secondary_in_sync",
                "lockstep_propagation_seconds"},
    "secondary": {"lockstep_zone_serial", "lockstep_zone_records", "lockstep_zone_lag_seconds", "lockstep_zone_expires_in_seconds"},
    "both": {"lockstep_transfers_total", "lockstep_transfer_octets_total", "lockstep_notifies_total", "lockstep_queries_total",
             "lockstep_responses_total", "lockstep_truncated_total", "lockstep_dropped_total", "lockstep_tcp_connections",
             "lockstep_updates_total", "lockstep_build_info", "process_cpu_seconds_total", "process_resident_memory_bytes",
             "process_open_fds", "process_max_fds", "process_start_time_seconds", "process_virtual_memory_bytes"},
}


class Metrics(PairTest):
    def setUp(self):
        super().setUp()
        for server in [self.primary, *self.secondaries]:
            server.http = free_endpoint()
            server.settings["http"] = str(server.http)

    def text(self, server):
        with urllib.request.urlopen(f"http://{server.http}/metrics", timeout=10) as answer:
            self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
            return answer.read().decode()

    def value(self, server, series):
        found = re.search(rf"^{re.escape(series)} (\S+)$", self.text(server), re.MULTILINE)
        return float(found.group(1)) if found else None

    def test_each_name_is_there_and_promtool_finds_no_fault(self):
        self.start()
        self.assert_all_serve(self.bump())
        promtool = find_program("promtool")
        for server in (self.primary, self.secondaries[0]):
            def families(server=server):
                return set(re.findall(r"^# TYPE (\S+) ", self.text(server), re.MULTILINE))
            wanted = NAMES[server.ROLE] | NAMES["both"]
            wait_until(f"{server.name} shows all names", lambda: wanted <= {
                name for name in families() if re.search(rf"^{name}\S*[ {{]", self.text(server), re.MULTILINE)})
            done = subprocess.run([promtool, "check", "metrics"], input=self.text(server), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_what_happens_is_counted(self):
        self.start()
        # What a secondary is first seen with has not been propagated to it.
        self.primary.verb("wait", ZONE, "--timeout", 20)
        serial = self.bump()
        self.assert_all_serve(serial)
        before = self.value(self.primary, 'lockstep_responses_total{rcode="NXDOMAIN"}')
        for _ in range(5):
            query.ask(self.primary.endpoint, f"absent.{ZONE}", "A")
        self.assertEqual(self.value(self.primary, 'lockstep_responses_total{rcode="NXDOMAIN"}'), before + 5)
        self.assertEqual(self.value(self.primary, f'lockstep_zone_serial{{zone="{ZONE}"}}'), serial)
        for name in ("ns2", "ns3"):
            pair = f'{{zone="{ZONE}",secondary="{name}"}}'
            wait_until(f"{name} in sync", lambda p=pair: self.value(self.primary, f"lockstep_secondary_in_sync{p}") == 1)
            self.assertEqual(self.value(self.primary, f"lockstep_zone_lag_seconds{pair}"), 0)
            self.assertEqual(self.value(self.primary, f"lockstep_propagation_seconds_count{pair}"), 1)
        self.assertEqual(self.value(self.primary, 'lockstep_transfers_total{direction="out",kind="IXFR",result="done"}'), 2)
        self.assertGreater(self.value(self.primary, 'lockstep_transfer_octets_total{direction="out",kind="AXFR"}'), 100)
        self.assertGreaterEqual(self.value(self.primary, 'lockstep_notifies_total{direction="out",result="acknowledged"}'), 2)
        one = self.secondaries[0]
        self.assertEqual(self.value(one, 'lockstep_transfers_total{direction="in",kind="AXFR",result="done"}'), 1)
        self.assertEqual(self.value(one, 'lockstep_transfers_total{direction="in",kind="IXFR",result="done"}'), 1)
        self.assertGreater(self.value(one, f'lockstep_zone_expires_in_seconds{{zone="{ZONE}"}}'), 0)

    def test_a_real_prometheus_scrapes_both(self):
        self.start()
        serial = self.bump()
        endpoint = free_endpoint()
        configuration = self.directory / "prometheus.yml"
        configuration.write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "lockstep", "static_configs": [
                {"targets": [str(server.http) for server in (self.primary, *self.secondaries)]}]}]}))
        prometheus = Process([find_program("prometheus"), f"--config.file={configuration}",
                              f"--storage.tsdb.path={self.directory}/tsdb", f"--web.listen-address={endpoint}"],
                             self.directory / "prometheus.log", self.directory)
        prometheus.start()
        self.addCleanup(prometheus.stop)

        def ask(expression):
            try:
                with urllib.request.urlopen(f"http://{endpoint}/api/v1/query?query={urllib.parse.quote(expression)}",
                                            timeout=5) as answer:
                    return json.load(answer)["data"]["result"]
            except (urllib.error.URLError, ConnectionError):
                return []
        wait_until("three targets are up", lambda: [row["value"][1] for row in ask("up")] == ["1"] * 3)
        wait_until("every server shows the serial", lambda: {row["value"][1] for row in ask("lockstep_zone_serial")} == {str(serial)})
        wait_until("both secondaries are in sync", lambda: sum(
            float(row["value"][1]) for row in ask("lockstep_secondary_in_sync")) == 2)


if __name__ == "__main__":
    unittest.main()
