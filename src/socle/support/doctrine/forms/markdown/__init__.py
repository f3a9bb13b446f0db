"""The Markdown of the doctrine and of what people write about it, parsed once and rendered to HTML, Typst or plain text.

CommonMark and tables. Raw HTML is text. Links lead to http, https, mailto, or to something of the edition, which the
caller turns into an address:

    [l'identité nationale de santé](ins)      a chapter, by its identifier
    [l'annuaire](people#cible)                a place in a chapter
    [INS-001]                                 a requirement
    [les écarts](/doctrine/ecarts)            an address of the house, in its own pages only

Whatever else is written as a link or a picture keeps its words and leads nowhere.

    to_html(text, link=lambda target: f"/doctrine/2026/{target}")
"""

from socle.support.doctrine.forms.markdown.html import to_html
from socle.support.doctrine.forms.markdown.parse import Link, Reference, nowhere, references
from socle.support.doctrine.forms.markdown.plain import to_text
from socle.support.doctrine.forms.markdown.typst import to_typst

__all__ = ["Link", "Reference", "nowhere", "references", "to_html", "to_text", "to_typst"]
