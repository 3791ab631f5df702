"""Parse the selectors of rules and pressures.

``who`` is a conjunction of attributes, each with alternatives: ``sex=male;age_band=18-27|28-35``.
Lists (documents, nationalities) are alternatives: ``foreign_passport|residence_abroad``. ``*`` or
an empty cell selects all.
"""

from collections.abc import Collection

ALL = "*"


def parse_list(text: str | None) -> tuple[str, ...]:
    """Alternatives of a list cell; empty for all."""
    if text is None or text.strip() in ("", ALL):
        return ()
    return tuple(part.strip() for part in text.split("|") if part.strip())


def parse_who(text: str | None, attributes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Attributes and their alternatives; empty for all. ValueError, in words, if malformed."""
    selection: dict[str, tuple[str, ...]] = {}
    if text is None or text.strip() in ("", ALL):
        return selection
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, values = part.partition("=")
        name = name.strip()
        alternatives = parse_list(values)
        if not equals or not alternatives:
            raise ValueError(f'"{part.strip()}" is not of the form attribute=value|value')
        if name not in attributes:
            raise ValueError(f'"{name}" is not an attribute ({", ".join(attributes)})')
        if name in selection:
            raise ValueError(f'"{name}" is named twice')
        selection[name] = alternatives
    return selection


def addressed(
    who: str | None, document: str | None, nationality: str | None, attributes: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Attributes selected by a row, those of its document and nationality cells included."""
    selection = parse_who(who, attributes)
    for name, cell in (("document", document), ("nationality", nationality)):
        alternatives = parse_list(cell)
        if alternatives:
            both = selection.get(name)
            selection[name] = tuple(a for a in alternatives if both is None or a in both)
    return selection
