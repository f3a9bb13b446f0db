"""From a query string to a Query. What is not understood is refused, never ignored; leniently, it is left out and said.

Source: FHIR R4 search.html, http.html#search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from socle.kernel.outcome import Issue, Problem, Text
from socle.kernel.search.conditions import Condition, NearTest, Never, either
from socle.kernel.search.criterion import Criteria
from socle.kernel.search.escapes import split
from socle.kernel.search.parameter import Context
from socle.kernel.search.parameters import Parameters
from socle.kernel.search.presentation import Presentation
from socle.kernel.search.query import Query, Sort
from socle.kernel.search.refusal import near, refuse, unsupported
from socle.kernel.search.register import NamedQuery

RENDERING = frozenset({"_format", "_pretty"})  # understood elsewhere, carried nowhere
COMMON = frozenset({"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source"})

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query, and what was left out of it (only when lenient)."""

    query: Query
    issues: tuple[Issue, ...] = ()


class Parser:
    """Reads the queries of one register. `types`: what it holds; `bases`: the server's own base URLs."""

    def __init__(
        self,
        parameters: Parameters,
        types: Sequence[str],
        bases: tuple[str, ...] = (),
        *,
        full_text: bool = False,
        apart: bool = False,
        queries: Mapping[str, NamedQuery] | None = None,
        page: int = 50,
        counts: bool = False,
    ) -> None:
        self._page, self._counts = page, counts
        self._full_text, self._apart = full_text, apart
        self._queries = queries or {}
        self._parameters = parameters
        self._types = tuple(types)
        self._bases = tuple(base.rstrip("/") for base in bases)

    def parse(self, pairs: Pairs, resource_type: str | None, context: Context, *, lenient: bool = False) -> Parsed:
        """The query that `pairs` ask of `resource_type`, or of the whole register (None).

        Raises: Problem(INVALID) naming the parameter and what to do. When `lenient`, what is unknown or not offered is
        left out and comes back as a warning; a value that makes no sense is still refused.
        """
        context = replace(context, bases=context.bases or self._bases)
        criteria = Criteria(
            self._parameters, frozenset(self._types), context, full_text=self._full_text, apart=self._apart
        )
        pairs = [(name, value) for name, value in pairs if name not in RENDERING]
        _check_text(pairs)
        pairs = self._named(pairs)
        types, pairs = self._searched(pairs, resource_type)
        presentation = Presentation(criteria, types if len(types) == 1 else (), self._page, self._counts)
        conditions: list[Condition] = []
        understood: list[tuple[str, str]] = []
        issues: list[Issue] = []
        for name, value in pairs:
            try:
                if not presentation.take(name, value):
                    conditions.append(self._condition(criteria, types, resource_type, name, value))
                understood.append((name, value))
            except Problem as problem:
                if not lenient or any(issue.code != "not-supported" for issue in problem.issues):
                    raise
                issues.extend(_ignored(issue) for issue in problem.issues)
        seen = [limited for limited in (self._seen(criteria, types),) if limited is not None]
        if resource_type is None and types != self._types:
            understood.insert(0, ("_type", ",".join(types)))
        asked = presentation.query()
        sort = _measured(asked.sort, conditions)
        if sort and sort[0].near is not None and all(name != "_total" for name, _ in pairs):
            asked = replace(asked, total="none")  # the nearest are found without looking at all that are near
        query = replace(
            asked,
            types=types,
            conditions=tuple(dict.fromkeys([*conditions, *seen])),
            sort=sort,
            parameters=tuple(understood),
            now=context.now,
            whole=resource_type is None,
        )
        return Parsed(query, tuple(issues))

    def _named(self, pairs: Pairs) -> Pairs:
        """`pairs`, the named query among them replaced by what it stands for. Raises: Problem(INVALID)."""
        names = [value for name, value in pairs if name == "_query"]
        if not names:
            return pairs
        if len(names) > 1 or names[0] not in self._queries:
            hint = near(names[0], self._queries)
            raise unsupported(
                "_query",
                f"« _query » : ce registre ne déclare pas de requête « {names[0]} » (une par recherche). {hint.fr}",
                f"“_query”: this register declares no query “{names[0]}” (one per search). {hint.en}",
            )
        query = self._queries[names[0]]
        given = {name: value for name, value in pairs if name in query.parameters}
        missing = [name for name in query.parameters if name not in given]
        if missing:
            raise refuse(
                missing[0],
                f"La requête « {names[0]} » demande « {missing[0]} ».",
                f"The query “{names[0]}” takes “{missing[0]}”.",
                code="required",
            )
        rest = [(name, value) for name, value in pairs if name != "_query" and name not in query.parameters]
        return [*query.criteria(given), *rest]

    def _searched(self, pairs: Pairs, resource_type: str | None) -> tuple[tuple[str, ...], Pairs]:
        if resource_type is not None:
            return (resource_type,), pairs
        asked = [of for name, value in pairs if name == "_type" for of in split(value, ",")]
        for of in asked:
            if of not in self._types:
                hint = near(of, self._types)
                raise refuse(
                    "_type",
                    f"Ce registre ne contient pas de « {of} ». {hint.fr}",
                    f"This register holds no “{of}”. {hint.en}",
                )
        rest = [(name, value) for name, value in pairs if name != "_type"]
        return tuple(dict.fromkeys(asked)) or self._types, rest

    @staticmethod
    def _seen(criteria: Criteria, types: tuple[str, ...]) -> Condition | None:
        """What holds of all that whoever asks may see of these types; None when all of it may be seen."""
        sight = criteria.context.sight
        if sight is None:
            return None
        limits = [sight.limit(criteria, of) for of in types]
        if not any(limits):
            return None
        if len(types) > 1:
            raise unsupported(
                "_type",
                "Votre profil ne voit pas tout de ces types : cherchez dans un seul à la fois.",
                "Your profile does not see all of these types: search one at a time.",
            )
        return limits[0]

    def _condition(
        self, criteria: Criteria, types: tuple[str, ...], resource_type: str | None, name: str, value: str
    ) -> Condition:
        if resource_type is not None:
            return criteria.condition(resource_type, name, value)
        base, _, modifier = name.partition(":")
        if base not in (*COMMON, "_list", "_compartment", "_during", "_text", "_content") or modifier not in (
            "",
            "not",
        ):
            listed = ", ".join(sorted(COMMON))
            raise unsupported(
                name,
                f"Une recherche sur tout le registre n'accepte que {listed} ; pour « {name} », cherchez dans un type.",
                f"A search of the whole register only takes {listed}; for “{name}”, search one type.",
            )
        each = [criteria.condition(of, name, value) for of in types]
        negated = [condition.of for condition in each if isinstance(condition, Never)]
        return Never(either(negated)) if negated else either(each)


