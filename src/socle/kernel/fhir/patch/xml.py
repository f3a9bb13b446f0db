"""XML Patch on the XML form of a resource. Source: RFC 5261, FHIR R4 http.html#patch.

Operations `add`, `replace` and `remove` are the children of the document, whatever its root is called. Namespace
declarations and processing instructions cannot be selected: FHIR XML has none that a patch could mean. The prefixes f
(FHIR) and h (XHTML) need no declaration.
"""

from typing import Any, Final

from lxml import etree

from socle.kernel.fhir.patch.patch import Bounds, Json, does_not_apply, no_patch, too_many
from socle.kernel.fhir.patch.selector import USUAL, Refused, xpath
from socle.kernel.fhir.xml import faults
from socle.kernel.fhir.xml.reader import read
from socle.kernel.fhir.xml.writer import write
from socle.kernel.outcome import Problem

RULE: Final = "RFC 5261"
_ATTRIBUTES: Final = {"add": ("sel", "pos", "type"), "replace": ("sel",), "remove": ("sel", "ws")}
_POSITIONS: Final = ("prepend", "before", "after")
_Element = etree._Element


class XmlPatch:
    """The operations of an XML Patch, in order."""

    __slots__ = ("_operations",)

    def __init__(self, data: bytes, bounds: Bounds) -> None:
        """Raises: Problem(MALFORMED) for what is no XML, Problem(INVALID) naming the operation, Problem(TOO_COSTLY)."""
        root = parsed(data)
        operations = [child for child in root if not isinstance(child, etree._Comment)]
        if not operations:
            raise no_patch(
                "Un XML Patch a au moins une opération add, replace ou remove.",
                "An XML Patch has at least one operation add, replace or remove.",
                "",
                RULE,
            )
        if len(operations) > bounds.operations:
            raise too_many("XML Patch", bounds.operations, RULE)
        self._operations = [_Operation(one, f"[{i}]") for i, one in enumerate(operations)]

    def apply(self, resource: Json) -> Json:
        """The resource after the operations. Raises: Problem(RULE_VIOLATED), Problem(INVALID | MALFORMED) when the
        result is no FHIR XML.
        """
        return read(self.apply_to(write(resource)), placed=False).resource

    def apply_to(self, document: bytes) -> bytes:
        """The document after the operations. Raises: Problem(RULE_VIOLATED)."""
        root = parsed(document)
        for operation in self._operations:
            root = operation.apply(root)
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def parsed(data: bytes) -> _Element:
    """The root of an XML text without document type. Raises: Problem(MALFORMED) with its place."""
    if b"<!DOCTYPE" in data:
        faults.refuse(faults.DOCTYPE, None)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        place = (error.lineno or 1, (error.offset or 0) + 1)
        faults.refuse(faults.unreadable(error.msg), place)
    return root


