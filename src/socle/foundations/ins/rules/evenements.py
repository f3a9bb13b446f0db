"""What each event leaves of an identity. The status follows from the facts, and agrees with the table (a property
test).
"""

from dataclasses import replace
from datetime import datetime

from socle.foundations.ins.model import Attribut, Controle, Identite, MethodeRecueil, Recuperation, TraitsStricts
from socle.foundations.ins.rules.statut import Evenement, next_status
from socle.kernel.outcome import Refused


def _check(identite: Identite, event: Evenement) -> None:
    outcome = next_status(identite.statut, event, identite.attributs)
    if isinstance(outcome, Refused):
        outcome.or_raise()


def after_retrieval(identite: Identite, recuperation: Recuperation, traits: TraitsStricts) -> Identite:
    """INSi found one person and the traits agree: its traits replace ours (Guide INS v3.0, EXI REC 07), its INS is
    kept.

    Raises: Problem(RULE_VIOLATED) for a doubtful or fictitious identity (RNIV EXI SI 09).
    """
    _check(identite, Evenement.RECUPERATION)
    return replace(identite, traits=traits, recuperation=recuperation, methode=MethodeRecueil.INSI)


def after_check(identite: Identite, controle: Controle) -> Identite:
    """A document of high confidence, or its equivalent, was checked. Raises: as `after_retrieval`."""
    _check(identite, Evenement.CONTROLE)
    return replace(identite, controle=controle)


def after_verification(identite: Identite, at: datetime) -> Identite:
    """INSi confirmed the INS at `at`. Raises: Problem(RULE_VIOLATED) when there is none."""
    _check(identite, Evenement.VERIFICATION)
    assert identite.recuperation is not None  # the table allows it in RECUP and QUAL only
    return replace(identite, recuperation=replace(identite.recuperation, verified_at=at))


def after_detachment(identite: Identite) -> Identite:
    """The INS is detached; the document stays checked. Raises: Problem(RULE_VIOLATED) when there is none to detach."""
    _check(identite, Evenement.DETACHEMENT)
    return replace(identite, recuperation=None)


def after_traits_change(identite: Identite, traits: TraitsStricts) -> Identite:
    """A strict trait changed: what INSi and the document said no longer holds, back to provisional.

    The same traits again change nothing. Source: RNIV EXI SI 07 (status of the traits as they are now).
    """
    if traits == identite.traits:
        return identite
    return replace(identite, traits=traits, recuperation=None, controle=None, methode=MethodeRecueil.SM)


def after_attribute(identite: Identite, attribut: Attribut) -> Identite:
    """`attribut` is set; DOUT and FICT detach the INS and void the check (RNIV EXI SI 09; Guide INS v3.0, EXI ID 26).

    Raises: Problem(RULE_VIOLATED) for a combination other than DOUT with HOMA.
    """
    attributs = identite.attributs | {attribut}
    if attribut is Attribut.HOMA:
        return replace(identite, attributs=attributs)
    return replace(identite, attributs=attributs, recuperation=None, controle=None)


def after_lifting(identite: Identite, attribut: Attribut) -> Identite:
    """`attribut` is lifted. What DOUT or FICT had removed does not come back: INSi and the document start again."""
    return replace(identite, attributs=identite.attributs - {attribut})
