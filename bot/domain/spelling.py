"""How people spell one thing: signs of every keyboard made plain, names compared without their case."""

import unicodedata

# Phones and keyboards write one sign in many ways; NFKC knows only the full-width ones.
_ALIKE = str.maketrans(
    dict.fromkeys("“”„‟″〝〞〟«»「」『』《》｢｣", '"')
    | dict.fromkeys("‘’‚‛′‹›´ˊˋ", "'")
    | dict.fromkeys("−˗⁃", "-")
    | dict.fromkeys("\u2800\u115f\u1160\u3164\uffa0", " ")
)


def make_plain(text: str) -> str:
    """Quotes, dashes, spaces and digits of every script as plain ones, nothing that cannot be seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_plain(char) for char in unicodedata.normalize("NFKC", text.translate(_ALIKE)))


def fold(name: str) -> str:
    """What two names have in common that are the same to people."""
    return make_plain(make_plain(name).casefold())


def _plain(char: str) -> str:
    """Drop what cannot be seen (zero-width, control, variation selectors); keep white space as a space."""
    if char.isspace():
        return " "
    match unicodedata.category(char):
        case "Cc" | "Cf" | "Cs":
            return ""
        case "Pd":
            return "-"
        case "Nd":
            return str(unicodedata.decimal(char))
        case "Mn" if "\ufe00" <= char <= "\ufe0f":
            return ""
    return char
