"""Small packages, made for a test."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.shared import SHARED

OFFICIAL = SHARED / "fhir-packages"
needs_official = pytest.mark.skipif(
    not OFFICIAL.is_dir(), reason="the official packages are not on this machine (SOCLE_SHARED)"
)


def manifest(name: str, version: str = "1.0.0", **more: Any) -> dict[str, Any]:
    """package.json."""
    return {"name": name, "version": version, "fhirVersions": ["4.0.1"], **more}


def resource(resource_type: str, url: str, **more: Any) -> dict[str, Any]:
    """A definition."""
    return {"resourceType": resource_type, "id": url.rpartition("/")[2], "url": url, "status": "active", **more}


def package(
    path: Path,
    name: str,
    version: str = "1.0.0",
    resources: Sequence[dict[str, Any]] = (),
    dependencies: Mapping[str, str] | None = None,
    **more: Any,
) -> Path:
    """A .tgz in the folder `path`."""
    said = manifest(name, version, dependencies=dict(dependencies or {}), **more)
    members = {"package/package.json": json.dumps(said).encode()}
    for n, one in enumerate(resources):
        members[f"package/{one['resourceType']}-{one.get('id', n)}.json"] = json.dumps(one).encode()
    return archive(path / f"{name}-{version}.tgz", members)


def archive(path: Path, members: Mapping[str, bytes], *others: tarfile.TarInfo) -> Path:
    """A .tgz of any members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in members.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            tar.addfile(one, io.BytesIO(content))
        for one in others:
            tar.addfile(one)
    path.write_bytes(gzip.compress(buffer.getvalue()))
    return path
