"""Tokens to words, for search, calendars and whatever shows no markup."""

from socle.support.doctrine.forms.markdown.parse import tokens_of


def to_text(markdown: str) -> str:
    """The words of a text: a line a paragraph, cell or item, no markup; pictures give their alternative text."""
    lines: list[str] = []
    for token in tokens_of(markdown):
        if token.type == "inline":
            words = (
                " " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or ()
            )
            lines.append("".join(words).strip())
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.rstrip("\n"))
    return "\n".join(line for line in lines if line)
