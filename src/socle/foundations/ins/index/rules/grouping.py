"""regroup: what comes in, and what follows for the persons.

A person is a set of records. A record that comes in joins the person of the record that it resembles most, if nothing bars
it from any of that person's records; when it resembles records of two persons, these become one if their own records
resemble each other too (a bridge alone proves nothing). What nobody can conclude alone goes to the work queue. What people
decided (same, apart) stands above all that.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final

from socle.foundations.ins.index.model import (
    Act,
    Comparison,
    Incoming,
    Known,
    Moved,
    Pair,
    PairState,
    Portrait,
    Regrouping,
    Verdict,
)
from socle.foundations.ins.index.rules.compare import compare
from socle.foundations.ins.index.rules.configuration import Configuration
from socle.foundations.ins.index.rules.french import FRENCH

MOST_PAIRS: Final = 5  # doubtful pairs that one record may bring to the queue
MOST_MEMBERS: Final = 40  # records of a person that a newcomer is compared with
MOST_CROSSED: Final = 400  # comparisons that the meeting of two persons is worth
Verdicts = Mapping[tuple[int, int], PairState]


def regroup(
    incoming: Sequence[Incoming],
    known: Iterable[Known],
    verdicts: Verdicts,
    *,
    now: int,
    configuration: Configuration = FRENCH,
) -> Regrouping:
    """What changes when `incoming` arrive, one after the other.

    known     the candidates of each, and every record of the persons concerned
    verdicts  what people said of pairs among them (SAME, APART, LATER)
    now       in microseconds: the age of the persons that are made
    """
    board = Board(known, verdicts, now=now, configuration=configuration)
    for item in incoming:
        board.take(item)
    return board.done


class Board:
    """The records concerned and their persons, while it is worked out who is who."""

    def __init__(
        self, known: Iterable[Known], verdicts: Verdicts, *, now: int, configuration: Configuration = FRENCH
    ) -> None:
        self.done = Regrouping()
        self._verdicts = verdicts
        self._now = now
        self._configuration = configuration
        self._portraits: dict[int, Portrait] = {}
        self._person: dict[int, str] = {}
        self._members: dict[str, dict[int, None]] = {}
        self._since: dict[str, int] = {}
        self._compared: dict[tuple[int, int], Comparison] = {}
        for one in known:
            self._portraits[one.key] = one.portrait
            self._person[one.key] = one.person
            self._members.setdefault(one.person, {})[one.key] = None
            self._since[one.person] = one.since

    # -- one record ----------------------------------------------------------------------------------------------------

    def take(self, item: Incoming) -> None:
        """A record comes in, changes, or goes out."""
        before = self._person.get(item.key, "")
        if before:
            self._leave(item.key)
        self.done.reviewed.append(item.key)
        if item.portrait is None:
            self.done.acts.append(Act("left", before, key=item.key))
            self._close_if_empty(before, "")
            self._portraits.pop(item.key, None)
            return
        self._portraits[item.key] = item.portrait
        if before:
            self._forget(item.key)
            self._settle(before, item)
        home = self._find_home(item)
        if not home:
            home = before if before and not self._members.get(before) else self._make(item)
            if home != before:
                self.done.acts.append(Act("first", home, key=item.key))
            self._enter(item.key, home, Moved(item.key, before, home, "first"))
        if before and before != home:
            self._close_if_empty(before, home)
        self._queue(item, home)

    def _find_home(self, item: Incoming) -> str:
        """The person whose records the newcomer resembles, the surest first; the others it resembles are drawn to it."""
        home = ""
        seen: set[str] = set()
        for other, comparison in self._resembling(item):
            person = self._person[other]
            if person in seen or person == home:
                continue
            seen.add(person)
            if not home:
                if not self._is_barred(item.key, person):
                    home = person
                    why = self._why(item.key, other, comparison)
                    self._enter(
                        item.key,
                        home,
                        Moved(item.key, self._before(item.key), home, why, comparison.weight, other),
                    )
                    if home != self._before(item.key):
                        self.done.acts.append(self._act("joined", home, item.key, other, comparison))
            elif self._may_meet(home, person, item.key):
                home = self.merge(home, person, item.key, other, comparison)
        return home

    def _resembling(self, item: Incoming) -> list[tuple[int, Comparison]]:
        """The candidates that the newcomer is to be linked with, the surest first."""
        found: list[tuple[int, Comparison]] = []
        for other in item.candidates:
            if other == item.key or other not in self._person:
                continue
            said = self._said(item.key, other)
            comparison = self.compared(item.key, other)
            if said is PairState.SAME or (said is not PairState.APART and comparison.verdict is Verdict.LINK):
                found.append((other, comparison))
        found.sort(key=lambda one: (self._said(item.key, one[0]) is not PairState.SAME, -one[1].weight, one[0]))
        return found

    def _queue(self, item: Incoming, home: str) -> None:
        """The pairs that somebody must look at: doubtful, or sure but barred."""
        pairs: list[Pair] = []
        for other in item.candidates:
            if other == item.key or self._person.get(other, home) == home or self._said(item.key, other) is not None:
                continue
            comparison = self.compared(item.key, other)
            if comparison.verdict is Verdict.APART:
                continue
            reason = comparison.reasons[0][0] if comparison.reasons else "weight"
            if comparison.verdict is Verdict.LINK:
                reason = "barred"
            pairs.append(Pair.of(item.key, other, comparison.weight, reason))
        pairs.sort(key=lambda pair: -pair.weight)
        self.done.pairs.update({(pair.a, pair.b): pair for pair in pairs[:MOST_PAIRS]})

    # -- persons -------------------------------------------------------------------------------------------------------

    def merge(self, one: str, other: str, key: int, thanks_to: int, comparison: Comparison) -> str:
        """Two persons become one: the older keeps its name. Answers its name."""
        kept, lost = sorted((one, other), key=lambda person: (self._since[person], person))
        for member in list(self._members.pop(lost, {})):
            moved = self.done.moved.get(member)
            self._members[kept][member] = None
            self._person[member] = kept
            before = moved.before if moved else lost
            why = moved.why if moved and member == key else "merged"
            self.done.moved[member] = Moved(
                member, before, kept, why, comparison.weight, thanks_to if member == key else key
            )
        self._end(lost, kept)
        self.done.acts.append(self._act("merged", kept, key, thanks_to, comparison, lost))
        return kept

    def part(self, person: str, leaving: Sequence[int], fresh: str) -> None:
        """`leaving` leave `person` for a new one, `fresh`."""
        self._since[fresh] = self._now
        self.done.made.append(fresh)
        for member in leaving:
            self._members[person].pop(member)
            moved = self.done.moved.get(member)
            self._enter(member, fresh, Moved(member, moved.before if moved else person, fresh, "split"))
        self.done.acts.append(Act("split", person, fresh, key=leaving[0]))

    def denied(self, one: str, other: str) -> set[tuple[int, int]]:
        """The pairs across two persons of which somebody said that they are two."""
        crossed = {(min(x, y), max(x, y)) for x, y in product(self.members(one), self.members(other))}
        return {pair for pair in crossed if self._said(*pair) is PairState.APART}

    def members(self, person: str) -> list[int]:
        """The records of a person."""
        return list(self._members.get(person, ()))

    def person_of(self, key: int) -> str:
        """The person of a record, "" when it is not on the board."""
        return self._person.get(key, "")

    def compared(self, one: int, other: int) -> Comparison:
        """The comparison of two records on the board, made once."""
        pair = (min(one, other), max(one, other))
        if pair not in self._compared:
            self._compared[pair] = compare(self._portraits[pair[0]], self._portraits[pair[1]], self._configuration)
        return self._compared[pair]

    def _settle(self, person: str, item: Incoming) -> None:
        """A record left or changed: what it alone held together falls apart.

        The part with the most records keeps the person; the others get one each, named after the newcomer's own.
        """
        rest = self.members(person)
        if not 1 < len(rest) <= MOST_MEMBERS:
            return
        parts = self._parts(rest)
        for rank, part in enumerate(sorted(parts, key=lambda one: (-len(one), min(one)))[1:], 1):
            self.part(person, part, f"{item.fresh_person[:-2]}{rank:02x}")

    def _parts(self, keys: Sequence[int]) -> list[list[int]]:
        """Records in groups that links hold together."""
        left, parts = set(keys), []
        while left:
            reached, new = set[int](), [left.pop()]
            while new:
                one = new.pop()
                reached.add(one)
                for other in list(left):
                    said = self._said(one, other)
                    if said is PairState.SAME or (
                        said is not PairState.APART and self.compared(one, other).verdict is Verdict.LINK
                    ):
                        left.discard(other)
                        new.append(other)
            parts.append(sorted(reached))
        return parts

    def _is_barred(self, key: int, person: str) -> bool:
        """Whether a record of the person forbids that the newcomer joins without somebody."""
        return any(self._bars(key, member) for member in self.members(person)[:MOST_MEMBERS])

    def _bars(self, one: int, other: int) -> bool:
        said = self._said(one, other)
        return said is PairState.APART or (said is not PairState.SAME and self.compared(one, other).is_barred)

    def _may_meet(self, one: str, other: str, bridge: int) -> bool:
        """Whether two persons may become one: nothing bars any two of their records, and they resemble each other."""
        left, right = self.members(one), self.members(other)
        if len(left) * len(right) > MOST_CROSSED or any(self._bars(x, y) for x, y in product(left, right)):
            return False
        without = [member for member in left if member != bridge]
        return not without or any(self.compared(x, y).verdict is not Verdict.APART for x, y in product(without, right))

    def _make(self, item: Incoming) -> str:
        self._since[item.fresh_person] = self._now
        self.done.made.append(item.fresh_person)
        return item.fresh_person

    def _enter(self, key: int, person: str, moved: Moved) -> None:
        self._person[key] = person
        self._members.setdefault(person, {})[key] = None
        self.done.moved[key] = moved

    def _leave(self, key: int) -> None:
        person = self._person.pop(key)
        self._members[person].pop(key, None)
        self.done.moved[key] = Moved(key, self._before(key) or person, "", "left")

    def _before(self, key: int) -> str:
        moved = self.done.moved.get(key)
        return moved.before if moved else ""

    def _close_if_empty(self, person: str, into: str) -> None:
        if not self._members.get(person):
            self._end(person, into)
            self.done.acts.append(Act("closed", person, into))

    def _end(self, person: str, into: str) -> None:
        self.done.closed[person] = into

    def _forget(self, key: int) -> None:
        self._compared = {pair: found for pair, found in self._compared.items() if key not in pair}

    def _said(self, one: int, other: int) -> PairState | None:
        return self._verdicts.get((min(one, other), max(one, other)))

    def _why(self, key: int, other: int, comparison: Comparison) -> str:
        if self._said(key, other) is PairState.SAME:
            return "human"
        return "ins" if comparison.level_of("ins") else "weight"

    def _act(self, kind: str, person: str, key: int, thanks_to: int, comparison: Comparison, other: str = "") -> Act:
        findings = tuple((one.field, one.level, round(one.weight, 2)) for one in comparison.findings)
        return Act(kind, person, other, key, thanks_to, round(comparison.weight, 2), findings)
