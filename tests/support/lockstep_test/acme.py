"""Certificates by dns-01: pebble as the authority, lego and certbot as its clients that do not wait for propagation, and
links that make what goes over them late."""

import asyncio
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.request

from lockstep_test import acme_dns_hook
from lockstep_test.net import Endpoint, free_endpoint
from lockstep_test.process import Process, wait_until
from lockstep_test.server import find_program

CLIENT_SECONDS = 120  # far beyond what any order takes
# To an authority. It judges a challenge meanwhile; lego, where it finds no verdict yet, asks again only after 5 s.
ROUND_TRIP = 0.05


def _run(folder, *command, env=None):
    return subprocess.run([*map(str, command)], cwd=folder, env=env, capture_output=True, text=True, timeout=CLIENT_SECONDS)


class Trust:
    """The certificate that the authorities' HTTPS is verified with, and its key; not those of what they issue."""

    def __init__(self, folder):
        self.certificate, self.key = folder / "https.pem", folder / "https.key"
        done = _run(folder, find_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", self.key, "-out", self.certificate, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:TRUE")
        if done.returncode:
            raise AssertionError(f"openssl made no certificate: {done.stderr}")

    def environment(self, folder):
        """Of a program that trusts it, knows no proxy, and finds nobody's settings."""
        return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "no_proxy": "*", "NO_PROXY": "*",
                "LEGO_CA_CERTIFICATES": str(self.certificate), "REQUESTS_CA_BUNDLE": str(self.certificate)}


class LateLink:
    """What is sent over TCP to its `endpoint` arrives at `there` so many seconds late, and the answers without delay."""

    def __init__(self, test, there, seconds):
        self.there, self.seconds, self.tasks, self.writers = there, seconds, set(), set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        listener = socket.create_server((there.address, 0))
        self.endpoint = Endpoint(*listener.getsockname())
        self.server = self._do(asyncio.start_server(self._connected, sock=listener))
        test.addCleanup(self.close)

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def _connected(self, reader, writer):
        try:
            answers, questions = await asyncio.open_connection(self.there.address, self.there.port)
        except OSError:
            writer.close()
            return
        self.writers |= {writer, questions}
        for carry in (self._carry_late(reader, questions), self._carry(answers, writer)):
            task = self.loop.create_task(carry)
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _carry_late(self, reader, writer):
        while octets := await _next(reader):
            self.loop.call_later(self.seconds, writer.write, octets)
        self.loop.call_later(self.seconds, writer.close)

    async def _carry(self, reader, writer):
        while octets := await _next(reader):
            writer.write(octets)
        writer.close()

    async def _end(self):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        for writer in self.writers:
            writer.close()
        await asyncio.gather(*self.tasks, *(writer.wait_closed() for writer in self.writers), return_exceptions=True)

    def close(self):
        self._do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def _next(reader):
    try:
        return await reader.read(65536)
    except ConnectionError:
        return b""


class LatePrimary(LateLink):
    """Stands in a secondary's configuration for its primary. What the secondary asks arrives late, so that it serves each
    change that much after the NOTIFY, which does not come this way. One question a connection: on one that it has used
    before, a secondary waits 2 s for the answer and asks again on a new one. It has to do without UDP; who is told of
    each change asks nothing there."""

    def __init__(self, test, primary, seconds):
        super().__init__(test, primary.endpoint, seconds)
        self.name, self.key = primary.name, primary.key

    async def _carry_late(self, reader, writer):
        try:
            head = await reader.readexactly(2)
            question = head + await reader.readexactly(int.from_bytes(head, "big"))
        except (EOFError, ConnectionError):
            writer.close()
            return

        def ask():
            writer.write(question)
            writer.write_eof()  # the primary answers, and then closes too
        self.loop.call_later(self.seconds, ask)


class Authority:
    """A pebble that believes what one name server says, and asks no other."""

    def __init__(self, test, name, trust, resolver):
        self.name, self.trust = name, trust
        self.directory = test.directory / name
        self.directory.mkdir()
        listen = free_endpoint()
        configuration = self.directory / "pebble.json"
        configuration.write_text(json.dumps({"pebble": {
            "listenAddress": str(listen), "managementListenAddress": str(free_endpoint()),
            "certificate": str(trust.certificate), "privateKey": str(trust.key), "httpPort": 1, "tlsPort": 1,
            "ocspResponderURL": "", "externalAccountBindingRequired": False}}))
        # It validates at once, and neither refuses good nonces nor passes over what has been validated before.
        ways = ["PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0"]
        self.process = Process(["env", "-u", "PEBBLE_VA_ALWAYS_VALID", *ways, find_program("pebble"), "-config",
                                configuration, "-dnsserver", resolver], self.directory / "log", self.directory)
        self.url = f"https://{LateLink(test, listen, ROUND_TRIP).endpoint}/dir"
        test.servers.append(self)

    def start(self):
        self.process.start()

    def wait(self):
        """Until it answers."""
        # Without a proxy, whatever the environment says.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(
            context=ssl.create_default_context(cafile=str(self.trust.certificate))))

        def answers():
            if not self.process.running:
                raise AssertionError(f"{self.name} ended with {self.process.child.returncode}")
            try:
                with opener.open(self.url, timeout=5) as answer:
                    return "newOrder" in json.load(answer)
            except OSError:
                return False
        wait_until(f"{self.name} answers", answers)

    def stop(self):
        return self.process.stop()

    def check_stopped(self, exit_code):
        pass

    def log(self):
        return self.process.log()

    def verdicts(self):
        """How many challenges it has found good, and how many not."""
        return tuple(len(re.findall(rf"authz \S+ set {verdict} by completed challenge", self.log()))
                     for verdict in ("VALID", "INVALID"))


