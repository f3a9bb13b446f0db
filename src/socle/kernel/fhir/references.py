"""What a resource refers to.

Source: FHIR R4 references.html, http.html#transaction.
"""

import re
from typing import Any

from socle.kernel.fhir.definitions import r4

Json = dict[str, Any]

_RESTFUL = re.compile(
    r"(?:(https?://.+)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?"
)


def split_reference(text: str) -> tuple[str, str, str, str | None] | None:
    """(base, type, id, version) of a RESTful reference ("Patient/1": base "", version None); None for any other text.

    Linear in the length of `text`.
    """
    match = _RESTFUL.fullmatch(text)
    if match is None or not r4().is_resource(match[2]):
        return None
    return match[1] or "", match[2], match[3], match[4]


def target_type(reference: Json, resource: Json | None = None) -> str | None:
    """The type of what a Reference refers to, as far as the data tell; None when they do not.

    Taken from its text ("Patient/1", "https://…/Patient/1", "Patient?identifier=…"), from the resource contained in
    `resource` that it names ("#p1"), or from its `type`.
    """
    text = reference.get("reference")
    if text is not None:
        if text[:1] == "#":
            for contained in (resource or {}).get("contained", ()):
                if contained.get("id") == text[1:]:
                    return str(contained["resourceType"])
        path, question, _ = text.partition("?")
        parts = path.split("/_history/", 1)[0].rsplit("/", 2)
        name = parts[-1] if question else parts[-2] if len(parts) > 1 else ""
        if r4().is_resource(name):
            return str(name)
    declared = reference.get("type")
    return declared.rsplit("/", 1)[-1] if declared else None
