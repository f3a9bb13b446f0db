"""The answer under construction: members in the order in which they were first met, each one value or a list."""

from typing import Any

from socle.kernel.rest.graphql.document import wrong


class Output:
    """An object of the answer."""

    __slots__ = ("_lists", "_values")

    def __init__(self) -> None:
        self._values: dict[str, list[Any]] = {}
        self._lists: set[str] = set()

    def put(self, name: str, values: list[Any], *, many: bool) -> None:
        """Add values under a name; a list in the answer when `many`, else there must be one."""
        if not values:
            return
        self._values.setdefault(name, []).extend(values)
        if many:
            self._lists.add(name)

    def json(self) -> dict[str, Any]:
        """The object. Raises: Problem(INVALID) when a name that is not a list has several values."""
        out: dict[str, Any] = {}
        for name, values in self._values.items():
            if name not in self._lists and len(values) > 1:
                raise wrong(
                    f"« {name} » a {len(values)} valeurs là où la requête en veut une (@singleton).",
                    f"“{name}” has {len(values)} values where the query wants one (@singleton).",
                )
            made = [value.json() if isinstance(value, Output) else value for value in values]
            out[name] = made if name in self._lists else made[0]
        return out
