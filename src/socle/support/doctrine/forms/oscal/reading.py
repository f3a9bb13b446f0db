"""An edition from its catalog: the inverse of `to_catalog`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.doctrine.forms.oscal.catalog import METHODS
from socle.support.doctrine.forms.oscal.pieces import NAMESPACE, Json
from socle.support.doctrine.model import (
    Addressee,
    Band,
    Block,
    Certainty,
    Chapter,
    Dated,
    Dates,
    Diagram,
    DiagramBlock,
    Edition,
    EditionStatus,
    Flow,
    Force,
    FrontDoor,
    Milestone,
    Orientation,
    PartialDate,
    Requirement,
    Section,
    Users,
    Verified,
)

_WAYS: Final = {method: way for way, method in METHODS.items()}


def from_catalog(document: Mapping[str, Any]) -> Edition:
    """The edition that a catalog written by `to_catalog` holds.

    Raises: Problem(INVALID) naming what is missing or wrong, when the catalog is not one of ours.
    """
    try:
        return _edition(document["catalog"])
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        told = f"{type(error).__name__} {error}"
        raise Problem(
            Kind.INVALID,
            Issue(
                Text(
                    f"ce catalogue OSCAL n'est pas une édition de la doctrine exportée par Socle ({told}).",
                    f"this OSCAL catalog is not an edition of the doctrine exported by Socle ({told}).",
                ),
                ("catalog",),
                "doctrine",
            ),
        ) from error


def _edition(catalog: Json) -> Edition:
    metadata = catalog["metadata"]
    groups = {group["id"]: group for group in catalog["groups"]}
    orientations = [group for group in catalog["groups"] if group["class"] == "orientation"]
    published = _one(metadata, "published")
    return Edition(
        id=metadata["version"],
        title=metadata["title"],
        status=EditionStatus(_one(metadata, "status")),
        published=_date(published) if published else None,
        based_on=_one(metadata, "based-on"),
        orientations={Orientation(group["id"].removeprefix("orientation.")): group["title"] for group in orientations},
        synthesis=_section(groups["synthese"]["parts"][0], ""),
        chapters=_chapters(orientations),
        milestones=tuple(_milestone(part) for part in groups["jalons"].get("parts", ())),
        diagram=_diagram(groups["schema"].get("parts", ())),
        note=metadata.get("remarks", ""),
        thanks=tuple(prop.get("remarks", "") for prop in _ours(metadata, "thanks")),
    )


def _chapters(orientations: Sequence[Json]) -> tuple[Chapter, ...]:
    found = [
        (int(_one(chapter, "position")), _chapter(chapter, Orientation(group["id"].removeprefix("orientation."))))
        for group in orientations
        for chapter in group.get("groups", ())
    ]
    return tuple(chapter for _, chapter in sorted(found, key=lambda placed: placed[0]))


def _chapter(group: Json, orientation: Orientation) -> Chapter:
    number = next(prop["value"] for prop in group["props"] if prop["name"] == "label")
    return Chapter(
        id=group["id"],
        number=number,
        orientation=orientation,
        title=group["title"],
        summary=_prose(group, "overview"),
        target=_prose(group, "target"),
        trajectory=_prose(group, "trajectory"),
        certainty=Certainty(_one(group, "certainty")),
        sections=tuple(_section(part, f"{group['id']}.") for part in _parts(group, "section")),
        requirements=tuple(_requirement(control, group["id"]) for control in group.get("controls", ())),
        modules=_all(group, "module"),
        guides=tuple(link["href"] for link in group.get("links", ()) if link["rel"] == "guide"),
        sources=tuple(part["prose"] for part in _parts(group, "source")),
        reconstruction=_one(group, "reconstruction") == "true",
    )


def _section(part: Json, within: str) -> Section:
    return Section(
        part["id"].removeprefix(within),
        part.get("title", ""),
        tuple(Block(block["id"].removeprefix(within), block.get("prose", "")) for block in _parts(part, "block")),
    )


def _requirement(control: Json, chapter: str) -> Requirement:
    assessment = next(_parts(control, "assessment-method"), None)
    return Requirement(
        id=control["id"],
        chapter=chapter,
        addressees=tuple(Addressee(value) for value in _all(control, "addressee")),
        force=Force(_one(control, "force")),
        statement=_prose(control, "statement"),
        certainty=Certainty(_one(control, "certainty")),
        source=_prose(control, "source"),
        legal=_prose(control, "legal"),
        note=_prose(control, "guidance"),
        users=tuple(Users(value) for value in _all(control, "users")),
        regions=_all(control, "region"),
        modules=_all(control, "module"),
        dates=_dates(control),
        verified=_verified(assessment) if assessment else None,
        not_verified=_prose(control, "not-verified"),
    )


def _verified(part: Json) -> Verified:
    method = next(prop["value"] for prop in part["props"] if prop["name"] == "method")
    return Verified(_WAYS[method], _prose(part, "assessment-objects"), _one(part, "reference"))


def _milestone(part: Json) -> Milestone:
    ends = _one(part, "date-end")
    return Milestone(
        id=part["id"].removeprefix("jalon."),
        title=part.get("title", ""),
        dates=_dates(part),
        chapters=_all(part, "chapter"),
        addressees=tuple(Addressee(value) for value in _all(part, "addressee")),
        ends=_date(ends) if ends else None,
        note=_prose(part, "note"),
        conflict=_prose(part, "conflict"),
    )


def _diagram(parts: Sequence[Json]) -> Diagram:
    whole = {"parts": parts}
    return Diagram(
        bands=tuple(Band(part["id"].removeprefix("bande."), part.get("title", "")) for part in _parts(whole, "band")),
        doors=tuple(
            FrontDoor(
                part["id"].removeprefix("porte."), part.get("title", ""), part.get("prose", ""), _one(part, "band")
            )
            for part in _parts(whole, "door")
        ),
        blocks=tuple(
            DiagramBlock(
                id=part["id"].removeprefix("bloc."),
                title=part.get("title", ""),
                band=_one(part, "band"),
                chapter=_one(part, "chapter"),
                door=_one(part, "door"),
                modules=_all(part, "module"),
                note=part.get("prose", ""),
            )
            for part in _parts(whole, "box")
        ),
        flows=tuple(
            Flow(_one(part, "source"), _one(part, "target"), part.get("title", ""), _one(part, "both-ways") == "true")
            for part in _parts(whole, "flow")
        ),
    )


def _dates(of: Json) -> Dates:
    planned, actual = _dated(of, "date-planned"), _dated(of, "date-actual")
    return Dates(planned[0] if planned else None, _dated(of, "date-revised"), actual[0] if actual else None)


def _dated(of: Json, name: str) -> tuple[Dated, ...]:
    return tuple(
        Dated(_date(prop["value"]), prop.get("remarks", ""), Certainty(prop["class"])) for prop in _ours(of, name)
    )


def _date(text: str) -> PartialDate:
    precision = {4: "year", 7: "month", 10: "day"}[len(text)]
    return PartialDate(date.fromisoformat((text + "-01-01")[:10]), precision)


def _ours(of: Json, name: str) -> Iterator[Json]:
    return (prop for prop in of.get("props", ()) if prop["name"] == name and prop.get("ns") == NAMESPACE)


def _all(of: Json, name: str) -> tuple[str, ...]:
    return tuple(prop["value"] for prop in _ours(of, name))


def _one(of: Json, name: str) -> str:
    return next(iter(_all(of, name)), "")


def _parts(of: Json, name: str) -> Iterator[Json]:
    return (part for part in of.get("parts", ()) if part["name"] == name)


def _prose(of: Json, name: str) -> str:
    return str(next((part.get("prose", "") for part in _parts(of, name)), ""))
