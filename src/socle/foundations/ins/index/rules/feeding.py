"""Who may feed a domain."""

from socle.kernel.outcome import Allowed, Decision, Refused, Text


def may_feed(system: str, owner: str, structure: str) -> Decision:
    """Whether a structure may feed a domain that `owner` feeds ("" for whoever may feed the index).

    A domain belongs to the structure that fed it first, or that was declared: nobody rewrites the records of another.
    Ours: no national text says how a regional index shares out its domains.
    """
    if not owner or owner == structure:
        return Allowed(f"domain {system}")
    return Refused(
        Text(
            "Ce domaine d'identification est alimenté par une autre structure : vous ne pouvez écrire que dans le vôtre.",
            "This identification domain is fed by another structure: you can only write in yours.",
        ),
        "MPI-DOMAIN",
        ("Patient.identifier",),
    )
