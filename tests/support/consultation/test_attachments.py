"""Files are what their content says; what runs, unfolds beyond reason or goes on after its end is refused."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.consultation.support import ANNE, BRUNO, as_, filed

from socle.kernel.outcome import Kind, Problem
from socle.support.consultation import actions
from socle.support.consultation.actions import Forum
from socle.support.consultation.model import LARGEST_ATTACHMENT, MediaType
from socle.support.consultation.rules.attachments import media_type_of, shown_name

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0\xff\xda\0\x08\1\1\0\0?\0\xff\xd9"
)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def archive(parts: dict[str, bytes], stored: str = "") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


TYPES = b'<Types><Override ContentType="%b.main+xml"/></Types>' % MediaType.DOCX.encode()


def docx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>", **more})


def odt(**more: bytes) -> bytes:
    parts = {"mimetype": MediaType.ODT.encode(), "content.xml": b"<office:document-content/>", **more}
    return archive(parts, stored="mimetype")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (PDF, MediaType.PDF),
        (png(), MediaType.PNG),
        (JPEG, MediaType.JPEG),
        (docx(), MediaType.DOCX),
        (odt(), MediaType.ODT),
        ("Une note, à l'ancienne : 3 < 4 & 5 > 2.\n".encode(), MediaType.TEXT),
    ],
)
def test_what_is_accepted_is_known_by_its_content(content: bytes, what: MediaType) -> None:
    assert media_type_of(content) is what


BOMB = docx(**{"word/media.xml": b"\0" * 30_000_000})
EXTERNAL = b'<Relationship Type="x/attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"\xef\xbb\xbf  <!DOCTYPE html><p>bonjour",
        b"Bonjour <SCRIPT src=x></script>",
        b"#!/bin/sh\nrm -rf /\n",
        b"MZ\x90\x00\x03\x00\x00\x00",
        b"\x7fELF\x02\x01\x01",
        "é".encode("latin-1") + b" texte",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"{\\rtf1 bonjour}",
        PDF.replace(b"/Type", b"/OpenAction << /S /JavaScript /JS (x) >> /Type"),
        PDF.replace(b"/Type", b"/OpenAction << /S /J#61vaScript >> /Type"),
        PDF.replace(b"/Type", b"/EmbeddedFile 2 0 R /Type"),
        PDF[:20],
        png() + b"<script>",
        png()[:-4],
        png(100_000, 100_000),
        JPEG + b"<?php",
        JPEG[:20],
        BOMB,
        archive({"a.txt": b"x"}),
        docx(**{"word/vbaProject.bin": b"x"}),
        docx(**{"word/embeddings/oleObject1.bin": b"x"}),
        docx(**{"../evil": b"x"}),
        docx(**{"word/_rels/settings.xml.rels": EXTERNAL}),
        odt(**{"Basic/Standard/Module1.xml": b"x"}),
        docx()[:-30],
        b"PK\x03\x04" + b"\0" * 100,
    ],
    ids=range(28),
)
def test_what_is_hostile_or_damaged_is_refused(content: bytes) -> None:
    with pytest.raises(Problem) as caught:
        media_type_of(content)
    assert caught.value.kind is Kind.UNSUPPORTED_MEDIA
    assert caught.value.issues[0].rule == "CONS-011"


def test_a_file_too_large_is_refused_as_such() -> None:
    with pytest.raises(Problem) as caught:
        media_type_of(b"a" * (LARGEST_ATTACHMENT + 1))
    assert caught.value.kind is Kind.TOO_LARGE


START = st.sampled_from(
    [b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04", png(), docx(), odt(), JPEG, b""]
)


@given(START, st.binary(max_size=400), st.integers(0, 2000))
def test_whatever_is_sent_the_answer_is_a_type_or_a_problem(start: bytes, rest: bytes, at: int) -> None:
    content = start[:at] + rest + start[at:]
    found: MediaType | Kind
    try:
        found = media_type_of(content)
    except Problem as problem:
        found = problem.kind
    assert found in (*MediaType, Kind.UNSUPPORTED_MEDIA)


@given(st.text(max_size=300), st.sampled_from(MediaType))
def test_a_name_is_made_harmless(name: str, what: MediaType) -> None:
    shown = shown_name(name, what)
    assert shown.isprintable()
    assert not set(shown) & set('/\\<>:"|?*')
    assert shown.endswith((".pdf", ".png", ".jpg", ".docx", ".odt", ".txt"))
    assert 5 <= len(shown) <= 125


def test_a_program_does_not_keep_the_name_of_one() -> None:
    assert shown_name("C:\\temp\\facture.pdf.exe", MediaType.TEXT) == "facture.pdf.txt"


async def test_a_file_is_joined_and_read_again_byte_for_byte(forum: Forum) -> None:
    kept = await filed(forum, "Voir le document.")
    file = await actions.attach(forum, kept.id, "note.exe", PDF, **as_(ANNE))
    assert (file.name, file.media_type, file.size) == ("note.pdf", MediaType.PDF, len(PDF))
    assert await actions.attachment(forum, file.id) == (file, PDF)
    assert (await actions.contribution(forum, kept.id)).attachments == 1


async def test_the_same_file_is_kept_once_and_no_more_than_five(forum: Forum) -> None:
    kept = await filed(forum, "Voir les documents.")
    for number in range(5):
        await actions.attach(forum, kept.id, "note", PDF + b"%" + bytes([48 + number]), **as_(ANNE))
    again = await actions.attach(forum, kept.id, "autre", PDF + b"%0", **as_(ANNE))
    assert again.name == "note.pdf"
    with pytest.raises(Problem) as caught:
        await actions.attach(forum, kept.id, "sixième", PDF, **as_(ANNE))
    assert caught.value.issues[0].rule == "CONS-011"
    assert len(await actions.attachments(forum, kept.id)) == 5


async def test_the_largest_file_is_kept_whole(forum: Forum) -> None:
    kept = await filed(forum, "Voir le rapport.")
    content = PDF + b"%" + b"a" * (LARGEST_ATTACHMENT - len(PDF) - 7) + b"\n%%EOF"
    assert len(content) == LARGEST_ATTACHMENT
    file = await actions.attach(forum, kept.id, "rapport", content, **as_(ANNE))
    assert (await actions.attachment(forum, file.id))[1] == content


async def test_only_its_author_joins_a_file(forum: Forum) -> None:
    kept = await filed(forum, "À moi.")
    with pytest.raises(Problem):
        await actions.attach(forum, kept.id, "intrus", PDF, **as_(BRUNO))


async def test_the_file_of_a_withdrawn_contribution_is_gone(forum: Forum) -> None:
    kept = await filed(forum, "Voir.")
    file = await actions.attach(forum, kept.id, "note", PDF, **as_(ANNE))
    await actions.withdraw(forum, kept.id, 1, **as_(ANNE))
    with pytest.raises(Problem) as caught:
        await actions.attachment(forum, file.id)
    assert caught.value.kind is Kind.GONE
