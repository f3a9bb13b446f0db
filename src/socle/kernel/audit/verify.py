"""Does a chain still tell what was written? Fed with its rows in order, a Checker says what does not fit. Pure.

Every row is recomputed: its hash from the row before, its time and its persons from its encoding. The head and the
anchors say how far the chain once went, which the rows alone cannot.
What each finding proves: docs/decisions/0003-audit-chain.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from socle.kernel.audit.anchor import Head
from socle.kernel.audit.chain import HASH_SIZE, decode, genesis, link, subjects
from socle.kernel.audit.event import Event
from socle.kernel.outcome import Text

_MOST_BROKEN: Final = 128  # broken links looked at together to tell a swap from an alteration (the work is its square)


class Fault(StrEnum):
    """What can be wrong."""

    ALTERED = "altered"
    TIME = "time"
    SUBJECTS = "subjects"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    REORDERED = "reordered"
    TAIL_REMOVED = "tail-removed"
    REWRITTEN = "rewritten"
    HEAD = "head"
    ANCHOR = "anchor"


_TEXTS: Final = {
    Fault.ALTERED: Text(
        "la trace {n}, ou le lien qui l'attache à la précédente, a été modifiée",
        "trace {n}, or the link that ties it to the one before, was altered",
    ),
    Fault.TIME: Text("l'heure de la trace {n} a été changée", "the time of trace {n} was changed"),
    Fault.SUBJECTS: Text(
        "les personnes sous lesquelles la trace {n} se retrouve ont été changées",
        "the persons under which trace {n} is found were changed",
    ),
    Fault.UNREADABLE: Text("la trace {n} est illisible", "trace {n} cannot be read"),
    Fault.MISSING: Text("les traces {n} à {to} manquent", "traces {n} to {to} are missing"),
    Fault.REORDERED: Text(
        "la trace rangée au rang {n} a été écrite au rang {to}", "the trace kept at rank {n} was written at rank {to}"
    ),
    Fault.TAIL_REMOVED: Text(
        "la fin a été retirée : les traces {n} à {to} ont existé", "the end was removed: traces {n} to {to} did exist"
    ),
    Fault.REWRITTEN: Text(
        "la chaîne a été réécrite entre les rangs {n} et {to}, empreintes comprises : elle ne passe plus par son ancre",
        "the chain was rewritten between ranks {n} and {to}, hashes included: it no longer meets its anchor",
    ),
    Fault.HEAD: Text(
        "la tête de chaîne ne correspond pas à la dernière trace ({n})",
        "the head of the chain does not match the last trace ({n})",
    ),
    Fault.ANCHOR: Text("l'ancre {n} a été modifiée, retirée ou ajoutée", "anchor {n} was altered, removed or added"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. `n` to `to` are ranks in the chain (ranks of anchors for ANCHOR, with chain -1)."""

    fault: Fault
    schema: str
    chain: int
    n: int
    to: int

    @property
    def text(self) -> Text:
        """What it means, in words."""
        said = _TEXTS[self.fault]
        return Text(said.fr.format(n=self.n, to=self.to), said.en.format(n=self.n, to=self.to))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a register's `audit` table, its body unpacked."""

    n: int
    at: datetime
    subjects: Sequence[int]
    hash: bytes
    body: bytes


