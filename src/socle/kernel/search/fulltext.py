"""Full text: `_text` (the narrative), `_content` (every string), `:text` (the words of codes), in French.

Words are compared without accents or ligatures, by their French stem (PostgreSQL's own dictionary). Writes pay nothing: the
index follows the history. A search first brings it up to date, so that it misses nothing that was committed before it;
when there is too much to do, it is refused for a moment while the background does it. Nobody who never searches by text
pays for it.
"""

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import contained
from socle.kernel.search.feed import BATCH, MOST, settled
from socle.kernel.search.normalise import normalise
from socle.kernel.search.types import phonetic
from socle.kernel.store.contract import STORED_COLUMNS, Json, Stored

if TYPE_CHECKING:
    from socle.kernel.search.repository import Repository

LONGEST: Final = 200_000  # characters of one resource: the rest is not indexed
_MOST_WORDS: Final = 12  # of a coded text
_TAG = re.compile(r"<[^>]*>")
_APART: Final = frozenset(
    {"div", "data", "reference", "system", "url", "resourceType", "id", "versionId", "lastUpdated"}
)


async def ensure(repository: "Repository") -> None:
    """Bring the index up to date, for a search. Raises: Problem(UNAVAILABLE) when there is too much to do."""
    schema = repository.store.schema
    await repository.store.query(
        f"INSERT INTO {schema}.text_position AS p (seq, asked) VALUES (0, true)"
        " ON CONFLICT (one) DO UPDATE SET asked = true WHERE NOT p.asked"
    )
    if not await catch_up(repository, most=MOST):
        raise Problem.of(
            Kind.UNAVAILABLE,
            "L'index du texte se construit en tâche de fond : il ne contient pas encore tout. Réessayez dans un instant.",
            "The text index is being built in the background: it does not hold everything yet. Try again in a moment.",
            rule="FHIR R4 search.html#text",
            code="transient",
        )


async def keep_up(repository: "Repository") -> None:
    """Bring it up to date if somebody has ever searched by text: for the background."""
    asked = await repository.store.query(f"SELECT 1 FROM {repository.store.schema}.text_position WHERE asked")
    more = bool(asked)
    while more:
        more = not await catch_up(repository, most=MOST)


async def catch_up(repository: "Repository", *, most: int) -> bool:
    """Index what was committed before this call, `most` versions at most; whether that was all of it."""
    store = repository.store
    schema = store.schema
    end = await settled(repository)
    done = 0
    while done < most:
        versions = await store.query(
            f"SELECT seq, key FROM {schema}.history WHERE seq > (SELECT seq FROM {schema}.text_position) AND seq <= $1"
            f" ORDER BY seq LIMIT {BATCH}",
            end,
        )
        if not versions:
            return True
        rows = await store.query(
            f"SELECT {STORED_COLUMNS} FROM {schema}.resource WHERE key = ANY($1::bigint[])",
            list({row["key"] for row in versions}),
        )
        await _index(repository, [store.stored(row) for row in rows])
        reached = versions[-1]["seq"]
        await store.query(f"UPDATE {schema}.text_position SET seq = $1 WHERE seq < $1", reached)
        done += len(versions)
        if len(versions) < BATCH or reached >= end:
            return True
    return False


async def _index(repository: "Repository", stored: list[Stored]) -> None:
    texts = [_texts(repository, one) for one in stored]
    await repository.store.query(
        f"INSERT INTO {repository.store.schema}.ix_text AS t (rid, version, said, told)"
        " SELECT u.rid, u.version, to_tsvector('french', u.said)"
        " || array_to_tsvector(array_remove(string_to_array(u.words, chr(10)), '')), to_tsvector('french', u.told)"
        " FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[]) AS u(rid, version, said, words, told)"
        " ON CONFLICT (rid) DO UPDATE SET version = excluded.version, said = excluded.said, told = excluded.told"
        " WHERE t.version < excluded.version",
        [one.rid for one in stored],
        [one.version for one in stored],
        [said for said, _, _ in texts],
        ["\n".join(sorted(words)) for _, words, _ in texts],
        [told for _, _, told in texts],
    )


def _texts(repository: "Repository", stored: Stored) -> tuple[str, set[str], str]:
    """(its strings, the words of its codes by parameter, its narrative), as they are compared."""
    if stored.deleted:
        return "", set(), ""
    resource = parse(stored.body)
    narrative = html.unescape(_TAG.sub(" ", (resource.get("text") or {}).get("div", "")[:LONGEST]))
    said = " ".join(_strings(resource))[:LONGEST]
    return _plain(said), _words(repository, stored.type, resource), _plain(narrative)


def _plain(text: str) -> str:
    return normalise.__wrapped__(text)


def _strings(value: Any) -> Iterator[str]:
    """Every string in a resource, but addresses, identifiers of the machine and attached files."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in _APART:
                yield from _strings(one)


def _words(repository: "Repository", of: str, resource: Json) -> set[str]:
    found = contained.words(repository.indexer, resource) if "contained" in resource else set[str]()
    for parameter in repository.indexer.parameters.of(of).values():
        if parameter.type == "phonetic":
            found |= phonetic.words(parameter, compiled(parameter.expression, of)(resource))
        if parameter.type != "token" or not parameter.expression:
            continue
        for kind, value in compiled(parameter.expression, of)(resource):
            for text in _coded(kind, value):
                words = _plain(text).split()[:_MOST_WORDS]
                found |= {f"{parameter.name}={' '.join(words[start:])}"[:500] for start in range(len(words))}
    return found


def _coded(kind: str, value: Any) -> list[str]:
    """The texts that go with a code. Source: FHIR R4 search.html#modifiers (:text)."""
    if not isinstance(value, dict):
        return []
    if kind == "CodeableConcept":
        texts = [value.get("text"), *(coding.get("display") for coding in value.get("coding", ()))]
    elif kind == "Identifier":
        texts = [(value.get("type") or {}).get("text")]
    else:
        texts = [value.get("display")]
    return [text for text in texts if text]
