"""The operations of the JSON API, declared once: routes and OpenAPI are both made from them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from socle.kernel.outcome import Kind, Problem, Text
from socle.support.doctrine.actions import Home, current, edition_of, editions
from socle.support.doctrine.actions.search import Indexes
from socle.support.doctrine.api.asking import Parameter, Query, question, who
from socle.support.doctrine.api.filters import ACTOR, CHAPTER, DATE, FILTERS, QUESTION
from socle.support.doctrine.forms import data
from socle.support.doctrine.model import Edition, Requirement
from socle.support.doctrine.rules.applies import Concern, milestones_for, requirements_for
from socle.support.doctrine.rules.difference import difference
from socle.support.doctrine.rules.search import Kind as Found
from socle.support.doctrine.rules.search import Piece, passage

BASE: Final = "/doctrine/api"
MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: where the editions are, the parts of the path, the parameters, the day.

    told  differences already told, by the years of the two editions
    """

    home: Home
    indexes: Indexes
    told: dict[tuple[str, str], tuple[Edition, Edition, Any]]
    path: Mapping[str, str]
    query: Query
    today: date

    async def edition(self) -> Edition:
        """The edition of the path; "current" is the one in force. Raises: Problem(NOT_FOUND)."""
        return await edition_named(self.home, self.path["edition"])


