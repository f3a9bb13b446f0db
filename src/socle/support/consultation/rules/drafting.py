"""Writing in the files of an edition without rewriting them: what is not touched keeps its comments and its layout."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from socle.kernel.outcome import Kind, Problem
from socle.support.consultation.model import Change
from socle.support.doctrine.model import EditionStatus

RULE: Final = "CONS-018"
HEADING: Final = "## Ce que la concertation a changé"
_HEAD: Final = r"^%s: *[\"']?(.+?)[\"']?$"  # a field of a chapter's front matter
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def with_statement(text: str, requirement: str, statement: str) -> tuple[str, str]:
    """A file of requirements where one says something else, and what it said before.

    Raises: Problem(INVALID) when the file cannot be read; Problem(NOT_FOUND) when the requirement is not in it.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0]
        raise Problem.of(Kind.INVALID, f"YAML illisible ({said}).", f"Unreadable YAML ({said}).", rule=RULE) from error
    for item in root.value if isinstance(root, yaml.SequenceNode) else ():
        fields = {key.value: value for key, value in item.value} if isinstance(item, yaml.MappingNode) else {}
        name, kept = fields.get("id"), fields.get("statement")
        if name is not None and name.value == requirement and isinstance(kept, yaml.ScalarNode):
            start, end = kept.start_mark.index, kept.end_mark.index
            tail = "\n" if text[start:end].endswith("\n") else ""  # a folded block ends after its line
            return text[:start] + quoted(" ".join(statement.split())) + tail + text[end:], str(kept.value).strip()
    raise Problem.of(
        Kind.NOT_FOUND,
        f"Il n'y a pas d'exigence {requirement[:40]} dans ce fichier.",
        f"There is no requirement {requirement[:40]} in this file.",
        rule=RULE,
    )


def with_passage(text: str, before: str, after: str) -> str:
    """A file where a passage is replaced, wherever its lines are cut; as it was when the passage is not in it once."""
    pattern = r"\s+".join(map(re.escape, before.split()))
    found = list(re.finditer(pattern, text)) if pattern else []
    return text[: found[0].start()] + after + text[found[0].end() :] if len(found) == 1 else text


def headed(text: str, *, id: str, based_on: str, status: EditionStatus, published: str, thanks: Sequence[str]) -> str:
    """edition.yaml of the next edition: its year, its status, what it revises and whom it thanks.

    published  ISO date or part of one, "" for a draft
    """
    fields: dict[str, str | None] = {
        "id": quoted(id),
        "status": status.value,
        "published": quoted(published) if published else None,
        "based_on": quoted(based_on),
        "thanks": json.dumps(list(thanks), ensure_ascii=False),
    }
    title = re.search(r"^title: .*$", text, re.MULTILINE)
    if title and based_on in title[0] and id not in title[0]:
        text = text.replace(title[0], title[0].replace(based_on, id), 1)
    return _with_fields(text, fields)


def _with_fields(text: str, fields: Mapping[str, str | None]) -> str:
    """A YAML mapping where these fields have these values (written in YAML), or are absent (None)."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _unreadable(error) from error
    if not isinstance(root, yaml.MappingNode):
        raise Problem.of(
            Kind.INVALID, "edition.yaml : des champs sont attendus.", "edition.yaml: fields are expected.", rule=RULE
        )
    starts = [key.start_mark.index for key, _ in root.value] + [len(text)]
    out = [text[: starts[0]]]
    for position, (key, _) in enumerate(root.value):
        if key.value not in fields:
            out.append(text[starts[position] : starts[position + 1]])
        elif (value := fields[key.value]) is not None:
            out.append(f"{key.value}: {value}\n")
    known = {key.value for key, _ in root.value}
    whole = "".join(out)
    more = "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None and name not in known)
    return whole if not more else whole.rstrip("\n") + "\n" + more


def with_changes(synthesis: str, changes: Sequence[Change], files: Mapping[str, str]) -> str:
    """The synthesis with the list of what the consultation changed, why, and whose contributions caused it.

    The list of a former edition gives way to this one.

    files  those of the edition: a chapter is told by its title
    """
    kept = synthesis.split(HEADING, 1)[0].rstrip("\n")
    if not changes:
        return kept + "\n"
    lines = []
    for change in changes:
        what = f"[{change.requirement}]({change.requirement})" if change.requirement else _told(change.path, files)
        causes = ", ".join(f"C-{id}" for id in change.contributions)
        lines.append(f"- {what} : {markdown(change.why)}" + (f" ({causes})" if causes else ""))
    return f"{kept}\n\n{HEADING}\n\n" + "\n".join(lines) + "\n"


def _told(path: str, files: Mapping[str, str]) -> str:
    """A file as readers know it: a chapter by its title, with a link to it; another file by its name."""
    head = {name: found[1] for name in ("id", "title") if (found := re.search(_HEAD % name, files.get(path, ""), re.M))}
    if not path.startswith("chapters/") or len(head) != 2:
        return f"`{path}`"
    return f"[{markdown(head['title'])}]({head['id']})"


def markdown(text: str) -> str:
    """Plain text as one line of Markdown that says the same: no markup, no HTML."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """A YAML scalar in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def passage(before: str, after: str, around: int = 60) -> tuple[str, str]:
    """What changes between two texts, with a few words around, for people to read."""
    start = 0
    shortest = min(len(before), len(after))
    while start < shortest and before[start] == after[start]:
        start += 1
    end = 0
    while end < shortest - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return _cut(before, start, end, around), _cut(after, start, end, around)


def _unreadable(error: yaml.YAMLError) -> Problem:
    said = str(error).splitlines()[0]
    return Problem.of(Kind.INVALID, f"YAML illisible ({said}).", f"Unreadable YAML ({said}).", rule=RULE)


def _cut(text: str, start: int, end: int, around: int) -> str:
    first = max(0, start - around)
    last = min(len(text), len(text) - end + around)
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    while len(text) - end < last < len(text) and not text[last].isspace():
        last -= 1
    said = text[first:last].strip()
    return ("… " if first > 0 and said else "") + said + (" …" if last < len(text) and said else "")
