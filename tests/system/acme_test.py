"""Certificates from an ACME authority that asks the secondaries only, by clients that do not wait for propagation: an
update is answered when every secondary serves it."""

import json
import os
import re
import time
import unittest
import urllib.request

from lockstep_test.acme import Authority, Certbot, LatePrimary, Lego, LegoOverHttp, Refused, Trust, names_in
from lockstep_test.case import ServerTest
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import Key, free_endpoint
from lockstep_test.pair import ZONE, PairTest
from lockstep_test.server import link
from lockstep_test.zones import ZoneFile

CERTIFICATES = int(os.environ.get("LOCKSTEP_CERTIFICATES", 2))  # by each client in each scene
NAMES = ["example.test", "*.example.test"]
CHALLENGE = f"_acme-challenge.{ZONE}"
KEY = Key("acme.example.", "YSBrZXkgdGhhdCBzb2x2ZXMgY2hhbGxlbmdlcyBvbmx5ISE=")
UPDATES = 4  # of an order: for each of the two names a TXT comes and goes
LATE = 2.0  # seconds; over UDP an answer is held for 2.5 at most


class UpdatedPrimary(LockstepPrimary):
    """One whose zone a key may update that is no secondary's."""

    def configuration(self):
        configuration = super().configuration()
        configuration["keys"].append({"name": KEY.name, "algorithm": KEY.algorithm, "secret": KEY.secret})
        configuration["acme_dns"] = {"domain": f"acme.{ZONE}"}
        return configuration


