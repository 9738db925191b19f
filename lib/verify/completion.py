"""What both protocols share: the form of a completion, and what a check of its answer or its steps returns.

<think>{class sentence}\\n{cited facts}</think> <answer>{answer}</answer>
"""

import re
import string
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

_ROLE_ECHO = re.compile(r"\s*assistant\s*\n\s*", re.IGNORECASE)  # the released outputs begin with the template's role
_ANSWER = re.compile(r"<answer>(.*?)(</answer>|</s>|(?=<answer>)|\Z)", re.DOTALL)  # </s>: the model ended its turn
_ANSWER_MARK = re.compile(r"\A\s*answer:", re.IGNORECASE)
_CUT_TAG = re.compile(rf"</?(?:{'|'.join('answer'[:n] for n in range(7))})\Z")
_THINK_TAG = re.compile("(</?think>)")
_SENTENCE_END = re.compile(r"(?<!\.)[.!?](?!\.)['\"\])>]*|['\"]\]")
_TAG = re.compile(r"</?(?:think|answer)>", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's text, split; None for a part that is not there."""

    think: str | None
    answer: str | None  # where several answer tags are, their contents, a line each
    after: str = ""  # what is said after the first answer tag, outside of tags
    cut_off: bool = False  # an answer tag is never closed: the text may have ended in mid-answer
    before: str = ""  # what leads up to the first answer tag, after the think part


def split_completion(text: str) -> Completion:
    """Split any text into think part and answer part. Never raises, in time linear in the text.

    The answer is what stands outside of think parts: in answer tags where there are some, else all of it. After an
    answer tag nothing is a thought. A think part that is never closed ends before the words that lead up to the answer
    tag; with no answer tag either, it swallows the text, and only a complete list right after `<think>` is the answer.
    """
    text = _TAG.sub(lambda tag: tag[0].lower(), text)
    if echo := _ROLE_ECHO.match(text):
        text = text[echo.end() :]
    pieces = _THINK_TAG.split(text)  # text, tag, text, …
    said, opened, thinking, closed, empty = [], [], False, False, True
    for at, piece in enumerate(pieces):
        if at % 2:
            closed |= thinking and piece == "</think>"
            thinking, opened = piece == "<think>", opened if piece == "<think>" else []
            continue
        thinking |= empty and pieces[at + 1 : at + 2] == ["</think>"]  # the prompt may have opened it
        empty &= not piece.strip()
        (opened if thinking else said).append(piece)
        if "<answer>" in piece and not thinking:
            said += pieces[at + 1 :]
            break
    think = _content(text.rpartition("</think>")[0]) if closed else None
    if not thinking:
        return Completion(think, *_answer_part(" ".join(said)))
    head, tagged, tail = "<think>".join(opened).partition("<answer>")
    if tagged:
        *_, leads = _SENTENCE_END.split(head)
        thought = _content(text[: len(text) - len(tagged + tail)])
        return Completion(thought, *_answer_part(f"{' '.join(said)} {leads}{tagged}{tail}"))
    rest = " ".join([*said, *opened]).strip()
    swallowed = not "".join(said).strip() and not (rest.startswith("[") and rest.endswith("]") and "\n" not in rest)
    return Completion(think, None) if swallowed else Completion(think, *_answer_part(rest))


def _answer_part(text: str) -> tuple[str, str, bool, str]:
    """(answer, what is said after it, whether it may be cut off, what leads up to it) of what follows the trace."""
    before, tagged, _ = text.partition("<answer>")
    if not tagged:
        return _after_mark(_TAG.sub(" ", text)), "", False, ""
    cut = _CUT_TAG.search(text)
    text = text[len(before) : cut.start() if cut else None]
    parts = _ANSWER.findall(text)
    answers = [answer for part, _ in parts if (answer := _TAG.sub(" ", part).strip())]
    after = _TAG.sub(" ", _ANSWER.sub("\n", text)).strip()
    closed = parts[-1][1] in ("</answer>", "</s>") or (cut and cut[0][1:2] == "/")
    return "\n".join(answers), after, not closed, _TAG.sub(" ", before).strip()


def _content(trace: str) -> str | None:
    return _TAG.sub(" ", trace.replace("<think>", "\n")).strip() or None


def _after_mark(text: str) -> str:
    return _ANSWER_MARK.sub("", text).strip()


def render_completion(trace: str, answer: str) -> str:
    """The study's completion: a think part and an answer part, each between its own tags (paper, part 1)."""
    return f"<think>{trace}</think> <answer>{answer}</answer>"


_DROP_PUNCTUATION = str.maketrans("", "", string.punctuation)


class AnswerCheck(NamedTuple):
    """A final answer held against the gold set. precision and recall are shares in [0, 1]."""

    right: bool
    precision: float
    recall: float
    reason: str = ""  # why not, in one clause; empty where right


class StepCheck(NamedTuple):
    """The trace held against the gold decomposition. `parsed` says whether there was a trace to judge."""

    parsed: bool
    class_step: bool
    ir_step: bool
    reasons: tuple[str, ...] = ()


def normalize(text: str) -> str:
    """Lower case, no ASCII punctuation, single blanks: the study's normalisation of answers."""
    return " ".join(text.lower().translate(_DROP_PUNCTUATION).split())


def compare(given: Collection[str], gold: Collection[str]) -> tuple[bool, float, float]:
    """(equal, precision, recall) of two collections of normalised answers, counted as multisets."""
    if sorted(given) == sorted(gold):
        return True, 1.0, 1.0
    shared = sum((Counter(given) & Counter(gold)).values())
    return False, shared / len(given) if given else 0.0, shared / len(gold) if gold else 0.0


def quote(items: Iterable[str], limit: int = 3, width: int = 100) -> str:
    """Items for a reason: sorted, quoted, the long ones cut, the many counted."""
    items = sorted(items)
    shown = ", ".join(repr(item if len(item) <= width else item[: width - 1] + "…") for item in items[:limit])
    return shown + (f" and {len(items) - limit} more" if len(items) > limit else "")