class Refused(Exception):
    """With what the client said."""


class Client:
    """Orders certificates, each with a new account and in a new folder. `update_at`: the primary; `key`: a TSIG key."""

    PROGRAM = None

    def __init__(self, test, trust, update_at, key):
        self.program = find_program(self.PROGRAM)
        self.directory = test.directory / type(self).__name__
        self.directory.mkdir()
        self.trust, self.update_at, self.key = trust, update_at, key
        self.orders = 0

    def order(self, authority, names):
        """The path of the certificate."""
        self.orders += 1
        folder = self.directory / str(self.orders)
        folder.mkdir()
        wanted = [part for name in names for part in ("-d", name)]
        environment, command, certificate = self.how(authority, folder)
        done = _run(folder, self.program, *command, *wanted, *self.LAST, env=self.trust.environment(folder) | environment)
        if done.returncode:
            raise Refused(f"{self.PROGRAM} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return folder / certificate.format(names[0])

    LAST = ()  # arguments behind the names

    def how(self, authority, folder):
        """More environment, the arguments, and where the certificate will lie."""
        raise NotImplementedError


class Lego(Client):
    """It replaces the RRset for one name after the other, over UDP."""

    PROGRAM, LAST = "lego", ("run",)

    def how(self, authority, folder):
        environment = {
            "RFC2136_NAMESERVER": str(self.update_at), "RFC2136_TSIG_KEY": self.key.name,
            "RFC2136_TSIG_ALGORITHM": f"{self.key.algorithm}.", "RFC2136_TSIG_SECRET": self.key.secret, "RFC2136_TTL": "1",
            # No wait for propagation, together with --dns.disable-cp; a timeout of 0 is a race in lego itself.
            "RFC2136_POLLING_INTERVAL": "0", "RFC2136_SEQUENCE_INTERVAL": "1"}
        return environment, ["--server", authority.url, "--accept-tos", "--email", "admin@example.test", "--path", folder,
                             "--dns", "rfc2136", "--dns.disable-cp", "--dns.resolvers", self.update_at], "certificates/{}.crt"


class LegoOverHttp(Client):
    """Its hook speaks the API of acme-dns with the primary, and keeps its accounts (Debian's lego has no such provider of
    its own). `update_at`: the primary's HTTP."""

    PROGRAM, LAST = "lego", ("run",)

    def how(self, authority, folder):
        hook = folder / "hook"
        hook.write_text(f"#!/bin/sh\nexec /usr/bin/python3 -P -B {acme_dns_hook.__file__} \"$@\"\n")
        hook.chmod(0o755)
        environment = {"ACME_DNS_API_BASE": f"http://{self.update_at}", "ACME_DNS_STORAGE_PATH": str(self.directory / "accounts"),
                       "EXEC_PATH": str(hook), "EXEC_SEQUENCE_INTERVAL": "1", "EXEC_POLLING_INTERVAL": "0",
                       "LEGO_DISABLE_CNAME_SUPPORT": "true"}
        return environment, ["--server", authority.url, "--accept-tos", "--email", "admin@example.test", "--path", folder,
                             "--dns", "exec", "--dns.disable-cp"], "certificates/{}.crt"

    def accounts(self):
        """The name that each challenge is to be an alias of."""
        kept = json.loads((self.directory / "accounts").read_text())
        return {name: account["fulldomain"] for name, account in kept.items()}


class Certbot(Client):
    """It adds the records of both names and lets them be validated together, over TCP."""

    PROGRAM = "certbot"

    def how(self, authority, folder):
        credentials = folder / "rfc2136.ini"
        credentials.touch(mode=0o600)
        credentials.write_text(f"dns_rfc2136_server = {self.update_at.address}\ndns_rfc2136_port = {self.update_at.port}\n"
                               f"dns_rfc2136_name = {self.key.name}\ndns_rfc2136_secret = {self.key.secret}\n"
                               f"dns_rfc2136_algorithm = {self.key.algorithm.upper()}\n")
        return {}, ["certonly", "-v", "--non-interactive", "--agree-tos", "-m", "admin@example.test",
                    "--server", authority.url, "--config-dir", "etc", "--work-dir", "work", "--logs-dir", "logs",
                    "--dns-rfc2136", "--dns-rfc2136-credentials", credentials,
                    "--dns-rfc2136-propagation-seconds", "0"], "etc/live/{}/cert.pem"


def names_in(certificate):
    """The DNS names that a certificate is for."""
    done = _run(certificate.parent, find_program("openssl"), "x509", "-in", certificate, "-noout", "-ext", "subjectAltName")
    if done.returncode:
        raise AssertionError(f"{certificate}: {done.stderr}")
    return sorted(re.findall(r"DNS:([^,\s]+)", done.stdout))
