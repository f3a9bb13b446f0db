"""The life cycle of specifications, as a table of transitions.

Source: doctrine et gouvernance du CI-SIS (ANS), page "cycle de vie": the four states of a publication, deprecated, withdrawn;
what final-text asks; that major changes bring a specification back to public comment or to trial; that each publication has
a version of its own while its state may stay. What is ours is said where it is: see OURS.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from socle.foundations.interoperability.model import Move, Specification, State, Step
from socle.kernel.outcome import Issue, Text

RULE: Final = "CI-SIS, cycle de vie"
OURS: Final = "SOCLE-SPECIFICATION"


class Condition(StrEnum):
    """What must be met. The first is seen in the history; the editor attests the others."""

    TRIED = "tried"  # published at least once in trial-implementation
    IN_USE = "in-use"  # used nationally, or tested in projectathons with minor feedback
    QUALITY = "quality"  # quality and maturity criteria are respected
    CONSENT = "consent"  # the author consents
    MAJOR = "major"  # a major change calls for it
    EXPLAINED = "explained"  # a note explains why
    REPLACED = "replaced"  # another specification replaces it
    AGED = "aged"  # it was deprecated for a while


ATTESTED: Final = tuple(one for one in Condition if one not in (Condition.TRIED, Condition.EXPLAINED))


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table. before None: a specification begins. same: the state stays, the version changes."""

    before: State | None
    after: State
    conditions: tuple[Condition, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the state stays."""
        return self.before is self.after


_D, _P, _T, _F = State.DRAFT, State.PUBLIC_COMMENT, State.TRIAL_IMPLEMENTATION, State.FINAL_TEXT
_FINAL: Final = (Condition.TRIED, Condition.IN_USE, Condition.QUALITY, Condition.CONSENT)

TABLE: Final[tuple[Transition, ...]] = (
    Transition(None, _D),
    Transition(_D, _D),
    Transition(_D, _P),
    Transition(_P, _P),
    Transition(_P, _T, (Condition.CONSENT,)),
    Transition(_P, _F, _FINAL),
    Transition(_T, _T),
    Transition(_T, _F, _FINAL),
    Transition(_T, _P, (Condition.MAJOR,)),
    Transition(_F, _F),
    Transition(_F, _P, (Condition.MAJOR,)),
    Transition(_F, _T, (Condition.MAJOR, Condition.EXPLAINED)),
    Transition(_T, State.DEPRECATED, (Condition.REPLACED,)),
    Transition(_F, State.DEPRECATED, (Condition.REPLACED,)),
    Transition(State.DEPRECATED, State.WITHDRAWN, (Condition.AGED,)),
)
_PREPARED_BESIDE: Final = frozenset({_P, _T, _F})  # while a version is published, the next is a draft
_KEEP_VERSION: Final = frozenset({State.DEPRECATED, State.WITHDRAWN})


def transition(before: State | None, after: State) -> Transition | None:
    """The line of the table, None when it has none. From an unknown state any known one may be stated: that is no move."""
    if before is State.UNKNOWN and after is not State.UNKNOWN:
        return Transition(before, after)
    if after is _D and before in _PREPARED_BESIDE:
        return Transition(before, after)
    return next((one for one in TABLE if (one.before, one.after) == (before, after)), None)


def possible(before: State | None) -> list[Transition]:
    """The moves that the table allows from a state, in the order of the states."""
    found = (transition(before, after) for after in State)
    return [one for one in found if one is not None]


def faults(specification: Specification, move: Move, today: date) -> list[Issue]:
    """Why a move may not be recorded, each beside its field; [] when it may."""
    current = specification.current
    line = transition(current.state, move.state)
    if line is None:
        return [_no_line(current.state, move.state)]
    found = [*_of_version(specification, move), *_of_date(specification, move, today)]
    if not move.source:
        found.append(
            _issue(
                "source",
                "Dites où cela se lit : une adresse, un document.",
                "Say where it is read: an address, a document.",
            )
        )
    if Condition.EXPLAINED in line.conditions and not move.note:
        found.append(
            _issue(
                "note",
                "Une note doit expliquer ce retour au statut « pour implémentation ».",
                "A note must explain this return to trial implementation.",
                RULE,
            )
        )
    lacking = [one for one in line.conditions if not _met(one, specification, move)]
    if lacking:
        found.append(_lacking(lacking))
    return found


def _met(condition: Condition, specification: Specification, move: Move) -> bool:
    if condition is Condition.TRIED:
        return any(one.state is State.TRIAL_IMPLEMENTATION for one in specification.steps)
    return condition is Condition.EXPLAINED or condition in move.conditions


def _of_version(specification: Specification, move: Move) -> Iterable[Issue]:
    current = specification.current
    published = {one.version for one in specification.steps if one.state is not State.DRAFT}
    if not move.version:
        yield _issue("version", "Donnez la version.", "Give the version.")
    elif move.state in _KEEP_VERSION:
        if move.version not in published:
            yield _issue(
                "version",
                f"La version {move.version} n'a jamais été publiée ; la version connue est {current.version}.",
                f"Version {move.version} was never published; the known version is {current.version}.",
            )
    elif move.version in published and not (current.state is State.UNKNOWN and move.version == current.version):
        yield _issue(
            "version",
            f"La version {move.version} a déjà été publiée : chaque publication a un numéro nouveau.",
            f"Version {move.version} was published already: each publication has a new number.",
            RULE,
        )


def _of_date(specification: Specification, move: Move, today: date) -> Iterable[Issue]:
    if not move.on:
        yield _issue(
            "on", "Donnez la date : un jour, un mois ou une année.", "Give the date: a day, a month or a year."
        )
    elif move.on.text > today.isoformat()[: len(move.on.text)]:
        yield _issue("on", "Cette date n'est pas encore passée.", "This date is still to come.")
    elif move.on.before(specification.current.on):
        yield _issue(
            "on",
            f"Cette date vient avant celle de la version {specification.current.version} ({specification.current.on.text}).",
            f"This date comes before that of version {specification.current.version} ({specification.current.on.text}).",
        )


def _no_line(before: State, after: State) -> Issue:
    allowed = ", ".join(one.after for one in possible(before)) or "—"
    return _issue(
        "state",
        f"De « {before} » on ne passe pas à « {after} ». Possibles : {allowed}.",
        f"From “{before}” there is no way to “{after}”. Possible: {allowed}.",
        RULE,
    )


def _lacking(conditions: Sequence[Condition]) -> Issue:
    told = {
        Condition.TRIED: (
            "avoir été publiée au moins une fois pour implémentation",
            "having been published once for trial",
        ),
        Condition.IN_USE: (
            "être mise en œuvre au niveau national, ou testée en projectathon avec des retours mineurs",
            "being used nationally, or tested in projectathons with minor feedback",
        ),
        Condition.QUALITY: (
            "respecter les critères de qualité et de maturité",
            "respecting the quality and maturity criteria",
        ),
        Condition.CONSENT: ("avoir l'aval de l'auteur", "having the author's consent"),
        Condition.MAJOR: ("une évolution majeure", "a major change"),
        Condition.REPLACED: ("être remplacée par une autre spécification", "being replaced by another specification"),
        Condition.AGED: ("avoir été dépréciée depuis un moment", "having been deprecated for a while"),
    }
    fr = " ; ".join(told[one][0] for one in conditions)
    en = "; ".join(told[one][1] for one in conditions)
    return _issue("conditions", f"Il manque : {fr}.", f"This is lacking: {en}.", RULE)


def _issue(field: str, fr: str, en: str, rule: str = OURS) -> Issue:
    return Issue(Text(fr, en), (field,), rule)


def told(specification: Specification, recorded: Sequence[Step]) -> Specification:
    """A specification with the steps recorded here: each before the first shipped step that surely comes after it."""
    steps = list(specification.steps)
    for one in recorded:
        place = next((n for n, other in enumerate(steps) if other.at is None and one.on.before(other.on)), len(steps))
        steps.insert(place, one)
    return Specification(
        specification.id,
        specification.title,
        specification.summary,
        specification.layer,
        specification.standard,
        specification.publisher,
        specification.canonical,
        specification.package,
        specification.chapters,
        specification.modules,
        tuple(steps),
    )
