"""Specifications of interoperability and the steps of their life."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a specification is in its life. Source: doctrine du CI-SIS, cycle de vie; UNKNOWN is ours."""

    DRAFT = "draft"
    PUBLIC_COMMENT = "public-comment"
    TRIAL_IMPLEMENTATION = "trial-implementation"
    FINAL_TEXT = "final-text"
    DEPRECATED = "deprecated"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """How a step is known: READ in the publication or its publisher's list, REPORTED by another text, RECORDED here."""

    READ = "read"
    REPORTED = "reported"
    RECORDED = "recorded"


class Layer(StrEnum):
    """The layers of the CI-SIS, and what governs them."""

    BUSINESS = "business"
    SERVICE = "service"
    TRANSPORT = "transport"
    GOVERNANCE = "governance"


_DAY: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is known: a year, a month, a day; "" when it is not."""

    text: str = ""

    def __post_init__(self) -> None:
        """Raises: ValueError when it is no date."""
        if self.text:
            if not _DAY.fullmatch(self.text):
                raise ValueError(f"not a date: {self.text}")
            date.fromisoformat((self.text + "-01-01")[:10])

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def whole(self) -> date | None:
        """The day, when it is known to the day."""
        return date.fromisoformat(self.text) if len(self.text) == 10 else None

    def before(self, other: "Day") -> bool:
        """Whether it is surely before another; of an unknown date nothing is sure."""
        size = min(len(self.text), len(other.text))
        return bool(size) and self.text[:size] < other.text[:size]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a specification's life: a version published, or prepared, in a state.

    label       the publisher's own word for the state, "" when it is the doctrine's
    conditions  what the editor attested, of a step recorded here
    who, at     who recorded it here and when; "" and None for those that ship
    """

    version: str
    state: State
    on: Day
    certainty: Certainty
    source: str
    label: str = ""
    note: str = ""
    conditions: tuple[str, ...] = ()
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Specification:
    """A specification and its history, in the order of time.

    canonical, package  its FHIR names, "" when it has none
    chapters, modules   of the doctrine, and of the house: those that it concerns
    """

    id: str
    title: str
    summary: str
    layer: Layer
    standard: str
    publisher: str
    canonical: str
    package: str
    chapters: tuple[str, ...]
    modules: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def current(self) -> Step:
        """The step that tells its state: the last publication; the last draft while nothing is published."""
        published = [one for one in self.steps if one.state is not State.DRAFT]
        return published[-1] if published else self.steps[-1]

    @property
    def preparing(self) -> Step | None:
        """The draft of a next version, when something is published and a draft came after."""
        last = self.steps[-1]
        return last if last.state is State.DRAFT and last is not self.current else None


@dataclass(frozen=True, slots=True)
class Move:
    """What an editor asks to record: a step, with the conditions that are met."""

    version: str
    state: State
    on: Day
    source: str
    note: str = ""
    conditions: frozenset[str] = frozenset()
