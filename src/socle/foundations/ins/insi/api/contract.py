"""The published contract, as files: WSDL and schemas written by us from the facts of WSDL 1.5.0."""

from importlib.resources import files
from typing import Final
from xml.sax.saxutils import escape

from starlette.types import Receive, Scope, Send

from socle.foundations.ins.insi.api import http

_FOLDER: Final = files("socle.foundations.ins.insi.soap") / "wsdl"
_XML: Final = "text/xml; charset=utf-8"


def wsdl(address: str) -> bytes:
    """The WSDL of the service at `address`."""
    return (_FOLDER / "insi.wsdl").read_text("utf-8").replace("@ADDRESS@", escape(address)).encode()


def schemas() -> dict[str, bytes]:
    """The XML schemas, by file name."""
    return {each.name: each.read_bytes() for each in (_FOLDER / "xsd").iterdir() if each.name.endswith(".xsd")}


class Schemas:
    """GET /insi/xsd/{name}."""

    def __init__(self) -> None:
        self._files = schemas()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The schema of that name, or 404."""
        content = self._files.get(scope["path_params"]["name"])
        if scope["method"] not in ("GET", "HEAD"):
            await http.answer(send, 405, b"", "text/plain", [("Allow", "GET, HEAD")])
        elif content is None:
            await http.answer(send, 404, b"", "text/plain")
        else:
            await http.answer(send, 200, content if scope["method"] == "GET" else b"", _XML)
