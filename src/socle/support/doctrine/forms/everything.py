"""Every form of an edition, by the path that it has in a folder; made one after the other, so that progress can be told."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import orjson

from socle.support.doctrine.forms import data, table
from socle.support.doctrine.forms.calendar import calendar
from socle.support.doctrine.forms.epub import to_epub
from socle.support.doctrine.forms.oscal import Json, to_catalog, to_component_definition, to_profile
from socle.support.doctrine.forms.pdf import to_pdf
from socle.support.doctrine.forms.site import to_site
from socle.support.doctrine.model import Addressee, Edition
from socle.support.doctrine.rules.applies import Who, milestones_for, requirements_for

Files = Mapping[str, bytes]


def everything(edition: Edition, *, titles: Mapping[str, str], url: str) -> Iterator[tuple[str, Callable[[], Files]]]:
    """Each form by name, and what makes its files (path → content). The same edition gives the same bytes.

    titles  what modules are called, by name
    url     where a house shows this edition, for the links of the calendar
    """
    yield "HTML", lambda: {f"html/{name}": content for name, content in to_site(edition).items()}
    yield "PDF", lambda: {"edition.pdf": to_pdf(edition)}
    yield "EPUB", lambda: {"edition.epub": to_epub(edition)}
    yield "OSCAL", lambda: _oscal(edition, titles)
    yield "JSON", lambda: {"edition.json": as_bytes(data.of_edition(edition))}
    yield (
        "CSV",
        lambda: {
            "exigences.csv": table.requirements_csv(edition, edition.requirements),
            "jalons.csv": table.milestones_csv(edition.milestones),
        },
    )
    yield "ICS", lambda: {"echeances.ics": _calendar(edition, url)}


FORMS: Final = 7


def as_bytes(value: object) -> bytes:
    """JSON as every form writes it: indented, one newline at the end."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _oscal(edition: Edition, titles: Mapping[str, str]) -> Files:
    documents: dict[str, Json] = {
        "oscal/catalog.json": to_catalog(edition),
        "oscal/profile.json": to_profile(edition),
        "oscal/component-definition.json": to_component_definition(edition, titles),
    }
    concerned = {addressee for requirement in edition.requirements for addressee in requirement.addressees}
    for addressee in Addressee:
        if addressee in concerned:
            documents[f"oscal/profile-{addressee.value}.json"] = to_profile(edition, addressee)
    return {path: as_bytes(document) for path, document in documents.items()}


def _calendar(edition: Edition, url: str) -> bytes:
    day = edition.published.first if edition.published else datetime(1980, 1, 1, tzinfo=UTC).date()
    stamp = datetime(day.year, day.month, day.day, tzinfo=UTC)
    concerns = (*requirements_for(edition, Who(), today=day), *milestones_for(edition, Who(), today=day))
    return calendar(edition, concerns, url=url, now=stamp)
