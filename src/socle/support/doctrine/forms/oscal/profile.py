"""What one kind of addressee must do, as a profile of the catalog."""

from socle.support.doctrine.forms.oscal.pieces import Json, full, metadata, prop, sealed
from socle.support.doctrine.forms.words import ADDRESSEES
from socle.support.doctrine.model import Addressee, Edition


def to_profile(edition: Edition, addressee: Addressee | None = None, *, catalog: str = "catalog.json") -> Json:
    """The profile of an addressee, or of the whole edition: {"profile": {…}}.

    catalog  where the catalog stands, relative to the profile
    """
    chosen = [requirement.id for requirement in edition.requirements if addressee in requirement.addressees]
    content = full(
        metadata=metadata(
            edition,
            edition.title if addressee is None else f"{edition.title} : {ADDRESSEES[addressee]}",
            props=[] if addressee is None else [prop("addressee", addressee.value)],
        ),
        imports=[_import(catalog, None if addressee is None else chosen)],
        merge={"as-is": True},
    )
    return sealed("profile", edition, content)


def _import(catalog: str, chosen: list[str] | None) -> Json:
    if chosen is None:
        return {"href": catalog, "include-all": {}}
    if not chosen:  # an empty list is not allowed, and no list at all may be read as everything
        return {"href": catalog, "include-all": {}, "exclude-controls": [{"matching": [{"pattern": "*"}]}]}
    return {"href": catalog, "include-controls": [{"with-ids": chosen}]}
