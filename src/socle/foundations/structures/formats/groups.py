"""The groups of a FINESS+ file of structures: `gco`, groups that are legal persons themselves, and `gcc`, groups by agreement.

A membership is a part of its member: which group, of which type (TRE_R372, TRE_R371), as what (TRE_R360). Groups by agreement
that are no longer active (`etatObjet` I) are left out. Source: ansforge/finess, schema-structures-v1.json.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from socle.foundations.structures.formats.item import Fault, Found, Item
from socle.foundations.structures.formats.shapes import SHAPES
from socle.kernel.outcome import Text

GROUPS: Final = ("gco", "gcc")
_RULE: Final = "FINESS+ v1"
_SHAPE: Final = SHAPES["plus-group"]
_TOLD: Final = 20  # members unknown in a file that are named; the others are counted


class Groups:
    """What a file says of groups while it is read; `memberships` once it is."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._groups: list[tuple[str, int, Mapping[str, Any]]] = []
        self._counts = dict.fromkeys(GROUPS, 0)
        self._numbers: dict[str, str] = {}  # "p" or "e" and a technical id -> FINESS number
        self._names: dict[str, str] = {}  # of legal persons that are groups

    def take(self, kind: str, found: Sequence[Any]) -> None:
        """Groups, as they come; what is no object says nothing."""
        for one in found:
            self._counts[kind] += 1
            if isinstance(one, dict):
                self._groups.append((kind, self._counts[kind], one))

    def name_of(self, person: Any) -> None:
        """The numbers of a legal person and of its establishments."""
        general = person.get("informationsGeneralesPMEJ") if isinstance(person, dict) else None
        if not isinstance(general, dict):
            return
        number = str(general.get("numFinessPm") or "")
        self._numbers[f"p{general.get('pmSmsseId')}"] = number
        if general.get("typeGroupeGco"):
            self._names[number] = str(
                general.get("denominationLonguePmSmsse") or general.get("denominationPm") or ""
            ).strip()
        sites = person.get("ege")
        for site in sites if isinstance(sites, list) else ():
            said = site.get("informationsGeneralesEGE") if isinstance(site, dict) else None
            if isinstance(said, dict):
                self._numbers[f"e{said.get('egeId')}"] = str(said.get("numFinessEge") or "")

    def memberships(self) -> Iterator[Found]:
        """One item for each member of each group; a remark for members that the file does not tell of."""
        unknown = 0
        for kind, line, group in self._groups:
            if kind == "gcc" and group.get("etatObjet") == "I":
                continue
            facts = self._facts(kind, group)
            for field, start, theirs in (
                (f"pmejDu{kind.capitalize()}", "p", "pmSmsseId"),
                (f"egeDu{kind.capitalize()}", "e", "egeId"),
            ):
                members = group.get(field)
                for member in members if isinstance(members, list) else ():
                    id = str(member.get(theirs) or "") if isinstance(member, dict) else ""
                    owner = self._numbers.get(start + id, "")
                    if not owner:
                        unknown += 1
                        if unknown <= _TOLD:
                            yield self._unknown(kind, line, field, id, facts)
                        continue
                    role = str(member.get("typeRoleEntiteGroupe") or "")
                    yield Item(
                        _SHAPE,
                        owner,
                        {**facts, **({"role": role} if role else {})},
                        line,
                        key=f"{kind}-{facts['groupe']}",
                    )
        if unknown > _TOLD:
            yield Fault(
                self._file,
                0,
                "",
                _RULE,
                Text(
                    f"… et {unknown - _TOLD} autres membres de groupements que le fichier ne décrit pas.",
                    f"… and {unknown - _TOLD} more members of groups that the file does not describe.",
                ),
                severe=False,
            )

    def _facts(self, kind: str, group: Mapping[str, Any]) -> dict[str, str]:
        if kind == "gco":
            number = self._numbers.get(f"p{group.get('pmSmsseId')}", "")
            said = {"groupe": number or str(group.get("pmSmsseId") or ""), "nom": self._names.get(number, "")}
            said |= {"numero": number, "type": str(group.get("typeGco") or "")}
        else:
            said = {"groupe": str(group.get("gccId") or ""), "nom": str(group.get("nomGcc") or "").strip()}
            said |= {"type": str(group.get("typeGcc") or ""), "externe": str(group.get("gccIdentifiantExterne") or "")}
        return {"sorte": kind} | {name: value for name, value in said.items() if value or name == "groupe"}

    def _unknown(self, kind: str, line: int, field: str, id: str, facts: Mapping[str, str]) -> Fault:
        named = facts.get("nom") or facts["groupe"]
        return Fault(
            self._file,
            line,
            field,
            _RULE,
            Text(
                f"Le membre {id or '(sans identifiant)'} du groupement {named} ({kind}) n'est pas dans ce fichier : son "
                "appartenance n'est pas gardée.",
                f"Member {id or '(no id)'} of the group {named} ({kind}) is not in this file: its membership is left out.",
            ),
            severe=False,
        )
