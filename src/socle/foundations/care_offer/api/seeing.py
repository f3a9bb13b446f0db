"""From the headers and the caller, what may be seen."""

from collections.abc import Mapping

from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.foundations.care_offer.permissions import OWN, PROFILES
from socle.foundations.care_offer.rules import headers as rules
from socle.foundations.care_offer.store.communes import Communes
from socle.foundations.care_offer.store.sight import NEAR_COMMUNE, Seen
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.rest.endpoint import Call, Seeing
from socle.kernel.search.sight import Sight


def seeing(communes: Communes) -> Seeing:
    """The rule of the server: four headers, one of the profiles that the caller was granted."""

    async def look(headers: Mapping[str, str], call: Call) -> Sight:
        said = rules.said(headers)
        allowed(call.actor, said.profil)
        asked = [one for name, values in call.parameters.items() if name.endswith(NEAR_COMMUNE) for one in values]
        if any(communes.position(one.partition("|")[0]) is None for one in asked):
            communes.forget()  # another process may have just loaded it
        await communes.refresh(call.repository.store, call.now)
        return Seen(said.profil, call.actor.id, decide(call.actor, OWN).allowed, communes)

    return look


def allowed(actor: Actor, profil: ProfilAcces) -> None:
    """Refuse a profile that the caller was not granted. Raises: Problem(FORBIDDEN)."""
    if profil is ProfilAcces.LIBRE:
        return
    decision = decide(actor, PROFILES[profil])
    if not decision.allowed:
        raise Problem(
            Kind.FORBIDDEN,
            Issue(
                Text(
                    f"Le profil d'accès {profil.value} ne vous a pas été accordé : employez le code de profil qui vous a été "
                    "remis (CU23 pour le libre accès), ou demandez ce profil à l'exploitant.",
                    f"Access profile {profil.value} was not granted to you: use the profile code that you were given "
                    "(CU23 for free access), or ask the operator for this profile.",
                ),
                (f"http.{rules.PROFILE_CODE}",),
                rules.RULE,
            ),
        )
