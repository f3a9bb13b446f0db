"""Write docs/conformance/README.md: what is supported, read from the tests, and what is not, with the reason.

    python -m scripts.conformance

What is supported is what a test shows: each line is the name of a test, under the sentence that its file begins with.
What is not is in `docs/conformance/missing.toml`; a line there that says which test shows the refusal must name one that
exists. A test tells when the page is stale.
"""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "conformance" / "README.md"
MISSING: Final = ROOT / "docs" / "conformance" / "missing.toml"
CHAPTERS: Final = MISSING.with_name("chapters.toml")


class Wrong(Exception):
    """A chapter names what does not exist; the message says what."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of tests: what it is about, and what its tests show, as sentences."""

    path: str
    about: str
    tests: tuple[str, ...]


def shown(path: Path) -> Shown:
    """What a file of tests shows. Test names read as sentences: `test_a_code_is_found` says "a code is found"."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    about = (ast.get_docstring(tree) or path.stem).split("\n\n", 1)[0].replace("\n", " ")
    return Shown(str(path.relative_to(ROOT)), about.rstrip("."), tuple(_names(tree)))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _names(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name.removeprefix("test_")


def page() -> str:
    """The page, whole. Raises: Wrong when a chapter or a missing thing names what is not there."""
    chapters = tomllib.loads(CHAPTERS.read_text(encoding="utf-8"))["chapter"]
    missing = tomllib.loads(MISSING.read_text(encoding="utf-8"))
    unknown = set(missing) - {chapter["title"] for chapter in chapters}
    if unknown:
        raise Wrong(f"{MISSING.name}: no chapter is named {sorted(unknown)}")
    lines = [
        "# What is supported, what is not",
        "",
        "<!-- Written by scripts/conformance.py from the tests and from missing.toml: do not edit. -->",
        "",
        "Every line under *Shown by tests* is the name of a test that runs at each change: what it says holds. *Not there* says",
        "what is not supported and why; nothing of it is ignored in silence, it is refused or said.",
        "",
    ]
    lines += [f"* [{chapter['title']}](#{_anchor(chapter['title'])})" for chapter in chapters]
    for chapter in chapters:
        lines += ["", f"## {chapter['title']}", ""]
        if chapter.get("details"):
            lines += [f"Choices and limits in detail: [{chapter['details']}]({chapter['details']}).", ""]
        lines += ["### Shown by tests", ""]
        for one in _files(chapter):
            lines += [f"*{one.about}* (`{one.path}`, {len(one.tests)} tests)", ""]
            lines += [f"- {name.replace('_', ' ')}" for name in one.tests] + [""]
        lines += ["### Not there", ""]
        rows = missing.get(chapter["title"], [])
        lines += [_line(row) for row in rows] or ["Nothing that we know of."]
    return "\n".join(lines) + "\n"


def _files(chapter: dict[str, list[str]]) -> list[Shown]:
    files: list[Path] = []
    for pattern in chapter["tests"]:
        found = sorted(path for path in ROOT.glob(pattern) if path.name.startswith("test_"))
        if not found:
            raise Wrong(f"{CHAPTERS.name}: {chapter['title']}: no test in {pattern}")
        files += found
    return [shown(path) for path in dict.fromkeys(files)]


def _line(row: dict[str, str]) -> str:
    text = f"- **{row['what']}**: {row['why']}"
    proof = row.get("test", "")
    if proof:
        file, _, name = proof.partition("::")
        if name.removeprefix("test_") not in shown(ROOT / file).tests:
            raise Wrong(f"{MISSING.name}: {row['what']}: no such test: {proof}")
        text += f" (`{file}`: {name.removeprefix('test_').replace('_', ' ')})"
    return text


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
