"""Concepts read from their tables: by code, coalesced and remembered; by what a part of a value set asks, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, NamedTuple

from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules.concepts import concept_key, entry, property_key
from socle.foundations.terminologies.store.wording import begun, own_words
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.kernel.terminology.compose import Part
from socle.kernel.terminology.ecl import ranks_of
from socle.kernel.terminology.entries import Edition, Entry
from socle.kernel.terminology.source import COUNTED

REMEMBERED: Final = 16_384  # concepts, about a kilobyte each
MOST: Final = 1_000  # keys in one statement
GROUP: Final = 1_000  # concepts in one step of a scan
_COUNTS: Final = 4_096  # numbers of concepts remembered
_SHORT: Final = 100  # values of a question whose number is remembered
_COLUMNS: Final = "edition, rank, key, code, display, flags, ancestors, facts"
_BY_KEY: Final = f"SELECT {_COLUMNS} FROM {CONCEPTS}.concept WHERE key = ANY($1::bigint[])"


def _entry(row: Row) -> Entry:
    return entry(row["edition"], row["rank"], row["code"], row["display"], row["flags"], row["ancestors"], row["facts"])


class Concepts:
    """The concepts of all editions. What is remembered never goes stale: an edition does not change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[int, Entry | None] = {}
        self._asked: dict[int, asyncio.Future[Entry | None]] = {}
        self._flushing: asyncio.Task[None] | None = None
        self._counts: dict[tuple[Any, ...], int] = {}
        self._own: dict[int, bool] = {}

    def at_hand(self, edition: Edition, code: str) -> tuple[bool, Entry | None]:
        """(whether it is known without asking, the concept or None)."""
        key = concept_key(edition.id, edition.compared(code))
        if key in self._remembered:
            return True, self._checked(edition, code, self._remembered[key])
        return False, None

    async def entries(self, edition: Edition, codes: Sequence[str]) -> dict[str, Entry]:
        """Those of some codes that exist."""
        found: dict[str, Entry] = {}
        waiting: list[tuple[str, asyncio.Future[Entry | None]]] = []
        for code in codes:
            key = concept_key(edition.id, edition.compared(code))
            if key in self._remembered:
                one = self._checked(edition, code, self._remembered[key])
                if one is not None:
                    found[code] = one
            else:
                waiting.append((code, self._ask(key)))
        for code, future in waiting:
            one = self._checked(edition, code, await future)
            if one is not None:
                found[code] = one
        return found

    async def editions_with(self, editions: Sequence[Edition], codes: Sequence[str]) -> set[int]:
        """Those of some editions, by number, that have one of these codes: a probe of the index for each pair."""
        keys = {concept_key(one.id, one.compared(code)): (one, code) for one in editions for code in codes}
        sql = f"SELECT key, edition, code FROM {CONCEPTS}.concept WHERE key = ANY($1::bigint[])"
        rows = await self._database.query(sql, list(keys))
        found = set()
        for row in rows:
            edition, code = keys[row["key"]]
            if row["edition"] == edition.id and edition.compared(row["code"]) == edition.compared(code):
                found.add(edition.id)
        return found

    @staticmethod
    def _checked(edition: Edition, code: str, one: Entry | None) -> Entry | None:
        """Two codes may share a key, however unlikely: the code tells."""
        if one is None or one.edition != edition.id or edition.compared(one.code) != edition.compared(code):
            return None
        return one

    def _ask(self, key: int) -> "asyncio.Future[Entry | None]":
        future = self._asked.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._asked[key] = loop.create_future()
            if self._flushing is None:
                self._flushing = loop.create_task(self._flush())
        return future

    async def _flush(self) -> None:
        """Ask for everything that gathered, again and again until nothing waits: one statement at a time, so that what
        comes meanwhile goes together.
        """
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                keys = list(asked)
                try:
                    for begin in range(0, len(keys), MOST):
                        some = keys[begin : begin + MOST]
                        rows = await self._database.query(_BY_KEY, some)
                        found = {row["key"]: _entry(row) for row in rows}
                        for key in some:
                            self._remember(key, found.get(key))
                            if not asked[key].done():
                                asked[key].set_result(found.get(key))
                except Exception as error:
                    for future in asked.values():
                        if not future.done():
                            future.set_exception(error)
        finally:
            self._flushing = None

    def _remember(self, key: int, one: Entry | None) -> None:
        while len(self._remembered) >= REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[key] = one

    # -- by what a value set asks --------------------------------------------------------------------------------------

    async def scan(self, part: Part, words: Sequence[str], *, whole: bool) -> AsyncIterator[list[Entry]]:
        """Concepts that may belong to `part`, in order. whole: no supplement completes the edition, so the tables tell all."""
        asked = await self._narrowed(part, words if whole else (), whole=whole)
        args = asked.args
        # What words find must be put in order before a page of it is cut: when there is much of it, the order is walked instead.
        walked = bool(asked.words) and not asked.few and await self._found(asked) > COUNTED
        conditions = asked.where(walked=walked)
        # Patterns may be slow: others are served between two groups.
        after, size, group = 0, 100, 100 if any(one.pattern for one in part.conditions) else GROUP
        while True:
            sql = (
                f"SELECT {_COLUMNS} FROM {CONCEPTS}.concept c WHERE {conditions} "
                f"AND rank > ${len(args) + 1} ORDER BY rank LIMIT {size}"
            )
            rows = await self._database.query(sql, *args, after)
            if rows:
                yield [_entry(row) for row in rows]
            if len(rows) < size:
                return
            after, size = rows[-1]["rank"], group

    async def count(self, part: Part, words: Sequence[str], *, whole: bool) -> int | None:
        """How many belong, None when the tables alone cannot tell; of what words find, above COUNTED, any number above."""
        asked = await self._narrowed(part, words, whole=whole)
        return await self._found(asked) if asked.exact else None

    async def _narrowed(self, part: Part, words: Sequence[str], *, whole: bool) -> "Narrowed":
        assert part.edition is not None
        if words and part.edition.id not in self._own:
            self._own.update(await own_words(self._database, [part.edition.id]))
        return narrowed(part, words, whole=whole, own=self._own.get(part.edition.id, False))

    async def _found(self, asked: "Narrowed") -> int:
        """How many rows there are, beyond COUNTED one more when words are asked; remembered, as editions do not change."""
        mark = (asked.words, *asked.conditions, *(tuple(one) if isinstance(one, list) else one for one in asked.args))
        found = self._counts.get(mark)
        if found is None:
            rows = f"SELECT FROM {CONCEPTS}.concept c WHERE {asked.where()}"
            bound = f" LIMIT {COUNTED + 1}" if asked.words else ""
            [row] = await self._database.query(f"SELECT count(*) AS n FROM ({rows}{bound}) AS found", *asked.args)
            found = int(row["n"])
            if all(len(one) <= _SHORT for one in mark if isinstance(one, tuple)):
                while len(self._counts) >= _COUNTS:
                    del self._counts[next(iter(self._counts))]
                self._counts[mark] = found
        return found

    async def above(self, edition: Edition, ranks: Sequence[int] | None) -> list[int]:
        """The ranks of the concepts directly above some others; None: above any."""
        narrower = "" if ranks is None else " AND child = ANY($2::integer[])"
        rows = await self._database.query(
            f"SELECT DISTINCT parent FROM {CONCEPTS}.parent WHERE edition = $1{narrower}",
            edition.id,
            *([] if ranks is None else [list(ranks)]),
        )
        return [row["parent"] for row in rows]

    async def children(self, edition: Edition, ranks: Sequence[int]) -> dict[int, list[str]]:
        """Codes of the direct narrower concepts of some concepts, by rank."""
        rows = await self._database.query(
            f"SELECT p.parent, c.code FROM {CONCEPTS}.parent p JOIN {CONCEPTS}.concept c "
            "ON c.edition = p.edition AND c.rank = p.child WHERE p.edition = $1 AND p.parent = ANY($2::integer[]) "
            "ORDER BY p.parent, c.rank",
            edition.id,
            list(ranks),
        )
        found: dict[int, list[str]] = {}
        for row in rows:
            found.setdefault(row["parent"], []).append(row["code"])
        return found

    async def codes_at(self, edition: Edition, ranks: Sequence[int]) -> list[str]:
        """The codes of some ranks."""
        rows = await self._database.query(
            f"SELECT code FROM {CONCEPTS}.concept WHERE edition = $1 AND rank = ANY($2::integer[]) ORDER BY rank",
            edition.id,
            list(ranks),
        )
        return [row["code"] for row in rows]

    async def below(self, edition: Edition, rank: int, most: int) -> list[str]:
        """The codes of all narrower concepts, at most `most`."""
        rows = await self._database.query(
            f"SELECT c.code FROM {CONCEPTS}.closure x JOIN {CONCEPTS}.concept c "
            "ON c.edition = x.edition AND c.rank = x.descendant WHERE x.edition = $1 AND x.ancestor = $2 "
            f"ORDER BY x.descendant LIMIT {int(most)}",
            edition.id,
            rank,
        )
        return [row["code"] for row in rows]


