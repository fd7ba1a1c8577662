"""Spelling: make the characters of every keyboard plain, compare names without case."""

import unicodedata

# Phones and keyboards write a sign in many ways; NFKC changes only full-width signs.
_ALIKE = str.maketrans(
    dict.fromkeys("“”„‟″〝〞〟«»「」『』《》｢｣", '"')
    | dict.fromkeys("‘’‚‛′‹›´ˊˋ", "'")
    | dict.fromkeys("−˗⁃", "-")
    | dict.fromkeys("\u2800\u115f\u1160\u3164\uffa0", " ")
)


def make_plain(text: str) -> str:
    """The text with plain quotes, dashes, spaces and digits, and without invisible characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_plain(char) for char in unicodedata.normalize("NFKC", text.translate(_ALIKE)))


def fold(name: str) -> str:
    """A form that is equal for names which people consider the same."""
    return make_plain(make_plain(name).casefold())


def _plain(char: str) -> str:
    """Drop an invisible character (zero-width, control, variation selector); make white space a space."""
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
