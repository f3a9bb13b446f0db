"""What a query reads and searches: each by a request of its own, permitted and traced as if it had come alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.graphql.document import RULE, wrong
from socle.kernel.search.refusal import near
from socle.kernel.search.sight import INTERNAL

Json = dict[str, Any]
Ask = Callable[[str], Awaitable[Answer]]
MOST: Final = 200  # reads and searches of one query
DEPTH: Final = json.MAX_DEPTH + 10
_WHOLE: Final = ("_sort", "_filter")  # whose commas are their own
_PAGING: Final = ("first", "previous", "next", "last")
COMMON: Final = ("_id", "_lastUpdated", "_sort", "_text", "_content", "_filter")  # criteria of every type


class Asking:
    """The reads and searches of one query; what was asked once is not asked again."""

    def __init__(self, ask: Ask, parameters: Callable[[str], Mapping[str, Any]]) -> None:
        self._ask = ask
        self.parameters = parameters
        self._known: dict[str, Json] = {}
        self._left = MOST

    async def get(self, path: str) -> Json:
        """The resource that a GET answers. Raises: Problem, as the request alone would; Problem(TOO_COSTLY)."""
        if path not in self._known:
            self._left -= 1
            if self._left < 0:
                raise Problem.of(
                    Kind.TOO_COSTLY,
                    f"La requête GraphQL demande plus de {MOST} lectures et recherches : découpez-la.",
                    f"The GraphQL query asks for more than {MOST} reads and searches: split it.",
                    rule=RULE,
                )
            self._known[path] = json.parse((await self._ask(path)).body, max_depth=DEPTH)
        return self._known[path]

    async def listed(self, of: str, arguments: Mapping[str, Any], about: str) -> list[Json]:
        """The resources of XList: `_count` of them from `_offset`."""
        rest = dict(arguments)
        count, offset = natural(rest.pop("_count", 50), "_count"), natural(rest.pop("_offset", 0), "_offset")
        query = self._query(of, rest, about)
        found = (await self.get(f"{of}?{urlencode([*query, ('_count', str(count + offset))])}")).get("entry", [])
        matches = [entry["resource"] for entry in found if entry.get("search", {}).get("mode") == "match"]
        return matches[offset : offset + count]

    async def connection(self, of: str, arguments: Mapping[str, Any], about: str) -> Json:
        """A page of XConnection: count, pagesize, edges, and where the other pages are."""
        rest = dict(arguments)
        cursor = rest.pop("_cursor", None)
        size = natural(rest.pop("_count", 50), "_count")
        if cursor is not None:
            found = await self.get(f"{of}?{urlencode({'_page': str(cursor)})}")
        else:
            query = [*self._query(of, rest, about), ("_count", str(size)), ("_total", "accurate")]
            found = await self.get(f"{of}?{urlencode(query)}")
        entries = found.get("entry", [])
        edges = [
            {"mode": entry["search"]["mode"], "resource": entry["resource"]}
            for entry in entries
            if entry.get("search", {}).get("mode") != "outcome"
        ]
        page: Json = {"pagesize": size, "edges": edges}
        if cursor is None:
            page["offset"] = 0
        if "total" in found:
            page["count"] = found["total"]
        for link in found.get("link", []):
            if link["relation"] in _PAGING:
                token = dict(parse_qsl(urlsplit(link["url"]).query)).get("_page")
                if token:
                    page[link["relation"]] = token
        return page

    def _query(self, of: str, arguments: Mapping[str, Any], about: str) -> list[tuple[str, str]]:
        """Search parameters: a name of GraphQL has _ where FHIR has -."""
        known = self.parameters(of)
        out: list[tuple[str, str]] = []
        for name, value in arguments.items():
            if name == "_reference":
                if not about:
                    raise wrong("« _reference » part d'une ressource.", "“_reference” starts from a resource.")
                parameter = str(value)
                if parameter not in known and parameter.replace("_", "-") in known:
                    parameter = parameter.replace("_", "-")
                out.append((parameter, about))
                continue
            parameter = name if name in known or name[0] == "_" else name.replace("_", "-")
            if parameter not in known and parameter not in COMMON:
                hint = near(parameter, (one for one in known if INTERNAL not in one))
                raise wrong(
                    f"« {name} » n'est pas un critère de {of}. {hint.fr}",
                    f"“{name}” is no criterion of {of}. {hint.en}",
                )
            values = value if isinstance(value, list) else [value]
            said = [text(one) for one in values]
            if parameter not in _WHOLE:  # alternatives are a list: a comma is one of the value's own
                said = [one.replace(",", "\\,") for one in said]
            out.append((parameter, ",".join(said)))
        if about and "_reference" not in arguments:
            raise wrong(
                f"Dans une ressource, {of} demande « _reference », le critère qui la désigne.",
                f"Inside a resource, {of} takes “_reference”, the criterion that names it.",
            )
        return out


def text(value: Any) -> str:
    """A value of an argument as a search or a filter compares it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def natural(value: Any, name: str) -> int:
    """A number of `_count` or `_offset`. Raises: Problem(INVALID)."""
    said = str(value)
    if isinstance(value, bool) or not (said.isascii() and said.isdigit() and len(said) < 6) or int(said) > 1_000:
        raise wrong(f"« {name} » est un entier de 0 à 1000.", f"“{name}” is an integer from 0 to 1000.")
    return int(said)
