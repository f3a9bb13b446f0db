"""The configuration of the embedded server, written at each start; what differs goes in `local.conf` beside it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SETTINGS: dict[str, str] = {
    # The door: a Unix socket in a private folder, nothing else.
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "superuser_reserved_connections": "3",
    # Memory: a laptop first (`buffers` for the rest). Give more in local.conf on a real machine.
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is missing or tiny in many containers
    # Durability: everything answered is on disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "wal_buffers": "16MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "5min",
    # Short queries by many: compiling or sharing out one query costs more than it brings.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "max_worker_processes": "4",
    "io_method": "sync",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "20s",
    # Dates, texts, logs. No value of a row ever goes to the log.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "'iso, dmy'",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "'%m [%p] '",
    "cluster_name": "socle",
}

_MB: Final = 1024 * 1024
# A small demonstration stays in the first, a register of 400,000 fills the second.
_BUFFERS: Final = (64 * _MB, 256 * _MB)
_SHARE: Final = 32  # of the memory
_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

_HEADER = "# Written by Socle at each start: changes here are lost. Put yours in local.conf, in this folder.\n"
_HBA = "# Written by Socle at each start. One door, the socket; a password even there.\nlocal all all scram-sha-256\n"


def buffers(memory: int) -> str:
    """The pages that PostgreSQL keeps in its own memory, of a machine of so many octets: taken as data fill them only."""
    least, most = _BUFFERS
    return f"{min(most, max(least, memory // _SHARE)) // _MB}MB"


def share(part: int, least: int, most: int) -> int:
    """Octets: the memory that this process may use, divided by `part`, within bounds."""
    return min(most, max(least, memory() // part))


def memory() -> int:
    """Octets of memory that this process may use: the machine's, or what its container is given."""
    least: int = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in _LIMITS:
        try:
            said = limit.read_text().strip()
        except OSError:
            continue
        if said.isdigit():  # "max" when there is none
            least = min(least, int(said))
    return least


def write(cluster: Path, sockets: Path, settings: Mapping[str, str]) -> None:
    """Write postgresql.conf and pg_hba.conf of `cluster`; `settings` win over ours."""
    here = {"shared_buffers": buffers(memory()), "unix_socket_directories": f"'{_quoted(str(sockets))}'"}
    merged = {**SETTINGS, **here, **settings}
    lines = "".join(f"{name} = {value}\n" for name, value in merged.items())
    (cluster / "postgresql.conf").write_text(f"{_HEADER}{lines}include_if_exists = 'local.conf'\n")
    (cluster / "pg_hba.conf").write_text(_HBA)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
