"""What an interaction answers, before it is put on the wire."""

from collections.abc import Sequence

from socle.kernel.outcome import Issue
from socle.kernel.store import Stored


class Answer:
    """Status, body and headers, and what the trace must say of it.

    stored    the resource that the answer is about: ETag, Last-Modified and the trace come from it
    body      FHIR JSON, b"" for none; `render` makes XML of it when the caller wants XML
    media     media type of a body that is no FHIR: sent as it is; "" for FHIR
    location  value of Location ("" none): absolute URL
    entities  references touched ("Patient/1/_history/2"), for the trace
    concerns  references of the persons whose data are in the answer, for the trace
    said      what the caller should know although all went well
    """

    __slots__ = ("body", "concerns", "entities", "headers", "location", "media", "said", "status", "stored")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        *,
        stored: Stored | None = None,
        location: str = "",
        entities: Sequence[str] = (),
        concerns: Sequence[str] = (),
        said: Sequence[Issue] = (),
        media: str = "",
    ) -> None:
        self.status = status
        self.body = body
        self.stored = stored
        self.location = location
        self.entities = entities
        self.concerns = concerns
        self.said = said
        self.media = media
        self.headers: list[tuple[bytes, bytes]] = []
