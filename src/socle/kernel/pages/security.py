"""What every page is sent with, and from where a form is accepted."""

from urllib.parse import urlsplit

from starlette.requests import Request

from socle.kernel.policy.origin import foreign_request, is_foreign

# No inline script, no inline style, nothing from elsewhere: a name typed into a form can never become code.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refuse_foreign_form(request: Request) -> None:
    """Refuse a form that another site makes the browser send (no token needed: browsers say where a form comes from).

    Raises: Problem(FORBIDDEN).
    """
    if is_foreign(request.headers):
        raise foreign_request()


def safe_next(url: str) -> str:
    """`url` when it is a path of this site, else "/": a link never sends elsewhere after login."""
    parts = urlsplit(url)
    local = url.startswith("/") and not url.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return url if local and url.isprintable() else "/"
