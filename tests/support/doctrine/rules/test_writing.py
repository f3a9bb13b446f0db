"""An edition is written back to its files and reads the same."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.doctrine.small import KNOWN, small

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
    Verification,
    Verified,
)
from socle.support.doctrine.rules.fields import partial_date
from socle.support.doctrine.rules.reading import SECTIONS, load
from socle.support.doctrine.rules.writing import write
from socle.support.doctrine.store import shipped

# What an author may type in a field: anything but what YAML cannot carry, without blanks around.
TEXT = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cn"), include_characters="\n\t"),
        min_size=1,
        max_size=40,
    )
    .map(str.strip)
    .filter(bool)
)
OPTIONAL = st.just("") | TEXT
DAYS = st.builds(
    lambda day, length: partial_date(day.isoformat()[:length]),
    st.dates(date(1950, 1, 1), date(2029, 12, 31)),
    st.sampled_from([4, 7, 10]),
)
DATED = st.builds(Dated, DAYS, TEXT, st.sampled_from(Certainty))
PARAGRAPHS = st.sampled_from(
    ["Un paragraphe.", "Deux lignes\nqui se suivent.", "- un\n\n- deux\n  suite", "1. un\n2. deux", "> cité",
     "| a | b |\n|---|---|\n| 1 | 2 |", "```\n<code>\n\n# pas un titre\n```", "### Un titre", "Voir [INS-001](INS-001)."]
)  # fmt: skip


def several(what: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(what, max_size=most, unique=True).map(tuple)


@st.composite
def dates(draw: st.DrawFn) -> Dates:
    planned = draw(st.none() | DATED)
    revised: list[Dated] = []
    if planned is not None:
        for one in draw(st.lists(DATED, max_size=2)):
            if one.on != (revised[-1] if revised else planned).on:
                revised.append(one)
    return Dates(planned, tuple(revised), draw(st.none() | DATED))


@st.composite
def requirements(draw: st.DrawFn, chapter: str, prefix: str, number: int) -> Requirement:
    verified = draw(
        st.none() | st.builds(Verified, st.sampled_from(Verification), TEXT, st.just("foundations.ins#INS-001"))
    )
    return Requirement(
        id=f"{prefix}-{number:03}",
        chapter=chapter,
        addressees=draw(
            st.lists(st.sampled_from(Addressee), min_size=1, unique=True).map(tuple)
            | st.permutations([[Addressee.ETAT], [a for a in Addressee if a.is_publisher]]).map(
                lambda parts: tuple(a for part in parts for a in part)
            )
        ),
        force=draw(st.sampled_from(Force)),
        statement=draw(TEXT),
        certainty=draw(st.sampled_from(Certainty)),
        source=draw(TEXT),
        legal=draw(OPTIONAL),
        note=draw(OPTIONAL),
        users=draw(st.lists(st.sampled_from(Users), max_size=2, unique=True).map(tuple)),
        regions=draw(several(st.sampled_from(["01", "53", "94"]))),
        modules=draw(several(st.sampled_from(sorted(KNOWN.modules or ())))),
        dates=draw(dates()),
        verified=verified,
        not_verified="" if verified else draw(TEXT),
    )


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    chapters = []
    for rank, (name, prefix) in enumerate((("ins", "INS"), ("dmp", "DMP"))):
        sections = []
        for id in SECTIONS:
            # Two lists one after the other are one list: the only blocks that do not stay apart.
            paragraphs = draw(st.lists(PARAGRAPHS, min_size=1, max_size=3))
            blocks = [p for n, p in enumerate(paragraphs) if not (n and p[0] in "-1" and paragraphs[n - 1][0] in "-1")]
            sections.append(
                Section(id, id.capitalize(), tuple(Block(f"{id}-{n}", text) for n, text in enumerate(blocks, 1)))
            )
        chapters.append(
            Chapter(
                id=name,
                number=f"{rank + 2}.{draw(st.integers(1, 12))}",
                orientation=(Orientation.FOUNDATIONS, Orientation.SERVICES)[rank],
                title=draw(TEXT),
                summary=draw(TEXT),
                target=draw(TEXT),
                trajectory=draw(TEXT),
                certainty=draw(st.sampled_from(Certainty)),
                sections=tuple(sections),
                requirements=tuple(
                    draw(requirements(name, prefix, n)) for n in range(1, 2 + draw(st.integers(0 if rank else 1, 3)))
                ),
                modules=draw(several(st.sampled_from(sorted(KNOWN.modules or ())))),
                guides=draw(several(st.just("docs/guides/insi.md"))),
                sources=draw(several(TEXT)),
                reconstruction=draw(st.booleans()),
            )
        )
    status = draw(st.sampled_from(EditionStatus))
    planned = Dates(planned=draw(DATED))
    return Edition(
        id="2030",
        title=draw(TEXT),
        status=status,
        published=None if status is EditionStatus.DRAFT else PartialDate(date(2030, 6, 1), "month"),
        based_on=draw(st.sampled_from(["", "2026"])),
        orientations={orientation: draw(TEXT) for orientation in Orientation},
        synthesis=Section("synthese", "Synthèse", (Block("synthese-1", "## En bref"), Block("synthese-2", "Peu."))),
        chapters=tuple(chapters),
        milestones=(
            Milestone("jalon-1", draw(TEXT), planned, ("ins",), (Addressee.ETAT,), None, draw(OPTIONAL), draw(OPTIONAL)),
        ),
        diagram=Diagram(
            bands=(Band("haut", draw(TEXT)), Band("bas", draw(TEXT))),
            doors=(FrontDoor("porte", draw(TEXT), draw(OPTIONAL), "haut"),),
            blocks=(DiagramBlock("un", draw(TEXT), "bas", "ins", "porte", ("foundations.ins",), draw(OPTIONAL)),),
            flows=(Flow("un", "porte", draw(OPTIONAL), draw(st.booleans())),),
        ),
        note=draw(OPTIONAL),
        thanks=draw(several(TEXT)),
    )  # fmt: skip


@given(editions())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # an edition is a large example
def test_what_is_written_reads_the_same(edition: Edition) -> None:
    assert load(write(edition), known=KNOWN) == edition


@pytest.mark.parametrize("id", shipped.editions())
def test_a_shipped_edition_survives_being_written_back(id: str) -> None:
    edition = load(shipped.read(id))
    assert load(write(edition)) == edition


def test_writing_is_stable_so_that_two_versions_of_a_file_can_be_compared() -> None:
    once = write(small())
    assert write(load(once, known=KNOWN)) == once


def test_every_kind_of_publisher_together_is_written_in_one_word() -> None:
    assert "addressees: [editeurs]" in write(small())["requirements/ins.yaml"]


def test_a_draft_is_written_without_a_date() -> None:
    draft = replace(small(), status=EditionStatus.DRAFT, published=None)
    assert "published" not in write(draft)["edition.yaml"]
