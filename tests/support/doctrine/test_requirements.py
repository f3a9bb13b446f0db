"""The requirements of the module are honest: each is verified by tests that exist, or says why it is not."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILE = ROOT / "src/socle/support/doctrine/requirements.toml"
REQUIREMENTS = tomllib.loads(FILE.read_text(encoding="utf-8"))["requirement"]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r["id"])
def test_a_requirement_is_verified_or_says_why_not(requirement: dict[str, object]) -> None:
    assert {"id", "official", "chapter", "text", "force", "who", "since"} <= set(requirement)
    assert ("verified_by" in requirement) is not ("not_tested_because" in requirement)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda r: r["id"])
def test_the_tests_that_it_names_exist(requirement: dict[str, list[str]]) -> None:
    for node in requirement.get("verified_by", []):
        file, _, name = node.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in names, node


def test_identifiers_are_numbered_without_a_gap() -> None:
    assert [one["id"] for one in REQUIREMENTS] == [f"DOC-{n:03d}" for n in range(1, len(REQUIREMENTS) + 1)]
