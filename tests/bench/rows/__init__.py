"""The rows of the table, one family a module."""

from rows import lag, latency, load, transfers, udp, updates, workloads

ROWS = {row.name: row for module in (udp, load, transfers, lag, workloads, updates, latency) for row in module.ROWS}
