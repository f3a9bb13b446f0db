"""The extraction of mailboxes of MSSanté: its columns by their headings, and which line is one.

Source: the published file Extraction_Correspondance_MSSante (31 columns; kinds PER and ORG; no red list: who is on it is not
in the file). Carriers: as-mailbox-mss. How a structure is named (kind 1 FINESS, 2 SIREN, 3 SIRET, else its national
identification) is ours, after TRE_G07.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from socle.foundations.people.model import TypeBAL
from socle.foundations.people.model.identifiants import is_id_nat_ps
from socle.foundations.people.rules.bal import is_address
from socle.foundations.people.rules.entetes import folded, refused
from socle.foundations.people.rules.lignes import FIELDS, NUMBER, Fault
from socle.kernel.outcome import Text

KIND: Final = "Type de BAL"
ADDRESS: Final = "Adresse BAL"
PERSON: Final = "Identification nationale PP"
STRUCTURE_KIND: Final = "Type identifiant structure"
STRUCTURE: Final = "Identification Structure"
SERVICE: Final = "Service de rattachement"
RED: Final = "Liste rouge"  # in no published file: for whoever writes such a file with it (O or N)
NEEDED: Final = (KIND, ADDRESS, PERSON, STRUCTURE_KIND, STRUCTURE, SERVICE)
RULE: Final = "SOCLE-ANNUAIRE-MAILBOX"


@dataclass(frozen=True, slots=True)
class Colonnes:
    """Where the columns of a file are, in the order of `NEEDED`; `rouge`: that of the red list, -1 when there is none."""

    count: int
    places: tuple[int, ...]
    rouge: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Boite:
    """A line: a mailbox, and who holds it. `structure`: (kind, number), "" for none."""

    adresse: str
    type: TypeBAL
    id_nat: str
    structure: tuple[str, str]
    service: str
    rouge: bool


def is_heading(line: str) -> bool:
    """Whether a first line is that of the extraction of mailboxes."""
    names = {folded(name) for name in line.split("|")}
    return folded(ADDRESS) in names or folded(KIND) in names


def colonnes(line: str, file: str) -> Colonnes:
    """How to read a file, from its first line. Raises: Problem(INVALID) that names the missing or doubled columns."""
    names = [folded(name) for name in line.rstrip("\r\n").split("|")]
    marked = len(names) > 1 and not names[-1]
    names = names[:-1] if marked else names
    missing = [name for name in NEEDED if folded(name) not in names]
    doubled = [name for name in (*NEEDED, RED) if names.count(folded(name)) > 1]
    if missing:
        text = ", ".join(missing)
        raise refused(file, f"il manque : {text}", f"missing: {text}", missing)
    if doubled:
        raise refused(file, f"« {doubled[0]} » est donnée deux fois", f"“{doubled[0]}” is given twice", doubled)
    rouge = names.index(folded(RED)) if folded(RED) in names else -1
    return Colonnes(len(names), tuple(names.index(folded(name)) for name in NEEDED), rouge, marked)


def boite(fields: Sequence[str], columns: Colonnes) -> Boite | Fault:
    """The mailbox of a line, or what is wrong with it."""
    if len(fields) != columns.count:
        return (
            "",
            FIELDS,
            Text(
                f"la ligne a {len(fields)} champs, l'en-tête en annonce {columns.count} : un « | » manque ou est de trop.",
                f"the line has {len(fields)} fields, the heading announces {columns.count}: a “|” is missing or in excess.",
            ),
        )
    kind, address, person, structure_kind, structure, service = (fields[place].strip() for place in columns.places)
    if not is_address(address):
        return (
            ADDRESS,
            RULE,
            Text(
                f"« {address[:60]} » n'est pas une adresse de messagerie : corrigez-la à la source.",
                f"“{address[:60]}” is no mail address: correct it at its source.",
            ),
        )
    if kind not in set(TypeBAL):
        return (
            KIND,
            RULE,
            Text(
                f"« {kind[:20]} » : un type est PER, CAB, ORG ou APP.",
                f"“{kind[:20]}”: a kind is PER, CAB, ORG or APP.",
            ),
        )
    of = TypeBAL(kind)
    if person and not is_id_nat_ps(person):
        return (
            PERSON,
            NUMBER,
            Text(
                f"« {person[:40]} » n'est pas une identification nationale (8 et un numéro RPPS à clé juste, par exemple).",
                f"“{person[:40]}” is not a national identification (8 and an RPPS number with a right key, for instance).",
            ),
        )
    if of in (TypeBAL.PER, TypeBAL.CAB) and not person:
        return (
            PERSON,
            RULE,
            Text(
                f"une boîte {of} se porte sur une personne : son identification nationale est vide.",
                f"a mailbox {of} is carried by a person: the national identification is empty.",
            ),
        )
    if of in (TypeBAL.ORG, TypeBAL.APP) and not structure:
        return (
            STRUCTURE,
            RULE,
            Text(
                f"une boîte {of} se porte sur une structure : son identification est vide.",
                f"a mailbox {of} is carried by a structure: its identification is empty.",
            ),
        )
    red = columns.rouge >= 0 and fields[columns.rouge].strip().upper() in ("O", "OUI", "1", "TRUE")
    return Boite(
        address,
        of,
        person if of in (TypeBAL.PER, TypeBAL.CAB) else "",
        (structure_kind, structure) if structure and of is not TypeBAL.CAB else ("", ""),
        service,
        red,
    )


def unknown_holder(who: str) -> Fault:
    """The holder is in no line of the directory."""
    return (
        "",
        "SOCLE-ANNUAIRE-MAILBOX-HOLDER",
        Text(
            f"{who} : aucun titulaire ouvert de ce numéro dans l'annuaire ; chargez d'abord l'extraction PS_LibreAcces du jour.",
            f"{who}: no open holder of this number in the directory; first load the extraction PS_LibreAcces of the day.",
        ),
    )


def same_address(address: str) -> Fault:
    """An earlier line has this address."""
    return (
        ADDRESS,
        RULE,
        Text(
            f"« {address} » est déjà sur une ligne plus haut : celle-ci a été laissée de côté.",
            f"“{address}” is on an earlier line already: this one was left out.",
        ),
    )
