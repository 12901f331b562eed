"""Addresses, ports and the key that a pair shares."""

import random
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    address: str
    port: int

    def __str__(self):
        return f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Key:
    """A TSIG key; `name` is absolute, `secret` is base64."""
    name: str
    secret: str
    algorithm: str = "hmac-sha256"


KEY = Key("pair.example.", "dGhpcyBpcyBhIHNlY3JldCBvZiAzMiBvY3RldHMhISE=")
WRONG_KEY = Key("pair.example.", "dGhpcyBpcyBubyBzZWNyZXQgb2YgMzIgb2N0ZXRzISE=")
FOREIGN_KEY = Key("foreign.example.", "YSBrZXkgdGhhdCBub2JvZHkgaGFzIGNvbmZpZ3VyZWQhISE=")


def free_endpoint(address="127.0.0.1"):
    """A port below the ephemeral ones, free for UDP and TCP now."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(10000, 32000)
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((address, port))
            return Endpoint(address, port)
        except OSError:
            continue
    raise AssertionError(f"no free port on {address}")
