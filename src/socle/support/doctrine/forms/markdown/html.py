"""Tokens to HTML that is XHTML too: every tag closed, no style, no script, no raw HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markdown_it.token import Token
from markupsafe import Markup

from socle.support.doctrine.forms.markdown.parse import Link, address, nowhere, tokens_of

_PLAIN: Final = frozenset({"p", "ul", "li", "blockquote", "strong", "em", "thead", "tbody", "tr"})


@dataclass(frozen=True, slots=True)
class _Lead:
    """Where links lead, and what is said of those that go out."""

    link: Link
    rel: str
    local: bool

    def opening(self, written: str) -> str:
        """The opening tag of a link, "" when it leads nowhere."""
        where = address(written, self.link, local=self.local)
        if where is None:
            return ""
        out = where == written and not where.startswith("/")
        relation = f' rel="{escape(self.rel)}"' if self.rel and out else ""
        return f'<a href="{escape(where)}"{relation}>'


def to_html(markdown: str, *, link: Link = nowhere, shift: int = 0, rel: str = "", local: bool = True) -> Markup:
    """A text as HTML, safe to put in a page.

    link   from a reference of the edition to its address (see `Link`)
    shift  how many levels headings go down: 1 makes an h3 of `##`; never below h6
    rel    relation of the links that go out, e.g. "nofollow ugc" for what strangers write
    local  whether links to addresses of the house ("/doctrine") are kept; a book has none
    """
    html = "".join(_blocks(tokens_of(markdown), _Lead(link, rel, local), shift))
    html = html.replace('<th scope="col"></th>', "<td></td>")  # an empty corner heads nothing
    return Markup(html)  # noqa: S704 (made of escaped pieces only)


def _blocks(tokens: Sequence[Token], lead: _Lead, shift: int) -> list[str]:
    out: list[str] = []
    for token in tokens:
        if token.hidden:  # paragraphs of tight lists
            continue
        match token.type:
            case "inline":
                out.append(_inline(token.children or (), lead))
            case "heading_open" | "heading_close":
                level = min(int(token.tag[1]) + shift, 6)
                out.append(f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n")
            case "fence" | "code_block":
                out.append(f"<pre><code>{escape(token.content, quote=False)}</code></pre>\n")
            case "hr":
                out.append("<hr/>\n")
            case "ordered_list_open":
                start = token.attrGet("start")
                out.append(f'<ol start="{int(start)}">' if start is not None else "<ol>")
            case "ordered_list_close":
                out.append("</ol>\n")
            case "table_open":  # wide tables scroll, and what scrolls can be reached by the keyboard
                out.append('<div class="scroll" role="group" aria-label="Tableau" tabindex="0"><table>')
            case "table_close":
                out.append("</table></div>\n")
            case "th_open" | "td_open":
                out.append(_cell(token))
            case "th_close" | "td_close":
                out.append(f"</{token.tag}>")
            case _:
                out.append(_plain(token))
    return out


def _plain(token: Token) -> str:
    if token.tag not in _PLAIN:
        return ""
    return f"<{token.tag}>" if token.nesting == 1 else f"</{token.tag}>\n"


def _cell(token: Token) -> str:
    scope = ' scope="col"' if token.tag == "th" else ""
    side = str(token.attrGet("style") or "").removeprefix("text-align:")
    align = f' class="{side}"' if side in ("right", "center") else ""  # a style attribute is refused by our pages
    return f"<{token.tag}{scope}{align}>"


def _inline(tokens: Sequence[Token], lead: _Lead) -> str:
    out: list[str] = []
    open_links: list[bool] = []
    for token in tokens:
        match token.type:
            case "text":
                out.append(escape(token.content, quote=False))
            case "code_inline":
                out.append(f"<code>{escape(token.content, quote=False)}</code>")
            case "softbreak":
                out.append("\n")
            case "hardbreak":
                out.append("<br/>\n")
            case "link_open":
                opening = lead.opening(str(token.attrGet("href") or ""))
                open_links.append(bool(opening))
                out.append(opening)
            case "link_close":
                out.append("</a>" if open_links.pop() else "")
            case "image":
                out.append(escape(token.content, quote=False))
            case _:
                out.append(_plain(token).rstrip("\n"))
    return "".join(out)
