"""Our traits beside INSi's: what differs, how much it matters, and why."""

from dataclasses import dataclass, replace
from enum import StrEnum

from socle.foundations.ins.model import LIEU_INCONNU, Sexe, TraitsStricts
from socle.foundations.ins.model.traits import words
from socle.kernel.outcome import Allowed, Decision, Refused, Text


class Gravite(StrEnum):
    """How much a difference matters."""

    COMPLEMENT = "complement"  # INSi knows more than we do
    ECRITURE = "ecriture"  # the same thing, written otherwise
    DISCORDANCE = "discordance"  # perhaps someone else: the INS may not be attached


@dataclass(frozen=True, slots=True)
class Ecart:
    """One trait that differs. For the eyes of the agent only: the values never go into an error."""

    trait: str
    locale: str
    insi: str
    gravite: Gravite
    text: Text


_PARIS_LYON_MARSEILLE = {"75056": "751", "69123": "6938", "13055": "132"}


def compare(locale: TraitsStricts, insi: TraitsStricts) -> tuple[Ecart, ...]:
    """What differs, trait by trait; nothing when the five traits are the same.

    Source: RNIV 4.3 (contrôle de cohérence between local traits and INSi's); Guide INS v3.0, EXI ID 10 (hyphens and
    apostrophes count as spaces), EXI ID 11 (incomplete dates).
    """
    found = (
        _nom(locale, insi),
        _prenoms(locale, insi),
        _premier_prenom(locale, insi),
        _sexe(locale, insi),
        _date(locale, insi),
        _lieu(locale, insi),
    )
    return tuple(ecart for ecart in found if ecart)


def may_attach(ecarts: tuple[Ecart, ...]) -> Decision:
    """Whether INSi's INS may be attached to the local identity: no discordance. Source: RNIV 4.3; EXI PP (cohérence).

    The refusal names the traits, never the values: what INSi said of someone else must not leak.
    """
    wrong = [ecart.trait for ecart in ecarts if ecart.gravite is Gravite.DISCORDANCE]
    if not wrong:
        return Allowed("traits INSi cohérents avec l'identité locale")
    traits = ", ".join(wrong)
    return Refused(
        Text(
            f"Les traits d'INSi diffèrent de l'identité locale ({traits}) : l'INS n'est pas rattachée. Vérifiez la "
            f"pièce d'identité, corrigez le trait local s'il est faux, puis recommencez ; sinon signalez la "
            f"discordance.",
            f"INSi's traits differ from the local identity ({traits}): the INS is not attached. Check the identity "
            f"document, correct the local trait if it is wrong, then start again; otherwise report the discordance.",
        ),
        "RNIV 4.3",
    )


def adopt(locale: TraitsStricts, insi: TraitsStricts) -> TraitsStricts:
    """INSi's traits, with our stored decision on a compound first given name when their list still allows it.

    Source: Guide INS v3.0, EXI REC 07 (kept as INSi gives them), EXI ID 10.
    """
    if not locale.prenom_compose or locale.premier_prenom == insi.premier_prenom:
        return insi
    listed = [word for prenom in insi.prenoms for word in words(prenom)]
    first = words(locale.premier_prenom)
    if listed[: len(first)] != first:
        return insi
    return replace(insi, premier_prenom=locale.premier_prenom, prenom_compose=True)


def _nom(locale: TraitsStricts, insi: TraitsStricts) -> Ecart | None:
    a, b = locale.nom_naissance, insi.nom_naissance
    if a == b:
        return None
    if words(a) == words(b):
        return Ecart(
            "nom de naissance", a, b, Gravite.ECRITURE, Text("Tirets ou apostrophes.", "Hyphens or apostrophes.")
        )
    return Ecart(
        "nom de naissance",
        a,
        b,
        Gravite.DISCORDANCE,
        Text("Autre nom : nom d'usage saisi à la place ?", "Another name: was the name in use recorded instead?"),
    )


