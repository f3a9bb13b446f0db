"""Tokens to Typst. Words are always string literals: nothing that is written can become code or markup."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it.token import Token

from socle.support.doctrine.forms.markdown.parse import Link, address, nowhere, tokens_of

_ESCAPES: Final = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}

_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=[\w«])")
_BEFORE: Final = re.compile(r" (?=[;:!?»])")
_OPENING: Final = re.compile(r"« ")


def literal(text: str) -> str:
    """A text as a string literal of Typst, quotes included."""
    return f'"{text.translate(_ESCAPES)}"'


def french(text: str) -> str:
    """A text as French is printed: curled apostrophes, spaces that do not break before « ; : ! ? » and in quotes."""
    return _OPENING.sub("«\u00a0", _BEFORE.sub("\u00a0", _APOSTROPHE.sub("\u2019", text)))


def said(text: str) -> str:
    """Words for people as a string literal."""
    return literal(french(text))


def words(text: str) -> str:
    """Words for people as markup that shows exactly them."""
    return f"#{said(text)};" if text else ""


def to_typst(markdown: str, *, link: Link = nowhere, level: int = 4) -> str:
    """A text as Typst markup.

    link   from a reference of the edition to its address: an URL, or "<label>" for a place of the same document
    level  of every heading: PDF/UA refuses a text that skips a level, so what authors write is made even
    """
    return "".join(_blocks(iter(tokens_of(markdown)), link, level, ""))


def _blocks(tokens: Iterator[Token], link: Link, level: int, until: str) -> list[str]:
    out: list[str] = []
    for token in tokens:
        if token.type == until:
            break
        match token.type:
            case "inline":
                out.append(_inline(token.children or (), link))
            case "paragraph_close":
                out.append("\n\n" if not token.hidden else "")
            case "heading_open":
                out.append(f"\n#heading(level: {level}, outlined: false)[")
            case "heading_close":
                out.append("]\n\n")
            case "bullet_list_open" | "ordered_list_open":
                out.append(_list(token, tokens, link, level))
            case "blockquote_open":
                inside = "".join(_blocks(tokens, link, level, "blockquote_close"))
                out.append(f"\n#quote(block: true)[{inside}]\n\n")
            case "table_open":
                out.append(_table(tokens, link))
            case "fence" | "code_block":
                out.append(f"\n#raw(block: true, {literal(token.content)})\n\n")
            case "hr":
                out.append("\n#line(length: 100%, stroke: 0.5pt)\n\n")
            case _:
                pass
    return out


def _list(opening: Token, tokens: Iterator[Token], link: Link, level: int) -> str:
    kind = "list" if opening.type.startswith("bullet") else "enum"
    start = opening.attrGet("start")
    settings = f"start: {int(start)}, " if start is not None else ""
    items: list[str] = []
    for token in tokens:
        if token.type == opening.type.replace("_open", "_close"):
            break
        if token.type == "list_item_open":
            items.append("[" + "".join(_blocks(tokens, link, level, "list_item_close")).strip() + "]")
    return f"\n#{kind}({settings}{', '.join(items)})\n\n"


def _table(tokens: Iterator[Token], link: Link) -> str:
    rows: list[list[str]] = []
    sides: list[str] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            if token.tag == "th":
                sides.append(str(token.attrGet("style") or "").removeprefix("text-align:") or "left")
            rows[-1].append(
                "[" + "".join(_blocks(tokens, link, 6, token.type.replace("_open", "_close"))).strip() + "]"
            )
    header, *body = rows
    cells = "".join(f"  {', '.join(row)},\n" for row in body)
    columns = ", ".join(["auto"] * len(header))
    return (
        f"\n#table(columns: ({columns},), align: ({', '.join(sides)},),\n"
        f"  table.header({', '.join(header)}),\n{cells})\n\n"
    )


def _inline(tokens: Sequence[Token], link: Link) -> str:
    out: list[str] = []
    open_links: list[bool] = []
    for token in tokens:
        match token.type:
            case "text" | "image":
                out.append(words(token.content))
            case "code_inline":
                out.append(f"#raw({literal(token.content)});")
            case "softbreak":
                out.append("\n")
            case "hardbreak":
                out.append("#linebreak();")
            case "strong_open":
                out.append("#strong[")
            case "em_open":
                out.append("#emph[")
            case "strong_close" | "em_close":
                out.append("];")
            case "link_open":
                where = address(str(token.attrGet("href") or ""), link)
                open_links.append(where is not None)
                if where is not None:
                    out.append(f"#link({where if where.startswith('<') else literal(where)})[")
            case "link_close":
                out.append("];" if open_links.pop() else "")
            case _:
                pass
    return "".join(out)
