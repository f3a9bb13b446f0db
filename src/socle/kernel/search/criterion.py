"""One search parameter of a query, with its modifier, its chain or its `_has`: name and value in, condition out.

Source: FHIR R4 search.html#modifiers, search.html#chaining, search.html#has.
"""

import re
from dataclasses import dataclass

from socle.kernel.search.conditions import Condition, IsOneOf, Missing, Never, ReferredBy, RefersTo
from socle.kernel.search.escapes import split, unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.parameters import UNSUPPORTED, Parameters
from socle.kernel.search.refusal import near, refuse, unsupported
from socle.kernel.search.types import TYPES
from socle.kernel.search.types import date as dates
from socle.kernel.search.types import reference as references

LATER = frozenset({"above", "below", "in", "not-in", "text", "text-advanced", "code-text"})
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_MOST_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """Reads criteria for one register. `types`: resource types that it holds."""

    parameters: Parameters
    types: frozenset[str]
    context: Context

    def condition(self, resource_type: str, name: str, value: str) -> Condition:
        """What a resource of `resource_type` must satisfy for `name=value`.

        Raises: Problem(INVALID) naming the parameter; code not-supported when it is unknown or not offered here.
        """
        if name == "_has" or name.startswith("_has:"):
            return self._has(resource_type, name, value)
        if "." in name:
            return self._chain(resource_type, name, value)
        base, _, modifier = name.partition(":")
        return self._plain(resource_type, base, modifier, value, name)

    def _plain(self, resource_type: str, base: str, modifier: str, value: str, written: str) -> Condition:
        values = split(value, ",")
        if not all(values):
            raise refuse(
                written,
                f"« {written} » n'a pas de valeur, ou une virgule de trop ; « {base}:missing=true » cherche l'absence.",
                f"“{written}” has no value (or one comma too many); “{base}:missing=true” looks for absence.",
            )
        if len(values) > _MOST_VALUES:
            raise refuse(
                written,
                f"« {written} » a plus de {_MOST_VALUES} valeurs ; faites plusieurs recherches.",
                f"“{written}” has more than {_MOST_VALUES} values; make several searches.",
                code="too-costly",
            )
        if base == "_id":
            return self._ids(modifier, values)
        if base == "_lastUpdated":
            self._no_modifier(base, modifier)
            return dates.last_updated(values, self.context)
        parameter = self.parameter(resource_type, base, written)
        if modifier == "missing":
            return self._missing(parameter, value)
        if parameter.type == "special":
            modifier = ""
        elif modifier:
            self._check_modifier(parameter, modifier)
        return TYPES[parameter.type].condition(parameter, modifier, values, self.context)

    def parameter(self, resource_type: str, name: str, written: str) -> Parameter:
        """The parameter of that name. Raises Problem(INVALID, not-supported) with the close ones."""
        known = self.parameters.of(resource_type)
        if name in known:
            return known[name]
        if name in UNSUPPORTED:
            raise unsupported(
                written,
                f"« {name} » n'est pas encore offert par ce serveur.",
                f"“{name}” is not offered by this server yet.",
            )
        hint = near(name, known)
        raise unsupported(
            written,
            f"Le paramètre « {name} » n'existe pas pour {resource_type}. {hint.fr}",
            f"{resource_type} has no parameter “{name}”. {hint.en}",
        )

    def _check_modifier(self, parameter: Parameter, modifier: str) -> None:
        offered = TYPES[parameter.type].MODIFIERS
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

    def _ids(self, modifier: str, values: list[str]) -> Condition:
        if modifier != "not":
            self._no_modifier("_id", modifier)
        ids = tuple(unescape(value) for value in values)
        if not all(_ID.fullmatch(one) for one in ids):
            raise refuse(
                "_id",
                "« _id » demande des identifiants de ressource : 1 à 64 lettres, chiffres, « - » ou « . ».",
                "“_id” takes resource ids: 1 to 64 letters, digits, “-” or “.”.",
            )
        return Never(IsOneOf(ids)) if modifier else IsOneOf(ids)

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
        return Missing(parameter.bit, value == "true")

    def _chain(self, resource_type: str, name: str, value: str) -> Condition:
        head, _, rest = name.partition(".")
        base, _, target = head.partition(":")
        inner, _, _ = rest.partition(":")
        parameter = self.reference(resource_type, base, name)
        if "." in rest or rest.startswith("_has"):
            raise unsupported(
                name,
                f"« {name} » enchaîne plus d'une référence ; ce serveur en suit une.",
                f"“{name}” chains more than one reference; this server follows one.",
            )
        if target:
            if target not in self._held(parameter):
                hint = near(target, self._held(parameter))
                raise unsupported(
                    name,
                    f"« {base} » ne mène pas à {target}. {hint.fr}",
                    f"“{base}” does not lead to {target}. {hint.en}",
                )
        else:
            target = self._only_target(parameter, inner, name)
        return RefersTo(references.token(resource_type, base), target, self._renamed(target, rest, value, name))

    def _only_target(self, parameter: Parameter, inner: str, written: str) -> str:
        """The one type, among the targets, that has the chained parameter."""
        able = [of for of in self._held(parameter) if inner in self.parameters.of(of)]
        if len(able) == 1:
            return able[0]
        if not able:
            raise unsupported(
                written,
                f"Aucun des types auxquels mène « {parameter.name} » n'a de paramètre « {inner} ».",
                f"None of the types that “{parameter.name}” leads to has a parameter “{inner}”.",
            )
        choices = ", ".join(f"{parameter.name}:{of}.{inner}" for of in able[:8])
        raise refuse(
            written,
            f"« {written} » est ambigu : « {parameter.name} » mène à {len(able)} types qui ont « {inner} ». "
            f"Précisez, par exemple : {choices}.",
            f"“{written}” is ambiguous: “{parameter.name}” leads to {len(able)} types that have “{inner}”. "
            f"Say which, for example: {choices}.",
        )

    def _held(self, parameter: Parameter) -> list[str]:
        """Types that a reference may lead to within this register."""
        return [of for of in parameter.targets if of in self.types]

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

    def _has(self, resource_type: str, name: str, value: str) -> Condition:
        parts = name.split(":", 3)
        if len(parts) < 4 or not all(parts):
            raise refuse(
                name,
                "« _has » s'écrit « _has:Type:référence:paramètre=valeur » "
                "(exemple : _has:Observation:patient:code=1234-5).",
                "“_has” is written “_has:Type:reference:parameter=value” "
                "(example: _has:Observation:patient:code=1234-5).",
            )
        _, source, base, rest = parts
        if source not in self.types:
            hint = near(source, self.types)
            raise unsupported(
                name,
                f"Ce registre ne contient pas de {source}. {hint.fr}",
                f"This register holds no {source}. {hint.en}",
            )
        parameter = self.reference(source, base, name)
        if resource_type not in parameter.targets:
            raise refuse(
                name,
                f"« {base} » de {source} ne mène pas à {resource_type}.",
                f"“{base}” of {source} does not lead to {resource_type}.",
            )
        if "." in rest or rest.startswith("_has"):
            raise unsupported(
                name,
                f"« {name} » suit plus d'une référence ; ce serveur en suit une.",
                f"“{name}” follows more than one reference; this server follows one.",
            )
        return ReferredBy(references.token(source, base), source, self._renamed(source, rest, value, name))

    def _renamed(self, resource_type: str, rest: str, value: str, written: str) -> Condition:
        base, _, modifier = rest.partition(":")
        return self._plain(
            resource_type, base, modifier, value, written if base not in ("_id", "_lastUpdated") else rest
        )
