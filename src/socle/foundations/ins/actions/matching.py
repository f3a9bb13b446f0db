"""Is this person here already? What one asks before creating an identity (recherche d'antériorité)."""

from dataclasses import dataclass
from typing import Literal

from socle.foundations.ins import rules
from socle.foundations.ins.actions.desk import Desk
from socle.foundations.ins.model import TraitsStricts
from socle.foundations.ins.permissions import READ
from socle.foundations.ins.rules import Ecart, Gravite
from socle.foundations.ins.store import Dossier
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor

Grade = Literal["certain", "probable", "possible"]  # FHIR R4 codesystem-match-grade
_SCORES: dict[Grade, float] = {"certain": 1.0, "probable": 0.8, "possible": 0.5}
_LOOKED_AT = 50  # identities with the same name and birth date, or names: more would be no search any longer


@dataclass(frozen=True, slots=True)
class Candidate:
    """An identity that may be the same person: how surely, and what differs (theirs as `locale`, what was sought as
    `insi`).

    certain   the five traits are the same
    probable  they differ by spelling, or one side knows more
    possible  one trait disagrees
    """

    dossier: Dossier
    grade: Grade
    ecarts: tuple[Ecart, ...]

    @property
    def score(self) -> float:
        """From 0 to 1, as FHIR wants it."""
        return _SCORES[self.grade]


async def candidates(desk: Desk, traits: TraitsStricts, *, count: int = 10, by: Actor, trace: Trace) -> list[Candidate]:
    """Identities that may be this person, the surest first. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with desk.guarded(READ, "", by=by, trace=trace) as trace:
        name, day = traits.nom_naissance, traits.date_naissance.completed().isoformat()
        seen: dict[str, Dossier] = {}
        for words in (f"{name} {day}", f"{name} {traits.premier_prenom}", f"{traits.premier_prenom} {day}"):
            for dossier in await desk.identities.find(words, count=_LOOKED_AT):
                seen.setdefault(dossier.id, dossier)
        found = [candidate for each in seen.values() if (candidate := _candidate(each, traits))]
        found.sort(key=lambda candidate: (-candidate.score, candidate.dossier.updated))
        found = found[:count]
        await desk.seen([candidate.dossier for candidate in found], trace, query="match")
        return found


def _candidate(dossier: Dossier, traits: TraitsStricts) -> Candidate | None:
    ecarts = rules.compare(dossier.identite.traits, traits)
    wrong = {ecart.trait for ecart in ecarts if ecart.gravite is Gravite.DISCORDANCE}
    if not ecarts:
        return Candidate(dossier, "certain", ecarts)
    if not wrong or wrong == {"prénoms"}:  # a shorter list than theirs is no disagreement here
        return Candidate(dossier, "probable", ecarts)
    return Candidate(dossier, "possible", ecarts) if len(wrong) == 1 else None
