"""A daemon as the status page sees it: the page under its own policy, /api/status, /api/history, /api/propagation and
/api/events, with as many zones and as much trouble as a test wants. It stands in for what takes long with real daemons."""

import copy
import datetime
import json
import pathlib
import queue
import random
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lockstep_test.net import free_endpoint

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PING_SECONDS = 5


def built_page(folder):
    """(HTML, Content-Security-Policy), made as the build makes them."""
    subprocess.run(["cmake", f"-DSOURCE={SOURCE / 'common/ops/page'}", f"-DOUTPUT={folder}", "-P",
                    SOURCE / "cmake/StatusPage.cmake"], check=True, timeout=60)
    return tuple((pathlib.Path(folder) / f"status_page.{kind}").read_bytes() for kind in ("html", "csp"))


def at(seconds=0.0):
    """RFC 3339, so many seconds from now."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def failure(peer, zone, stage="connect", text="TCP to 198.51.100.4:53: connection refused",
            remedy="start the server at 198.51.100.4:53, or open TCP and UDP port 53 on the way to it", seconds=-40):
    return {"at": at(seconds), "stage": stage, "peer": peer, "zone": zone, "text": text, "remedy": remedy}


def peer(name, address, serial, **changes):
    return {"name": name, "address": address, "serial": serial, "state": "in-sync", "lag_seconds": 0,
            "notified_at": at(-95), "verified_at": at(-94.9), "last_error": None, **changes}


def served(name, serial=2026112201, records=42, peers=("ns2", "ns3"), **changes):
    """A zone of a primary, in step."""
    return {"name": name, "serial": serial, "records": records, "state": "serving", "persisted": True,
            "not_persisted": None, "loaded_at": at(-5000), "error": None,
            "secondaries": [peer(one, f"198.51.100.{place + 2}:53", serial) for place, one in enumerate(peers)], **changes}


def pulled(name, serial=2026112201, records=42, **changes):
    """A zone of a secondary, in step."""
    return {"name": name, "serial": serial, "records": records, "state": "serving", "persisted": True,
            "not_persisted": None, "primary": "ns1", "primary_serial": serial, "lag_seconds": 0,
            "refreshed_at": at(-130), "next_refresh_at": at(3470), "expires_at": at(1209000),
            "last_transfer": {"kind": "IXFR", "primary": "ns1", "at": at(-130), "seconds": 0.004, "messages": 1,
                              "octets": 211},
            "last_error": None, "secondaries": [], **changes}


def episode(zone, to, serial, seconds, ago, still_behind=False):
    """A change `ago` seconds ago that took so many seconds."""
    return {"zone": zone, "peer": to, "serial": serial, "served_at": at(-ago),
            "seen_at": None if still_behind else at(seconds - ago), "seconds": ago if still_behind else seconds}


def busy_hour(zones, peers, changes=60, seed=1):
    """Episodes of an ordinary hour: most take milliseconds, some a second."""
    chance = random.Random(seed)
    found = []
    for _ in range(changes):
        zone, ago = chance.choice(zones), chance.uniform(10, 3580)
        for to in peers:
            seconds = min(chance.lognormvariate(-4, 0.7), ago) if chance.random() < 0.96 else min(chance.uniform(0.5, 3), ago)
            found.append(episode(zone, to, 2026112201 - int(ago), seconds, ago))
    return sorted(found, key=lambda one: one["served_at"])


class MockDaemon:
    """Serves `state` until stop(); start() serves it again at the same address. Its methods that change the state tell
    those who listen to the events."""

    def __init__(self, page, role="primary", zones=(), history=(), episodes=(), **daemon):
        self.html, self.policy = page
        self.endpoint = free_endpoint()
        self.daemon = {"role": role, "version": "0.1.0", "ready": True, "uptime_seconds": 93784.5, **daemon}
        self.zones = {zone["name"]: zone for zone in zones}
        self.history, self.episodes = list(history), None if episodes is None else list(episodes)
        self.listeners, self.lock, self.server = [], threading.Lock(), None
        self.asked = []
        self.streams_taken = False  # no stream of events is free

    @property
    def url(self):
        return f"http://{self.endpoint}/"

    def start(self):
        mock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                mock.answer(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # a browser that closes is no error

        self.over = threading.Event()
        self.server = Server((self.endpoint.address, self.endpoint.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self):
        """As a daemon that ends: its connections close."""
        if self.server is None:
            return
        self.over.set()
        with self.lock:
            for listener in self.listeners:
                listener.put(None)
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def answer(self, request):
        path = request.path
        self.asked.append(path)
        if path == "/":
            self.send(request, 200, "text/html; charset=utf-8", self.html)
        elif path == "/api/status":
            self.send_json(request, {**self.daemon, "zones": list(self.zones.values())})
        elif path == "/api/history":
            self.send_json(request, self.history)
        elif path == "/api/propagation" and self.episodes is not None:
            self.send_json(request, {"window_seconds": 3600, "now": at(), "episodes": self.episodes})
        elif path == "/api/events" and self.streams_taken:
            self.send(request, 503, "text/plain", b"all streams are taken\n")
        elif path == "/api/events":
            self.stream(request)
        elif path == "/healthz":
            self.send(request, 200, "text/plain", b"ok\n")
        else:
            self.send(request, 404, "text/plain", b"no such path\n")

    def send_json(self, request, value):
        self.send(request, 200, "application/json", json.dumps(value).encode())

    def send(self, request, status, kind, body):
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Content-Security-Policy", self.policy.decode())
        request.send_header("X-Content-Type-Options", "nosniff")
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True

    def stream(self, request):
        listener = queue.Queue()
        with self.lock:
            self.listeners.append(listener)
        request.close_connection = True
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(b"retry: 200\n\n")
        request.wfile.flush()
        try:
            while not self.over.is_set():
                try:
                    told = listener.get(timeout=PING_SECONDS)
                except queue.Empty:
                    told = ": \n\n"
                if told is None:
                    break
                request.wfile.write(told.encode())
                request.wfile.flush()
        finally:
            with self.lock:
                self.listeners.remove(listener)

    def tell(self, event, value):
        with self.lock:
            for listener in self.listeners:
                listener.put(f"event: {event}\ndata: {json.dumps(value)}\n\n")

    def set_zone(self, zone):
        self.zones[zone["name"]] = zone
        self.tell("zone", zone)

    def remove_zone(self, name):
        del self.zones[name]
        self.tell("removed", {"name": name})

    def change_peer(self, zone, name, **changes):
        zone = copy.deepcopy(self.zones[zone])
        next(one for one in zone["secondaries"] if one["name"] == name).update(changes)
        self.set_zone(zone)

    def add_history(self, entry):
        self.history.append(entry)
        self.tell("history", entry)

    def add_episode(self, one):
        self.episodes.append(one)
        self.tell("propagation", one)

    def bump(self, name, seconds=0.02):
        """A change that all secondaries of the zone have after so many seconds; returns its serial."""
        zone = copy.deepcopy(self.zones[name])
        zone["serial"] += 1
        for one in zone["secondaries"]:
            one.update(serial=zone["serial"], verified_at=at())
            self.add_episode(episode(name, one["name"], zone["serial"], seconds, seconds))
        self.set_zone(zone)
        return zone["serial"]
