"""A package is read as something that nobody vouches for."""

import gzip
import io
import json
import random
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.fhir.packages.making import OFFICIAL, archive, manifest, needs_official, package, resource

from socle.kernel.fhir.packages import Entry, Limits, Package, packages_at
from socle.kernel.outcome import Kind, Problem

NAME = json.dumps(manifest("a.b")).encode()
VALUE_SET = resource("ValueSet", "http://a/ValueSet/v", version="2.0", name="V", title="Vé", compose={"include": []})


def refused(path: Path, limits: Limits | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        list(Package.open(path, limits).resources())
    return caught.value


def test_what_each_resource_is(tmp_path: Path) -> None:
    profile = resource(
        "StructureDefinition",
        "http://a/StructureDefinition/p",
        kind="resource",
        type="Patient",
        derivation="constraint",
        baseDefinition="http://hl7.org/fhir/StructureDefinition/Patient",
        snapshot={"element": []},
    )
    made = Package.open(package(tmp_path, "a.b", resources=[VALUE_SET, profile], dependencies={"c": "1.0"}))
    assert (made.manifest.id, made.manifest.dependencies) == ("a.b#1.0.0", {"c": "1.0"})
    first, second = (entry for entry, _ in made.resources())
    assert first == Entry("ValueSet", "http://a/ValueSet/v", "2.0", "v", name="V", title="Vé", status="active")
    assert (second.type, second.derivation, second.snapshot) == ("Patient", "constraint", True)


def test_a_resource_is_given_as_it_was_written(tmp_path: Path) -> None:
    raw = b'{ "resourceType" : "ValueSet",\n "decimal": 1.00 }'
    path = archive(tmp_path / "a.tgz", {"package/package.json": NAME, "package/v.json": raw})
    assert [body for _, body in Package.open(path).resources()] == [raw]


def test_a_folder_is_a_package_too(tmp_path: Path) -> None:
    for folder in (tmp_path / "plain", tmp_path / "nested" / "package"):
        folder.mkdir(parents=True)
        (folder / "package.json").write_bytes(NAME)
        (folder / "v.json").write_text(json.dumps(VALUE_SET))
    for path in (tmp_path / "plain", tmp_path / "nested"):
        assert [entry.id for entry, _ in Package.open(path).resources()] == ["v"]
        again = Package.open(Package.open(path).as_archive(tmp_path))
        assert [entry.id for entry, _ in again.resources()] == ["v"]


def test_only_what_is_directly_in_package_counts(tmp_path: Path) -> None:
    body = json.dumps(VALUE_SET).encode()
    members = {"package/package.json": NAME, "package/other/v.json": body, "package/.index.json": b"{}", "v.json": body}
    assert list(Package.open(archive(tmp_path / "a.tgz", members)).resources()) == []


def test_a_person_s_name_is_no_title(tmp_path: Path) -> None:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "X"}]}
    [(entry, _)] = Package.open(package(tmp_path, "a.b", resources=[patient])).resources()
    assert (entry.name, entry.id) == ("", "p")


@pytest.mark.parametrize("name", ["../x.json", "package/../../x.json", "/etc/x.json", "package\\..\\x.json"])
def test_a_path_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    problem = refused(archive(tmp_path / "a.tgz", {"package/package.json": NAME, name: b"{}"}))
    assert problem.kind is Kind.RULE_VIOLATED
    assert name in problem.issues[0].text.en


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    link = tarfile.TarInfo("package/link.json")
    link.type, link.linkname = kind, "/etc/passwd"
    assert refused(archive(tmp_path / "a.tgz", {"package/package.json": NAME}, link)).kind is Kind.RULE_VIOLATED


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_bytes(NAME)
    (tmp_path / "secret.json").symlink_to("/etc/passwd")
    assert refused(tmp_path).kind is Kind.RULE_VIOLATED


def test_a_bomb_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    members = {"package/package.json": NAME, "package/zeros.json": bytes(3_000_000)}
    path = archive(tmp_path / "a.tgz", members)
    assert path.stat().st_size < 10_000
    assert refused(path, Limits(member=1_000_000)).kind is Kind.TOO_LARGE
    assert refused(path, Limits(total=1_000_000)).kind is Kind.TOO_LARGE
    assert refused(path, Limits(members=1)).kind is Kind.TOO_LARGE