class AcmeTest(PairTest):
    LATE_SECONDS = None  # of ns3

    def setUp(self):
        ServerTest.setUp(self)  # not PairTest's, whose primary takes no updates
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.primary = UpdatedPrimary(self, "ns1")
        self.primary.zones[ZONE] = self.file
        self.primary.zone_settings = {
            "update": [{"key": KEY.name, "names": ["_acme-challenge.*"], "types": ["TXT"]}],
            "update_waits": {"seconds": 8, "quorum": "all"}}
        self.secondaries = [LockstepSecondary(self, name) for name in ("ns2", "ns3")]
        for secondary in self.secondaries:
            secondary.zones[ZONE] = None
            link(self.primary, secondary)
        if self.LATE_SECONDS:
            self.secondaries[1].primaries = [LatePrimary(self, self.primary, self.LATE_SECONDS)]
        for server in (self.primary, *self.secondaries):
            server.http = free_endpoint()
            server.settings["http"] = str(server.http)
        self.trust = Trust(self.directory)
        self.authorities = [Authority(self, f"pebble-of-{secondary.name}", self.trust, secondary.endpoint)
                            for secondary in self.secondaries]
        self.clients = [kind(self, self.trust, self.primary.endpoint, KEY) for kind in (Lego, Certbot)]

    def start(self):
        for server in (*self.authorities, self.primary, *self.secondaries):
            server.start()
        for secondary in self.secondaries:
            secondary.wait_serial(ZONE, self.file.serial)
        for authority in self.authorities:
            authority.wait()

    def figure(self, server, series):
        """Of /metrics; 0 where there is none."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{server.http}/metrics", timeout=10) as answer:
            found = re.search(rf"^{re.escape(series)} (\S+)$", answer.read().decode(), re.MULTILINE)
        return float(found.group(1)) if found else 0

    def updates(self):
        """How many came to what."""
        return {result: self.figure(self.primary, f'lockstep_updates_total{{result="{result}"}}')
                for result in ("done", "unmet", "refused", "failed", "late", "again")}

    def order_all(self):
        """Orders the certificates: each client of the authorities in turn. Returns the seconds that each order took."""
        took = []
        for client in self.clients:
            for number in range(CERTIFICATES):
                authority = self.authorities[-1 - number % len(self.authorities)]
                begun = time.monotonic()
                try:
                    certificate = client.order(authority, NAMES)
                except Refused as refused:
                    self.fail(f"certificate {number + 1} of {CERTIFICATES}, of {authority.name}: {refused}")
                took.append(time.monotonic() - begun)
                self.assertEqual(names_in(certificate), sorted(NAMES))
            print(f"{type(self).__name__}: {client.PROGRAM}: {CERTIFICATES} of {CERTIFICATES}, seconds each: "
                  f"{' '.join(f'{seconds:.1f}' for seconds in took[-CERTIFICATES:])}")
        return took

    def assert_all_went_well(self, orders):
        """Each challenge was found good at the first look, and nothing is left of it."""
        good, bad = zip(*(authority.verdicts() for authority in self.authorities))
        self.assertEqual((sum(good), sum(bad)), (orders * len(NAMES), 0))
        self.assertGreater(good[1], 0, "the last secondary was not asked")
        updates = self.updates()
        self.assertEqual(updates.pop("done"), orders * UPDATES)
        self.assertEqual(set(updates.values()), {0}, updates)
        for secondary in self.secondaries:
            self.assertEqual(self.figure(secondary, 'lockstep_responses_total{rcode="NXDOMAIN"}'), 0,
                             f"{secondary.name} was asked for a challenge that it did not serve yet")
        self.assertNotIn("before all secondaries are seen", self.primary.log())
        self.assertNotIn(CHALLENGE, self.assert_all_serve(self.primary.serial(ZONE)))


class Prompt(AcmeTest):
    def test_lego_and_certbot_get_every_certificate_without_a_wait(self):
        self.start()
        self.assert_all_went_well(len(self.order_all()))


class OneLate(AcmeTest):
    LATE_SECONDS = LATE

    def test_lego_and_certbot_get_every_certificate_though_a_secondary_is_late(self):
        self.start()
        took = self.order_all()
        self.assert_all_went_well(len(took))
        # One after the other, all updates of an order have waited for the late secondary.
        self.assertGreaterEqual(min(took), UPDATES * LATE)
        arrived = f'{{zone="{ZONE}",secondary="{self.secondaries[1].name}"}}'
        count = self.figure(self.primary, f"lockstep_propagation_seconds_count{arrived}")
        self.assertEqual(count, len(took) * UPDATES)
        mean = self.figure(self.primary, f"lockstep_propagation_seconds_sum{arrived}") / count
        self.assertGreaterEqual(mean, LATE)
        print(f"OneLate: {count:.0f} changes on the late secondary after {mean:.2f} s at the mean")
        self.assert_refused_where_updates_do_not_wait()

    def assert_refused_where_updates_do_not_wait(self):
        """The scene is one in which clients would fail."""
        del self.primary.zone_settings["update_waits"]
        self.primary.configure()
        self.primary.reload()
        with self.assertRaisesRegex(Refused, "Some challenges have failed"):
            self.clients[1].order(self.authorities[1], NAMES)
        self.assertGreater(self.authorities[1].verdicts()[1], 0)


class Granted(AcmeTest):
    def test_lego_and_certbot_get_certificates_by_a_granted_key_alone(self):
        self.primary.zone_settings = {}
        self.start()
        made = json.loads(self.primary.verb("acme", "grant", "*.example.test", "--client", "json").stdout)
        for client in self.clients:
            client.key = Key(made["name"], made["secret"], made["algorithm"])
        self.assert_all_went_well(len(self.order_all()))


class OverHttp(AcmeTest):
    def test_lego_gets_every_certificate_by_the_api_of_acme_dns(self):
        self.clients = [LegoOverHttp(self, self.trust, self.primary.http, None)]
        self.start()
        # It makes its account, and wants the alias, which its user makes once.
        with self.assertRaisesRegex(Refused, "CNAME"):
            self.clients[0].order(self.authorities[0], NAMES)
        target = self.clients[0].accounts()[CHALLENGE]
        self.file.edit(add=f"_acme-challenge 60 CNAME {target}.")
        self.primary.reload(ZONE)
        for secondary in self.secondaries:
            secondary.wait_serial(ZONE, self.primary.serial(ZONE))
        before = self.updates()["done"]  # for the other of the two names there was an account already
        orders = len(self.order_all())
        good, _ = zip(*(authority.verdicts() for authority in self.authorities))
        self.assertEqual(sum(good), orders * len(NAMES))
        self.assertGreater(good[1], 0, "the last secondary was not asked")
        updates = self.updates()
        self.assertEqual(updates.pop("done") - before, orders * len(NAMES))
        self.assertEqual(set(updates.values()), {0}, updates)
        self.assert_all_serve(self.primary.serial(ZONE))


del AcmeTest

if __name__ == "__main__":
    unittest.main()
