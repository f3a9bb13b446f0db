"""The life of an identity, as a table: event × status → status. Source: RNIV 1 v2.0, EXI SI 07 and EXI SI 09.

The diagram of docs/guides/ins-statuts.md is drawn from this table; a test says when it is not up to date.
"""

from collections.abc import Mapping, Set
from enum import StrEnum
from types import MappingProxyType

from socle.foundations.ins.model import Attribut, StatutIdentite
from socle.kernel.outcome import Refused, Text

PROV, RECUP, VALI, QUAL = StatutIdentite.PROV, StatutIdentite.RECUP, StatutIdentite.VALI, StatutIdentite.QUAL


class Evenement(StrEnum):
    """What can happen to an identity. The value is what the diagram prints."""

    RECUPERATION = "INSi répond 00, traits concordants"
    CONTROLE = "pièce à haut niveau de confiance"
    VERIFICATION = "INSi confirme l'INS"
    DETACHEMENT = "INS détachée (discordance, vérification KO)"
    MODIFICATION = "trait strict modifié"
    DOUTE = "attribut douteuse posé"
    FICTION = "attribut fictive posé"
    LEVEE = "attribut douteuse ou fictive levé"
    HOMONYMIE = "attribut homonyme posé ou levé"


# Absent: the event is refused in that status.
TRANSITIONS: Mapping[tuple[Evenement, StatutIdentite], StatutIdentite] = MappingProxyType(
    {
        (Evenement.RECUPERATION, PROV): RECUP,
        (Evenement.RECUPERATION, RECUP): RECUP,
        (Evenement.RECUPERATION, VALI): QUAL,
        (Evenement.RECUPERATION, QUAL): QUAL,
        (Evenement.CONTROLE, PROV): VALI,
        (Evenement.CONTROLE, RECUP): QUAL,
        (Evenement.CONTROLE, VALI): VALI,
        (Evenement.CONTROLE, QUAL): QUAL,
        (Evenement.VERIFICATION, RECUP): RECUP,
        (Evenement.VERIFICATION, QUAL): QUAL,
        (Evenement.DETACHEMENT, RECUP): PROV,
        (Evenement.DETACHEMENT, QUAL): VALI,
        (Evenement.MODIFICATION, PROV): PROV,
        (Evenement.MODIFICATION, RECUP): PROV,
        (Evenement.MODIFICATION, VALI): PROV,
        (Evenement.MODIFICATION, QUAL): PROV,
        (Evenement.DOUTE, PROV): PROV,
        (Evenement.DOUTE, RECUP): PROV,
        (Evenement.DOUTE, VALI): PROV,
        (Evenement.DOUTE, QUAL): PROV,
        (Evenement.FICTION, PROV): PROV,
        (Evenement.FICTION, RECUP): PROV,
        (Evenement.FICTION, VALI): PROV,
        (Evenement.FICTION, QUAL): PROV,
        (Evenement.LEVEE, PROV): PROV,
        (Evenement.HOMONYMIE, PROV): PROV,
        (Evenement.HOMONYMIE, RECUP): RECUP,
        (Evenement.HOMONYMIE, VALI): VALI,
        (Evenement.HOMONYMIE, QUAL): QUAL,
    }
)

# A doubtful or fictitious identity stays provisional: nothing that would raise it may happen.
_BARRED = frozenset({Evenement.RECUPERATION, Evenement.CONTROLE, Evenement.VERIFICATION})


def next_status(
    statut: StatutIdentite, event: Evenement, attributs: Set[Attribut] = frozenset()
) -> StatutIdentite | Refused:
    """The status after `event`, or the refusal that names the rule.

    Source: RNIV EXI SI 07 (four exclusive statuses), EXI SI 09 (DOUT and FICT force PROV and bar INSi).
    """
    if event in _BARRED and attributs & {Attribut.DOUT, Attribut.FICT}:
        return Refused(
            Text(
                "Identité douteuse ou fictive : elle reste provisoire. Levez d'abord l'attribut.",
                "Doubtful or fictitious identity: it stays provisional. Lift the attribute first.",
            ),
            "RNIV EXI SI 09",
        )
    after = TRANSITIONS.get((event, statut))
    if after is None:
        return Refused(
            Text(
                f"« {event.value} » est sans objet pour une {statut.label.lower()}.",
                f"“{event.name.lower()}” has no meaning for an identity in status {statut}.",
            ),
            "RNIV EXI SI 07",
        )
    return after


def mermaid() -> str:
    """The table as a Mermaid state diagram; events between the same two statuses share one arrow."""
    lines = ["stateDiagram-v2", "    [*] --> PROV : création"]
    lines += [f"    {statut} : {statut} — {statut.label}" for statut in StatutIdentite]
    arrows: dict[tuple[StatutIdentite, StatutIdentite], list[str]] = {}
    for (event, before), after in TRANSITIONS.items():
        if before is not after:
            arrows.setdefault((before, after), []).append(event.value)
    for (before, after), events in arrows.items():
        lines.append(f"    {before} --> {after} : {' / '.join(events)}")
    return "\n".join(lines) + "\n"
