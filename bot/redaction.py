"""Strike out secrets: those that the config gives, and every text that looks like a secret."""

import json
import re
from functools import lru_cache
from urllib.parse import quote, quote_plus

STARS = "*****"
# Texts of at most so many characters are remembered with what is struck out of them.
REMEMBERED = 80
# The text between a header's or field's name and its value, as HTTP, JSON, Python or a URL write it.
_IS = r"""(?:\\?['"]?\s*[:=]\s*b?|['"]\s*,\s*b?(?=['"]))"""
_VALUE = r"""(?:\\"[^"\\]*|"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*|[^\s'"\\,;&)}\]]+)"""
_SECRETS = re.compile(
    r"(?:xox[a-z]|xapp|xwfp|xoxe\.xox[a-z])-[\w.%-]+"
    r"|(?<=hooks\.slack\.com/)[^\s'\"]+|(?<=/commands/)T\w+/[^\s'\"]+|(?<=/actions/)T\w+/[^\s'\"]+"
    r"|(?<=ticket=)[^&\s\"']+|(?<=Signature=)\w+|(?<=Access=)\w+|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|(?i:(?<=bearer )\S+)"
    r"|(?P<name>(?i:x-(?:auth|subject|security)-token|x-slack-signature|password|secret_?key|signing_secret"
    rf"|security_token|client_secret)){_IS}(?P<value>{_VALUE})"
)


class Redaction:
    """Strikes out every known secret and every text that looks like a secret."""

    def __init__(self) -> None:
        self._known: list[str] = []
        self._struck = lru_cache(maxsize=1_000)(self._strike)

    def learn(self, *secrets: str) -> None:
        """Also strike out these strings, longest first; very short ones would garble every line."""
        spelled = {form for secret in secrets if len(secret) >= 6 for form in _spellings(secret)}
        self._known = sorted({*self._known, *spelled}, key=len, reverse=True)
        self._struck.cache_clear()

    def __call__(self, text: str) -> str:
        # Names of commands, workspaces and people come again and again.
        return self._struck(text) if len(text) <= REMEMBERED else self._strike(text)

    def _strike(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, STARS)
        return _SECRETS.sub(_starred, text)


def _starred(found: re.Match[str]) -> str:
    name = found["name"]
    return f"{name}={STARS}" if name else STARS


def _spellings(secret: str) -> set[str]:
    """The secret as it is, and as JSON, Python and a URL would write it."""
    found = {json.dumps(secret, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
    found |= {quote(secret, safe, errors="surrogatepass") for safe in ("", "/", "~")}
    found.add(quote_plus(secret, errors="surrogatepass"))
    # Inside a longer text Python may or may not escape an apostrophe.
    for written in (repr(secret)[1:-1], repr(secret.encode("utf-8", "surrogatepass"))[2:-1]):
        bare = written.replace("\\'", "'")
        found |= {written, bare, bare.replace("'", "\\'")}
    return {secret, *found}
