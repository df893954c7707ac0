"""SMS length as carriers bill it, and the folding that keeps a text in their cheap alphabet (GSM 03.38, "GSM-7").

One segment holds 160 GSM-7 characters, 153 when joined to others; 70 and 67 if any character lies outside it.
Source: 3GPP TS 23.038 and 23.040.
"""

import unicodedata

import gsm0338

GSM_ALONE, GSM_JOINED = 160, 153
UCS_ALONE, UCS_JOINED = 70, 67
ESCAPE = "\x1b"


def _alphabet() -> dict[str, int]:
    """Every GSM-7 character with its width: 1, or 2 for those behind the escape."""
    codec = gsm0338.Codec()
    basic = {codec.decode(bytes([code]))[0]: 1 for code in range(128) if chr(code) != ESCAPE}
    extended = {}
    for code in range(128):
        try:
            extended[codec.decode(bytes([0x1B, code]))[0]] = 2
        except UnicodeDecodeError:
            continue
    return {char: width for char, width in (extended | basic).items() if len(char) == 1}


WIDTHS = _alphabet()
ALPHABET = frozenset(WIDTHS)

# What letters alone do not explain: typographic signs, blanks and letters that Unicode does not take apart.
LOOK_ALIKES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`\u02bc", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000\t", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    **dict.fromkeys("\u2022\u00b7", "-"),
    "\u2026": "...",
    "ç": "c",  # GSM-7 has only the capital one
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "þ": "th",
    "Þ": "Th",
    "œ": "oe",
    "Œ": "OE",
    "ı": "i",
}


def is_gsm7(text: str) -> bool:
    return ALPHABET.issuperset(text)


def fold_gsm7(text: str) -> str:
    """The text with each character outside GSM-7 replaced by a plain look-alike; one without any stays.

    Characters GSM-7 has (ñ, é, ü and others) are kept, so nothing is folded that need not be.
    """
    if is_gsm7(text):
        return text
    return "".join(_fold(char) for char in unicodedata.normalize("NFC", text))


def _fold(char: str) -> str:
    if char in WIDTHS:
        return char
    if char in LOOK_ALIKES:
        return LOOK_ALIKES[char]
    letters = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return letters if letters and is_gsm7(letters) else char


def segments(text: str) -> int:
    """How many segments a text takes; at least one. A character of two units never straddles two segments."""
    if is_gsm7(text):
        return _fill([WIDTHS[char] for char in text], GSM_ALONE, GSM_JOINED)
    return _fill([2 if ord(char) > 0xFFFF else 1 for char in text], UCS_ALONE, UCS_JOINED)


def _fill(widths: list[int], alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1
    count, room = 1, joined
    for width in widths:
        if width > room:
            count, room = count + 1, joined
        room -= width
    return count