class Checker:
    """Checks one chain. Memory does not grow with the chain: a few broken rows at most are kept.

    head     what the register says of the chain's end, None when it says nothing
    anchors  where anchors say the chain stood, by ascending rank
    report   called with each finding, not in the order of ranks
    """

    def __init__(
        self, schema: str, chain: int, head: Head | None, anchors: Iterable[Head], report: Callable[[Finding], None]
    ) -> None:
        self._schema = schema
        self._chain = chain
        self._head = head
        self._anchors: Iterator[Head] = iter(anchors)
        self._anchor = next(self._anchors, None)
        self._anchored = 0  # rank of the last anchor met as it should be
        self._rewritten = False
        self._report = report
        self._n = 0
        self._hash = genesis(schema)
        self._broken: list[tuple[Row, bytes]] = []

    @property
    def checked(self) -> int:
        """Rank of the last row seen."""
        return self._n

    def feed(self, row: Row) -> None:
        """Check the next row; rows come by ascending rank."""
        if row.n > self._n + 1:
            # What follows a hole cannot be tied to what was before it; the hole itself says so.
            self._say(Fault.MISSING, self._n + 1, row.n - 1)
            self._content(row, tied=True)
        else:
            self._tie(row)
        self._n, self._hash = row.n, row.hash
        self._meet_anchors(row)

    def end(self) -> None:
        """There is no other row: report what only the end can tell."""
        self._explain_broken()
        furthest = self._n
        while self._anchor is not None:
            furthest = max(furthest, self._anchor.n)
            self._anchor = next(self._anchors, None)
        if self._head is not None:
            furthest = max(furthest, self._head.n)
        if furthest > self._n:
            self._say(Fault.TAIL_REMOVED, self._n + 1, furthest)
        elif self._n and (self._head is None or (self._head.n, self._head.hash) != (self._n, self._hash)):
            self._say(Fault.HEAD, self._n)

    def _tie(self, row: Row) -> None:
        if self._fits(row, self._hash, row.n, row.at):
            self._content(row, tied=True)
            return
        event = self._content(row, tied=False)
        if event and self._fits(row, self._hash, row.n, event.trace.at):
            self._say(Fault.TIME, row.n)
        elif len(self._broken) < _MOST_BROKEN:
            self._broken.append((row, self._hash))
        else:
            self._say(Fault.ALTERED, row.n)

    def _fits(self, row: Row, previous: bytes, n: int, at: datetime) -> bool:
        """Whether the row is what was written at rank `n`, at that time, after that hash (which may be no hash at all)."""
        return len(previous) == HASH_SIZE and link(previous, self._chain, n, at, row.body) == row.hash

    def _content(self, row: Row, *, tied: bool) -> Event | None:
        """The event of the row; its columns are compared with it only when the row itself is genuine."""
        try:
            event = decode(row.body)
        except ValueError:
            if tied:
                self._say(Fault.UNREADABLE, row.n)
            return None
        if tied and event.trace.at != row.at:
            self._say(Fault.TIME, row.n)
        if tied and subjects(event) != list(row.subjects):
            self._say(Fault.SUBJECTS, row.n)
        return event

    def _meet_anchors(self, row: Row) -> None:
        while self._anchor is not None and self._anchor.n <= row.n:
            if self._anchor.n == row.n and not self._rewritten:
                if self._anchor.hash == row.hash:
                    self._anchored = row.n
                else:
                    self._rewritten = True  # every later anchor disagrees as well: said once
                    self._say(Fault.REWRITTEN, self._anchored + 1, row.n)
            self._anchor = next(self._anchors, None)

    def _explain_broken(self) -> None:
        """Tell rows that changed places from rows that changed content.

        A genuine row fits the rank where it was written: its hash follows from the hash that stood before that rank. So
        each broken rank is offered to every broken row; a rank that is explained gives the true hash to the next one.
        """
        true_hash: dict[int, bytes] = {}
        placed: dict[int, int] = {}  # rank where a row is kept → rank where it was written
        for row, stored_before in self._broken:
            before = true_hash.get(row.n - 1, stored_before)
            for other, _ in self._broken:
                if self._fits(other, before, row.n, other.at):
                    true_hash[row.n] = other.hash
                    placed[other.n] = row.n
                    break
        for row, _ in self._broken:
            written = placed.get(row.n)
            if written is None:
                self._say(Fault.ALTERED, row.n)
            elif written != row.n:
                self._say(Fault.REORDERED, row.n, written)
        self._broken.clear()

    def _say(self, fault: Fault, n: int, to: int | None = None) -> None:
        self._report(Finding(fault, self._schema, self._chain, n, n if to is None else to))
