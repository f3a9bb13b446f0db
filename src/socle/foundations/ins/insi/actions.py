"""What one can ask of the teleservice: permit → facts → rule → trace. The answer leaves after its trace is durable."""

from hashlib import blake2b

from socle.foundations.ins.insi import rules
from socle.foundations.ins.insi.model import Carte, Reponse
from socle.foundations.ins.insi.permissions import SEARCH
from socle.foundations.ins.insi.store import SCHEMA, Base
from socle.foundations.ins.model import DemandeINSi
from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.outcome import Kind, Refused
from socle.kernel.policy import Actor, Permission, decide
from socle.kernel.store.database import Database


class INSi:
    """The national teleservice of this house.

    secret  of the house: seals the traits that were sought, see `_seal`
    """

    def __init__(self, database: Database, secret: bytes) -> None:
        self.database = database
        self.base = Base(database)
        self._secret = blake2b(secret, person=b"insi seal").digest()

    async def rechercher(self, demande: DemandeINSi, *, by: Actor, trace: Trace, detail: str = "") -> Reponse:
        """rechercherInsAvecTraitsIdentite. `detail` goes to the trace (who the caller says they are).

        Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
        """
        trace = await self.permit(SEARCH, by=by, trace=trace)
        key = rules.traits_key(demande.nom_naissance, demande.sexe, str(demande.date_naissance))
        candidates = await self.base.by_traits(key)
        found = rules.reponse(fiche for fiche in candidates if rules.matches(fiche, demande))
        traits = (key, *demande.prenoms, demande.lieu_naissance or "")
        return await self._answer(found, trace, self._seal("traits", *map(str, traits)), detail)

    async def rechercher_carte(self, carte: Carte, *, by: Actor, trace: Trace, detail: str = "") -> Reponse:
        """rechercherInsAvecCarteVitale: the beneficiary's own number if the card holds it, else the insured person's.

        Raises: as `rechercher`.
        """
        trace = await self.permit(SEARCH, by=by, trace=trace)
        numero = carte.matricule_individu or carte.matricule_od
        candidates = await self.base.by_matricule(numero)
        found = rules.reponse(fiche for fiche in candidates if rules.matches_card(fiche, carte))
        return await self._answer(found, trace, self._seal("carte", numero), detail)

    async def verifier(self, matricule: str, oid: str, demande: DemandeINSi, *, by: Actor, trace: Trace) -> bool:
        """Unit verification: whether somebody carries this identifier today and these traits are theirs.

        Homonyms do not matter here (a search would answer 02). Raises: as `rechercher`.
        """
        trace = await self.permit(SEARCH, by=by, trace=trace)
        carriers = [
            f for f in await self.base.by_matricule(matricule) if (f.actif.matricule, f.actif.oid) == (matricule, oid)
        ]
        confirmed = any(rules.matches(fiche, demande) for fiche in carriers)
        concerns = tuple(f"individu/{fiche.ref}" for fiche in carriers)
        event = Event(
            trace,
            Action.EXECUTE,
            entities=concerns,
            concerns=concerns,
            query=self._seal("verification", matricule, oid),
            detail=f"verification={'OK' if confirmed else 'KO'}",
        )
        await self.database.record(SCHEMA, event)
        return confirmed

    async def permit(self, permission: Permission, *, by: Actor, trace: Trace) -> Trace:
        """The trace with its ground, if `by` may use `permission`. A refusal of someone known is recorded.

        Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
        """
        decision = decide(by, permission)
        if isinstance(decision, Refused):
            if not by.is_authenticated:
                decision.or_raise(Kind.UNAUTHENTICATED)
            event = Event(trace, Action.EXECUTE, Outcome.REFUSED, detail=f"DESIR_560 {permission.name}")
            await self.database.record(SCHEMA, event)
        allowed = decision.or_raise(Kind.FORBIDDEN)
        return trace if trace.ground else _grounded(trace, allowed.reason)

    async def _answer(self, found: Reponse, trace: Trace, query: str, detail: str) -> Reponse:
        if found.fiche is not None:
            found = Reponse(found.code, await self.base.with_history(found.fiche), found.candidats)
        concerns = (f"individu/{found.fiche.ref}",) if found.fiche else ()
        event = Event(
            trace,
            Action.EXECUTE,
            entities=concerns,
            concerns=concerns,
            query=query,
            detail=f"CR={found.code.value} candidats={found.candidats} {detail}".rstrip(),
        )
        await self.database.record(SCHEMA, event)
        return found

    def _seal(self, kind: str, *values: str) -> str:
        """What was sought, sealed with the secret of the house.

        A trace must not become a second copy of the base, and a plain hash of a name and a date is guessed in minutes.
        Whoever holds the secret can still prove that given traits were (or were not) searched for.
        """
        digest = blake2b("\x1f".join((kind, *values)).encode(), key=self._secret, digest_size=12)
        return f"{kind}={digest.hexdigest()}"


def _grounded(t: Trace, ground: str) -> Trace:
    """`dataclasses.replace`, six times faster: this is on the way of every search."""
    return Trace(
        t.who, t.name, t.role, t.structure, t.means, ground, t.at, t.register, t.interaction, t.request, t.source
    )
