"""The rows of the table, one family a module."""

from rows import lag, load, transfers, udp, workloads

ROWS = {row.name: row for module in (udp, load, transfers, lag, workloads) for row in module.ROWS}
