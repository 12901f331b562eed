"""The rows of the table, one family a module."""

from rows import dynamic, lag, latency, load, transfers, udp, updates, workloads

ROWS = {row.name: row for module in (udp, load, transfers, lag, workloads, updates, dynamic, latency) for row in module.ROWS}
