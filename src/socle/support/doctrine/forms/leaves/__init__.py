"""An edition cut into leaves: what the EPUB and the HTML folder show, each leaf as XHTML that starts at h1.

leaves(edition, ".xhtml")  →  Leaf("ins", "2.4.5 Identité nationale de santé", <h1>…)
"""

from socle.support.doctrine.forms.leaves.leaf import Leaf, Leaves
from socle.support.doctrine.forms.leaves.whole import leaves

__all__ = ["Leaf", "Leaves", "leaves"]
