"""What lies in a daemon's state directory, as SQLite and the file system tell it."""

import contextlib
import sqlite3


def octets(server, suffix=""):
    """Of the state file and the bases beside it, or with suffix "-wal" of its log."""
    paths = [server.state_directory / f"state.db{suffix}", *([] if suffix else server.state_directory.glob("base-*"))]
    total = 0
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # a base goes when another has taken its place
            total += path.stat().st_size
    return total


@contextlib.contextmanager
def opened(server, mode="ro"):
    """The state file of a stopped server as an SQLite connection; "rw" to spoil it."""
    assert not server.process.running, f"{server.name} holds its state file"
    connection = sqlite3.connect(f"file:{server.state_directory / 'state.db'}?mode={mode}", uri=True)
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def rows(server):
    """How many zones, chunks of bases and deltas there are, and how many of the latter two belong to no zone."""
    with opened(server) as database:
        one = lambda sql: database.execute(sql).fetchone()[0]
        return {"zones": one("SELECT count(*) FROM zones"), "bases": one("SELECT count(*) FROM bases"),
                "deltas": one("SELECT count(*) FROM deltas"),
                "orphans": sum(one(f"SELECT count(*) FROM {table} WHERE zone NOT IN (SELECT id FROM zones)")
                               for table in ("bases", "deltas"))}


def quarantined(server):
    """The files that were set aside as damaged or unknown."""
    return sorted(path.name for path in server.state_directory.glob("*.bad-*"))
