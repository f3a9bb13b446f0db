"""`_filter` for the slow engine: the sentence is read and judged for one resource, left to right, at once.

Source: FHIR R4 search_filter.html.
"""

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socle.kernel.search.reference import Entry, Reference

_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|[()\[\]]|[^\s()\[\]"]+')


def filter_holds(engine: "Reference", entry: "Entry", text: str) -> bool:
    """Whether a resource satisfies a filter, known to be well written."""
    pieces = _PIECES.findall(text)
    return _sentence(engine, entry, pieces)


def _sentence(engine: "Reference", entry: "Entry", pieces: list[str]) -> bool:
    """Judge and take away the pieces up to the end or a closing mark."""
    holds = _term(engine, entry, pieces)
    while pieces and pieces[0] in ("and", "or"):
        operator = pieces.pop(0)
        other = _term(engine, entry, pieces)
        holds = (holds and other) if operator == "and" else (holds or other)
    return holds


def _term(engine: "Reference", entry: "Entry", pieces: list[str]) -> bool:
    first = pieces.pop(0)
    if first == "not":
        return not _term(engine, entry, pieces)
    if first == "(":
        holds = _sentence(engine, entry, pieces)
        pieces.pop(0)
        return holds
    path = first.split(".")
    within: list[str] = []
    if pieces[0] == "[":
        end = pieces.index("]")
        within = pieces[1:end]
        path += pieces[end + 1][1:].split(".")
        del pieces[: end + 2]
    operator, value = pieces.pop(0), pieces.pop(0)
    return _reached(engine, entry, path, within, operator, json.loads(value) if value.startswith('"') else value)


def _reached(
    engine: "Reference", entry: "Entry", path: list[str], within: list[str], operator: str, value: str
) -> bool:
    if len(path) == 1:
        return _compared(engine, entry, path[0], operator, value)
    link, _, of = path[0].partition(":")
    return any(
        engine.leads(entry, link, other)
        and (not within or _sentence(engine, other, list(within)))
        and _reached(engine, other, path[1:], [], operator, value)
        for other in engine.entries
        if other.type == (of or "Patient")
    )


def _compared(engine: "Reference", entry: "Entry", name: str, operator: str, value: str) -> bool:
    escaped = re.sub(r"([,$\\])", r"\\\1", value)
    if name in ("_id", "_lastUpdated"):
        holds = engine.satisfies(entry, name, value if name == "_id" else operator + value)
        return not holds if (name, operator) == ("_id", "ne") else holds
    if operator == "pr":
        return bool(engine.values(entry, name)) is (value == "true")
    kind = engine.definitions.search_parameters(entry.type)[name].type
    if kind == "string":
        texts = engine.texts(entry, name)
        asked = engine.plain(value)
        found = {
            "eq": asked in texts,
            "ne": asked not in texts and bool(engine.values(entry, name)),
            "co": any(asked in text for text in texts),
            "sw": any(text.startswith(asked) for text in texts),
            "ew": any(text.endswith(asked) for text in texts),
        }
        return found[operator]
    if operator == "po":
        return engine.overlaps(entry, name, value)
    if kind in ("date", "number", "quantity"):
        return engine.satisfies(entry, name, operator + escaped)
    modifier = {"in": ":in", "ni": ":not-in", "ss": ":below", "sb": ":above"}.get(operator, "")
    holds = engine.satisfies(entry, name + modifier, escaped)
    return (not holds and bool(engine.values(entry, name))) if operator == "ne" else holds
