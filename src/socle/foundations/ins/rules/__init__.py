"""What the RNIV allows: (facts, now) → Decision, one function per rule, its source in the docstring. Pure.

`statut` holds the table of transitions, from which the diagram of the docs is drawn; `evenements` what each event
leaves.
"""

from socle.foundations.ins.rules.attribut import may_lift_attribute, may_set_attribute
from socle.foundations.ins.rules.comparaison import Ecart, Gravite, adopt, compare, may_attach
from socle.foundations.ins.rules.conseil import Action, Conseil, next_best_action
from socle.foundations.ins.rules.ecriture import may_delete, may_record, may_write_directly
from socle.foundations.ins.rules.evenements import (
    after_attribute,
    after_check,
    after_detachment,
    after_lifting,
    after_retrieval,
    after_traits_change,
    after_verification,
)
from socle.foundations.ins.rules.insi import demandes, may_call_insi, may_verify
from socle.foundations.ins.rules.piece import may_accept_document
from socle.foundations.ins.rules.statut import TRANSITIONS, Evenement, mermaid, next_status
from socle.foundations.ins.rules.transmission import may_carry_key, may_qualify, may_transmit_matricule

__all__ = [
    "TRANSITIONS",
    "Action",
    "Conseil",
    "Ecart",
    "Evenement",
    "Gravite",
    "adopt",
    "after_attribute",
    "after_check",
    "after_detachment",
    "after_lifting",
    "after_retrieval",
    "after_traits_change",
    "after_verification",
    "compare",
    "demandes",
    "may_accept_document",
    "may_attach",
    "may_call_insi",
    "may_carry_key",
    "may_delete",
    "may_lift_attribute",
    "may_qualify",
    "may_record",
    "may_set_attribute",
    "may_transmit_matricule",
    "may_verify",
    "may_write_directly",
    "mermaid",
    "next_best_action",
    "next_status",
]
