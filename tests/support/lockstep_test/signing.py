"""Zones signed by the tools of others: dnssec-signzone of BIND and ldns-signzone of NLnet Labs."""

import pathlib
import shutil
import subprocess

from lockstep_test.server import find_program

SALT = "aabbccdd"


class Denial:
    """How a signed zone says that something is not there; `iterations` and salt are for NSEC3 only."""

    def __init__(self, name, nsec3=False, opt_out=False, iterations=0, salt=""):
        self.name, self.nsec3, self.opt_out, self.iterations, self.salt = name, nsec3, opt_out, iterations, salt


NSEC = Denial("nsec")
NSEC3 = Denial("nsec3", nsec3=True)
NSEC3_SALTED = Denial("nsec3-salted", nsec3=True, iterations=5, salt=SALT)
NSEC3_MOST = Denial("nsec3-most", nsec3=True, iterations=50)
NSEC3_OPT_OUT = Denial("nsec3-opt-out", nsec3=True, opt_out=True)


def run(folder, *command):
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    return done.stdout


class Signed:
    """A zone's file, signed. `ds` are the DS records of its key signing key, as lines for its parent or for a resolver."""

    def __init__(self, folder, origin, text, denial, algorithm="ECDSAP256SHA256", signer="bind"):
        self.origin, self.folder = origin, pathlib.Path(folder) / f"{origin}signing"
        self.folder.mkdir()
        self.plain = self.folder / "plain.zone"
        self.path = self.folder / "signed.zone"
        self.plain.write_text(text)
        {"bind": self._by_bind, "ldns": self._by_ldns}[signer](denial, algorithm)

    def _by_bind(self, denial, algorithm):
        keygen, signzone = find_program("dnssec-keygen"), find_program("dnssec-signzone")
        bits = ["-b", "2048"] if algorithm.startswith("RSA") else []
        keys = [run(self.folder, keygen, "-q", "-a", algorithm, *bits, *flags, self.origin).strip()
                for flags in ([], ["-f", "KSK"])]
        hashed = ["-3", denial.salt or "-", "-H", denial.iterations] if denial.nsec3 else []
        run(self.folder, signzone, "-o", self.origin, "-f", self.path, "-S", "-K", ".", *hashed,
            *(["-A"] if denial.opt_out else []), self.plain)
        self.ds = run(self.folder, find_program("dnssec-dsfromkey"), "-2", f"{keys[1]}.key").splitlines()

    def _by_ldns(self, denial, algorithm):
        keygen, signzone = find_program("ldns-keygen"), find_program("ldns-signzone")
        bits = ["-b", "2048"] if algorithm.startswith("RSA") else []
        keys = [run(self.folder, keygen, "-a", algorithm, *bits, *flags, self.origin).strip() for flags in ([], ["-k"])]
        hashed = ["-n", "-t", denial.iterations] if denial.nsec3 else []
        if denial.salt:
            hashed += ["-s", denial.salt]
        run(self.folder, signzone, "-o", self.origin, "-f", self.path, *hashed, *(["-p"] if denial.opt_out else []), self.plain,
            *keys)
        self.ds = [(self.folder / f"{keys[1]}.ds").read_text().strip()]

    def keep(self, path):
        """The signed zone's file, at `path`."""
        shutil.copy(self.path, path)
        return path
