"""The form of a completion: a think part, then an answer part, each between its own tags.

<think>{class sentence}\\n{cited facts}</think> <answer>{answer}</answer>
"""

import re
from dataclasses import dataclass

from lib.literals import read_list, unescape

_ROLE_ECHO = re.compile(r"\s*assistant\s*\n\s*", re.IGNORECASE)  # the released outputs begin with the template's role
_ANSWER = re.compile(r"<answer>(.*?)(</answer>|(?=<answer>)|\Z)", re.DOTALL)
_ANSWER_MARK = re.compile(r"\banswer:", re.IGNORECASE)
_CUT_TAG = re.compile(r"</?[a-z]{0,6}\Z")
_TAG = re.compile(r"</?(?:think|answer)>", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's text, split. None stands for a part that is not there.

    cut_off  an answer tag is never closed: the text may have ended in mid-answer
    """

    think: str | None
    answer: str | None
    cut_off: bool = False


def split_completion(text: str) -> Completion:
    """Split any text into think part and answer part. Never raises, in time linear in the text.

    The answer part is what stands in the answer tags (all of them, where there are several), else what follows the
    think part. A think part that is never closed ends where the answer tag begins; with no answer tag either, it
    swallows the text, and only a complete list right after `<think>` is taken for the answer.
    """
    text = _TAG.sub(lambda tag: tag[0].lower(), text)
    if echo := _ROLE_ECHO.match(text):
        text = text[echo.end() :]
    head, tagged, tail = text.partition("<answer>")
    opened = "<think>" in head
    think, closed, rest = head.rpartition("</think>")
    if tagged:
        trace = think if closed else head if opened else ""
        return Completion(_content(trace), *_tagged_answers(tagged + tail))
    if closed:
        return Completion(_content(think), _after_mark(rest))
    if opened:
        return _unclosed(head)
    return Completion(None, _after_mark(text))


def _unclosed(text: str) -> Completion:
    rest = text.rpartition("<think>")[2].strip()
    complete_list = rest.startswith("[") and rest.endswith("]") and "\n" not in rest
    return Completion(None, rest if complete_list else None)


def _tagged_answers(text: str) -> tuple[str, bool]:
    parts = _ANSWER.findall(_CUT_TAG.sub("", text))
    answers = [answer for part, _ in parts if (answer := _TAG.sub(" ", part).strip())]
    return "\n".join(answers), parts[-1][1] != "</answer>"


def _content(trace: str) -> str | None:
    return _TAG.sub(" ", trace).strip() or None


def _after_mark(text: str) -> str:
    mark = _ANSWER_MARK.search(text)
    return text[mark.end() :].strip() if mark else text.strip()


_LOOSE_COMMA = re.compile(r"""['"]\s*,|,\s*['"]""")  # of a list with a quote too few: ['A', B]
_BROKEN_COMMA = re.compile(r"""(?<=['"])\s*,\s*(?=['"])""")


def list_items(text: str) -> list[str]:
    """The strings of a list literal; also of one whose quotes are broken (['The King's College']).

    Empty where the brackets do not close, as in a text that was cut off. Nothing is evaluated.
    """
    if items := read_list(text):
        return items
    inner = text[1:-1].strip()
    if not text.endswith("]") or "[" in inner or not inner.startswith(("'", '"')):
        return []
    items = [unescape(item.strip().strip("'\"")) for item in _BROKEN_COMMA.split(inner)]
    return [] if any(map(_LOOSE_COMMA.search, items)) else [item for item in items if item]


def render_completion(trace: str, answer: str) -> str:
    """The study's completion: a think part and an answer part, each between its own tags (paper, part 1)."""
    return f"<think>{trace}</think> <answer>{answer}</answer>"