def _prenoms(locale: TraitsStricts, insi: TraitsStricts) -> Ecart | None:
    if locale.prenoms == insi.prenoms:
        return None
    a = [word for prenom in locale.prenoms for word in words(prenom)]
    b = [word for prenom in insi.prenoms for word in words(prenom)]
    gravite, text = Gravite.DISCORDANCE, Text("Autre liste de prénoms.", "Another list of given names.")
    if a == b:
        gravite, text = Gravite.ECRITURE, Text("Tirets ou apostrophes.", "Hyphens or apostrophes.")
    elif b[: len(a)] == a:
        gravite, text = Gravite.COMPLEMENT, Text("INSi connaît d'autres prénoms.", "INSi knows more given names.")
    return Ecart("prénoms", locale.liste_prenoms, insi.liste_prenoms, gravite, text)


def _premier_prenom(locale: TraitsStricts, insi: TraitsStricts) -> Ecart | None:
    a, b = words(locale.premier_prenom), words(insi.premier_prenom)
    if locale.premier_prenom == insi.premier_prenom:
        return None
    listed = [word for prenom in insi.prenoms for word in words(prenom)]
    if listed[: len(a)] == a:
        text = Text(
            "Prénom composé : la décision locale est gardée, la liste la permet."
            if locale.prenom_compose
            else "Prénom composé selon INSi.",
            "Compound name: the local decision is kept, the list allows it."
            if locale.prenom_compose
            else "Compound name according to INSi.",
        )
        return Ecart("premier prénom", locale.premier_prenom, insi.premier_prenom, Gravite.ECRITURE, text)
    text = Text("Autre premier prénom.", "Another first given name.")
    return Ecart(
        "premier prénom",
        locale.premier_prenom,
        insi.premier_prenom,
        Gravite.DISCORDANCE if a != b else Gravite.ECRITURE,
        text,
    )


def _sexe(locale: TraitsStricts, insi: TraitsStricts) -> Ecart | None:
    if locale.sexe is insi.sexe:
        return None
    if locale.sexe is Sexe.I:
        return Ecart("sexe", "I", insi.sexe, Gravite.COMPLEMENT, Text("Sexe connu d'INSi.", "Sex known to INSi."))
    return Ecart("sexe", locale.sexe, insi.sexe, Gravite.DISCORDANCE, Text("Sexe différent.", "Another sex."))


def _date(locale: TraitsStricts, insi: TraitsStricts) -> Ecart | None:
    a, b = locale.date_naissance, insi.date_naissance
    if a == b:
        return None
    gravite, text = Gravite.DISCORDANCE, Text("Autre date de naissance.", "Another birth date.")
    if a.completed() == b.completed():
        gravite = Gravite.ECRITURE
        text = Text("Même date une fois complétée (RNIV EXI PP 19).", "The same date once completed (RNIV EXI PP 19).")
    elif a.year == b.year and a.month in (0, b.month) and a.day in (0, b.day):
        gravite = Gravite.COMPLEMENT
        text = Text("INSi connaît la date complète.", "INSi knows the complete date.")
    return Ecart("date de naissance", str(a), str(b), gravite, text)


def _lieu(locale: TraitsStricts, insi: TraitsStricts) -> Ecart | None:
    a, b = locale.lieu_naissance, insi.lieu_naissance
    if a == b:
        return None
    gravite, text = Gravite.DISCORDANCE, Text("Autre lieu de naissance.", "Another birthplace.")
    if a == LIEU_INCONNU:
        gravite, text = Gravite.COMPLEMENT, Text("Lieu connu d'INSi.", "Birthplace known to INSi.")
    elif b.startswith(_PARIS_LYON_MARSEILLE.get(a, "-")) or a.startswith(_PARIS_LYON_MARSEILLE.get(b, "-")):
        gravite = Gravite.ECRITURE
        text = Text("Arrondissement de la même commune.", "District of the same commune.")
    elif a[2:] == b[2:] and {a[:2], b[:2]} in ({"20", "2A"}, {"20", "2B"}):
        gravite = Gravite.ECRITURE
        text = Text("Code de la Corse d'avant 1976 et code actuel.", "Code of Corsica before 1976 and code of today.")
    return Ecart("lieu de naissance", a, b, gravite, text)
