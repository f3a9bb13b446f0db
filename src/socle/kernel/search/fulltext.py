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
# PostgreSQL holds 1,048,575 octets of words and places of one resource: what it is given must never come to more.
MOST_TEXT: Final = 300_000  # octets of its strings: at worst words of three letters, whose places take as much again
MOST_WORDS: Final = 400_000  # octets of the words of its codes, each with its place
AT_ONCE: Final = 400_000  # characters that one statement takes apart: it ends long before a search is stopped
_MOST_WORDS: Final = 12  # of a coded text
_PLACE: Final = 4  # octets
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
    while asked and not await catch_up(repository, most=MOST):
        pass


async def catch_up(repository: "Repository", *, most: int) -> bool:
    """Index what was committed before this call, `most` versions at most; whether that was all of it."""
    store = repository.store
    schema = store.schema
    end = await settled(repository)
    if end < 0:
        return False  # a write lasts: nobody can say yet what comes before it
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
    """Index these, as many in one statement as their texts allow: two hundred reports of forty pages would take longer than
    a search may, each time, and the index would never get past them.
    """
    some: list[tuple[Stored, tuple[str, list[str], str]]] = []
    size = 0
    for one in stored:
        texts = _texts(repository, one)
        length = len(texts[0]) + len(texts[2]) + sum(map(len, texts[1]))
        if some and size + length > AT_ONCE:
            await _write(repository, some)
            some, size = [], 0
        some.append((one, texts))
        size += length
    await _write(repository, some)


async def _write(repository: "Repository", texts: list[tuple[Stored, tuple[str, list[str], str]]]) -> None:
    await repository.store.query(
        f"INSERT INTO {repository.store.schema}.ix_text AS t (rid, version, said, told)"
        " SELECT u.rid, u.version, to_tsvector('french', u.said)"
        " || array_to_tsvector(array_remove(string_to_array(u.words, chr(10)), '')), to_tsvector('french', u.told)"
        " FROM unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[]) AS u(rid, version, said, words, told)"
        " ON CONFLICT (rid) DO UPDATE SET version = excluded.version, said = excluded.said, told = excluded.told"
        " WHERE t.version < excluded.version",
        [one.rid for one, _ in texts],
        [one.version for one, _ in texts],
        [said for _, (said, _, _) in texts],
        ["\n".join(words) for _, (_, words, _) in texts],
        [told for _, (_, _, told) in texts],
    )


def _texts(repository: "Repository", stored: Stored) -> tuple[str, list[str], str]:
    """(its strings, the words of its codes by parameter, its narrative), as they are compared."""
    if stored.deleted:
        return "", [], ""
    resource = parse(stored.body)
    narrative = html.unescape(_TAG.sub(" ", (resource.get("text") or {}).get("div", "")[:LONGEST]))
    said = " ".join(_strings(resource))[:LONGEST]
    return _cut(_plain(said)), list(_words(repository, stored.type, resource)), _cut(_plain(narrative))


def _plain(text: str) -> str:
    return normalise.__wrapped__(text)


def _cut(text: str) -> str:
    return text if len(text) * 4 <= MOST_TEXT else text.encode()[:MOST_TEXT].decode(errors="ignore")


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


def _words(repository: "Repository", of: str, resource: Json) -> Iterator[str]:
    """Each once, in the order of the resource, as many as PostgreSQL can hold."""
    said: set[str] = set()
    left = MOST_WORDS
    for word in _every_word(repository, of, resource):
        if word in said:
            continue
        left -= len(word.encode()) + _PLACE
        if left < 0:
            return
        said.add(word)
        yield word


def _every_word(repository: "Repository", of: str, resource: Json) -> Iterator[str]:
    if "contained" in resource:
        yield from sorted(contained.words(repository.indexer, resource))
    for parameter in repository.indexer.parameters.of(of).values():
        if parameter.type == "phonetic":
            yield from sorted(phonetic.words(parameter, compiled(parameter.expression, of)(resource)))
        if parameter.type != "token" or not parameter.expression:
            continue
        for kind, value in compiled(parameter.expression, of)(resource):
            for text in _coded(kind, value):
                words = _plain(text).split()[:_MOST_WORDS]
                for start in range(len(words)):
                    yield f"{parameter.name}={' '.join(words[start:])}"[:500]


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
