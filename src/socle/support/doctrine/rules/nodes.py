"""YAML as text with lines: every scalar is a string, nothing is guessed ("2026" stays "2026", "no" stays "no").

Tags, anchors and aliases are refused: the files are data, and a reader must see what is written where it is used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from socle.support.doctrine.model import Place
from socle.support.doctrine.rules.faults import Faults

_DEEPEST = 12
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A piece of text."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping: name → (line of the name, value)."""

    entries: dict[str, tuple[int, "Node"]]
    line: int


Node = Scalar | Many | Fields


class _Unreadable(Exception):
    def __init__(self, line: int, fr: str, en: str) -> None:
        self.line, self.fr, self.en = line, fr, en


def read_yaml(file: str, text: str, faults: Faults, *, before: int = 0) -> Node | None:
    """The document in `text`, None when it cannot be read (the fault is noted); `before` lines precede it in the file."""
    try:
        events = iter(yaml.parse(text, Loader=yaml.CBaseLoader))
        node = _document(events, before, file, faults)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + 1 + before
        faults.add(
            Place(file, line),
            f"YAML illisible ({error.problem}) : vérifiez l'indentation, les deux-points et les guillemets.",
            f"unreadable YAML ({error.problem}): check indentation, colons and quotes.",
        )
        return None
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0]
        faults.add(Place(file, before + 1), f"YAML illisible ({said}).", f"unreadable YAML ({said}).")
        return None
    except _Unreadable as error:
        faults.add(Place(file, error.line), error.fr, error.en)
        return None
    if node is None:
        faults.add(Place(file, before + 1), "le fichier est vide.", "the file is empty.")
    return node


def note_control(text: str, place: Place, faults: Faults) -> None:
    """Control characters are refused: XML, calendars and terminals do not carry them."""
    if found := _CONTROL.search(text):
        code = f"U+{ord(found[0]):04X}"
        faults.add(place, f"caractère de contrôle {code} ; retirez-le.", f"control character {code}; remove it.")


def _document(events: Iterator[yaml.Event], before: int, file: str, faults: Faults) -> Node | None:
    """The only document of a stream. A stack, not recursion: depth is the writer's, memory is ours."""
    stack: list[tuple[bool, int, list[tuple[int, Node]]]] = []  # (is a mapping, line, children with their lines)
    found: Node | None = None
    for event in events:
        line = (event.start_mark.line if event.start_mark else 0) + 1 + before
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise _Unreadable(line, "ancres, alias (& *) et étiquettes (!) sont interdits.",
                              "anchors, aliases (& *) and tags (!) are not allowed.")  # fmt: skip
        if isinstance(event, yaml.DocumentStartEvent) and found is not None:
            raise _Unreadable(line, "un seul document par fichier.", "one document a file.")
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(stack) == _DEEPEST:
                raise _Unreadable(line, f"plus de {_DEEPEST} niveaux.", f"more than {_DEEPEST} levels.")
            stack.append((isinstance(event, yaml.MappingStartEvent), line, []))
            continue
        if isinstance(event, yaml.ScalarEvent):
            node: Node = Scalar(event.value.strip(), line)
            note_control(event.value, Place(file, line), faults)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            is_mapping, begun, children = stack.pop()
            line = begun
            node = _mapping(children, begun, file, faults) if is_mapping else Many(tuple(n for _, n in children), begun)
        else:
            continue
        if stack:
            stack[-1][2].append((line, node))
        else:
            found = node
    return found


def _mapping(children: list[tuple[int, Node]], line: int, file: str, faults: Faults) -> Fields:
    entries: dict[str, tuple[int, Node]] = {}
    for (at, name), (_, value) in zip(children[::2], children[1::2], strict=True):
        if not isinstance(name, Scalar):
            raise _Unreadable(at, "un nom de champ est un mot.", "a field's name is a word.")
        if name.text in entries:
            faults.add(
                Place(file, at),
                f"champ « {name.text} » écrit deux fois (aussi ligne {entries[name.text][0]}).",
                f"field “{name.text}” written twice (also line {entries[name.text][0]}).",
            )
        else:
            entries[name.text] = (at, value)
    return Fields(entries, line)
