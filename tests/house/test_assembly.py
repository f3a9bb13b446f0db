"""How the catalogue becomes a house."""

from socle.assembly.house import bases, registers, roles, schemas
from socle.catalogue import MODULES
from socle.kernel.module import Status


def test_each_register_is_served_below_the_url_of_the_house() -> None:
    assert bases(MODULES, "ins", "http://h:1") == ("http://h:1/ins/fhir",)
    assert bases(MODULES, "sandbox", "") == ()


def test_every_register_and_every_table_of_a_module_has_its_schema() -> None:
    assert {"sandbox", "ins", "insi"} <= set(schemas(MODULES))
    assert set(registers(MODULES)) <= set(schemas(MODULES))


def test_roles_are_those_that_permissions_carry() -> None:
    assert {"publisher", "identity-agent", "operator", "auditor", "doctrine-editor"} <= roles(MODULES)


def test_names_and_paths_of_modules_are_unique() -> None:
    names = [module.name for module in MODULES]
    paths = [module.path for module in MODULES if module.path]
    endpoints = [endpoint.base for module in MODULES for endpoint in module.endpoints]
    assert len(set(names)) == len(names)
    assert len(set(paths)) == len(paths)
    assert len(set(endpoints)) == len(endpoints)


def test_a_module_to_come_declares_nothing_that_runs() -> None:
    to_come = [module for module in MODULES if module.status is Status.TO_COME]
    assert to_come
    assert not [m.name for m in to_come if m.endpoints or m.routes or m.permissions or m.jobs or m.start]
