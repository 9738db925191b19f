"""How something is typed does not change what it says: one plain form of a text, and of an answer."""

import re
import unicodedata

_SAME = {
    **dict.fromkeys("‘’‚‛′‹›", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
    **dict.fromkeys("⁄∕", "/"),
}
_TYPED = re.compile(f"[{''.join(_SAME)}]")
# Zero-width characters, soft hyphens, directions, and the private use area, whose characters mark names and facts.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ue000-\uf8ff]"
)
_MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_POWERS = re.compile("[\u00b2\u00b3\u00b9\u2070\u2074-\u207e]+")
_SUBSCRIPTS = re.compile("(?<=\\d)[\u2080-\u2089]+|[\u208a-\u208e]+")  # H₂O is H2O, but 10₆ is not 106
_FRACTION = re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])")
_END = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|endoftext|end_of_text|end|end_of_turn)\|>|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>"
)
_ROLE = re.compile(r"<\|im_start\|>(?:assistant)?|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>")
# What nobody sees, and what is struck out or not ticked, is not said.
_COMMENT = re.compile(r"<!--(?:(?!-->).)*+(?:-->|\Z)", re.DOTALL)
_STRIKING = ("del", "s", "strike")
_STRIKES = re.compile(r"</?(?:del|s|strike)>", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~\n]+~~")
_UNTICKED = re.compile(
    r"(?:^|(?<=[>:]))[^\S\n]*(?:[-*•]\s+)?(?:\[\s++\]|\(\s++\)|[☐□○◯])(?=[^\S\n]*+[^\s\])])[^\n<]*+(?!<)", re.MULTILINE
)
_TICKED = re.compile(r"(?:^|(?<=>))[^\S\n]*(?:[-*•]\s+)?[\[(][xX][\])]\s+", re.MULTILINE)
_ODD = re.compile(r"~~|&|[\[(](?:\s+|[xX])[\])]|[☐□○◯]")
_CHARACTERS = {"&amp;": "&", "&nbsp;": " ", "&quot;": '"', "&#39;": "'", "&apos;": "'"}
_CHARACTER = re.compile("|".join(_CHARACTERS))
END = "</s>"  # all end tokens of chat templates become this one


def plain(text: str) -> str:
    """Straight quotes and hyphens, compatibility forms (NFKC: full-width letters, no-break spaces), nothing unseen.

    Powers and fractions keep what tells them from plain digits. Linear in the text: normalising sorts runs of
    combining marks, so they end at the thirtieth (the "stream-safe" form of Unicode's annex 15).
    """
    if "<" in text:
        text = _COMMENT.sub(" ", _ROLE.sub("", _END.sub(END, text)))
        text = _STRIKES.sub(lambda tag: tag[0].lower(), text)
        for tag in _STRIKING:
            struck, closed, rest = text.rpartition(f"</{tag}>")
            if closed:  # every tag before the last closing one is closed
                text = re.sub(rf"<{tag}>(?:(?!</{tag}>).)*+</{tag}>", " ", struck + closed, flags=re.DOTALL) + rest
    if not text.isascii():
        text = _MANY_MARKS.sub(_few_marks, _UNSEEN.sub("", text))
        text = _FRACTION.sub(" ", _SUBSCRIPTS.sub(r"^\g<0>", _POWERS.sub(r"^\g<0>", text)))
        text = _TYPED.sub(lambda char: _SAME[char[0]], unicodedata.normalize("NFKC", text))
    if _ODD.search(text):
        text = _CHARACTER.sub(lambda char: _CHARACTERS[char[0]], _STRUCK.sub(" ", text))
        text = _TICKED.sub(" ", _UNTICKED.sub(" ", text))
    return text


def _few_marks(run: re.Match) -> str:
    return run[0][:30] if any(map(unicodedata.combining, run[0])) else run[0]


# Of punctuation an answer keeps what tells two answers apart: 3.5 and 35, 1/2 and 12, -5 and 5, 5% and $5, A+ and A-,
# C++ and C. Thousands commas, quotes, brackets, full stops and Markdown go.
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNIT_SPACE = re.compile(r"(?<=\d)\s+(?=%)|(?<=[$€£])\s+(?=\d)")
_KEPT = re.compile(
    r"(?<=\d)[^\w\s](?=\d)|(?<=\d)_(?=\d)|(?<=\w)[/&@#](?=\w)|(?<=[\w+#])[+#-]|[+#-](?=\.?\w|[$€£])|\.(?=\d)|(?<=\w)\*|"
    r"(?<=\d)!|!(?=\w)|[%$€£°^=<>~?]"
)
_PARTS = re.compile(r"(?<=[^\W_])[],;:_()[{}\"](?=[^\W\d_])|(?<=[^\W\d_])[],;:_()[{}\"](?=[^\W_])")
_SPACED = re.compile(r"(?<=\d)\s*+([-/])\s*+(?=\d)|(?<=\d)()(?=[a-z])")
_SIGN_APART = re.compile(r"^\W*?-[\s\[({'\"*_`]++(?=[\d.])")
_DROPPED = re.compile(r"[!-/:-@\[-`{-~]")
_EMPHASIS = re.compile(r"(\*{1,3})(?=[^\s*])([^*]+)(?<=\S)\1")


def key(text: str) -> str:
    """The form in which two answers are compared: lower case, single blanks, only punctuation that tells apart."""
    text = text.lower()
    if not text.replace(" ", "").isalnum():
        text = _SPACED.sub(lambda gap: gap[1] or " ", _SIGN_APART.sub("-", text))
        text = _UNIT_SPACE.sub("", _THOUSANDS.sub("", _PARTS.sub(" ", _EMPHASIS.sub(r"\2", text))))
        for mark, sign in (("'", "′"), ('"', "″")):
            text = re.sub(rf"(?<=\d){mark}", sign, text) if text.count(mark) == 1 else text
        text = _DROPPED.sub(lambda char: char[0] if _KEPT.match(text, char.start()) else "", text)
    return " ".join(text.split())
