"""`_contained`: resources that only exist within others, found by the same questions. Source: FHIR R4 search.html#contained.

They have no keys of their own, so that a write pays nothing for them. The index of full text, which follows the history,
names their types and their tokens: it says which resources may hold what is asked. These, `MOST` at most, are read, and each
resource within them is asked the whole question in memory (`matching`). What is found stands for the page's criterion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import matching
from socle.kernel.search.conditions import (
    All,
    Condition,
    Either,
    HasToken,
    KeyIn,
    Never,
    OfType,
    ReferredBy,
    TextTest,
    either,
    flat,
)
from socle.kernel.search.refusal import refuse
from socle.kernel.search.sql import Writer
from socle.kernel.store.contract import STORED_COLUMNS, Json, Stored

if TYPE_CHECKING:
    from socle.kernel.search.index import Indexer
    from socle.kernel.search.repository import Repository

NAMES: Final = ("_contained", "_containedType")
MOST: Final = 2_000  # resources read for a search
BATCH: Final = 200
_FEW: Final = 20  # tokens of one criterion that are looked up
_WITHIN: Final = 100  # resources within one that are looked at

Contained = Literal["false", "true", "both"]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Held:
    """What a search found within others: the keys of the holders, and of each the places of what matches."""

    of: str
    places: Mapping[int, tuple[int, ...]]

    def among(self, contained: Contained, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
        """The conditions that find the holders, and with `both` what is found by itself too."""
        holders = KeyIn(tuple(self.places))
        if contained == "true":
            return (holders,)
        return (either([All((OfType((self.of,)), *conditions)), holders]),)

    def shown(self, holder: Stored) -> list[Stored]:
        """What matches within a holder, each under the holder's address: Type/id#local; the holder itself if it was found."""
        places = self.places.get(resource_key(holder.type, holder.id))
        if places is None:
            return [holder]
        resources = parse(holder.body)["contained"]
        return [
            replace(holder, id=f"{holder.id}#{resources[place].get('id', '')}", body=serialise(resources[place]))
            for place in places
        ]


def words(indexer: "Indexer", resource: Json) -> set[str]:
    """What the index of full text keeps of the resources within one: their types and their tokens."""
    found: set[str] = set()
    for one in _resources(resource):
        of = one["resourceType"]
        try:
            tokens = indexer.keys(one).toks
        except Problem:  # a date that does not exist: it is not found, as it could not be stored by itself
            continue
        found.add(_word(of))
        found |= {_word(of, token) for token in tokens}
    return found


async def find(
    repository: "Repository", of: str, conditions: tuple[Condition, ...], writer: Writer, types: tuple[str, ...]
) -> Held:
    """The resources of the register that hold, within them, one of the type `of` of which all `conditions` are true.

    Raises: Problem(INVALID) when a condition looks at other resources; Problem(TOO_COSTLY) when too many may hold one.
    """
    if not _judged(conditions):
        raise _refusal("un chaînage qui mène à beaucoup de ressources", "a chain that leads to many resources")
    asked: list[Condition] = [TextTest("said", f"'{_word(of)}'", True)]
    asked += [
        TextTest("said", " | ".join(f"'{_word(of, token)}'" for token in one.any), True)
        for one in flat(conditions)
        if isinstance(one, HasToken) and len(one.any) <= _FEW
    ]
    where = writer.all(tuple(asked), types)
    sql = f"SELECT r.rid FROM {writer.schema}.resource r WHERE {where} LIMIT {MOST + 1}"
    rids = [row["rid"] for row in await repository.store.query(sql, *writer.args)]
    if len(rids) > MOST:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"Plus de {MOST} ressources en contiennent qui pourraient répondre : ajoutez un critère (code, identifiant).",
            f"More than {MOST} resources hold some that might match: add a criterion (code, identifier).",
            expression="http._contained",
            rule="FHIR R4 search.html#contained",
        )
    places: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(rids), BATCH):
        rows = await repository.store.query(
            f"SELECT {STORED_COLUMNS} FROM {writer.schema}.resource WHERE rid = ANY($1::bigint[])",
            rids[start : start + BATCH],
        )
        for holder in map(repository.store.stored, rows):
            if found := _places(repository, of, conditions, holder):
                places[resource_key(holder.type, holder.id)] = found
    return Held(of, places)


def check(conditions: Sequence[Condition]) -> None:
    """Refuse what is said of a resource by others: nothing but its holder refers to a contained one.

    Raises: Problem(INVALID).
    """
    for condition in conditions:
        match condition:
            case ReferredBy() | KeyIn():
                raise _refusal("_has, ni _list", "_has, nor with _list")
            case TextTest():
                raise _refusal("du texte (_text, _content, :text, phonetic)", "text (_text, _content, :text, phonetic)")
            case All(some) | Either(some):
                check(some)
            case Never(one):
                check((one,))
            case _:
                pass


def _judged(conditions: tuple[Condition, ...]) -> bool:
    """Whether each condition is about the resource alone, its references followed."""
    try:
        matching.check(conditions)
    except Problem:
        return False
    return True


def _refusal(fr: str, en: str) -> Problem:
    return refuse(
        "_contained",
        f"« _contained » ne va pas avec {fr} : une ressource contenue est jugée seule, là où elle est ; seul ce qui la contient "
        "la cite. Retirez ce critère, ou cherchez ce qui la contient (sans « _contained »).",
        f"“_contained” does not go with {en}: a contained resource is judged alone, where it is; only what holds it refers to "
        "it. Leave this criterion out, or search what holds it (without “_contained”).",
        code="not-supported",
    )


def _places(repository: "Repository", of: str, conditions: tuple[Condition, ...], holder: Stored) -> tuple[int, ...]:
    found: list[int] = []
    for place, one in enumerate(_resources(parse(holder.body))):
        if one["resourceType"] != of:
            continue
        id = one.get("id", "")
        try:
            keys = repository.indexer.keys(one, id)
        except Problem:
            continue
        if matching.holds(conditions, matching.Seen(keys, 0, id, holder.updated)):
            found.append(place)
    return tuple(found)


def _resources(resource: Json) -> list[Json]:
    within: list[Json] = resource.get("contained", [])
    return within[:_WITHIN]


def _word(of: str, token: int | None = None) -> str:
    return f"contained={of}" if token is None else f"contained={of}:{token & 0xFFFF_FFFF_FFFF_FFFF:x}"