Handler = Callable[[Asked], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A GET. `answer` is the JSON Schema of what it answers; $ref is within the document."""

    id: str
    path: str
    summary: Text
    handler: Handler
    answer: Mapping[str, Any]
    parameters: tuple[Parameter, ...] = ()


async def edition_named(home: Home, name: str) -> Edition:
    """An edition by its year, or the one in force as "current". Raises: Problem(NOT_FOUND)."""
    there = await editions(home)
    return current(there) if name == "current" else edition_of(there, name)


def chosen_requirements(edition: Edition, query: Query, indexes: Indexes, today: date) -> tuple[Concern, ...]:
    """The requirements that the filters keep, by due date. Raises: Problem(INVALID)."""
    found = requirements_for(edition, who(query, edition), today=today)
    text = question(query)
    if not text:
        return found
    kept = indexes.matching(edition, text)
    return tuple(one for one in found if one.item.id in kept)


async def _editions(asked: Asked) -> Any:
    return {"editions": [_card(edition) for edition in (await editions(asked.home)).values()]}


async def _edition(asked: Asked) -> Any:
    return _card(await asked.edition())


def _card(edition: Edition) -> dict[str, Any]:
    base = f"/doctrine/{edition.id}"
    return {
        **data.summary(edition),
        "counts": {
            "chapters": len(edition.chapters),
            "requirements": len(edition.requirements),
            "milestones": len(edition.milestones),
        },
        "links": {
            "page": base,
            "json": f"{base}/edition.json",
            "csv": f"{base}/edition.csv",
            "calendar": f"{base}/echeances.ics",
            "oscal": f"{base}/oscal/catalog.json",
        },
    }


async def _chapters(asked: Asked) -> Any:
    edition = await asked.edition()
    return {"edition": edition.id, "chapters": [data.of_chapter_card(chapter) for chapter in edition.chapters]}


async def _chapter(asked: Asked) -> Any:
    edition = await asked.edition()
    chapter = edition.chapter_by_id.get(asked.path["chapter"])
    if chapter is None:
        there = ", ".join(edition.chapter_by_id)
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {edition.id} n'a pas ce chapitre ; chapitres : {there}.",
            f"Edition {edition.id} has no such chapter; chapters: {there}.",
        )
    return data.of_chapter(chapter)


async def _requirements(asked: Asked) -> Any:
    edition = await asked.edition()
    found = chosen_requirements(edition, asked.query, asked.indexes, asked.today)
    return {
        "edition": edition.id,
        "total": len(found),
        "requirements": [
            _concern(one, data.of_requirement(one.item)) for one in found if isinstance(one.item, Requirement)
        ],
    }


def _concern(one: Concern, item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "when": one.when.value, "reason": {"fr": one.reason.fr, "en": one.reason.en}}


async def _requirement(asked: Asked) -> Any:
    edition = await asked.edition()
    found = edition.requirement_by_id.get(asked.path["requirement"])
    if found is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {edition.id} n'a pas cette exigence ; {BASE}/editions/{edition.id}/requirements les donne toutes.",
            f"Edition {edition.id} has no such requirement; {BASE}/editions/{edition.id}/requirements gives them all.",
        )
    return data.of_requirement(found)


async def _milestones(asked: Asked) -> Any:
    edition = await asked.edition()
    found = milestones_for(edition, who(asked.query, edition), today=asked.today)
    return {
        "edition": edition.id,
        "total": len(found),
        "milestones": [
            _concern(one, data.of_milestone(one.item)) for one in found if not isinstance(one.item, Requirement)
        ],
    }


async def _diagram(asked: Asked) -> Any:
    edition = await asked.edition()
    return {"edition": edition.id, "diagram": data.of_diagram(edition.diagram)}


async def _diff(asked: Asked) -> Any:
    before = await edition_named(asked.home, asked.query.one("from"))
    after = await edition_named(asked.home, asked.query.one("to"))
    key = (before.id, after.id)
    told = asked.told.get(key)
    if told is None or told[0] is not before or told[1] is not after:
        told = asked.told[key] = (before, after, data.of_difference(difference(before, after)))
    return told[2]


async def _search(asked: Asked) -> Any:
    edition = await asked.edition()
    index = asked.indexes.of(edition)
    wanted = index.question(question(asked.query))
    hits = index.find(wanted)
    return {
        "edition": edition.id,
        "total": len(hits),
        "found": [
            {
                "kind": hit.entry.kind.value,
                "id": hit.entry.id,
                "chapter": hit.entry.chapter or None,
                "title": hit.entry.title,
                "passage": [_piece(piece) for piece in passage(hit.entry.text or hit.entry.title, wanted)],
                "score": round(hit.score, 4),
                "page": _page(edition, hit.entry.kind, hit.entry.id, hit.entry.chapter),
            }
            for hit in hits[:MOST_FOUND]
        ],
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {"text": piece.text, "found": piece.found}


def _page(edition: Edition, kind: Found, id: str, chapter: str) -> str:
    base = f"/doctrine/{edition.id}"
    return {
        Found.CHAPTER: f"{base}/{chapter}",
        Found.BLOCK: f"{base}/{chapter}#{id}",
        Found.REQUIREMENT: f"{base}/exigences/{id}",
        Found.MILESTONE: f"{base}/calendrier#{id}",
    }[kind]


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str, item: Mapping[str, Any], **more: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"edition": {"type": "string"}, **more, name: {"type": "array", "items": item}}
    return {"type": "object", "required": list(properties), "properties": properties}


_TOTAL: Final = {"type": "integer", "minimum": 0}
_ONE: Final = f"{BASE}/editions/{{edition}}"
OPERATIONS: Final = (
    Operation(
        "editions",
        f"{BASE}/editions",
        Text("Les éditions, la plus ancienne d'abord", "The editions, the oldest first"),
        _editions,
        {
            "type": "object",
            "required": ["editions"],
            "properties": {"editions": {"type": "array", "items": _ref("editionCard")}},
        },
    ),
    Operation(
        "edition",
        _ONE,
        Text("Une édition : ce qu'elle est, ses formes", "An edition: what it is, its forms"),
        _edition,
        _ref("editionCard"),
    ),
    Operation(
        "chapters",
        f"{_ONE}/chapters",
        Text("Les chapitres, sans leur texte", "The chapters, without their text"),
        _chapters,
        _list("chapters", _ref("chapterCard")),
    ),
    Operation(
        "chapter",
        f"{_ONE}/chapters/{{chapter}}",
        Text("Un chapitre avec son texte", "A chapter with its text"),
        _chapter,
        _ref("chapter"),
    ),
    Operation(
        "requirements",
        f"{_ONE}/requirements",
        Text(
            "Les exigences qui concernent quelqu'un, par échéance",
            "The requirements that concern somebody, by due date",
        ),
        _requirements,
        _list("requirements", {"allOf": [_ref("concernedRequirement")]}, total=_TOTAL),
        FILTERS,
    ),
    Operation(
        "requirement",
        f"{_ONE}/requirements/{{requirement}}",
        Text("Une exigence", "A requirement"),
        _requirement,
        _ref("requirement"),
    ),
    Operation(
        "milestones",
        f"{_ONE}/milestones",
        Text("Les jalons, par date", "The milestones, by date"),
        _milestones,
        _list("milestones", _ref("concernedMilestone"), total=_TOTAL),
        (ACTOR, CHAPTER, DATE),
    ),
    Operation(
        "diagram",
        f"{_ONE}/diagram",
        Text("Le schéma cible", "The target diagram"),
        _diagram,
        {
            "type": "object",
            "required": ["edition", "diagram"],
            "properties": {"edition": {"type": "string"}, "diagram": _ref("diagram")},
        },
    ),
    Operation(
        "diff",
        f"{BASE}/diff",
        Text("Ce qui change d'une édition à l'autre", "What changes from one edition to another"),
        _diff,
        _ref("difference"),
        (
            Parameter("from", Text("Édition de départ.", "Edition to start from."), required=True),
            Parameter("to", Text("Édition d'arrivée.", "Edition to arrive at."), required=True),
        ),
    ),
    Operation(
        "search",
        f"{_ONE}/search",
        Text(
            f"Recherche en français dans toute l'édition ; les {MOST_FOUND} meilleures réponses",
            f"Search in French in the whole edition; the best {MOST_FOUND} answers",
        ),
        _search,
        _list("found", _ref("hit"), total=_TOTAL),
        (Parameter("q", QUESTION.text, QUESTION.schema, required=True),),
    ),
)
