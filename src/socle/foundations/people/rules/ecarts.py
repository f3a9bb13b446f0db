"""Is this difference too large to be believed? Source: the loader of Pro Santé Connect refuses beyond 5 % and 20 %."""

from typing import Final

from socle.foundations.people.model.lots import Ecarts
from socle.kernel.outcome import Allowed, Decision, Refused, Text

RULE: Final = "SOCLE-ANNUAIRE-DIFFERENCE"
MOST_CLOSED: Final = 0.05  # of the persons known
MOST_CHANGED: Final = 0.20
MOST_REJECTED: Final = 0.02  # of the lines read
PROFESSIONALS: Final = Text("professionnels", "professionals")
FEW: Final = 100  # persons known below which nothing can be told


def may_apply(ecarts: Ecarts, *, read: int, rejected: int, what: Text = PROFESSIONALS, agrees: str = "") -> Decision:
    """Whether a load of these differences is believable; `what` they are counted in, `agrees` the ending of the French words."""
    closed = f"clos{agrees}s" if agrees else "clos"
    if rejected > 10 and rejected > MOST_REJECTED * read:
        return _refused(
            f"{rejected} lignes sur {read} sont fausses (seuil {MOST_REJECTED:.0%})",
            f"{rejected} lines out of {read} are wrong (threshold {MOST_REJECTED:.0%})",
        )
    if ecarts.connus < FEW:
        return Allowed("first load")
    if ecarts.clos > MOST_CLOSED * ecarts.connus:
        return _refused(
            f"{ecarts.clos} {what.fr} sur {ecarts.connus} seraient {closed} (seuil {MOST_CLOSED:.0%})",
            f"{ecarts.clos} {what.en} out of {ecarts.connus} would be closed (threshold {MOST_CLOSED:.0%})",
        )
    if ecarts.modifies + ecarts.crees > MOST_CHANGED * ecarts.connus:
        return _refused(
            f"{ecarts.modifies + ecarts.crees} {what.fr} sur {ecarts.connus} seraient créé{agrees}s ou modifié{agrees}s "
            f"(seuil {MOST_CHANGED:.0%} ; un autre ordre de colonnes, un autre encodage y suffisent, et --force alors ne réécrit "
            "rien de trop)",
            f"{ecarts.modifies + ecarts.crees} {what.en} out of {ecarts.connus} would be created or changed "
            f"(threshold {MOST_CHANGED:.0%}; another order of columns or another encoding is enough, and --force then writes "
            "nothing in excess)",
        )
    return Allowed("believable difference")


def _refused(fr: str, en: str) -> Refused:
    return Refused(
        Text(
            f"Écart suspect : {fr}. Rien n'a changé. Vérifiez que le fichier est entier ; s'il est juste, "
            "recommencez avec --force.",
            f"Suspicious difference: {en}. Nothing changed. "
            "Check that the file is whole; if it is right, start again with --force.",
        ),
        RULE,
    )
