"""What an edition of the doctrine is made of. Frozen values; the order of every tuple is the order of the text."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property


class Orientation(StrEnum):
    """The four parts of an edition, named as the rooms of the house."""

    FOUNDATIONS = "foundations"
    SERVICES = "services"
    PLATFORMS = "platforms"
    SUPPORT = "support"


class EditionStatus(StrEnum):
    """PAST editions stay readable; CURRENT is the one in force; DRAFT is being written."""

    PAST = "past"
    CURRENT = "current"
    DRAFT = "draft"


class Addressee(StrEnum):
    """Who must do it. Publishers are told apart by the kind of software that they publish."""

    EDITEUR_DPI = "editeur-dpi"  # hospital record
    EDITEUR_LGC = "editeur-lgc"  # community doctors' practice software
    EDITEUR_LGO = "editeur-lgo"  # pharmacy
    EDITEUR_SGL = "editeur-sgl"  # medical biology laboratory
    EDITEUR_RIS = "editeur-ris"  # radiology
    EDITEUR_DUI = "editeur-dui"  # social and medico-social record
    EDITEUR_COORDINATION = "editeur-coordination"  # care coordination (e-Parcours)
    EDITEUR_AGENDA = "editeur-agenda"  # appointment booking
    EDITEUR_TELESANTE = "editeur-telesante"  # teleconsultation, remote monitoring
    EDITEUR_USAGER = "editeur-usager"  # applications and portals for citizens
    OPERATEUR_MSSANTE = "operateur-mssante"
    HEBERGEUR = "hebergeur"  # hosting of health data
    ETABLISSEMENT = "etablissement"  # hospital, public or private
    MEDICO_SOCIAL = "medico-social"  # social and medico-social structure
    PROFESSIONNEL_LIBERAL = "professionnel-liberal"  # community professional and their practice
    REGION = "region"  # ARS and GRADeS
    OPERATEUR_NATIONAL = "operateur-national"  # ANS, CNAM, GIE SESAM-Vitale, data platform
    ETAT = "etat"

    @property
    def is_publisher(self) -> bool:
        """Whether the addressee publishes software."""
        return self.value.startswith("editeur-")


class Users(StrEnum):
    """Whom a piece of software serves."""

    ETABLISSEMENT = "professionnels-etablissement"
    LIBERAUX = "professionnels-liberaux"
    MEDICO_SOCIAL = "professionnels-medico-social"
    USAGERS = "usagers"


class Force(StrEnum):
    """How strongly a requirement binds."""

    MUST = "must"
    SHOULD = "should"


class Certainty(StrEnum):
    """A read in the doctrine's own text; B read in law, official pages, the press or a later edition; C inferred."""

    A = "A"
    B = "B"
    C = "C"


class Verification(StrEnum):
    """How the conformity of a requirement is established."""

    SCENARIO = "scenario"  # played by the grader
    DOCUMENT = "document"  # a document is produced
    DECLARATION = "declaration"  # the addressee declares it


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the year, the month or the day: "2027", "2027-03", "2027-03-26"."""

    first: date
    precision: str  # "year" | "month" | "day"

    def __str__(self) -> str:
        return self.first.isoformat()[: {"year": 4, "month": 7, "day": 10}[self.precision]]

    @property
    def last(self) -> date:
        """The last day that it may mean: 2027-12-31 for "2027"."""
        if self.precision == "year":
            return date(self.first.year, 12, 31)
        if self.precision == "month":
            return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])
        return self.first

    @property
    def middle(self) -> date:
        """The day in the middle of those that it may mean."""
        return self.first + (self.last - self.first) / 2


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and who says so."""

    on: PartialDate
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Dates:
    """What was planned first, each revision in order, what really happened. Dates slip: all are kept."""

    planned: Dated | None = None
    revised: tuple[Dated, ...] = ()
    actual: Dated | None = None

    @property
    def due(self) -> Dated | None:
        """The date that counts today: the actual one, else the last revision, else the first plan."""
        return self.actual or (self.revised[-1] if self.revised else self.planned)

    @property
    def slip_days(self) -> int | None:
        """Days between the first plan and the date that counts, from the middle of each; 0 when the plan was kept.

        "July 2019" keeps a plan that said "2019". None when there is nothing to compare.
        """
        if self.planned is None or self.due is None or self.due is self.planned:
            return None
        plan, due = self.planned.on, self.due.on
        if plan.first <= due.first and due.last <= plan.last:
            return 0
        return (due.middle - plan.middle).days


