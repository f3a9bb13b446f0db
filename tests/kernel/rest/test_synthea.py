"""Bundles of synthetic patients made by somebody else load whole, and each resource comes back equal.

The data are beside the project (../shared/data/synthea, or $SOCLE_SHARED); without them these tests say so. All 61 load with
SOCLE_SYNTHEA=all; otherwise the hospitals, the practitioners and the five smallest patients.
"""

import bz2
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.rest.support import URL, Fhir
from tests.shared import SHARED

from socle.kernel.fhir import json
from socle.kernel.fhir.references import rewrite

FOLDER = SHARED / "data" / "synthea"
FILES = sorted(FOLDER.glob("*.json.bz2"))
SHARED_FIRST = [path for path in FILES if path.name.startswith("0-")]
PATIENTS = sorted((path for path in FILES if not path.name.startswith("0-")), key=lambda path: path.stat().st_size)

pytestmark = pytest.mark.skipif(not FILES, reason=f"no Synthea bundles in {FOLDER}")


def chosen() -> list[Path]:
    return [*SHARED_FIRST, *(PATIENTS if os.environ.get("SOCLE_SYNTHEA") == "all" else PATIENTS[:5])]


async def test_bundles_load_whole_and_come_back_equal(fhir: Fhir) -> None:
    for path in chosen():
        text = bz2.decompress(path.read_bytes())
        answer = await fhir.post("", text, headers={"prefer": "return=minimal"}, timeout=120)
        assert answer.status_code == 200, (path.name, answer.json()["issue"][:3])
        entries = json.parse(text)["entry"]
        done = answer.json()["entry"]
        assert {one["response"]["status"] for one in done} <= {"201 Created", "200 OK"}
        places = [one["response"]["location"].removeprefix(f"{URL}/").split("/_history/")[0] for one in done]
        targets = {entry["fullUrl"]: place for entry, place in zip(entries, places, strict=True)}
        step = max(1, len(places) // 40)  # forty resources of each bundle are read back
        for entry, place in list(zip(entries, places, strict=True))[::step]:
            back = json.parse((await fhir.get(place)).content)
            assert_equal(expected(entry["resource"], targets, back), back)


def expected(sent: dict[str, Any], targets: dict[str, str], back: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with its placeholders resolved, and the id and version that the server gave."""
    resource = deepcopy(sent)
    rewrite(resource, targets.get)
    meta = {
        **resource.get("meta", {}),
        "versionId": back["meta"]["versionId"],
        "lastUpdated": back["meta"]["lastUpdated"],
    }
    return {**resource, "id": back["id"], "meta": meta}


def assert_equal(expected: Any, back: Any) -> None:
    """Equal to the last digit: text of decimals included, conditional references apart."""
    if isinstance(expected, dict):
        assert expected.keys() == back.keys()
        for name, value in expected.items():
            if name == "reference" and "?" in value:
                assert back[name].startswith(value.split("?")[0] + "/")
            else:
                assert_equal(value, back[name])
    elif isinstance(expected, list):
        assert len(expected) == len(back)
        for one, other in zip(expected, back, strict=True):
            assert_equal(one, other)
    else:
        assert (type(expected), str(expected)) == (type(back), str(back))
