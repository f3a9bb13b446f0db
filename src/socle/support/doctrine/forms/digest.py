"""What an edition is, in a few letters: two editions that say the same have the same digest."""

from hashlib import sha256
from importlib.metadata import version

from socle.support.doctrine.forms.oscal import to_catalog
from socle.support.doctrine.forms.pdf import template
from socle.support.doctrine.model import Edition


def pdf_digest(edition: Edition) -> str:
    """What changes whenever the PDF would: what the edition says, the look, the program, the typesetter."""
    parts = (
        to_catalog(edition)["catalog"]["uuid"],  # made from everything that the edition says
        template(),
        version("socle"),
        version("typst"),
    )
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
