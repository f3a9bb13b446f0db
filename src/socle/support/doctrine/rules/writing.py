"""From an edition back to its files: `load(write(edition)) == edition`. Comments and layout are not part of an edition."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from socle.support.doctrine.model import (
    Addressee,
    Chapter,
    Dated,
    Dates,
    Diagram,
    Edition,
    EditionStatus,
    Milestone,
    Requirement,
    Section,
)
from socle.support.doctrine.rules.entries import EVERY_PUBLISHER, PUBLISHERS

# What is written; a plain word, a list on one line, fields on one line, entries below each other.
Value = str | Sequence[str] | Mapping[str, "Value"] | Sequence[Mapping[str, "Value"]]

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_ESCAPED: Final = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def write(edition: Edition) -> dict[str, str]:
    """The files of an edition: path below its folder → text."""
    files = {
        "edition.yaml": write_head(edition),
        "synthesis.md": _body(edition.synthesis),
        "milestones.yaml": _entries(_milestone(one) for one in edition.milestones),
        "diagram.yaml": _diagram(edition.diagram),
    }
    for chapter in edition.chapters:
        files[chapter_file(chapter)] = write_chapter(chapter)
        if chapter.requirements:
            files[requirements_file(chapter.id)] = write_requirements(chapter.requirements)
    return files


def write_head(edition: Edition) -> str:
    """What an edition says of itself: `edition.yaml`."""
    return _fields(_head(edition))


def chapter_file(chapter: Chapter) -> str:
    """Where a chapter is written: "chapters/2-4-5-ins.md"."""
    return f"chapters/{chapter.number.replace('.', '-')}-{chapter.id}.md"


def requirements_file(chapter: str) -> str:
    """Where the requirements of a chapter are written."""
    return f"requirements/{chapter}.yaml"


def write_chapter(chapter: Chapter) -> str:
    """A chapter: its front matter, then its sections."""
    front: dict[str, Value] = {
        "id": chapter.id,
        "number": chapter.number,
        "orientation": chapter.orientation.value,
        "title": chapter.title,
        "summary": chapter.summary,
        "target": chapter.target,
        "trajectory": chapter.trajectory,
        "certainty": chapter.certainty.value,
        "reconstruction": "true" if chapter.reconstruction else "",
        "modules": chapter.modules,
        "guides": chapter.guides,
        "sources": chapter.sources,
    }
    body = "\n".join(f"## {section.title}\n\n{_body(section)}" for section in chapter.sections)
    return f"---\n{_fields(front)}---\n\n{body}"


def write_requirements(requirements: Iterable[Requirement]) -> str:
    """The requirements of a chapter."""
    return _entries(_requirement(one) for one in requirements)


def _head(edition: Edition) -> dict[str, Value]:
    return {
        "id": edition.id,
        "title": edition.title,
        "status": edition.status.value,
        "published": str(edition.published) if edition.published and edition.status is not EditionStatus.DRAFT else "",
        "based_on": edition.based_on,
        "orientations": {orientation.value: title for orientation, title in edition.orientations.items()},
        "note": edition.note,
        "thanks": edition.thanks,
    }


def _requirement(one: Requirement) -> dict[str, Value]:
    verified: dict[str, Value] = {}
    if one.verified is not None:
        verified = {"by": one.verified.by.value, "how": one.verified.how, "reference": one.verified.reference}
    return {
        "id": one.id,
        "addressees": _addressees(one.addressees),
        "force": one.force.value,
        "statement": one.statement,
        "legal": one.legal,
        "source": one.source,
        "certainty": one.certainty.value,
        "users": [user.value for user in one.users],
        "regions": one.regions,
        "modules": one.modules,
        "note": one.note,
        "dates": _dates(one.dates),
        "verified": verified,
        "not_verified": one.not_verified,
    }


def _milestone(one: Milestone) -> dict[str, Value]:
    return {
        "id": one.id,
        "title": one.title,
        "dates": _dates(one.dates),
        "ends": str(one.ends) if one.ends else "",
        "chapters": one.chapters,
        "addressees": _addressees(one.addressees),
        "note": one.note,
        "conflict": one.conflict,
    }


def _diagram(diagram: Diagram) -> str:
    bands: list[Mapping[str, Value]] = [{"id": one.id, "title": one.title} for one in diagram.bands]
    doors: list[Mapping[str, Value]] = [
        {"id": one.id, "title": one.title, "motto": one.motto, "band": one.band} for one in diagram.doors
    ]
    blocks: list[Mapping[str, Value]] = [
        {
            "id": one.id,
            "title": one.title,
            "band": one.band,
            "chapter": one.chapter,
            "door": one.door,
            "modules": one.modules,
            "note": one.note,
        }
        for one in diagram.blocks
    ]
    flows: list[Mapping[str, Value]] = [
        {"source": one.source, "target": one.target, "label": one.label, "both_ways": "true" if one.both_ways else ""}
        for one in diagram.flows
    ]
    parts = {"bands": bands, "doors": doors, "blocks": blocks, "flows": flows}
    return "".join(f"{name}:\n{_entries(entries)}" if entries else f"{name}: []\n" for name, entries in parts.items())


def _addressees(addressees: tuple[Addressee, ...]) -> list[str]:
    """`editeurs` where every kind of publisher stands together."""
    names = [one.value for one in addressees]
    for position in range(len(names) - len(PUBLISHERS) + 1):
        if addressees[position : position + len(PUBLISHERS)] == PUBLISHERS:
            return [*names[:position], EVERY_PUBLISHER, *names[position + len(PUBLISHERS) :]]
    return names


def _dates(dates: Dates) -> dict[str, Value]:
    return {
        "planned": _dated(dates.planned),
        "revised": [_dated(one) for one in dates.revised],
        "actual": _dated(dates.actual),
    }


def _dated(dated: Dated | None) -> dict[str, Value]:
    return {"on": str(dated.on), "source": dated.source, "certainty": dated.certainty.value} if dated else {}


def _body(section: Section) -> str:
    return "".join(f"{block.markdown}\n\n" for block in section.blocks)[:-1]


def _entries(entries: Iterable[Mapping[str, Value]]) -> str:
    """A list of mappings, each with its fields below each other."""
    out = []
    for entry in entries:
        lines = _fields(entry).splitlines()
        out.append(f"- {lines[0]}\n" + "".join(f"  {line}\n" for line in lines[1:]))
    return "".join(out) or "[]\n"


def _fields(fields: Mapping[str, Value]) -> str:
    """Fields below each other; what is empty is not written, and reads the same."""
    return "".join(f"{name}: {_inline(value)}\n" for name, value in fields.items() if not _is_empty(value))


def _is_empty(value: Value) -> bool:
    return all(_is_empty(part) for part in value.values()) if isinstance(value, Mapping) else not value


def _inline(value: Value) -> str:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else f'"{_ESCAPED.sub(_escape, value)}"'
    if isinstance(value, Mapping):
        parts = (f"{name}: {_inline(part)}" for name, part in value.items() if not _is_empty(part))
        return "{" + ", ".join(parts) + "}"
    return "[" + ", ".join(_inline(part) for part in value) + "]"


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0], f"\\u{ord(match[0]):04x}")
