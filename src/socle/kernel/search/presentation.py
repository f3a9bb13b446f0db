"""Parameters that say how the answer looks: order, size, total, what goes with it, how much of each resource.

Source: FHIR R4 search.html#return, search.html#include, search.html#elements.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from socle.kernel.search import contained, ordering
from socle.kernel.search.conditions import All
from socle.kernel.search.criterion import Criteria
from socle.kernel.search.escapes import split
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.query import Include, Query, Sort, Summary, Total
from socle.kernel.search.refusal import near, refuse, unbuilt, unsupported
from socle.kernel.search.sight import INTERNAL
from socle.kernel.search.types import reference as references

MOST = 1_000  # resources per page: a larger _count is brought down to it, as FHIR allows
_MOST_SORTS = 5
NAMES = ("_sort", "_count", "_total", "_summary", "_elements", "_include", "_revinclude")
_SORTABLE = {"date": "date", "string": "string", "number": "number", **dict.fromkeys(ordering.TEXTS, "ordered")}
_NO_ORDER: Final = {
    "composite": (
        "il réunit plusieurs valeurs, dont aucune ne vient avant l'autre. Triez par le paramètre de l'une d'elles.",
        "it joins several values, of which none comes before the other. Sort by the parameter of one of them.",
    ),
    "phonetic": (
        "des sons n'ont pas d'ordre. Triez par « family » ou « name ».",
        "sounds have no order. Sort by “family” or “name”.",
    ),
    "near": (
        "du plus loin au plus proche, il faudrait mesurer tout le registre. « _sort=near » trie du plus proche au plus loin.",
        "from the farthest, the whole register would have to be measured. “_sort=near” sorts from the nearest.",
    ),
    "special": (
        "c'est une condition, pas une valeur qui vienne avant une autre.",
        "it is a condition, not a value that comes before another.",
    ),
}


@dataclass(slots=True)
class Presentation:
    """Gathers these parameters. `types`: the one type searched, () for the whole register; `page`, `counts`: as in Register."""

    criteria: Criteria
    types: tuple[str, ...]
    page: int = 50
    counts: bool = False
    _said: dict[str, Any] = field(default_factory=dict)
    _includes: list[Include] = field(default_factory=list)

    def take(self, name: str, value: str) -> bool:
        """Take `name=value` if it is one of them. Raises Problem(INVALID) when its value makes no sense."""
        base, _, modifier = name.partition(":")
        if base not in NAMES and not (base in contained.NAMES and self.criteria.full_text):
            return False
        if base in ("_include", "_revinclude"):
            self._includes.append(self._include(base, modifier, value))
            return True
        if modifier:
            raise unsupported(name, f"« {base} » n'a pas de modificateur.", f"“{base}” has no modifier.")
        if base in self._said:
            raise refuse(name, f"« {name} » est donné deux fois ; gardez-en un.", f"“{name}” is given twice; keep one.")
        if base in contained.NAMES:
            self._said[base] = self._within(base, value)
            return True
        self._said[base] = getattr(self, base)(value)
        return True

    def query(self) -> Query:
        """A Query with what was taken, and nothing to find yet."""
        said = self._said
        summary: Summary = said.get("_summary", "false")
        elements: tuple[str, ...] = said.get("_elements", ())
        if elements and summary not in ("false", "count"):
            raise refuse(
                "_elements",
                "« _elements » et « _summary » ne vont pas ensemble ; gardez l'un des deux.",
                "“_elements” and “_summary” do not go together; keep one of them.",
            )
        sort: tuple[Sort, ...] = said.get("_sort", ())
        holders = said.get("_containedType", "container") == "container"
        if said.get("_contained", "false") != "false":
            if any(key.by not in ("id", "updated") for key in sort):
                raise unsupported(
                    "_sort",
                    "Avec « _contained », une recherche se trie par _id ou _lastUpdated : ceux de la ressource qui contient.",
                    "With “_contained”, a search is sorted by _id or _lastUpdated: those of the resource that contains.",
                )
            if elements and holders:
                raise unsupported(
                    "_elements",
                    "Avec « _contained », « _elements » demande « _containedType=contained ».",
                    "With “_contained”, “_elements” takes “_containedType=contained”.",
                )
        return Query(
            types=(),
            contained=said.get("_contained", "false"),
            holders=holders,
            sort=sort,
            count=0 if summary == "count" else said.get("_count", self.page),
            total=said.get("_total", "accurate" if self.counts else "none"),
            summary=summary,
            elements=elements,
            includes=tuple(dict.fromkeys(self._includes)),
        )

    def _within(self, name: str, value: str) -> str:
        if not self.types:
            raise unsupported(
                name,
                f"« {name} » se demande dans un type, pas sur tout le registre.",
                f"“{name}” is asked of one type, not of the whole register.",
            )
        return _one_of(name, value, ("false", "true", "both") if name == "_contained" else ("container", "contained"))

    def _count(self, value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) <= 9):
            raise refuse("_count", "« _count » demande un entier, 0 ou plus.", "“_count” takes an integer, 0 or more.")
        return min(int(value), MOST)

    def _total(self, value: str) -> str:
        return _one_of("_total", value, get_args(Total))

    def _summary(self, value: str) -> str:
        return _one_of("_summary", value, get_args(Summary))

    def _elements(self, value: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
        if not all(name.removesuffix("[x]").replace(".", "a").isalnum() for name in names):
            raise refuse(
                "_elements",
                "« _elements » demande des noms d'éléments séparés par des virgules (exemple : identifier,birthDate).",
                "“_elements” takes element names with commas between them (example: identifier,birthDate).",
            )
        if self.types:
            of = self.types[0]
            known = self.criteria.parameters.elements(of)
            for name in names:
                if name.removeprefix(f"{of}.").partition(".")[0] not in known:
                    hint = near(name, known)
                    raise refuse(
                        "_elements",
                        f"{of} n'a pas d'élément « {name} ». {hint.fr}",
                        f"{of} has no element “{name}”. {hint.en}",
                    )
            return tuple(name.removeprefix(f"{of}.").partition(".")[0] for name in names)
        return names

    def _sort(self, value: str) -> tuple[Sort, ...]:
        names = split(value, ",")
        if len(names) > _MOST_SORTS:
            raise refuse(
                "_sort",
                f"« _sort » : au plus {_MOST_SORTS} clés.",
                f"“_sort”: at most {_MOST_SORTS} keys.",
                code="too-costly",
            )
        if not all(name.removeprefix("-") for name in names):
            raise refuse(
                "_sort",
                "« _sort » demande des paramètres séparés par des virgules, précédés de « - » pour l'ordre inverse "
                "(exemple : family,-birthdate).",
                "“_sort” expects parameters separated by commas, with “-” before those in descending order (example: "
                "family,-birthdate).",
            )
        return tuple(self._key(name.removeprefix("-"), name.startswith("-")) for name in names)

    def _key(self, name: str, descending: bool) -> Sort:
        if name == "_id":
            return Sort("id", descending, name=name)
        if name == "_lastUpdated":
            return Sort("updated", descending, name=name)
        if not self.types:
            raise unsupported(
                "_sort",
                "Une recherche sur tout le registre se trie par _id ou _lastUpdated.",
                "A search of the whole register is sorted by _id or _lastUpdated.",
            )
        known = self.criteria.parameters.of(self.types[0])
        able = {one.name for one in known.values() if one.type in _SORTABLE} | {"_id", "_lastUpdated"}
        able = {one for one in able if INTERNAL not in one}
        if name not in known or INTERNAL in name:
            hint = near(name, able)
            raise unsupported(
                "_sort",
                f"« _sort » : {self.types[0]} n'a pas de paramètre « {name} ». {hint.fr}",
                f"“_sort”: {self.types[0]} has no parameter “{name}”. {hint.en}",
            )
        if known[name].building:
            raise unbuilt(name, "_sort")
        criteria = self.criteria
        seen = criteria.parameter(self.types[0], name, "_sort")  # an order tells values as well as a criterion does
        if seen.name != name or criteria.hidden(self.types[0], name, All(())) != All(()):
            raise unsupported(
                "_sort",
                f"« _sort » : vous ne voyez pas toutes les valeurs de « {name} », vous ne pouvez pas trier par elles.",
                f"“_sort”: you do not see all the values of “{name}”, you cannot sort by them.",
            )
        return self._sort_by(seen, descending)

    def _sort_by(self, parameter: Parameter, descending: bool) -> Sort:
        if parameter.type == "near" and not descending:
            return Sort("near", name=parameter.name)
        if parameter.type not in _SORTABLE:
            why_fr, why_en = _NO_ORDER.get(parameter.type, _NO_ORDER["special"])
            raise unsupported(
                "_sort",
                f"« _sort » : ce serveur ne trie pas sur « {parameter.name} » ({parameter.type}) : {why_fr}",
                f"“_sort”: this server does not sort by “{parameter.name}” ({parameter.type}): {why_en}",
            )
        by: Any = _SORTABLE[parameter.type]
        principal = parameter.principal
        return Sort(
            by,
            descending,
            ordering.order_key(parameter) if by == "ordered" else parameter.key,
            principal and parameter.single,
            principal and not parameter.single,
            parameter.name,
        )

    def _include(self, name: str, modifier: str, value: str) -> Include:
        written = f"{name}:{modifier}" if modifier else name
        if modifier not in ("", "iterate"):
            raise unsupported(
                written,
                f"« {name} » n'a que le modificateur « :iterate »"
                + (" (« :recurse » est l'ancien nom, de STU3)." if modifier == "recurse" else "."),
                f"“{name}” only has the modifier “:iterate”"
                + (" (“:recurse” is its former name, of STU3)." if modifier == "recurse" else "."),
            )
        reverse, iterate = name == "_revinclude", modifier == "iterate"
        if value == "*":
            return self._include_all(reverse, iterate)
        parts = value.split(":")
        if len(parts) not in (2, 3) or not all(parts):
            raise refuse(
                written,
                f"« {name} » s'écrit « Type:paramètre » ou « Type:paramètre:TypeCible » "
                "(exemple : Observation:subject).",
                f"“{name}” is written “Type:parameter” or “Type:parameter:TargetType” (example: Observation:subject).",
            )
        source, base, target = (*parts, "")[:3]
        if source not in self.criteria.types:
            hint = near(source, self.criteria.types)
            raise unsupported(
                written,
                f"Ce registre ne contient pas de {source}. {hint.fr}",
                f"This register holds no {source}. {hint.en}",
            )
        if base == "*":
            return Include(reverse, iterate, source, self._every(source), target, value)
        parameter = self.criteria.reference(source, base, written)
        if target and target not in parameter.targets:
            hint = near(target, parameter.targets)
            raise refuse(
                written,
                f"« {base} » ne mène pas à {target}. {hint.fr}",
                f"“{base}” does not lead to {target}. {hint.en}",
            )
        return Include(reverse, iterate, source, (references.token(source, base),), target, value)

    def _include_all(self, reverse: bool, iterate: bool) -> Include:
        if reverse or not self.types:
            raise unsupported(
                "_revinclude" if reverse else "_include",
                "« * » seul n'est offert que pour « _include » dans un type ; écrivez « Type:* ».",
                "“*” alone is only offered for “_include” in one type; write “Type:*”.",
            )
        source = self.types[0]
        return Include(False, iterate, source, self._every(source), "", "*")

    def _every(self, source: str) -> tuple[int, ...]:
        return every_reference(self.criteria.parameters.of(source))


def every_reference(known: Mapping[str, Parameter]) -> tuple[int, ...]:
    """The keys of all the reference parameters of a type."""
    return tuple(one.reference for one in known.values() if one.type == "reference")


def _one_of(name: str, value: str, values: tuple[str, ...]) -> str:
    if value not in values:
        listed = ", ".join(values)
        raise refuse(name, f"« {name} » demande l'un de : {listed}.", f"“{name}” takes one of: {listed}.")
    return value
