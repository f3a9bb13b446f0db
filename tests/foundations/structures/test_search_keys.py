"""The keys that the migration gives to what was loaded before are those of the register's parameters."""

import re
from importlib.resources import files

from socle.foundations.structures.api import ENDPOINT
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.parameters import Parameters

_FILES = {"structures": "0003_search_keys.sql", "people": "0005_search_keys.sql"}


def _sql(module: str) -> str:
    return files(f"socle.foundations.{module}").joinpath("migrations", _FILES[module]).read_text()


def test_the_migration_names_the_parameters_that_the_register_asks_together() -> None:
    known = Parameters(ENDPOINT.register, r4()).of("Organization")
    wanted = {known[name].key for name in ENDPOINT.register.begun["Organization"]}
    [listed] = re.findall(r"param IN \(([^)]*)\)", _sql("structures"))
    assert {int(one) for one in listed.split(",")} == wanted


def test_it_makes_them_as_that_of_professionals_which_is_compared_with_a_load() -> None:
    made = [re.findall(r"array_agg\(.*?AS toks", _sql(module), re.DOTALL) for module in ("structures", "people")]
    assert made[0] == made[1]
    assert len(made[0]) == 1
