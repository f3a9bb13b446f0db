"""The whole edition as a catalog: groups hold orientations and chapters, controls are requirements."""

from socle.support.doctrine.forms.oscal.pieces import (
    Json,
    dates,
    full,
    label,
    metadata,
    one_line,
    part,
    prop,
    props,
    sealed,
    texts,
)
from socle.support.doctrine.model import (
    Chapter,
    Diagram,
    Edition,
    Milestone,
    Orientation,
    Requirement,
    Section,
    Verification,
    Verified,
)

# What OSCAL calls the three ways of assessing.
METHODS = {
    Verification.SCENARIO: "TEST",
    Verification.DOCUMENT: "EXAMINE",
    Verification.DECLARATION: "INTERVIEW",
}


def to_catalog(edition: Edition) -> Json:
    """The catalog of an edition: {"catalog": {…}}."""
    content = full(
        metadata=metadata(
            edition,
            edition.title,
            props=[
                prop("status", edition.status.value),
                *([prop("published", str(edition.published))] if edition.published else []),
                *([prop("based-on", edition.based_on)] if edition.based_on else []),
                *(prop("thanks", str(rank), remarks=thanked) for rank, thanked in enumerate(edition.thanks, 1)),
            ],
            remarks=edition.note,
        ),
        groups=[
            full(
                id="synthese",
                class_="synthesis",
                title=one_line(edition.synthesis.title),
                parts=[_section(edition.synthesis)],
            ),
            *(_orientation(edition, orientation, title) for orientation, title in edition.orientations.items()),
            full(
                id="jalons",
                class_="milestones",
                title="Macro-planning",
                parts=[_milestone(m) for m in edition.milestones],
            ),
            full(id="schema", class_="diagram", title="Schéma cible", parts=_diagram(edition.diagram)),
        ],
    )
    return sealed("catalog", edition, content)


def _orientation(edition: Edition, orientation: Orientation, title: str) -> Json:
    chapters = [
        _chapter(position, chapter)
        for position, chapter in enumerate(edition.chapters, 1)
        if chapter.orientation is orientation
    ]
    return full(id=f"orientation.{orientation.value}", class_="orientation", title=one_line(title), groups=chapters)


def _chapter(position: int, chapter: Chapter) -> Json:
    return full(
        id=chapter.id,
        class_="chapter",
        title=one_line(chapter.title),
        props=[
            label(chapter.number),
            prop("position", str(position)),  # chapters of one orientation may not follow each other
            prop("certainty", chapter.certainty.value),
            *([prop("reconstruction", "true")] if chapter.reconstruction else []),
            *props("module", chapter.modules),
        ],
        links=[full(href=guide, rel="guide") for guide in chapter.guides],
        parts=[
            *texts(overview=chapter.summary, target=chapter.target, trajectory=chapter.trajectory),
            *(_section(section, f"{chapter.id}.") for section in chapter.sections),
            *(part("source", source) for source in chapter.sources),
        ],
        controls=[_control(requirement) for requirement in chapter.requirements],
    )


def _section(section: Section, within: str = "") -> Json:
    return part(
        "section",
        id=f"{within}{section.id}",
        title=one_line(section.title),
        parts=[part("block", block.markdown, id=f"{within}{block.anchor}") for block in section.blocks],
    )


def _control(requirement: Requirement) -> Json:
    return full(
        id=requirement.id,
        class_="requirement",
        title=one_line(requirement.statement, 100) or requirement.id,
        props=[
            label(requirement.id),
            prop("force", requirement.force.value),
            prop("certainty", requirement.certainty.value),
            *props("addressee", (addressee.value for addressee in requirement.addressees)),
            *props("users", (users.value for users in requirement.users)),
            *props("region", requirement.regions),
            *props("module", requirement.modules),
            *dates(requirement.dates),
        ],
        parts=[
            full(id=f"{requirement.id}.statement", name="statement", prose=requirement.statement),
            *([full(name="guidance", prose=requirement.note)] if requirement.note else []),
            *texts(legal=requirement.legal, source=requirement.source, not_verified=requirement.not_verified),
            *([_assessment(requirement.id, requirement.verified)] if requirement.verified else []),
        ],
    )


def _assessment(requirement: str, verified: Verified) -> Json:
    return full(
        id=f"{requirement}.assessment",
        name="assessment-method",
        props=[
            full(name="method", value=METHODS[verified.by]),
            *([prop("reference", verified.reference)] if verified.reference else []),
        ],
        parts=[full(name="assessment-objects", prose=verified.how)] if verified.how else [],
    )


def _milestone(milestone: Milestone) -> Json:
    return part(
        "milestone",
        id=f"jalon.{milestone.id}",
        title=one_line(milestone.title),
        props=[
            *dates(milestone.dates),
            *([prop("date-end", str(milestone.ends))] if milestone.ends else []),
            *props("chapter", milestone.chapters),
            *props("addressee", (addressee.value for addressee in milestone.addressees)),
        ],
        parts=texts(note=milestone.note, conflict=milestone.conflict),
    )


def _diagram(diagram: Diagram) -> list[Json]:
    return [
        *(part("band", id=f"bande.{band.id}", title=one_line(band.title)) for band in diagram.bands),
        *(
            part(
                "door", door.motto, id=f"porte.{door.id}", title=one_line(door.title), props=props("band", [door.band])
            )
            for door in diagram.doors
        ),
        *(
            part(
                "box",
                block.note,
                id=f"bloc.{block.id}",
                title=one_line(block.title),
                props=[
                    prop("band", block.band),
                    *props("chapter", filter(None, [block.chapter])),
                    *props("door", filter(None, [block.door])),
                    *props("module", block.modules),
                ],
            )
            for block in diagram.blocks
        ),
        *(
            part(
                "flow",
                id=f"flux.{rank}",
                title=one_line(flow.label),
                props=[
                    prop("source", flow.source),
                    prop("target", flow.target),
                    *([prop("both-ways", "true")] if flow.both_ways else []),
                ],
            )
            for rank, flow in enumerate(diagram.flows, 1)
        ),
    ]
