"""The HTTP side of both daemons: what it tells, and every bad client of FAULTS.md section 3, "HTTP"."""

import json
import re
import socket
import time
import unittest

from lockstep_test import control
from lockstep_test.case import ServerTest
from lockstep_test.http import Connection, EventSource, ask, get, head_of
from lockstep_test.lockstep import LockstepPrimary, LockstepSecondary
from lockstep_test.net import free_endpoint
from lockstep_test.process import wait_until
from lockstep_test.query import port_in_use
from lockstep_test.server import link
from lockstep_test.watching import descriptors
from lockstep_test.zones import ZoneFile

ZONE = "example.test."
STRANGE = '\\"\\010{.test.'  # one label of three octets: a quote, a line feed, a brace
MANY = 300  # connections at once


def request(line="GET /healthz HTTP/1.1", *fields, host="127.0.0.1"):
    return "\r\n".join([line, *([f"Host: {host}"] if host else []), *fields, "", ""]).encode()


def with_fields(*fields):
    return request("GET /healthz HTTP/1.1", *fields)


SMUGGLED = b"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LENGTHS = ("Content-Length: 5", "Content-Length: 6")
CHUNKED = "Transfer-Encoding: chunked"

# What is sent, and the status of the one answer that comes.
BAD_REQUESTS = {
    "a header line of 64 KiB": (with_fields("X: " + "y" * 65536), 431),
    "10,000 header fields": (with_fields(*(f"X-{number}: y" for number in range(10000))), 431),
    "101 header fields": (with_fields(*(f"X-{number}: y" for number in range(100))), 431),
    "no Host": (request(host=None), 400),
    "two Hosts": (with_fields("Host: 127.0.0.1"), 400),
    "Host of another": (request(host="evil.example"), 421),
    "Host of another with our port": (request(host="rebound.evil.example:8053"), 421),
    "two lengths": (with_fields(*LENGTHS) + b"hello" + SMUGGLED, 400),
    "two equal lengths": (with_fields(LENGTHS[0], LENGTHS[0]) + b"hello" + SMUGGLED, 400),
    "a length and chunks": (with_fields(LENGTHS[0], CHUNKED) + b"0\r\n\r\n" + SMUGGLED, 400),
    "chunks and a length": (with_fields(CHUNKED, LENGTHS[0]) + b"0\r\n\r\n" + SMUGGLED, 400),
    "a chunk of FFFFFFFFFFFFFFFF": (with_fields(CHUNKED) + b"FFFFFFFFFFFFFFFF\r\n", 400),
    "a chunk of -1": (with_fields(CHUNKED) + b"-1\r\n", 400),
    "a body": (with_fields("Content-Length: 5") + b"hello", 400),
    "a body that is waited with": (with_fields("Content-Length: 5", "Expect: 100-continue"), 400),
    "a length of -1": (with_fields("Content-Length: -1"), 400),
    "HTTP/0.9": (b"GET /\r\n", 400),
    "HTTP/9.9": (request("GET / HTTP/9.9"), 505),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "TLS": (b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03", 400),
    "a path that climbs": (request("GET /../../etc/shadow HTTP/1.1"), 400),
    "a path that climbs in hiding": (request("GET /%2e%2e/%2e%2e/etc/shadow HTTP/1.1"), 400),
    "%00": (request("GET /%00 HTTP/1.1"), 400),
    "NUL": (b"GET /\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    "%zz": (request("GET /%zz HTTP/1.1"), 400),
    "a URL of 64 KiB": (request("GET /" + "a" * 65536 + " HTTP/1.1"), 414),
    "a URL of 5 KiB": (request("GET /" + "a" * 5120 + " HTTP/1.1"), 414),
    "an absolute URI": (request("GET http://127.0.0.1/ HTTP/1.1"), 400),
    "lines that end with LF": (b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
    "a space before the colon": (with_fields("X : y"), 400),
    "an unknown path": (request("GET /secret HTTP/1.1", "Connection: close"), 404),
    "a zone that is none": (request("GET /api/history?zone=a..b HTTP/1.1", "Connection: close"), 400),
    "a zone that is not there": (request("GET /api/history?zone=other.test. HTTP/1.1", "Connection: close"), 404),
} | {
    method: (request(f"{method} {'example.test:53' if method == 'CONNECT' else '/'} HTTP/1.1", "Content-Length: 5") + b"hello", 405)
    for method in ("POST", "PUT", "DELETE", "TRACE", "CONNECT", "OPTIONS", "PATCH", "BREW")
}


def without_uptime(status):
    return {key: value for key, value in status.items() if key != "uptime_seconds"}


class Http(ServerTest):
    def setUp(self):
        super().setUp()
        self.file = ZoneFile(self.directory / "example.test.zone", ZONE)
        self.strange = ZoneFile(self.directory / "strange.zone", STRANGE)
        self.primary = LockstepPrimary(self, "ns1")
        self.primary.zones = {ZONE: self.file, STRANGE: self.strange}
        self.secondary = LockstepSecondary(self, "ns2")
        self.secondary.zones = {ZONE: None, STRANGE: None}
        link(self.primary, self.secondary)
        for server in (self.primary, self.secondary):
            server.http = free_endpoint()
            server.settings["http"] = str(server.http)

    def start_primary(self):
        self.primary.start()
        return self.primary.http

    def start_both(self):
        for server in (self.primary, self.secondary):
            server.start()
            for zone in (ZONE, STRANGE):
                server.wait_serial(zone, 1)
        self.primary.verb("wait", ZONE)
        self.primary.verb("wait", STRANGE)

    def connect(self, http, **options):
        connection = Connection(http, **options)
        self.addCleanup(connection.close)
        return connection

    def listen(self, http):
        source = EventSource(http)
        self.addCleanup(source.close)
        return source

    def assert_answers(self, http=None):
        """DNS and HTTP go on."""
        self.assertIsNotNone(self.primary.serial(ZONE, timeout=5), "DNS is not answered any more")
        self.assertEqual(get(http or self.primary.http, "/healthz").status, 200)


class Good(Http):
    def test_status_is_what_the_command_says(self):
        self.start_both()
        for server in (self.primary, self.secondary):
            answer = get(server.http, "/api/status")
            self.assertEqual((answer.status, answer.fields["content-type"]), (200, "application/json"))
            # Times to come are told in milliseconds from a clock that goes by finer steps.
            wait_until("both say the same", lambda s=server: without_uptime(json.loads(get(s.http, "/api/status").body)) ==
                       without_uptime(s.status()))
            one = json.loads(get(server.http, f"/api/status?zone={ZONE}").body)["zones"]
            self.assertEqual([zone["name"] for zone in one], [ZONE])

    def test_history_is_what_the_command_says(self):
        self.start_both()
        for server in (self.primary, self.secondary):
            # A refresh may come between the two.
            said = lambda *zone: json.loads(server.verb("history", *zone, "--json").stdout)
            wait_until("the histories are the same", lambda s=server, h=said: json.loads(get(s.http, "/api/history").body) == h())
            wait_until("those of a zone, too", lambda s=server, h=said:
                       json.loads(get(s.http, "/api/history?zone=EXAMPLE.test").body) == h(ZONE))
            self.assertTrue(said(ZONE))

    def test_names_with_quotes_and_line_ends_are_json(self):
        self.start_both()
        for server in (self.primary, self.secondary):
            names = {zone["name"] for zone in json.loads(get(server.http, "/api/status").body)["zones"]}
            self.assertIn(STRANGE, names)

    def test_the_page_needs_nothing_from_elsewhere(self):
        answer = get(self.start_primary(), "/")
        self.assertEqual((answer.status, answer.fields["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("<title>", answer.body)
        self.assertIn("default-src 'none'", answer.fields["content-security-policy"])
        self.assertNotIn("unsafe", answer.fields["content-security-policy"])
        for field, value in {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
                             "cache-control": "no-store"}.items():
            self.assertEqual(answer.fields[field], value)

    def test_head_is_the_same_without_the_body(self):
        http = self.start_primary()
        for path in ("/", "/api/status", "/api/history", "/healthz", "/readyz", "/nowhere"):
            whole, head = get(http, path), head_of(http, path)
            self.assertEqual(head.status, whole.status)
            self.assertEqual(head.body, "")
            if path != "/api/status":  # its length depends on the time that it is up
                self.assertEqual(head.fields["content-length"], whole.fields["content-length"])
        events = head_of(http, "/api/events")
        self.assertEqual((events.status, events.fields["content-type"]), (200, "text/event-stream"))

    def test_ready_is_who_serves_every_zone(self):
        self.secondary.start()
        answer = get(self.secondary.http, "/readyz")
        self.assertEqual(answer.status, 503)
        self.assertIn(f"{ZONE} empty", answer.body)
        self.assertEqual(get(self.secondary.http, "/healthz").status, 200)
        self.primary.start()
        self.secondary.verb("refresh")
        self.assertEqual(get(self.secondary.http, "/readyz").status, 200)
        self.assertEqual(get(self.primary.http, "/readyz").status, 200)

    def test_a_change_is_told_within_a_second(self):
        self.start_both()
        sources = [self.listen(server.http) for server in (self.primary, self.secondary)]
        control.ask(self.primary, "bump", ZONE)
        bumped = time.monotonic()
        for server, source in zip((self.primary, self.secondary), sources):
            event = source.wait_for("zone", lambda zone: zone["name"] == ZONE and zone["serial"] == 2)
            self.assertLess(source.received_at - bumped, 1)
            self.assertEqual(set(event), set(control.status(server, ZONE)))
        in_sync = sources[0].wait_for("zone", lambda zone: zone["secondaries"] and zone["secondaries"][0]["serial"] == 2)
        self.assertEqual(in_sync["secondaries"][0]["state"], "in-sync")
        transfer = sources[1].wait_for("history", lambda entry: entry["event"] == "transfer-in" and entry["serial"] == 2)
        self.assertEqual(transfer["zone"], ZONE)

    def test_failures_refreshes_and_removed_zones_are_told(self):
        self.start_both()
        here, there = self.listen(self.primary.http), self.listen(self.secondary.http)
        seen = self.secondary.status(ZONE)["refreshed_at"]
        self.secondary.verb("refresh", ZONE)
        there.wait_for("zone", lambda zone: zone["name"] == ZONE and zone["refreshed_at"] > seen)
        self.file.path.write_text("broken")
        self.primary.reload(ZONE, expect=1)
        failed = here.wait_for("zone", lambda zone: zone["name"] == ZONE and zone["error"])
        self.assertIn("example.test.zone", failed["error"])
        here.wait_for("history", lambda entry: entry["event"] == "failure" and entry["zone"] == ZONE)
        del self.primary.zones[ZONE]
        self.primary.configure()
        self.primary.reload()
        self.assertEqual(here.wait_for("removed", lambda gone: gone["name"] == ZONE), {"name": ZONE})
        self.primary.process.kill()
        self.secondary.verb("refresh", STRANGE, expect=1)
        there.wait_for("zone", lambda zone: zone["name"] == STRANGE and zone["last_error"])

    def test_the_identity_may_be_the_host_and_follows_a_reload(self):
        self.primary.settings["identity"] = "ns1.example.net"
        http = self.start_primary()
        self.assertEqual(get(http, "/healthz", host="NS1.example.net:80").status, 200)
        self.assertEqual(get(http, "/healthz", host="new.example.net").status, 421)
        self.primary.settings["identity"] = "new.example.net"
        self.primary.configure()
        self.primary.reload()
        self.assertEqual(get(http, "/healthz", host="new.example.net").status, 200)
        self.assertEqual(get(http, "/healthz", host="ns1.example.net").status, 421)

    def test_a_reload_moves_it_and_a_port_in_use_leaves_it_where_it_was(self):
        http = self.start_primary()
        elsewhere = free_endpoint()
        self.primary.settings["http"] = str(elsewhere)
        self.primary.configure()
        self.primary.reload()
        self.assert_answers(elsewhere)
        with self.assertRaises(ConnectionRefusedError):
            get(http, "/healthz")
        taken = free_endpoint()
        with socket.create_server((taken.address, taken.port)):
            self.primary.settings["http"] = str(taken)
            self.primary.configure()
            said = self.primary.reload(expect=1).stderr
            self.assertIn(f"{taken}", said)
            self.assertIn("nothing was changed", said)
            self.assert_answers(elsewhere)
        del self.primary.settings["http"]
        self.primary.configure()
        self.primary.reload()
        with self.assertRaises(ConnectionRefusedError):
            get(elsewhere, "/healthz")
        self.primary.settings["http"] = str(http)
        self.primary.configure()
        self.primary.reload()
        self.assert_answers(http)

    def test_without_the_key_nothing_listens(self):
        del self.primary.settings["http"]
        self.primary.start()
        with self.assertRaises(ConnectionRefusedError):
            get(self.primary.http, "/healthz")

    def test_a_port_that_is_taken_is_told_with_the_other_problems(self):
        for holder in port_in_use(self.primary.http):
            self.addCleanup(holder.close)
        for holder in port_in_use(self.primary.endpoint):
            self.addCleanup(holder.close)
        self.primary.configure()
        said = self.primary.refused_start()
        self.assertRegex(said, rf"{re.escape(str(self.primary.http))}[^\n]*in use[^\n]*server\.http")
        self.assertRegex(said, rf"{re.escape(str(self.primary.endpoint))} over UDP")


class Bad(Http):
    def test_each_bad_request_gets_its_status_and_nothing_else(self):
        http = self.start_primary()
        for what, (octets, status) in BAD_REQUESTS.items():
            with self.subTest(what):
                answers = ask(http, octets)
                self.assertEqual([answer.status for answer in answers], [status])
                self.assertTrue(answers[0].body.strip(), "it is not told why")
                if status == 405:
                    self.assertEqual(answers[0].fields["allow"], "GET, HEAD")
                self.assert_answers()

    def test_what_looks_bad_and_is_good_is_answered(self):
        http = self.start_primary()
        for what, octets in {
            "Expect without a body": with_fields("Expect: 100-continue", "Connection: close"),
            "a length of 0": with_fields("Content-Length: 0", "Connection: close"),
            "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n\r\n",
            "an empty line before it": b"\r\n" + with_fields("Connection: close"),
            "100 header fields": with_fields(*(f"X-{number}: y" for number in range(98)), "Connection: close"),
            "compression": with_fields("Accept-Encoding: gzip, deflate, br", "Connection: close"),
        }.items():
            with self.subTest(what):
                answers = ask(http, octets)
                self.assertEqual([answer.status for answer in answers], [200])
                self.assertNotIn("content-encoding", answers[0].fields)

    def test_a_thousand_pipelined_requests(self):
        http = self.start_primary()
        answers = ask(http, with_fields() * 1000)
        self.assertEqual([answer.status for answer in answers], [200] * 100)
        self.assertEqual(answers[-1].fields["connection"], "close")
        self.assert_answers()

    def test_more_connections_than_there_are_places(self):
        http = self.start_primary()
        before = descriptors(self.primary)
        crowd = [self.connect(http) for _ in range(MANY)]
        refused = wait_until("those without a place are told", lambda: (
            found := [one for one in crowd if one.readable(0)]) and len(found) >= MANY - 64 and found)
        for one in refused[-5:]:
            self.assertEqual([answer.status for answer in one.answers()], [503])
        self.assertLessEqual(descriptors(self.primary), before + 64 + 2)
        self.assertIsNotNone(self.primary.serial(ZONE, timeout=5))
        self.primary.verb("status")
        for one in crowd:
            one.close()
        wait_until("there is room again", lambda: get(http, "/healthz").status == 200)
        for _ in range(1000):
            Connection(http).close()
        wait_until("the descriptors are back", lambda: descriptors(self.primary) <= before + 1)
        wait_until("there is room again", lambda: get(http, "/healthz").status == 200)
        self.assert_answers()

    def test_a_head_that_drips_is_ended(self):
        http = self.start_primary()
        silent, slow = self.connect(http), self.connect(http)
        started = time.monotonic()
        octets = iter(with_fields())
        while not slow.readable(0.5) and time.monotonic() < started + 20:
            slow.send(bytes([next(octets)]))
            self.assertIsNotNone(self.primary.serial(ZONE, timeout=5))
        self.assertEqual([answer.status for answer in slow.answers()], [408])
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(silent.answers(), [])
        self.assert_answers()

    def test_streams_of_events_have_a_budget_that_comes_back(self):
        http = self.start_primary()
        sources = [self.listen(http) for _ in range(32)]
        self.assertEqual(get(http, "/api/events").status, 503)
        self.assert_answers()
        for source in sources:
            source.close()
        wait_until("there is room again", lambda: head_of(http, "/healthz").status == 200)
        wait_until("a stream is had again", lambda: EventSource.had(http))

    def test_a_stream_that_nobody_reads_holds_up_nobody(self):
        self.start_both()
        http = self.primary.http
        before = descriptors(self.primary)
        unread = self.connect(http, receive_buffer=4096)
        unread.send(request("GET /api/events HTTP/1.1"))
        reading = self.listen(http)
        for _ in range(20):
            self.primary.verb("notify", ZONE)
        reading.wait_for("history", lambda entry: entry["event"] == "notify-out")
        unread.close()
        wait_until("it is ended", lambda: descriptors(self.primary) <= before + 1)
        self.assert_answers()

    def test_a_large_answer_that_is_not_read_or_left_in_the_middle(self):
        count = 2000
        for number in range(count):
            origin = f"z{number}.test."
            self.primary.zones[origin] = ZoneFile(self.directory / f"{number}.zone", origin)
        self.primary.secondaries.clear()
        http = self.start_primary()
        before = descriptors(self.primary)
        slow = self.connect(http, receive_buffer=4096)
        slow.send(request("GET /api/status HTTP/1.1"))
        self.assertTrue(slow.readable(20))
        for _ in range(20):
            leaver = self.connect(http, receive_buffer=4096)
            leaver.send(request("GET /api/status HTTP/1.1"))
            self.assertTrue(leaver.readable(20))
            leaver.reset()
            self.assertIsNotNone(self.primary.serial(ZONE, timeout=5))
        whole = get(http, "/api/status").body
        self.assertEqual(len(json.loads(whole)["zones"]), count + 2)
        wait_until("who reads nothing is given up", lambda: descriptors(self.primary) <= before)
        self.assertLess(len(slow.rest()), len(whole))
        self.assert_answers()

    def test_a_stop_waits_for_nobody(self):
        http = self.start_primary()
        self.listen(http)
        self.connect(http)
        self.connect(http).send(b"GET / HTTP/1.1\r\nHost:")
        started = time.monotonic()
        self.assertEqual(self.primary.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)
        self.primary.start()  # the port is free at once
        self.assert_answers()


if __name__ == "__main__":
    unittest.main()
