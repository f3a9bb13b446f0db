"""An edition of SNOMED CT as expression constraints see it: its tables, asked for sets of ranks."""

from collections.abc import Sequence
from typing import Final

from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules.concepts import concept_key, entry
from socle.foundations.terminologies.store.wording import begun_in, own_words
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.database import Database
from socle.kernel.terminology.ecl import Relation, Seen, bits_of, ranks_of
from socle.kernel.terminology.entries import Edition
from socle.kernel.terminology.words import asked

SNOMED: Final = "http://snomed.info/sct"
_SYNONYM: Final = "900000000000013009"
_MOST: Final = 2_000_000  # relationships of one answer


class TableGraph:
    """Keeps `kernel.terminology.ecl.Graph`."""

    def __init__(self, database: Database, edition: Edition) -> None:
        self._database = database
        self._edition = edition
        self._every = 0

    async def rank(self, code: str) -> int | None:
        """Of a concept; None when it does not exist."""
        rows = await self._database.query(
            f"SELECT rank, code FROM {CONCEPTS}.concept WHERE key = $1",
            concept_key(self._edition.id, self._edition.compared(code)),
        )
        return next((row["rank"] for row in rows if row["code"] == code), None)

    async def every(self) -> int:
        """All concepts: ranks go from 1 without a gap."""
        if not self._every:
            [row] = await self._database.query(
                f"SELECT max(rank) AS last FROM {CONCEPTS}.concept WHERE edition = $1",
                self._edition.id,
            )
            self._every = (1 << ((row["last"] or 0) + 1)) - 2
        return self._every

    async def step(self, ranks: int, *, up: bool, far: bool) -> int:
        """Children (or parents, `up`) of any of them; descendants or ancestors when `far`."""
        if not ranks:
            return 0
        match up, far:
            case True, True:
                sql = (
                    f"SELECT DISTINCT unnest(ancestors) AS rank FROM {CONCEPTS}.concept "
                    "WHERE edition = $1 AND rank = ANY($2::integer[])"
                )
            case False, True:
                sql = (
                    f"SELECT DISTINCT descendant AS rank FROM {CONCEPTS}.closure "
                    "WHERE edition = $1 AND ancestor = ANY($2::integer[])"
                )
            case True, False:
                sql = (
                    f"SELECT DISTINCT parent AS rank FROM {CONCEPTS}.parent "
                    "WHERE edition = $1 AND child = ANY($2::integer[])"
                )
            case _:
                sql = (
                    f"SELECT DISTINCT child AS rank FROM {CONCEPTS}.parent "
                    "WHERE edition = $1 AND parent = ANY($2::integer[])"
                )
        rows = await self._database.query(sql, self._edition.id, list(ranks_of(ranks)))
        return bits_of(row["rank"] for row in rows)

    async def members(self, refsets: int) -> int:
        """Members of any of these reference sets."""
        await self._related()
        rows = await self._database.query(
            f"SELECT DISTINCT source FROM {CONCEPTS}.relation "
            "WHERE edition = $1 AND kind = 0 AND value = ANY($2::integer[])",
            self._edition.id,
            list(ranks_of(refsets)),
        )
        return bits_of(row["source"] for row in rows)

    async def relations(self, kinds: int | None, *, sources: int | None, values: int | None) -> list[Relation]:
        """Relationships of these kinds, sources and values; None: of any. Raises: Problem(TOO_COSTLY)."""
        await self._related()
        conditions, args = ["edition = $1", "kind > 0"], [self._edition.id]
        every = await self.every()
        for column, asked_for in (("kind", kinds), ("source", sources), ("value", values)):
            if asked_for is None or (asked_for == every and column != "value"):
                continue
            args.append(list(ranks_of(asked_for)))  # type: ignore[arg-type]  # arguments of several types
            conditions.append(f"{column} = ANY(${len(args)}::integer[])")
        rows = await self._database.query(
            f"SELECT source, grp, kind, value, literal FROM {CONCEPTS}.relation "
            f"WHERE {' AND '.join(conditions)} LIMIT {_MOST + 1}",
            *args,
        )
        if len(rows) > _MOST:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Expression ECL : plus de {_MOST} relations à examiner. Restreignez les concepts ou les attributs.",
                f"ECL expression: more than {_MOST} relationships to look at. Narrow the concepts or the attributes.",
                rule="ECL 2.2",
            )
        return [Relation(*row.values()) for row in rows]

    async def seen(self, ranks: Sequence[int]) -> list[Seen]:
        """What filters look at."""
        rows = await self._database.query(
            f"SELECT edition, rank, code, display, flags, facts FROM {CONCEPTS}.concept "
            "WHERE edition = $1 AND rank = ANY($2::integer[])",
            self._edition.id,
            list(ranks),
        )
        found = []
        for row in rows:
            one = entry(row["edition"], row["rank"], row["code"], row["display"], row["flags"], (), row["facts"])
            told = {value.code: value.value for value in one.values}
            names = [(name.value, name.language, _kind(name.use)) for name in one.names]
            properties = {
                "active": "false" if one.inactive else "true",
                "definitionStatus": told.get("sufficientlyDefined", ""),
                "moduleId": told.get("moduleId", ""),
                "effectiveTime": told.get("effectiveTime", ""),
            }
            found.append(Seen(one.rank, names, properties))
        return found

    async def worded(self, words: Sequence[str]) -> int | None:
        """The concepts with a word that begins with each of these; None when there is no word to look for."""
        found = asked(" ".join(words))
        if not found:
            return None
        own = await own_words(self._database, [self._edition.id])
        rows = await self._database.query(
            f"SELECT rank FROM {CONCEPTS}.concept WHERE edition = $1 AND words @@ $2::text::tsquery",
            self._edition.id,
            begun_in(found, own),
        )
        return bits_of(row["rank"] for row in rows)

    async def _related(self) -> None:
        rows = await self._database.query(
            f"SELECT FROM {CONCEPTS}.related WHERE edition = $1",
            self._edition.id,
        )
        if not rows:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"Les relations de {self._edition.canonical} ne sont pas rangées : importez sa livraison RF2 avec "
                "« socle import terminology ».",
                f"The relationships of {self._edition.canonical} are not in place: import its RF2 release with "
                "“socle import terminology”.",
                rule="ECL 2.2",
                code="not-supported",
            )


def _kind(use: str) -> str:
    code = use.rpartition("|")[2]
    return _SYNONYM if code == "preferredForLanguage" else code
