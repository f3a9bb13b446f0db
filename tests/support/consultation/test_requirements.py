"""The requirements of the module are honest: verified by tests that exist; every rule that the code names is one."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "src/socle/support/consultation"
ALL: list[dict[str, Any]] = tomllib.loads((MODULE / "requirements.toml").read_text(encoding="utf-8"))["requirement"]


@pytest.mark.parametrize("requirement", ALL, ids=lambda r: r["id"])
def test_the_tests_that_it_names_exist(requirement: dict[str, Any]) -> None:
    for node in requirement["verified_by"]:
        file, _, name = node.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}, node


def test_every_rule_that_the_code_names_is_a_requirement() -> None:
    code = "\n".join(file.read_text("utf-8") for file in [*MODULE.rglob("*.py"), *MODULE.rglob("*.sql")])
    known = [requirement["id"] for requirement in ALL]
    assert len(set(known)) == len(known)
    assert set(re.findall(r"CONS-\d{3}", code)) <= set(known)
