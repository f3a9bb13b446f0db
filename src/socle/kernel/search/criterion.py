"""One search parameter of a query, with its modifier, its chain or its `_has`: name and value in, condition out.

Source: FHIR R4 search.html#modifiers, search.html#chaining, search.html#has.
"""

import re
from dataclasses import dataclass

from socle.kernel.search import filter, follow, functional
from socle.kernel.search.compartment import DURING, compartment, during
from socle.kernel.search.conditions import Apart, Condition, IsOneOf, Missing, Never, ReferredBy, TextTest, both, either
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.normalise import normalise
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.parameters import UNSUPPORTED, Parameters
from socle.kernel.search.refusal import near, refuse, unbuilt, unsupported
from socle.kernel.search.sight import INTERNAL
from socle.kernel.search.types import TYPES, composite
from socle.kernel.search.types import date as dates
from socle.kernel.search.types import reference as references

DEEPEST = 8  # references that a chain, `_has` or both together may follow
LATER = frozenset({"text", "text-advanced", "code-text"})
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_MOST_VALUES = 1_000
_NEVER_MISSING = frozenset({"_id", "_lastUpdated", "_list", "_text", "_content"})  # they take no `:missing`


@dataclass(frozen=True, slots=True)
class Criteria:
    """Reads criteria for one register. `types`: resource types that it holds."""

    parameters: Parameters
    types: frozenset[str]
    context: Context
    deepest: int = DEEPEST
    full_text: bool = False
    apart: bool = False

    def condition(self, resource_type: str, name: str, value: str) -> Condition:
        """What a resource of `resource_type` must satisfy for `name=value`.

        Raises: Problem(INVALID) naming the parameter; code not-supported when it is unknown or not offered here.
        """
        return self.below(resource_type, name, value, name, 0)

    def limit(self, resource_type: str) -> Condition | None:
        """What holds of all that may be seen of a type by whoever asks; None when all of it may."""
        sight = self.context.sight
        return None if sight is None else sight.limit(self, resource_type)

    def limited(self, resource_type: str, inner: Condition) -> Condition:
        """`inner`, of what may be seen of a type by whoever asks."""
        limit = self.limit(resource_type)
        return inner if limit is None else both([inner, limit])

    def hidden(self, resource_type: str, name: str, found: Condition) -> Condition:
        """`found`, a test of the values of `name`, where whoever asks may see those values."""
        sight = self.context.sight
        within = None if sight is None else sight.within(self, resource_type, name)
        return found if within is None else both([found, within])

    def below(self, resource_type: str, name: str, value: str, written: str, depth: int) -> Condition:
        """The same for what stands at the end of `depth` references: `name` is what remains of `written`."""
        if depth > self.deepest:
            raise refuse(
                written,
                f"« {written[:80]} » suit plus de {self.deepest} références ; ce serveur s'arrête là.",
                f"“{written[:80]}” follows more than {self.deepest} references; this server stops there.",
                code="too-costly",
            )
        if name == filter.NAME:
            return filter.parse(self, resource_type, value)
        if name == "_has" or name.startswith("_has:"):
            return follow.has(self, resource_type, name, value, written, depth)
        if "." in name:
            return follow.chain(self, resource_type, name, value, written, depth)
        if self.context.sight is not None:
            name, value = self.context.sight.rewritten(resource_type, name, value)
        base, _, modifier = name.partition(":")
        said = f"{base}:{modifier}" if modifier else base
        return self._plain(resource_type, base, modifier, value, said if base in ("_id", "_lastUpdated") else written)

    def _plain(self, resource_type: str, base: str, modifier: str, value: str, written: str) -> Condition:
        values = split(value, ",")
        if not all(values):
            fr = f"« {written} » n'a pas de valeur, ou une virgule de trop"
            en = f"“{written}” has no value (or one comma too many)"
            if base in _NEVER_MISSING:
                raise refuse(written, f"{fr}.", f"{en}.")
            raise refuse(
                written,
                f"{fr} ; « {base}:missing=true » cherche l'absence.",
                f"{en}; “{base}:missing=true” looks for absence.",
            )
        if len(values) > _MOST_VALUES:
            raise refuse(
                written,
                f"« {written} » a plus de {_MOST_VALUES} valeurs ; faites plusieurs recherches.",
                f"“{written}” has more than {_MOST_VALUES} values; make several searches.",
                code="too-costly",
            )
        if base == "_list":
            self._no_modifier(base, modifier)
            return either([self._list(resource_type, values)])
        if base == "_compartment":
            self._no_modifier(base, modifier)
            return compartment(self, resource_type, value)
        if base in ("_text", "_content") and self.full_text:
            self._no_modifier(base, modifier)
            return self._text(base, value)
        if base == DURING:
            self._no_modifier(base, modifier)
            return during(self, value)
        if base == "_id":
            return self._ids(modifier, values)
        if base == "_lastUpdated":
            self._no_modifier(base, modifier)
            return dates.last_updated(values, self.context)
        parameter = self.parameter(resource_type, base, written)
        return self.hidden(resource_type, base, self._tested(parameter, modifier, value, values))

    def _tested(self, parameter: Parameter, modifier: str, value: str, values: list[str]) -> Condition:
        """What a parameter with an index of its own is asked."""
        if modifier == "missing":
            return self._missing(parameter, value)
        if parameter.type == "special":
            modifier = ""
        elif modifier:
            self._check_modifier(parameter, modifier)
        if parameter.type == "token" and modifier == "text":
            return either([self._coded_text(parameter, unescape(one)) for one in values])
        if parameter.type == "reference" and modifier in ("above", "below"):
            return follow.lineage(self, parameter, modifier, values)
        found: Condition = TYPES[parameter.type].condition(parameter, modifier, values, self.context)
        if self.apart and (parameter.resource_type, parameter.name, modifier) == ("CodeSystem", "code", ""):
            codes = tuple(unescape(one) for one in values if "|" not in one)
            return either([found, Apart(codes)]) if codes else found
        return found

    def parameter(self, resource_type: str, name: str, written: str) -> Parameter:
        """The parameter of that name, as whoever asks may use it.

        Raises: Problem(INVALID, not-supported) with the close ones; what the sight of whoever asks raises.
        """
        known = self.parameters.of(resource_type)
        if INTERNAL in name:
            known = {}
        elif name in known and self.context.sight is not None:
            name = self.context.sight.named(resource_type, name, written)
        if name in known:
            if known[name].building:
                raise unbuilt(name, written)
            return known[name]
        if name in UNSUPPORTED:
            contained = name.startswith("_contained")
            raise unsupported(
                written,
                f"« {name} » : ce registre, qui n'offre pas la recherche en texte intégral, ne cherche pas dans les ressources "
                "contenues."
                if contained
                else f"« {name} » : ce registre n'offre pas la recherche en texte intégral.",
                f"“{name}”: this register, which does not offer full text search, does not search contained resources."
                if contained
                else f"“{name}”: this register does not offer full text search.",
            )
        hint = near(name, [one for one in known if INTERNAL not in one])
        raise unsupported(
            written,
            f"Le paramètre « {name} » n'existe pas pour {resource_type}. {hint.fr}",
            f"{resource_type} has no parameter “{name}”. {hint.en}",
        )

    def _check_modifier(self, parameter: Parameter, modifier: str) -> None:
        offered = TYPES[parameter.type].MODIFIERS
        if parameter.type == "token" and self.full_text:
            offered = offered | {"text"}
        if modifier in offered or (parameter.type == "reference" and modifier in parameter.targets):
            return
        name = f"{parameter.name}:{modifier}"
        listed = ", ".join(sorted({*offered, "missing"}))
        if parameter.type == "reference":
            targets = ", ".join(parameter.targets[:12]) + (" …" if len(parameter.targets) > 12 else "")
            listed = f"{listed}, {targets}"
        if modifier in LATER:
            raise unsupported(
                name,
                f"Le modificateur « :{modifier} » n'est pas encore offert. Offerts ici : {listed}.",
                f"The modifier “:{modifier}” is not offered yet. Offered here: {listed}.",
            )
        raise unsupported(
            name,
            f"« {parameter.name} » ({parameter.type}) n'a pas de modificateur « :{modifier} ». Offerts ici : {listed}.",
            f"“{parameter.name}” ({parameter.type}) has no modifier “:{modifier}”. Offered here: {listed}.",
        )

    def _no_modifier(self, name: str, modifier: str) -> None:
        if modifier:
            raise unsupported(
                f"{name}:{modifier}",
                f"« {name} » ne prend pas de modificateur ici ; retirez « :{modifier} ».",
                f"“{name}” takes no modifier here; remove “:{modifier}”.",
            )

    def _ids(self, modifier: str, values: list[str], name: str = "_id") -> Condition:
        if modifier != "not":
            self._no_modifier("_id", modifier)
        ids = tuple(unescape(value) for value in values)
        if not all(_ID.fullmatch(one) for one in ids):
            raise refuse(
                name,
                f"« {name} » demande des identifiants de ressource : 1 à 64 lettres, chiffres, « - » ou « . ».",
                f"“{name}” takes resource ids: 1 to 64 letters, digits, “-” or “.”.",
            )
        return Never(IsOneOf(ids)) if modifier else IsOneOf(ids)

    def _text(self, name: str, value: str) -> Condition:
        words = normalise(unescape(value))
        if not words:
            raise refuse(
                name,
                f"« {name} » demande des mots.",
                f"“{name}” takes words.",
            )
        return TextTest("told" if name == "_text" else "said", words)

    def _coded_text(self, parameter: Parameter, text: str) -> Condition:
        words = normalise(text)[:200].strip()
        if not words:
            raise refuse(
                f"{parameter.name}:text",
                f"« {parameter.name}:text » demande des mots.",
                f"“{parameter.name}:text” takes words.",
            )
        return TextTest("said", f"'{parameter.name}={words}':*", True)

    def _list(self, resource_type: str, values: list[str]) -> Condition:
        """Members of the lists of these ids, or of these functional lists."""
        found = [self._functional(resource_type, value) for value in values if value.startswith("$")]
        if found:
            others = [value for value in values if not value.startswith("$")]
            return either([*found, *([self._list(resource_type, others)] if others else [])])
        if "List" not in self.types:
            raise unsupported(
                "_list",
                "« _list » : ce registre ne contient pas de List.",
                "“_list”: this register holds no List.",
            )
        ids = self._ids("", [value.removeprefix("List/") for value in values], "_list")
        return ReferredBy(references.token("List", "item"), "List", self.limited("List", ids))

    def _functional(self, resource_type: str, name: str) -> Condition:
        """What a list that nobody writes holds of a type (`functional`)."""
        held = functional.LISTS.get(name)
        if held is None or resource_type not in held:
            hint = near(name, [one for one, of in functional.LISTS.items() if resource_type in of])
            raise unsupported(
                "_list",
                f"« _list » : la liste « {name} » ne contient pas de {resource_type}. {hint.fr}",
                f"“_list”: the list “{name}” holds no {resource_type}. {hint.en}",
            )
        return both(
            [
                either([self.condition(resource_type, criterion, value) for criterion, value in alternatives])
                for alternatives in held[resource_type]
            ]
        )

    def _missing(self, parameter: Parameter, value: str) -> Condition:
        if value not in ("true", "false"):
            raise refuse(
                f"{parameter.name}:missing",
                f"« {parameter.name}:missing » demande true ou false.",
                f"“{parameter.name}:missing” takes true or false.",
            )
        if parameter.type == "special":
            raise unsupported(
                parameter.name,
                f"« {parameter.name} » n'est pas encore offert.",
                f"“{parameter.name}” is not offered yet.",
            )
        if parameter.parts:
            return composite.missing(parameter, value == "true")
        return Missing(parameter.bit, value == "true")

    def reference(self, resource_type: str, name: str, written: str) -> Parameter:
        """The reference parameter of that name. Raises Problem(INVALID)."""
        parameter = self.parameter(resource_type, name, written)
        if parameter.type != "reference":
            raise unsupported(
                written,
                f"« {name} » de {resource_type} n'est pas une référence ({parameter.type}) : on ne peut pas la suivre.",
                f"“{name}” of {resource_type} is not a reference ({parameter.type}): it cannot be followed.",
            )
        return parameter
