"""What a form sent, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from socle.kernel.outcome import Issue, Problem, Text


@dataclass
class Form:
    """Values by field name, errors by field name, and the problems that belong to no field (`general`)."""

    values: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, Issue] = field(default_factory=dict)
    general: list[Issue] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """The first value, without the blanks around it; `default` when it was not sent."""
        values = self.values.get(name)
        return values[0].strip() if values else default

    def all(self, name: str) -> list[str]:
        """Every value that is not blank."""
        return [value.strip() for value in self.values.get(name, []) if value.strip()]

    def fail(self, name: str, fr: str, en: str, rule: str = "") -> None:
        """Say what is wrong with a field (the first reason stays)."""
        self.errors.setdefault(name, Issue(Text(fr, en), rule=rule))

    def require(self, *names: str) -> None:
        """Say of each of these fields that it must be filled, when it is blank."""
        for name in names:
            if not self.get(name):
                self.fail(name, "Ce champ est obligatoire : renseignez-le.", "This field is required: fill it in.")

    def absorb(self, problem: Problem, fields: Mapping[str, str] | None = None) -> None:
        """Put each issue beside its field: `fields` maps the beginning of an expression to a field name."""
        for issue in problem.issues:
            name = _field_of(issue.expression, fields or {})
            if name is None:
                self.general.append(issue)
            else:
                self.errors.setdefault(name, issue)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors and not self.general


def _field_of(expressions: Iterable[str], fields: Mapping[str, str]) -> str | None:
    for expression in expressions:
        for beginning in sorted(fields, key=len, reverse=True):
            if expression.startswith(beginning):
                return fields[beginning]
    return None
