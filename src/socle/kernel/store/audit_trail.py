"""Reading traces back: every chain verified in constant memory, and pages of traces for those who may see them.

Rows at or below a chain's head never change, so they are read page by page by their key: no long transaction, nothing
held against the writers.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import zstandard

from socle.kernel.audit.anchor import FIRST, Head
from socle.kernel.audit.verify import Checker, Fault, Finding, Row
from socle.kernel.outcome import Language
from socle.kernel.store import anchors, compression
from socle.kernel.store.database import Database

Progress = Callable[[int, int], None]

_PAGE: Final = 1_000  # rows read at once: a server that verifies goes on answering in between
_MOST_FINDINGS: Final = 1_000
# Someone with SQL can write times that Python has not (44 BC, infinity): they are read as the nearest that it has.
AT: Final = "greatest(least(at, '9999-12-31 00:00Z'), '0001-01-02 00:00Z') AS at"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_LAG: Final = 2  # anchors that the copies may lack: one that a crash held back, one being dropped now
_LARGEST: Final = 16 * 1024 * 1024  # octets of an event, unpacked: no row can make the verifier run out of memory


@dataclass(frozen=True, slots=True)
class ChainState:
    """One chain, as verified: how many traces it holds, and how many findings."""

    schema: str
    chain: int
    n: int
    findings: int


@dataclass
class Report:
    """What a verification found.

    events    traces read
    anchored  anchors compared
    total     findings in all; `findings` holds the first ones
    """

    events: int = 0
    anchored: int = 0
    total: int = 0
    findings: list[Finding] = field(default_factory=list)
    chains: list[ChainState] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was altered, removed or moved."""
        return self.total == 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it among the first."""
        self.total += 1
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(finding)

    def facts(self, language: Language = "fr") -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "events": self.events,
            "chains": len(self.chains),
            "anchors": self.anchored,
            "total": self.total,
            "findings": [
                {
                    "fault": finding.fault,
                    "schema": finding.schema,
                    "chain": finding.chain,
                    "n": finding.n,
                    "to": finding.to,
                    "text": finding.text.to(language),
                }
                for finding in self.findings
            ],
        }


def unpack(stored: bytes) -> bytes:
    """The encoding of an event, from what the column holds (packed or plain); what cannot be unpacked as it is."""
    if not stored.startswith(_ZSTD):
        return stored
    try:
        return stored if zstandard.frame_content_size(stored) > _LARGEST else compression.unpack(stored)
    except (zstandard.ZstdError, KeyError, IndexError):
        return stored


async def verify(
    database: Database, schemas: Sequence[str], progress: Progress | None = None, *, folder: Path | None = None
) -> Report:
    """Read every chain of `schemas` again and compare it with its head and with the anchors.

    progress  called with (traces read, traces there were at the beginning)
    folder    the data folder, whose anchors.log no SQL can reach; None: the anchors of the database are all there is
    """
    report = Report()
    with TemporaryDirectory() as scratch:
        if folder is None:
            folder = Path(scratch)
            await _copy_out(database, folder)
        known, last_anchor = await _check_anchors(database, folder, report)
        # The anchors first, then the ends: what is written meanwhile lies beyond both.
        ends = [
            end for schema in sorted({*schemas, *(s for s, _ in known)}) for end in await _ends(database, schema, known)
        ]
        total = sum(end.last or 0 for end in ends)
        for end in ends:
            before, done = report.total, report.events
            head = None if end.n is None else Head(end.schema, end.chain, end.n, end.hash)
            checker = Checker(end.schema, end.chain, head, _standing(folder, end, last_anchor), report.add)
            async for page in _pages(database, end):
                for row in page:
                    checker.feed(row)
                report.events += len(page)
                if progress is not None:
                    progress(report.events, total)
            checker.end()
            report.chains.append(ChainState(end.schema, end.chain, report.events - done, report.total - before))
    return report


@dataclass(frozen=True, slots=True)
class _End:
    """Where a chain ends at one instant: its last row (None: there is no table), and its head (n None: there is
    none)."""

    schema: str
    chain: int
    last: int | None
    n: int | None
    hash: bytes


async def _ends(database: Database, schema: str, known: set[tuple[str, int]]) -> list[_End]:
    chains = {chain for name, chain in known if name == schema}
    there = "SELECT 1 AS found FROM pg_tables WHERE schemaname = $1 AND tablename = 'audit'"
    if not await database.query(there, schema):
        return [_End(schema, chain, None, None, b"") for chain in sorted(chains)]
    chain: int | None = -32_768
    while chain is not None:  # the index jumps from one chain to the next, however long they are
        rows = await database.query(f'SELECT min(chain) AS chain FROM "{schema}".audit WHERE chain > $1', chain)
        chain = rows[0]["chain"]
        chains |= set() if chain is None else {chain}
    chains |= {row["chain"] for row in await database.query(f'SELECT chain FROM "{schema}".audit_head')}
    sql = f"""SELECT coalesce((SELECT max(n) FROM "{schema}".audit WHERE chain = $1), 0) AS last, h.n, h.hash
              FROM (VALUES (1)) AS one LEFT JOIN "{schema}".audit_head h ON h.chain = $1"""
    found = []
    for each in sorted(chains):  # one statement: the last row and the head of the same instant
        row = (await database.query(sql, each))[0]
        found.append(_End(schema, each, row["last"], row["n"], row["hash"] or b""))
    return found


async def _pages(database: Database, end: _End) -> AsyncIterator[list[Row]]:
    sql = f"""SELECT n, {AT}, subjects, hash, body FROM "{end.schema}".audit
              WHERE chain = $1 AND n > $2 AND n <= $3 ORDER BY n LIMIT {_PAGE}"""
    if end.last is None:
        return
    after = -(2**62)
    while rows := await database.query(sql, end.chain, after, end.last):
        after = rows[-1]["n"]
        yield [Row(row["n"], row["at"], row["subjects"], row["hash"], unpack(row["body"])) for row in rows]


def _standing(folder: Path, end: _End, last_anchor: int) -> Iterator[Head]:
    """Where whole anchors say that this chain stood."""
    for line in anchors.lines(folder):
        anchor = anchors.read_line(line)
        if anchor is not None and anchor.is_whole and anchor.n <= last_anchor:
            yield from (head for head in anchor.heads if (head.schema, head.chain) == (end.schema, end.chain))


async def _check_anchors(database: Database, folder: Path, report: Report) -> tuple[set[tuple[str, int]], int]:
    """Compare the anchors with each other and with their copies; the chains that they name, and the last one's rank."""
    known: set[tuple[str, int]] = set()
    wrong: set[int] = set()
    n, previous = 0, FIRST
    copied = (await database.query("SELECT coalesce(max(n), 0) AS n FROM house.anchor"))[0]["n"]
    copies = _copies(database, copied)
    copy = await anext(copies, None)
    for line in anchors.lines(folder):
        anchor = anchors.read_line(line)
        if anchor is None or not anchor.is_whole or (anchor.n, anchor.previous) != (n + 1, previous):
            wrong.add(n + 1)
        n = n + 1 if anchor is None else anchor.n
        if anchor is not None:
            previous = anchor.hash
            known |= {(head.schema, head.chain) for head in anchor.heads}
            report.anchored += 1
        while copy is not None and copy.n < n:
            wrong.add(copy.n)
            copy = await anext(copies, None)
        if copy is not None and copy.n == n:
            wrong |= set() if copy.line == line else {n}
            copy = await anext(copies, None)
        elif n <= copied or n > copied + _LAG:
            wrong.add(n)
    while copy is not None:
        wrong.add(copy.n)
        copy = await anext(copies, None)
    for each in sorted(wrong):
        report.add(Finding(Fault.ANCHOR, "house", -1, each, each))
    return known, n


class _Copy(NamedTuple):
    n: int
    line: bytes


async def _copies(database: Database, last: int) -> AsyncIterator[_Copy]:
    sql = "SELECT n, line FROM house.anchor WHERE n > $1 AND n <= $2 ORDER BY n LIMIT 500"
    after = -(2**62)
    while rows := await database.query(sql, after, last):
        after = rows[-1]["n"]
        for row in rows:
            yield _Copy(row["n"], row["line"])


async def _copy_out(database: Database, folder: Path) -> None:
    with (folder / anchors.FILE).open("wb") as file:
        async for copy in _copies(database, 2**62):
            file.write(copy.line)
