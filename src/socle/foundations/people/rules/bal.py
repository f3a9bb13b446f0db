"""What an operator may change of a resource: its mailboxes, nothing else.

Sources: draft of the write API of mailboxes (ansforge, openapi-balmss and its guide: neither the address nor the kind of a
mailbox changes); as-mailbox-mss: PER and CAB on Practitioner, PER on PractitionerRole, ORG and APP on Organization.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from socle.foundations.people.model import BAL, TypeBAL
from socle.kernel.outcome import Allowed, Decision, Refused, Text

RULE: Final = "SOCLE-ANNUAIRE-MAILBOX"
CARRIED: Final[Mapping[str, frozenset[TypeBAL]]] = {
    "Practitioner": frozenset({TypeBAL.PER, TypeBAL.CAB}),
    "PractitionerRole": frozenset({TypeBAL.PER}),
    "Organization": frozenset({TypeBAL.ORG, TypeBAL.APP}),
}
MOST: Final = 50  # mailboxes of one holder
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)
Json = Mapping[str, Any]


def is_address(text: str) -> bool:
    """Whether this is a mail address."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def may_change(kind: str, before: Json, after: Json) -> Decision:
    """Whether only `telecom` differs, on a resource that is still open."""
    if before.get("active") is False:
        return _refused(
            f"{kind}.active",
            "Ce titulaire a quitté l'annuaire : on n'y déclare plus de boîte.",
            "This holder has left the directory: no mailbox is declared there any more.",
        )
    for name in sorted({*before, *after}):
        if name != "telecom" and before.get(name) != after.get(name):
            return _refused(
                f"{kind}.{name}",
                f"Seules les boîtes MSSanté ({kind}.telecom) se modifient ici, pas « {name} » : retirez cette opération.",
                f"Only the mailboxes of MSSanté ({kind}.telecom) change here, not “{name}”: remove that operation.",
            )
    return Allowed("mailboxes")


def may_declare(kind: str, before: Sequence[BAL], after: Sequence[BAL]) -> Decision:
    """Whether these mailboxes may replace those, on a resource of this type."""
    if len(after) > MOST:
        return _refused(
            f"{kind}.telecom", f"Pas plus de {MOST} boîtes par titulaire.", f"At most {MOST} mailboxes a holder."
        )
    known = {bal.adresse.lower(): bal for bal in before}
    seen: set[str] = set()
    for place, bal in enumerate(after):
        where = f"{kind}.telecom[{place}]"
        address = bal.adresse.lower()
        if not is_address(bal.adresse):
            return _refused(
                f"{where}.value",
                f"« {bal.adresse[:60]} » n'est pas une adresse de messagerie.",
                f"“{bal.adresse[:60]}” is no mail address.",
            )
        if address in seen:
            return _refused(
                f"{where}.value",
                f"« {bal.adresse} » est donnée deux fois.",
                f"“{bal.adresse}” is given twice.",
            )
        seen.add(address)
        if bal.type not in CARRIED[kind]:
            allowed = ", ".join(sorted(CARRIED[kind]))
            return _refused(
                f"{where}.extension",
                f"Une boîte {bal.type} ne se porte pas sur {kind} (possibles : {allowed}).",
                f"A mailbox {bal.type} is not carried by {kind} (possible: {allowed}).",
            )
        if address in known and known[address].type is not bal.type:
            return _unchanging(f"{where}.extension", bal.adresse)
    if len(before) == len(after):
        changed = [
            place
            for place, (old, new) in enumerate(zip(before, after, strict=True))
            if old.adresse.lower() != new.adresse.lower()
        ]
        if len(changed) == 1 and after[changed[0]].adresse.lower() not in known:
            return _unchanging(f"{kind}.telecom[{changed[0]}].value", before[changed[0]].adresse)
    return Allowed("mailboxes")


def _unchanging(where: str, address: str) -> Refused:
    return _refused(
        where,
        f"Ni l'adresse ni le type d'une boîte ne changent (« {address} ») : supprimez-la, puis déclarez l'autre.",
        f"Neither the address nor the kind of a mailbox changes (“{address}”): delete it, then declare the other.",
    )


def _refused(where: str, fr: str, en: str) -> Refused:
    return Refused(Text(fr, en), RULE, (where,))