def test_a_header_cannot_ask_for_more_than_a_member_may_hold(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 8_000_000_000
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(header.tobuf() + bytes(100_000)))
    assert refused(path).kind in (Kind.TOO_LARGE, Kind.MALFORMED)


def test_headers_nested_without_end_are_refused(tmp_path: Path) -> None:
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 1
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress((name.tobuf() + b"a".ljust(512, b"\0")) * 20_000))
    assert refused(path).kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("said", "member"),
    [
        ({"version": "1"}, "name"),
        ({"name": "../x", "version": "1"}, "name"),
        ({"name": "a"}, "version"),
        ({"name": "a", "version": "1 2"}, "version"),
        ({"name": "a", "version": "1", "dependencies": {"b": 1}}, "dependencies"),
        ({"name": "a", "version": "1", "fhirVersions": "4.0.1"}, "fhirVersions"),
        ({"name": "a", "version": "1", "fhirVersions": ["5.0.0"]}, "fhirVersions"),
    ],
)
def test_what_is_wrong_in_package_json_is_named(tmp_path: Path, said: object, member: str) -> None:
    problem = refused(archive(tmp_path / "a.tgz", {"package/package.json": json.dumps(said).encode()}))
    assert problem.issues[0].expression == (member,)


def test_a_member_that_is_no_json_is_named(tmp_path: Path) -> None:
    members = {"package/package.json": NAME, "package/broken.json": b'{"resourceType":'}
    problem = refused(archive(tmp_path / "a.tgz", members))
    assert problem.kind is Kind.MALFORMED
    assert "broken.json" in problem.issues[0].text.en


def test_no_package_says_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(b"no gzip")
    problem = refused(tmp_path / "a.tgz")
    assert (problem.kind, "(it is not gzip)" in problem.issues[0].text.en) == (Kind.MALFORMED, True)
    assert refused(tmp_path / "absent.tgz").kind is Kind.NOT_FOUND
    assert refused(archive(tmp_path / "b.tgz", {"x": b""})).kind is Kind.MALFORMED


def test_a_folder_of_packages(tmp_path: Path) -> None:
    first, second = package(tmp_path, "b"), package(tmp_path, "a")
    assert packages_at(tmp_path) == [second, first]
    assert packages_at(first) == [first]
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem, match=r"aucun paquet"):
        packages_at(tmp_path / "empty")


def _whole() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in {"package/package.json": NAME, "package/v.json": json.dumps(VALUE_SET).encode()}.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            tar.addfile(one, io.BytesIO(content))
    return buffer.getvalue()


def test_a_member_whose_name_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.tgz"
    content = b'{"resourceType":"ValueSet","name":"\x9f"}'
    with tarfile.open(path, "w:gz") as tar:
        for name, data in {"package/package.json": NAME, "package/v.json": content}.items():
            one = tarfile.TarInfo(name)
            one.size = len(data)
            tar.addfile(one, io.BytesIO(data))
    with pytest.raises(Problem) as caught:
        list(Package.open(path).resources())
    assert caught.value.kind is Kind.MALFORMED


@given(seed=st.integers(0, 2**32), changes=st.integers(1, 20))
def test_a_damaged_archive_is_refused_or_read_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int
) -> None:
    drawn = random.Random(seed)
    damaged = bytearray(_whole())
    for _ in range(changes):
        damaged[drawn.randrange(2048)] = drawn.randrange(256)
    path = tmp_path_factory.getbasetemp() / "damaged.tgz"
    path.write_bytes(gzip.compress(bytes(damaged), 1))
    with suppress(Problem):
        assert all(entry.resourceType for entry, _ in Package.open(path).resources())


@needs_official
def test_the_official_packages_are_read() -> None:
    read = {path.name: sum(1 for _ in Package.open(path).resources()) for path in packages_at(OFFICIAL)}
    assert len(read) >= 13
    assert read["hl7.fhir.r4.core-4.0.1.tgz"] == 4578
