"""The requirements of each module are honest: verified by tests that exist, or saying why they are not."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MODULES = (
    "care_offer",
    "care_offer/agenda",
    "actor_identity",
    "directory",
    "interoperability",
    "operational_security",
    "people",
    "structures",
    "terminologies",
)


def requirements(module: str) -> list[dict[str, Any]]:
    file = ROOT / "src/socle/foundations" / module / "requirements.toml"
    found: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))["requirement"]
    return found


ALL = [requirement for module in MODULES for requirement in requirements(module)]


@pytest.mark.parametrize("requirement", ALL, ids=lambda r: r["id"])
def test_a_requirement_is_verified_or_says_why_not(requirement: dict[str, Any]) -> None:
    assert {"id", "official", "chapter", "text", "force", "who", "since"} <= set(requirement)
    assert ("verified_by" in requirement) is not ("not_tested_because" in requirement)


@pytest.mark.parametrize("requirement", ALL, ids=lambda r: r["id"])
def test_the_tests_that_it_names_exist(requirement: dict[str, Any]) -> None:
    for node in requirement.get("verified_by", []):
        file, _, name = node.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}, node


def test_no_two_requirements_have_the_same_identifier() -> None:
    assert len({requirement["id"] for requirement in ALL}) == len(ALL)