@dataclass(frozen=True, slots=True)
class Verified:
    """How a requirement is verified. `reference` names what does it, e.g. "foundations.ins#INS-012" for a scenario."""

    by: Verification
    how: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: a path below the edition, and its line from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that someone must do.

    addressees  who must; users: whom their software serves, empty for all
    regions     INSEE region codes where it applies, empty for the whole country
    legal       the text that founds it, "" when none is known
    verified    how it is verified, None when it is not: then `not_verified` says why
    place       where it is written; not part of its value
    """

    id: str
    chapter: str
    addressees: tuple[Addressee, ...]
    force: Force
    statement: str
    certainty: Certainty
    source: str
    legal: str = ""
    note: str = ""
    users: tuple[Users, ...] = ()
    regions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    dates: Dates = field(default_factory=Dates)
    verified: Verified | None = None
    not_verified: str = ""
    place: Place = field(default=Place("", 0), compare=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a section's Markdown (paragraph, list, table…), with an anchor stable while its section is.

    anchor  "<section>-<n>", n from 1; unique in the chapter
    """

    anchor: str
    markdown: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A second-level heading of a chapter and what it holds. `id` is "contexte", "cible", "trajectoire", "composants"…"""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter.

    id              concept, the same in every edition: "ins"
    number          as printed in that edition, e.g. "4.5"
    target          what must be reached, in a sentence or two (card)
    trajectory      how and by when, in a sentence or two (card)
    modules         modules of Socle that implement it, e.g. "foundations.ins"
    guides          paths of guides in the repository, e.g. "docs/guides/insi.md"
    reconstruction  whether title or number are ours because the original is not known
    """

    id: str
    number: str
    orientation: Orientation
    title: str
    summary: str
    target: str
    trajectory: str
    certainty: Certainty
    sections: tuple[Section, ...]
    requirements: tuple[Requirement, ...]
    modules: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    reconstruction: bool = False
    place: Place = field(default=Place("", 0), compare=False)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A milestone of the macro-planning.

    ends      last day of a window, when it is one
    conflict  what the sources disagree about, "" when they agree
    """

    id: str
    title: str
    dates: Dates
    chapters: tuple[str, ...] = ()
    addressees: tuple[Addressee, ...] = ()
    ends: PartialDate | None = None
    note: str = ""
    conflict: str = ""
    place: Place = field(default=Place("", 0), compare=False)


@dataclass(frozen=True, slots=True)
class DiagramBlock:
    """A box of the target diagram. `chapter` is what it opens, "" when none; `door` is the front door that it stands in."""

    id: str
    title: str
    band: str
    chapter: str = ""
    door: str = ""
    modules: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A horizontal band of the diagram, from top to bottom."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """One of the two fronts of the State's digital platform: professionals, citizens."""

    id: str
    title: str
    motto: str
    band: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes from a block, door or band to another."""

    source: str
    target: str
    label: str
    both_ways: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """The target-architecture diagram."""

    bands: tuple[Band, ...] = ()
    doors: tuple[FrontDoor, ...] = ()
    blocks: tuple[DiagramBlock, ...] = ()
    flows: tuple[Flow, ...] = ()


@dataclass(frozen=True)
class Edition:
    """An edition, whole and checked.

    id         its year: "2026"
    published  the day it was published, None for a draft
    based_on   the edition that it revises, "" for the first
    synthesis  Markdown of the synthesis, in blocks whose anchors are "synthese-<n>"
    """

    id: str
    title: str
    status: EditionStatus
    published: PartialDate | None
    based_on: str
    orientations: Mapping[Orientation, str]
    synthesis: Section
    chapters: tuple[Chapter, ...]
    milestones: tuple[Milestone, ...]
    diagram: Diagram
    note: str = ""
    thanks: tuple[str, ...] = ()

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement, chapter after chapter."""
        return tuple(requirement for chapter in self.chapters for requirement in chapter.requirements)

    @cached_property
    def chapter_by_id(self) -> Mapping[str, Chapter]:
        """Chapters by concept."""
        return {chapter.id: chapter for chapter in self.chapters}

    @cached_property
    def requirement_by_id(self) -> Mapping[str, Requirement]:
        """Requirements by identifier."""
        return {requirement.id: requirement for requirement in self.requirements}
