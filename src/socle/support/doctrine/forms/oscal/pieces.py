"""The small pieces that OSCAL documents are made of. Absent and empty are the same: what is empty is not written."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from socle.support.doctrine.model import Dated, Dates, Edition

Json = dict[str, Any]

VERSION: Final = "1.1.3"
NAMESPACE: Final = "https://github.com/socle-sante/socle/ns/oscal"
_OURS: Final = uuid5(NAMESPACE_URL, NAMESPACE)


def identifier(*names: str) -> str:
    """The UUID of something, made from its names."""
    return str(uuid5(_OURS, "/".join(names)))


def full(**fields: Any) -> Json:
    """A JSON object without its empty fields; `class_` is written class, underscores hyphens."""
    return {
        name.rstrip("_").replace("_", "-"): value for name, value in fields.items() if value not in ("", None, [], ())
    }


def prop(name: str, value: str, *, remarks: str = "", class_: str = "") -> Json:
    """A property of ours. `value` is on one line and not empty; longer texts go to `remarks`."""
    return full(name=name, ns=NAMESPACE, value=value, class_=class_, remarks=remarks)


def label(value: str) -> Json:
    """The standard property that tools show before a title."""
    return full(name="label", value=value)


def props(name: str, values: Iterable[str]) -> list[Json]:
    """A property of ours for each value, in order."""
    return [prop(name, value) for value in values]


def part(name: str, prose: str = "", **fields: Any) -> Json:
    """A part of ours."""
    return full(id=fields.pop("id", ""), name=name, ns=NAMESPACE, **fields, prose=prose)


def texts(**named: str) -> list[Json]:
    """A part for each text that is not empty."""
    return [part(name.replace("_", "-"), prose) for name, prose in named.items() if prose]


def dates(of: Dates) -> list[Json]:
    """Each date with its certainty as class and its source as remarks, in the order in which they were known."""
    named: Sequence[tuple[str, Dated | None]] = (
        ("date-planned", of.planned),
        *(("date-revised", revision) for revision in of.revised),
        ("date-actual", of.actual),
    )
    return [
        prop(name, str(dated.on), class_=dated.certainty.value, remarks=dated.source) for name, dated in named if dated
    ]


def metadata(edition: Edition, title: str, **more: Any) -> Json:
    """What every document says of itself. Dates are the edition's, never today's."""
    moment = datetime.combine(_day(edition), datetime.min.time(), UTC).isoformat()
    return full(
        title=title,
        published=moment if edition.published else "",
        last_modified=moment,
        version=edition.id,
        oscal_version=VERSION,
        **more,
    )


def sealed(model: str, edition: Edition, content: Json) -> Json:
    """The document, with an identifier that changes when its content does."""
    digest = sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    return {model: {"uuid": identifier(model, edition.id, digest), **content}}


def one_line(text: str, most: int = 0) -> str:
    """A text on one line, cut at a word before `most` characters when there is a limit."""
    line = " ".join(text.split())
    if not most or len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _day(edition: Edition) -> date:
    if edition.published:
        return edition.published.first
    year = int(edition.id) if edition.id.isdecimal() and 1 <= int(edition.id) <= 9999 else 1970
    return date(year, 1, 1)
