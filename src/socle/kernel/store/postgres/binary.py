"""Versions as the rows of COPY in its binary format: half the octets of its text, and nothing to parse for PostgreSQL.

Source: PostgreSQL, COPY (binary format).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from struct import Struct
from typing import Final

from socle.kernel.store.contract import Op
from socle.kernel.store.postgres.rows import Version, type_code
from socle.kernel.store.postgres.values import NULL, bigints, microseconds, shared_microseconds, sized

TABLES: Final = ("resource", "ix_str", "ix_date", "ix_num")
COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "resource": (
        "rid", "key", "type", "fid", "version", "updated", "deleted", "subject", "present", "dlo", "dhi", "toks", "dict",
        "body",
    ),
    "ix_str": ("rid", "param", "value"),
    "ix_date": ("rid", "param", "lo", "hi"),
    "ix_num": ("rid", "param", "lo", "hi", "sys_code", "code"),
}  # fmt: skip
_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"

_NAMED: Final = Struct("!h iq iq ih i".replace(" ", "")).pack  # columns, rid, key, type, size of fid
_DATED: Final = Struct("!iiiqi?").pack  # version, updated, deleted
_LONG: Final = Struct("!iq").pack
_PACKED: Final = Struct("!ihi").pack  # dict, size of body
_TEXT: Final = Struct("!hiqiqi").pack  # columns, rid, param, size of value
_DATE: Final = Struct("!hiqiqiqiq").pack
_NUMBER: Final = Struct("!hiqiqididiqiq").pack


@dataclass(slots=True)
class Lines:
    """Versions as rows of COPY, table by table."""

    tables: dict[str, list[bytes]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def add(self, version: Version, dictionary: int) -> None:
        """One version, whose `rid` is known."""
        keys, rid, id, packed = version.keys, version.rid, version.id.encode(), version.packed
        self.tables["resource"] += (
            _NAMED(14, 8, rid, 8, version.key, 2, type_code(version.type), len(id)),
            id,
            _DATED(4, version.version, 8, shared_microseconds(version.updated), 1, version.op is Op.DELETE),
            sized(version.subject),
            _LONG(8, keys.present),
            _dated(keys.dlo),
            _dated(keys.dhi),
            bigints(keys.toks),
            _PACKED(2, dictionary if packed else 0, len(packed)),
            packed,
        )
        if keys.strings:
            texts = self.tables["ix_str"]
            for param, value in keys.strings:
                text = value.encode()
                texts += (_TEXT(3, 8, rid, 8, param, len(text)), text)
        if keys.dates:
            self.tables["ix_date"] += [
                _DATE(4, 8, rid, 8, param, 8, microseconds(lo), 8, microseconds(hi)) for param, lo, hi in keys.dates
            ]
        if keys.numbers:
            self.tables["ix_num"] += [
                _NUMBER(6, 8, rid, 8, param, 8, lo, 8, hi, 8, system, 8, code)
                for param, lo, hi, system, code in keys.numbers
            ]

    def octets(self) -> dict[str, bytes]:
        """What COPY takes, for each table that has some."""
        return {table: framed(rows) for table, rows in self.tables.items() if rows}


def framed(rows: Iterable[bytes]) -> bytes:
    """Rows as COPY takes them, with what goes before and after."""
    return b"".join((_BEGIN, *rows, _END))


def lines_of(versions: Iterable[Version], dictionary: int) -> dict[str, bytes]:
    """Versions as COPY takes them, by table."""
    lines = Lines()
    for version in versions:
        lines.add(version, dictionary)
    return lines.octets()


def _dated(moment: datetime | None) -> bytes:
    return NULL if moment is None else _LONG(8, microseconds(moment))
