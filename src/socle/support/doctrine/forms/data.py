"""An edition as plain data, ready for JSON. Its shape has a version; `edition.schema.json` says it for machines.

Every field is always there: null, "" or [] where there is nothing. Dates are partial ISO dates: "2027", "2027-03", "2027-03-26".
"""

from importlib.resources import files
from typing import Any, Final

from socle.support.doctrine.model import (
    Block,
    Chapter,
    Dated,
    Dates,
    Diagram,
    Edition,
    Milestone,
    Requirement,
    Section,
)
from socle.support.doctrine.rules.difference import Changed, Difference
from socle.support.doctrine.rules.wording import Words

FORMAT: Final = "socle-doctrine/1"


def schema() -> bytes:
    """The JSON Schema (2020-12) of `of_edition`."""
    return (files("socle.support.doctrine.forms") / "edition.schema.json").read_bytes()


def of_edition(edition: Edition) -> dict[str, Any]:
    """The whole edition."""
    return {
        "format": FORMAT,
        "edition": {
            **summary(edition),
            "synthesis": _blocks(edition.synthesis.blocks),
            "thanks": list(edition.thanks),
        },
        "chapters": [of_chapter(chapter) for chapter in edition.chapters],
        "requirements": [of_requirement(requirement) for requirement in edition.requirements],
        "milestones": [of_milestone(milestone) for milestone in edition.milestones],
        "diagram": of_diagram(edition.diagram),
    }


def summary(edition: Edition) -> dict[str, Any]:
    """What an edition is, without its text."""
    return {
        "id": edition.id,
        "title": edition.title,
        "status": edition.status.value,
        "published": str(edition.published) if edition.published else None,
        "based_on": edition.based_on or None,
        "orientations": {orientation.value: title for orientation, title in edition.orientations.items()},
        "note": edition.note,
    }


def of_chapter(chapter: Chapter, *, text: bool = True) -> dict[str, Any]:
    """A chapter, its sections when `text`, the identifiers of its requirements."""
    found: dict[str, Any] = {
        "id": chapter.id,
        "number": chapter.number,
        "orientation": chapter.orientation.value,
        "title": chapter.title,
        "summary": chapter.summary,
        "target": chapter.target,
        "trajectory": chapter.trajectory,
        "certainty": chapter.certainty.value,
        "reconstruction": chapter.reconstruction,
        "modules": list(chapter.modules),
        "guides": list(chapter.guides),
        "sources": list(chapter.sources),
        "requirements": [requirement.id for requirement in chapter.requirements],
    }
    if text:
        found["sections"] = [_section(section) for section in chapter.sections]
    return found


def of_requirement(one: Requirement) -> dict[str, Any]:
    """A requirement."""
    verified = one.verified
    return {
        "id": one.id,
        "chapter": one.chapter,
        "addressees": [addressee.value for addressee in one.addressees],
        "force": one.force.value,
        "statement": one.statement,
        "legal": one.legal,
        "source": one.source,
        "certainty": one.certainty.value,
        "note": one.note,
        "users": [user.value for user in one.users],
        "regions": list(one.regions),
        "modules": list(one.modules),
        "dates": _dates(one.dates),
        "verified": {"by": verified.by.value, "how": verified.how, "reference": verified.reference}
        if verified
        else None,
        "not_verified": one.not_verified,
    }


def of_milestone(one: Milestone) -> dict[str, Any]:
    """A milestone."""
    return {
        "id": one.id,
        "title": one.title,
        "dates": _dates(one.dates),
        "ends": str(one.ends) if one.ends else None,
        "chapters": list(one.chapters),
        "addressees": [addressee.value for addressee in one.addressees],
        "note": one.note,
        "conflict": one.conflict,
    }


def of_diagram(diagram: Diagram) -> dict[str, Any]:
    """The target diagram."""
    return {
        "bands": [{"id": one.id, "title": one.title} for one in diagram.bands],
        "doors": [{"id": one.id, "title": one.title, "motto": one.motto, "band": one.band} for one in diagram.doors],
        "blocks": [
            {
                "id": one.id,
                "title": one.title,
                "band": one.band,
                "chapter": one.chapter or None,
                "door": one.door or None,
                "modules": list(one.modules),
                "note": one.note,
            }
            for one in diagram.blocks
        ],
        "flows": [
            {"source": one.source, "target": one.target, "label": one.label, "both_ways": one.both_ways}
            for one in diagram.flows
        ],
    }


def of_difference(found: Difference) -> dict[str, Any]:
    """What changed between two editions, with the wording word by word where it changed."""
    return {
        "from": found.a,
        "to": found.b,
        "kept": found.kept,
        "chapters": [_changed(one, of_chapter_card) for one in found.chapters],
        "requirements": [_changed(one, of_requirement) for one in found.requirements],
        "milestones": [_changed(one, of_milestone) for one in found.milestones],
    }


def of_chapter_card(chapter: Chapter) -> dict[str, Any]:
    """A chapter without its text."""
    return of_chapter(chapter, text=False)


def _changed(one: "Changed[Any]", as_data: Any) -> dict[str, Any]:
    both = one.before is not None and one.after is not None
    return {
        "id": one.id,
        "kinds": [kind.value for kind in one.kinds],
        "days": one.days,
        "wording": [_words(words) for words in one.wording] if both else [],
        "before": as_data(one.before) if one.before is not None else None,
        "after": as_data(one.after) if one.after is not None else None,
    }


def _words(words: Words) -> dict[str, str]:
    return {"change": words.change.value, "text": words.text}


def _section(section: Section) -> dict[str, Any]:
    return {"id": section.id, "title": section.title, "blocks": _blocks(section.blocks)}


def _blocks(blocks: tuple[Block, ...]) -> list[dict[str, str]]:
    return [{"anchor": block.anchor, "markdown": block.markdown} for block in blocks]


def _dates(dates: Dates) -> dict[str, Any]:
    """The dates, the one that counts (`due`) and the slip in days."""
    return {
        "planned": _dated(dates.planned),
        "revised": [_dated(one) for one in dates.revised],
        "actual": _dated(dates.actual),
        "due": str(dates.due.on) if dates.due else None,
        "slip_days": dates.slip_days,
    }


def _dated(dated: Dated | None) -> dict[str, str] | None:
    return {"on": str(dated.on), "source": dated.source, "certainty": dated.certainty.value} if dated else None
