"""Homonyme, douteuse, fictive: when they may be set and lifted."""

from socle.foundations.ins.model import Attribut, Identite
from socle.kernel.outcome import Allowed, Decision, Refused, Text


def may_set_attribute(identite: Identite, attribut: Attribut) -> Decision:
    """Whether `attribut` may be set: only DOUT and HOMA go together. Source: RNIV EXI SI 09; Guide INS v3.0, EXI ID
    24.
    """
    if attribut in identite.attributs:
        return Allowed(f"{attribut} already set")
    if Attribut.FICT in (*identite.attributs, attribut) and identite.attributs:
        other = next(iter(identite.attributs)) if attribut is Attribut.FICT else Attribut.FICT
        return Refused(
            Text(
                f"« Fictive » ne se cumule avec aucun autre attribut : levez d'abord « {other.label} ».",
                f"“Fictitious” combines with no other attribute: lift {other} first.",
            ),
            "RNIV EXI SI 09",
            ("Patient.extension",),
        )
    return Allowed(f"attribut {attribut}")


def may_lift_attribute(identite: Identite, attribut: Attribut) -> Decision:
    """Whether `attribut` may be lifted: it must be there. Source: RNIV, attributs d'identité."""
    if attribut not in identite.attributs:
        return Refused(
            Text(
                f"L'attribut « {attribut.label} » n'est pas posé sur cette identité.",
                f"The attribute {attribut} is not set on this identity.",
            ),
            "RNIV EXI SI 09",
        )
    return Allowed(f"levée de {attribut}")
