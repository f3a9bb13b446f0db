"""Every French name of the code is in the glossary, and the glossary names nothing that does not exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "socle"
ENGLISH = frozenset((Path(__file__).parent / "english_words.txt").read_text(encoding="utf-8").split())
ROW = re.compile(r"^\|(?!\s*(?:French|-))(.+)\|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")


def glossary() -> set[str]:
    """Names in the last column; "Attribut.HOMA" gives both its parts."""
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    cells = (row.split("|")[-1] for row in ROW.findall(text))
    return {part for cell in cells for name in CODE.findall(cell) for part in name.split(".")}


def words(name: str) -> list[str]:
    """The words of an identifier, lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def public_names(tree: ast.AST) -> Iterator[str]:
    """Classes, functions, attributes and enumeration members that others can see."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                targets = [item.target] if isinstance(item, ast.AnnAssign) else getattr(item, "targets", [])
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_every_french_name_of_a_model_is_in_the_glossary() -> None:
    known = {word for name in glossary() for word in [name.lower(), *words(name)]}
    models = [*SOURCE.glob("*/*/model.py"), *SOURCE.glob("*/*/model/*.py"), *SOURCE.glob("*/*/*/model.py")]
    assert models
    missing = sorted(
        {
            f"{name} ({file.relative_to(SOURCE)})"
            for file in models
            for name in public_names(ast.parse(file.read_text(encoding="utf-8")))
            if not name.startswith("_") and not (name.isupper() and len(name) <= 4)  # official codes name themselves
            for word in words(name)
            if word not in ENGLISH and word not in known and name.lower() not in known
        }
    )
    assert not missing


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    spoken = set(re.findall(r"\w+", code))
    assert sorted(name for name in glossary() if name not in spoken) == []