class Narrowed(NamedTuple):
    """What SQL can tell of a part: conditions on `c`, that on the words asked ("" without), their arguments, and whether they
    tell all. They let through at least what belongs; filters decide. `few`: the edition is small, it is gone through.
    """

    conditions: list[str]
    words: str
    args: list[Any]
    exact: bool
    few: bool

    def where(self, *, walked: bool = False) -> str:
        """The whole condition. `walked`: the index of words is left alone, as it is where the edition is small (it has the words
        of all small ones).
        """
        if not self.words:
            return " AND ".join(self.conditions)
        return " AND ".join((*self.conditions, f"({self.words}) IS TRUE" if walked or self.few else self.words))


def narrowed(part: Part, words: Sequence[str], *, whole: bool, own: bool) -> Narrowed:
    """What SQL can tell of a part of a value set, and of a text filter. `own`: the words of the edition bear its number."""
    assert part.edition is not None
    edition = part.edition.id
    args: list[Any] = [edition]
    conditions = ["c.edition = $1"]
    said = ""
    exact = True

    def arg(value: Any) -> str:
        args.append(value)
        return f"${len(args)}"

    if words:
        said = f"c.words @@ {arg(begun(words, edition if own else 0))}::text::tsquery"
    for one in part.conditions:
        if one.op in ("is-a", "descendent-of") or (one.about == "ancestor" and one.op == "="):
            assert one.anchor is not None
            anchor = arg(one.anchor.rank)
            below = f"SELECT descendant FROM {CONCEPTS}.closure WHERE edition = $1 AND ancestor = {anchor}"
            if one.op == "is-a":
                below += f" UNION ALL SELECT {anchor}::integer"
            conditions.append(f"c.rank IN ({below})")
        elif one.needs_selection or (one.about_children and one.wants_children):
            ranks = list(ranks_of(int.from_bytes(one.members, "little")))
            conditions.append(f"c.rank = ANY({arg(ranks)}::integer[])")
        elif one.op == "generalizes":
            assert one.anchor is not None
            conditions.append(f"c.rank = ANY({arg([*one.anchor.ancestors, one.anchor.rank])}::integer[])")
        elif one.about in ("concept", "code") and one.op in ("=", "in"):
            codes = [one.value] if one.op == "=" else list(one.values)
            keys = [concept_key(edition, part.edition.compared(code)) for code in codes]
            conditions.append(f"c.key = ANY({arg(keys)}::bigint[])")
        elif one.about not in _BUILT_IN and one.op in ("=", "in") and whole:
            values = [one.value] if one.op == "=" else list(one.values)
            keys = [property_key(edition, one.about, value) for value in values]
            rows = f"SELECT rank FROM {CONCEPTS}.property WHERE key = ANY({arg(keys)}::bigint[])"
            conditions.append(f"c.rank IN ({rows})")
        elif one.about not in _BUILT_IN and one.op == "exists" and whole:
            place = arg(property_key(edition, one.about))
            held = "IN" if one.value == "true" else "NOT IN"
            conditions.append(f"c.rank {held} (SELECT rank FROM {CONCEPTS}.property WHERE key = {place})")
        elif one.about == "parent" and one.op == "=":
            place = arg(concept_key(edition, part.edition.compared(one.value)))
            conditions.append(
                f"c.rank IN (SELECT child FROM {CONCEPTS}.parent WHERE edition = $1 AND parent IN "
                f"(SELECT rank FROM {CONCEPTS}.concept WHERE key = {place}))"
            )
        else:
            exact = False
    return Narrowed(conditions, said, args, exact and whole, not own)


_BUILT_IN: Final = frozenset(
    {"concept", "code", "display", "definition", "parent", "child", "ancestor", "inactive", "notSelectable", "abstract"}
)
