"""Ask INSi: look, retrieve, verify, detach."""

from dataclasses import dataclass

from socle.foundations.ins import rules
from socle.foundations.ins.actions.desk import Desk, because
from socle.foundations.ins.model import CodeRetour, Individu, Recuperation, ReponseINSi, TraitsStricts
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.rules import Ecart
from socle.foundations.ins.store import Dossier
from socle.kernel.audit import Trace
from socle.kernel.outcome import Decision, Kind, Problem
from socle.kernel.policy import Actor


@dataclass(frozen=True, slots=True)
class Proposition:
    """What INSi answered for an identity, compared with it, and whether it may be accepted.

    individu  who INSi found, when the code is 00
    ecarts    what differs, trait by trait, with both values: for the agent's eyes
    decision  whether the INS may be attached
    """

    code: CodeRetour
    individu: Individu | None = None
    ecarts: tuple[Ecart, ...] = ()
    decision: Decision | None = None


async def look_up(desk: Desk, id: str, *, by: Actor, trace: Trace) -> tuple[Dossier, Proposition]:
    """What INSi would answer, without attaching anything.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | GONE); Problem(RULE_VIOLATED) for a doubtful or
    fictitious identity (RNIV EXI SI 09); Problem(UNAVAILABLE) when INSi does not answer.
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        dossier = await desk.identities.read(id)
        trace = because(trace, rules.may_call_insi(dossier.identite, now=trace.at))
        proposition = await _ask(desk, dossier, by=by, trace=trace)
        await desk.seen([dossier], trace, query=f"INSi {proposition.code.value}")
        return dossier, proposition


async def retrieve(
    desk: Desk, id: str, *, version: int | None = None, by: Actor, trace: Trace
) -> tuple[Dossier, Proposition]:
    """Retrieve the INS: INSi's traits replace ours, the INS is attached: PROV becomes RECUP, VALI becomes QUAL.

    When INSi knows nobody, or several people, nothing changes and the proposition says so.
    Raises: as `look_up`; Problem(RULE_VIOLATED) when a trait disagrees (RNIV 4.3) or another identity of the register
    already carries this INS; Problem(CONFLICT) when somebody wrote in between.
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        trace = because(trace, rules.may_call_insi(before.identite, now=trace.at))
        proposition = await _ask(desk, before, by=by, trace=trace)
        individu = proposition.individu
        if individu is None:
            await desk.seen([before], trace, query=f"INSi {proposition.code.value}")
            return before, proposition
        assert proposition.decision is not None
        trace = because(trace, proposition.decision)
        recuperation = Recuperation(individu.ins, trace.at, individu.historique)
        traits = rules.adopt(before.identite.traits, individu.traits)
        after = rules.after_retrieval(before.identite, recuperation, traits)
        saved = await desk.identities.save(before, after, trace, unless_carried=True)
        return saved, proposition


async def _ask(desk: Desk, dossier: Dossier, *, by: Actor, trace: Trace) -> Proposition:
    """Ask INSi with more and more traits until it knows one person, or none."""
    traits = dossier.identite.traits
    answer = ReponseINSi(CodeRetour.AUCUNE)
    seen_several = False
    for demande in rules.demandes(traits):
        answer = await desk.teleservice.rechercher(demande, by=by, trace=trace)
        if answer.code is CodeRetour.UNE:
            break
        if answer.code is CodeRetour.PLUSIEURS:
            seen_several = True
        elif not _another_spelling(traits, demande.prenoms):
            break
    if answer.individu is None:
        return Proposition(CodeRetour.PLUSIEURS if seen_several else CodeRetour.AUCUNE)
    ecarts = rules.compare(traits, answer.individu.traits)
    return Proposition(answer.code, answer.individu, ecarts, rules.may_attach(ecarts))


def _another_spelling(traits: TraitsStricts, asked: tuple[str, ...]) -> bool:
    """Whether “nobody” may only mean that INSi writes the compound first name otherwise: then the next question is
    asked.
    """
    return traits.prenom_compose and asked == (traits.premier_prenom,)


async def verify(desk: Desk, id: str, *, version: int | None = None, by: Actor, trace: Trace) -> tuple[Dossier, bool]:
    """Ask INSi whether the INS still holds: the new state, and the answer. When it does not, the INS is detached.

    Source: RNIV 4.3 (vérification de l'INS), EXI SI 09. Raises: as `look_up`; Problem(RULE_VIOLATED) when there is no
    INS.
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        identite = before.identite
        trace = because(trace, rules.may_verify(identite))
        trace = because(trace, rules.may_call_insi(identite, now=trace.at))
        assert identite.recuperation is not None
        holds = await desk.teleservice.verifier(identite.recuperation.ins, identite.traits, by=by, trace=trace)
        after = rules.after_verification(identite, trace.at) if holds else rules.after_detachment(identite)
        return await desk.identities.save(before, after, trace, because="vérification INSi KO"), holds


async def detach(desk: Desk, id: str, reason: str, *, version: int | None = None, by: Actor, trace: Trace) -> Dossier:
    """Detach the INS because something disagrees; `reason` is kept. QUAL becomes VALI, RECUP becomes PROV.

    Raises: Problem(INVALID) without a reason; Problem(RULE_VIOLATED) when there is no INS (RNIV EXI SI 07).
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        if not reason.strip():
            raise Problem.of(
                Kind.INVALID,
                "Dites pourquoi l'INS est détachée : la raison est conservée.",
                "Say why the INS is detached: the reason is kept.",
                expression="reason",
                rule="RNIV traçabilité",
            )
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        after = rules.after_detachment(before.identite)
        return await desk.identities.save(before, after, trace, because=reason.strip()[:500])
