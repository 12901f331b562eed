"""Harness of the system and interop tests and of the benchmarks: servers as processes, zones as files, queries.

Only Debian's python3 and python3-dnspython are needed. The daemons under test come from LOCKSTEP_PRIMARY and
LOCKSTEP_SECONDARY, or else from PATH.
"""
