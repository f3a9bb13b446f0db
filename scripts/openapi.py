"""Try the OpenAPI files of the national guides on a running house, with schemathesis.

    uv run --group contracts python -m scripts.openapi --url http://127.0.0.1:8000 --key KEY [--shared ../shared/openapi]

The files are those that the guides' publisher generates. Three things in them are put right before they are tried, and no
other: the schemas of resources, which they fetch from hl7.org, become “a resource of that type”, so that nothing is downloaded;
bodies in XML, described by schemas that no OpenAPI tool reads, are not sent; 201 and 200 are both answers of a write
(FHIR R4 http.html#create, #update), where they only know 200. What schemathesis finds wrong makes the command end with 1.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
BASES: Final[Mapping[str, str]] = {
    "GAP-GestionnaireAgenda": "/agenda/fhir",
    "GAP-GestionnaireRessources": "/agenda/fhir",
    "SAS-GestionnaireAgenda-CPTS": "/sas/fhir",
    "SAS-GestionnaireAgenda-PsIndiv": "/sas/fhir",
    "SAS-GestionnaireAgenda-SOS": "/sas/fhir",
    "SAS-GestionnaireAgenda-RDVSOS": "/sas/fhir",
    "SAS-GestionnaireAgenda-RDVpsindiv": "/sas/fhir",
    "SAS-GestionnaireStructure": "/sas/fhir",
    "AsServerDPCapabilityStatement": "/annuaire/fhir/v2",
    "AsMssServerCapabilityStatement": "/annuaire/fhir/v2",
}
CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
_DEFINITION: Final = "https://hl7.org/fhir/R4/fhir.schema.json#/definitions/"


def mended(document: Any) -> Any:
    """A document with its schemas at hand, and both answers of a write."""
    if isinstance(document, list):
        return [mended(one) for one in document]
    if not isinstance(document, dict):
        return document
    reference = document.get("$ref", "")
    if reference.startswith(_DEFINITION):
        return resource(reference.removeprefix(_DEFINITION))
    found = {name: mended(value) for name, value in document.items()}
    for name, media in list(found.get("content", {}).items()):
        if str(document["content"][name].get("schema", {}).get("$ref", "")).endswith(".xsd"):
            if "description" in found and "required" in found:  # a request's body
                del found["content"][name]
            else:
                media.pop("schema", None)
    answers = found.get("responses", {})
    if "200" in answers and (
        "requestBody" in found or str(found.get("operationId", "")).startswith(("create", "update"))
    ):
        answers.setdefault("201", answers["200"])
    return found


def resource(of: str) -> Json:
    """“A resource of that type”."""
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string", "enum": [of]}},
    }


def run(file: Path, base: str, key: str, *, examples: int, seed: int) -> int:
    """Try one file; the exit code of schemathesis."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        copy.write_text(json.dumps(mended(json.loads(file.read_text("utf-8-sig")))), "utf-8")
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", str(copy), "--url", base,
            "--header", f"Authorization: Bearer {key}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--warnings", "off",
        ]  # fmt: skip
        return subprocess.run(command, cwd=folder, check=False).returncode


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", required=True, help="address of the house")
    parser.add_argument("--key", required=True, help="key of an actor with the roles publisher and sas-platform")
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "openapi")
    parser.add_argument("--only", default="", help="names that contain this")
    parser.add_argument("--examples", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    wrong = []
    for name, base in BASES.items():
        file = asked.shared / f"{name}.openapi.json"
        if asked.only not in name:
            continue
        if not file.exists():
            print(f"{name}: not in {asked.shared}")
            continue
        print(f"== {name} on {base}", flush=True)
        if run(file, asked.url.rstrip("/") + base, asked.key, examples=asked.examples, seed=asked.seed):
            wrong.append(name)
    print(f"wrong: {', '.join(wrong) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
