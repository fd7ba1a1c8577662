"""The Chinese for every English pattern; a test holds that none is missing and none is left over."""

ZH: dict[str, str] = {}