def _measured(sort: tuple[Sort, ...], conditions: Sequence[Condition]) -> tuple[Sort, ...]:
    """The order, distances measured from the centre of the circle that is searched; the nearest first when none is asked."""
    circles = [one for one in conditions if isinstance(one, NearTest)]
    if not sort and len(circles) == 1:
        return (Sort("near", name=circles[0].name, near=circles[0]),)
    if all(key.by != "near" for key in sort):
        return sort
    if len(sort) > 1 or len(circles) != 1:
        raise refuse(
            "_sort",
            "« _sort=near » trie par distance : c'est la seule clé, et la recherche a un critère « near » et un seul.",
            "“_sort=near” sorts by distance: it is the only key, and the search has one criterion “near”, no more.",
        )
    return (replace(sort[0], near=circles[0]),)


def _check_text(pairs: Pairs) -> None:
    """Refuse what no JSON text can hold (half characters, U+0000): it matches nothing and no store takes it."""
    for name, value in pairs:
        if "\x00" in name + value or (not (name + value).isprintable() and _is_broken(name + value)):
            raise refuse(
                "",
                "La requête contient un caractère qui n'existe pas ; écrivez-la en UTF-8.",
                "The query holds a character that does not exist; write it in UTF-8.",
            )


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _ignored(issue: Issue) -> Issue:
    text = Text(f"Ignoré (handling=lenient). {issue.text.fr}", f"Ignored (handling=lenient). {issue.text.en}")
    return Issue(text, issue.expression, issue.rule, issue.code, "warning")
