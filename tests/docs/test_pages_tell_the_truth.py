"""Documentation that names a file or a symbol names one that exists; links between pages lead somewhere."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/README.md")]
    if "node_modules" not in path.parts
)
MENTION = re.compile(r"`([\w./-]+\.(?:py|sql|toml|md|css|html|xsd|wsdl|zst|js))(?:::([\w.]+))?`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def located(page: Path, name: str) -> Path | None:
    """The file that `name` means on `page`: from the root, from the package, or beside the page."""
    for base in (ROOT, ROOT / "src/socle", page.parent):
        if (base / name).exists():
            return base / name
    return None


def defines(tree: ast.AST, dotted: str) -> bool:
    """Whether a module defines `dotted` ("function", "Class.method", "CONSTANT")."""
    head, _, rest = dotted.partition(".")
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == head:
            return not rest or defines(node, rest)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == head for target in targets):
            return not rest
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_symbol_named_exists(page: Path) -> None:
    wrong = []
    for name, symbol in MENTION.findall(page.read_text(encoding="utf-8")):
        if "/" not in name:
            continue  # a file name in general ("model.py"), not a place
        file = located(page, name)
        if file is None:
            wrong.append(name)
        elif symbol and not defines(ast.parse(file.read_text(encoding="utf-8")), symbol):
            wrong.append(f"{name}::{symbol}")
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [
        link
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link and not link.startswith("mailto:")
    ]
    assert not [link for link in links if not (page.parent / link).exists()]