class _Operation:
    """One operation: what it does, where, with what content."""

    __slots__ = ("at", "content", "name", "namespaces", "path", "position", "said", "type")

    def __init__(self, element: _Element, at: str) -> None:
        self.at = at
        self.name = str(etree.QName(element).localname)
        known = _ATTRIBUTES.get(self.name)
        if known is None:
            raise no_patch(
                f"« {self.name[:60]} » n'est pas une opération ; écrivez add, replace ou remove.",
                f"“{self.name[:60]}” is no operation; write add, replace or remove.",
                at,
                RULE,
            )
        for attribute in element.attrib:
            if attribute not in known:
                listed = ", ".join(known)
                raise no_patch(
                    f"« {self.name} » n'a pas d'attribut « {str(attribute)[:60]} » ; il a {listed}.",
                    f"“{self.name}” has no attribute “{str(attribute)[:60]}”; it has {listed}.",
                    at,
                    RULE,
                )
        if "sel" not in element.attrib:
            raise no_patch(
                f"« {self.name} » demande « sel », ce qu'il vise : par exemple f:Patient/f:name[1]/f:family/@value.",
                f"“{self.name}” takes “sel”, what it is about: for instance f:Patient/f:name[1]/f:family/@value.",
                at,
                RULE,
            )
        self.said = str(element.get("sel", ""))
        self.namespaces: dict[str | None, str] = dict(element.nsmap)
        try:
            self.path = xpath(self.said, self.namespaces)
        except Refused as place:
            raise no_patch(
                f"« sel » n'est pas un sélecteur de RFC 5261 à partir du caractère {int(str(place)) + 1} ; écrivez par "
                "exemple f:Patient/f:name[1]/f:family/@value.",
                f"“sel” is no selector of RFC 5261 from character {int(str(place)) + 1}; write for instance "
                "f:Patient/f:name[1]/f:family/@value.",
                at,
                RULE,
            ) from None
        self.position = str(element.get("pos", ""))
        self.type = str(element.get("type", ""))
        if self.position not in ("", *_POSITIONS) or (self.type and (self.position or not self.type.startswith("@"))):
            raise no_patch(
                "« pos » vaut prepend, before ou after ; « type » est un @attribut, sans « pos ».",
                "“pos” is prepend, before or after; “type” is an @attribute, without “pos”.",
                at,
                RULE,
            )
        self.content = element

    def apply(self, root: _Element) -> _Element:
        """Do it; the root, which an operation may replace. Raises: Problem(RULE_VIOLATED)."""
        path, namespaces = self.path
        try:
            found = root.getroottree().xpath(path, namespaces=namespaces, smart_strings=True)
        except etree.XPathEvalError as error:
            raise self._fails(f"« sel » est illisible ({error})", f"“sel” cannot be read ({error})") from error
        assert isinstance(found, list)
        if not found:
            raise self._nothing(root)
        if len(found) > 1:
            raise self._fails(
                f"« sel » désigne {len(found)} nœuds, et doit en désigner un seul : précisez-le, par exemple par [1]",
                f"“sel” finds {len(found)} nodes, and must find a single one: narrow it, for instance by [1]",
            )
        node: Any = found[0]
        if self.name == "add":
            self._add(node)
        elif self.name == "replace":
            return self._replace(root, node)
        else:
            self._remove(root, node)
        return root

    def _nothing(self, root: _Element) -> Problem:
        """What is said of a selector that finds nothing; the usual reason is a namespace that was not announced."""
        if None not in self.namespaces:
            path, namespaces = xpath(self.said, {**self.namespaces, None: USUAL["f"]})
            if root.getroottree().xpath(path, namespaces=namespaces):
                return self._fails(
                    "« sel » ne désigne rien, car ses noms n'ont pas d'espace de noms : écrivez f:Patient/f:…, ou "
                    f'xmlns="{USUAL["f"]}" sur la racine du patch',
                    "“sel” finds nothing, for its names have no namespace: write f:Patient/f:…, or "
                    f'xmlns="{USUAL["f"]}" on the root of the patch',
                )
        return self._fails("« sel » ne désigne rien", "“sel” finds nothing")

    # — add —

    def _add(self, node: Any) -> None:
        if self.type:
            if not isinstance(node, _Element) or isinstance(node, etree._Comment):
                raise self._fails("un attribut s'ajoute à un élément", "an attribute is added to an element")
            node.set(self._attribute(self.type[1:]), self.content.text or "")
            return
        if not isinstance(node, _Element):
            raise self._fails(
                "on n'ajoute rien à un attribut ni à un texte", "nothing is added to an attribute or a text"
            )
        parts, before = self._nodes(), self.content.text or ""
        if self.position in ("before", "after"):
            parent = node.getparent()
            if parent is None:
                raise self._fails("la racine n'a ni avant ni après", "the root has no before and no after")
            place = parent.index(node) + (self.position == "after")
            if self.position == "after" and node.tail:
                if parts:
                    parts[-1].tail = (parts[-1].tail or "") + node.tail
                else:
                    before += node.tail
                node.tail = None
        else:
            if isinstance(node, etree._Comment):
                raise self._fails("un commentaire ne contient rien", "a comment holds nothing")
            parent, place = node, 0 if self.position == "prepend" else len(node)
            if self.position == "prepend" and node.text:
                if parts:
                    parts[-1].tail = (parts[-1].tail or "") + node.text
                else:
                    before += node.text
                node.text = None
        for offset, part in enumerate(parts):
            parent.insert(place + offset, part)
        _add_text(parent, place, before)

    def _attribute(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        if not colon:
            return name
        uri = self.namespaces.get(prefix)
        if uri is None:
            raise self._fails(f"le préfixe « {prefix} » n'est pas déclaré", f"the prefix “{prefix}” is not declared")
        return f"{{{uri}}}{local}"

    # — replace —

    def _replace(self, root: _Element, node: Any) -> _Element:
        if not isinstance(node, _Element):
            if len(self.content):
                raise self._fails("on remplace un texte par un texte", "a text is replaced by a text")
            owner = node.getparent()
            if node.is_attribute:
                owner.set(node.attrname, self.content.text or "")
            elif node.is_tail:
                owner.tail = self.content.text
            else:
                owner.text = self.content.text
            return root
        parts = self._nodes()
        comment = isinstance(node, etree._Comment)
        if len(parts) != 1 or isinstance(parts[0], etree._Comment) is not comment:
            raise self._fails(
                "un élément se remplace par un seul élément, un commentaire par un commentaire",
                "an element is replaced by a single element, a comment by a comment",
            )
        made = parts[0]
        parent = node.getparent()
        if parent is None:
            return made
        made.tail = node.tail
        parent.replace(node, made)
        return root

    # — remove —

    def _remove(self, root: _Element, node: Any) -> None:
        if not isinstance(node, _Element):
            owner = node.getparent()
            if node.is_attribute:
                del owner.attrib[node.attrname]
            elif node.is_tail:
                owner.tail = None
            else:
                owner.text = None
            return
        parent = node.getparent()
        if parent is None:
            raise self._fails("la racine ne se retire pas", "the root is not removed")
        place, tail = parent.index(node), node.tail or ""
        parent.remove(node)
        _add_text(parent, place, tail)

    def _nodes(self) -> list[_Element]:
        """Copies of what the operation holds."""
        text = etree.tostring(self.content, encoding="unicode", with_tail=False)
        return list(etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True)))

    def _fails(self, fr: str, en: str) -> Problem:
        return does_not_apply(self.at, f"{self.name} {self.said}", fr, en, RULE)


def _add_text(parent: _Element, place: int, text: str) -> None:
    """Add a text before the child at `place`."""
    if not text:
        return
    if place == 0:
        parent.text = (parent.text or "") + text
    else:
        parent[place - 1].tail = (parent[place - 1].tail or "") + text
