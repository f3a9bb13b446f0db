"""The requirements of the module are honest: each is verified by tests that exist, or says why it is not."""

import ast
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

import socle.foundations.ins

ROOT = Path(__file__).parents[3]
FILE = Path(socle.foundations.ins.__file__).parent / "requirements.toml"
REQUIREMENTS = tomllib.loads(FILE.read_text(encoding="utf-8"))["requirement"]
FORCES = {"SHALL", "SHOULD", "MAY"}


@lru_cache(maxsize=64)
def names_in(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r["id"])
def test_a_requirement_is_verified_or_says_why_not(requirement: dict[str, object]) -> None:
    assert {"id", "official", "chapter", "text", "force", "who", "since"} <= set(requirement)
    assert requirement["force"] in FORCES
    assert ("verified_by" in requirement) is not ("not_tested_because" in requirement)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r["id"])
def test_the_tests_that_it_names_exist(requirement: dict[str, list[str]]) -> None:
    for node in requirement.get("verified_by", []):
        file, _, name = node.partition("::")
        assert name.startswith("test_")
        assert name in names_in(ROOT / file), node


def test_identifiers_are_numbered_without_a_gap() -> None:
    assert [r["id"] for r in REQUIREMENTS] == [f"INS-{n:03d}" for n in range(1, len(REQUIREMENTS) + 1)]


def _refusals(file: Path) -> set[str]:
    """What the refusals of a file name as their rule: the second argument of `Refused`, or a string given to
    `_forged`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            at = {"Refused": 1, "_forged": 0}.get(node.func.id)
            if at is not None and len(node.args) > at and isinstance(argument := node.args[at], ast.Constant):
                found.add(argument.value)
    return found


def test_every_rule_that_refuses_is_a_requirement_or_the_format_of_insi() -> None:
    known = {r["official"] for r in REQUIREMENTS}
    named = {rule for file in (FILE.parent / "rules").glob("*.py") for rule in _refusals(file)}
    assert len(named) > 5
    assert {rule for rule in named - known if not rule.startswith(("INSi RECSANSVITALE", "INS §1"))} == set()
