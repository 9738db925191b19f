"""The answer: right is what asserts the gold set of answers and nothing beside (lib/verify/RULES.md)."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import read_list, unescape
from lib.verify.completion import AnswerCheck, Completion, compare, quote, split_completion
from lib.verify.strict.frames import noun_of
from lib.verify.strict.plain import END, key, plain
from lib.verify.strict.prose import NOT_CLEAR, after, asserts, before, read, vocabulary


@lru_cache(maxsize=8)
def parts(text: str) -> Completion:
    """A completion in its plain form, split; answer and steps are read from the same parts."""
    return split_completion(plain(text))


def check_answer(problem: Problem, text: str) -> AnswerCheck:
    """The strict verdict on a final answer, in precision and recall over sets."""
    golds = _keys(problem.answers)
    given, fault = _given(problem, parts(text), golds)
    if not fault and DATASETS[problem.dataset].ANSWER_TYPE == "text" and given <= golds:
        given = golds  # several golds of a free text are alternatives: one of them is enough
    right, precision, recall = compare(given, golds)
    if fault and (right or not given):
        return AnswerCheck(False, 0.0, 0.0, f"answer: {fault}")
    says = f"answer: gives {len(given)} answer{'s' * (len(given) != 1)}"
    faults = {"not gold": given - golds, "missing": golds - given}
    return AnswerCheck(right, precision, recall, "" if right else reason(says, faults))


def reason(says: str, faults: Mapping[str, Collection[str]]) -> str:
    """One clause: what was said, then every kind of fault with its items."""
    return ", ".join([says, *(f"{len(items)} {what}: {quote(items)}" for what, items in faults.items() if items)])


def _keys(answers: Iterable[str]) -> set[str]:
    return {key(answer) or answer for answer in map(plain, answers)}


def _given(problem: Problem, completion: Completion, golds: set[str]) -> tuple[set[str], str]:
    """(answers that the text gives, as keys; why it cannot be right all the same)."""
    if completion.answer is None:
        return set(), "the think part is never closed"
    answer, besides = completion.answer, completion.after
    items = read_list(answer) if answer.startswith("['") else None  # most answers
    if items is None:
        answer = _without_last_repeat(answer.replace(END, " ").strip())
    goes_on = (items is None and _GOES_ON.search(answer)) or _GOES_ON.search(besides)
    if goes_on and not any(map(_GOES_ON.search, problem.answers)):
        return set(), f"{NOT_CLEAR}, the list goes on"
    if items is None:
        items = _items(answer := _unwrapped(answer))
    if items is None and answer[:1] in ("{", "[") and answer[-1:] in ("}", "]") and "{" in answer:
        items, reasoning = _json(problem, answer)
        besides = f"{besides}\n{reasoning}".strip()
    if items is None and answer.count("[") > answer.count("]"):
        return set(), "the list is never closed"
    if items is None and completion.cut_off:
        return set(), "the answer is cut off"
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        given = _keys(items or [answer]) if key(answer) else set()
        fault = "" if given else "says nothing"
        written = [gold for gold in map(plain, problem.answers) if key(gold) in given or not given & golds]
        if not any(_signs(answer) == _signs(gold) for gold in written):
            fault = f"{NOT_CLEAR}, has other signs"
        if given & golds and _APART.search(answer) and not any(map(_APART.search, written)):
            fault = f"{NOT_CLEAR}, parts an answer in two"
        if "?" in answer and not any("?" in gold for gold in problem.answers):
            fault = f"{NOT_CLEAR}, asks"
        elif given and not given & golds and asserts(vocabulary(problem), answer):
            given = golds
    elif items is not None:
        if DATASETS[problem.dataset].ANSWER_TYPE == "word":
            items = [word for item in items for word in item.split(",")]
        given, fault = _keys(items), ""
        if not given:
            return set(), "names nothing of the context"
    elif (whole := key(answer)) in golds and not _SEPARATORS.search(answer):
        given, fault = {whole}, ""
    else:
        given, fault = read(vocabulary(problem), answer)
    if besides and not fault:
        fault = after(vocabulary(problem), besides)
    odd = _NOT_SIGN.search(answer) or _BULLET.sub("", answer).count("*") % 2
    if _STRAY_SIGN.search(completion.before) or (odd and not any(map(_NOT_SIGN.search, problem.answers))):
        fault = fault or f"{NOT_CLEAR}, a sign stands before the answer"
    if completion.before and not fault:
        fault = before(vocabulary(problem), completion.before)
    return given, fault


# Signs that stand apart: what `key` drops of "A +", "(-)106", "106!", "/* A */".
_SIGN = re.compile(r"[-+^/<>=±~$€£%°#*](?<![^\W\d_]-(?=[^\W\d_]))|!(?=[\w(\['\"])|(?<=[\d)\]])\s*!")
_BULLET = re.compile(r"^[^\S\n]*(?:[*•]|-(?!\W{0,6}\d)|#{1,6})[^\S\n]+", re.MULTILINE)


def _signs(text: str) -> list[str]:
    return sorted(_SIGN.findall(_BULLET.sub("", text.replace("**", "").replace("\\", ""))))


_STRAY_SIGN = re.compile(r"(?:^|\s)(?:[-+.±<>!~$/?]+|[\[(][^\w\[(]*[\])]|[☐□○◯])\Z")
_NOT_SIGN = re.compile(
    r"!(?=[\w(\['\"])|/\*|\*/|[\[(][-+*?!~/]+[\])]|[-.]_+[-.]|[\[({]\s*[\])}]|<li>\s*</li>|"
    r"\s(?:[>:;=]+['-]?[(/\\|\[{<@](?![\w'\"])|[)\]/\\]-?[:;=](?!\w)|D:(?=\s*\Z))"  # faces
)
_GOES_ON = re.compile(
    r"(?:\.\s?\.|\betc\b\.?)(?:[\s\])}'\"*`|]*\Z|\s*<)|[,;]\s*\Z|[^\S\n][-/+&]{1,2}[\s\])}]*\Z|"
    r"^[^\S\n]*(?:(?:[-*•]|\d{1,2}[.)])[^\S\n]*)?\.[. \t]*\.[^\S\n]*$|^[^\S\n]*(?:[-*•]|\d{1,2}\))[^\S\n]*$",
    re.MULTILINE,
)

# --- the form of an answer ----------------------------------------------------------------------------------

_SEPARATORS = re.compile(r"[\[\]{},;'\"|/&+?!~\n]")  # what may part two names
_LABEL = r"(?:the )?(?:final |correct |short |my )?answers?(?: is| are)?"
_WRAPPINGS = [
    (
        re.compile(
            r"```(?:(?:json|yaml|python|text|txt|plaintext|markdown)\b)?((?:(?!```).)*+)```", re.DOTALL | re.IGNORECASE
        ),
        1,
    ),
    (re.compile(r"\$*\\boxed\{(.*)\}\$*\.?", re.DOTALL), 1),
    (re.compile(r"\$+([^$]*[^\W\d][^$]*)\$+"), 1),
    (re.compile(r"(\*{1,3}|_{1,3}|`)(?=\S)(?!.*\1.)(.+?)\1[.]?", re.DOTALL), 2),
    (re.compile(rf"[*_#\s]*{_LABEL}\s*:[*_\s]*(?=\S)(.*)", re.DOTALL | re.IGNORECASE), 1),
    (re.compile(r"(?:<tool_call>|EObject)\s*(\[.*)", re.DOTALL), 1),
    (re.compile(r"\[?\s*+(?:List|list|set|tuple)\((.*)\)\s*+\]?\}?", re.DOTALL), 1),
    (re.compile(r"\[\s*(<span>[^<>]*</span>)\s*\]"), 1),
    (
        re.compile(
            r"<(b|i|u|em|strong|span|p|div|li|td|code|pre|font|mark|final|(?:final_?)?answers?|result|output)>([^<>]*)</\1>"
        ),
        2,
    ),
    (re.compile(r"(?:[*•]|-(?!\W*\d))\s+([^\n]+)"), 1),
    (re.compile(r"(\[.*\]|\{.*\}|\(.*\))\s*\.", re.DOTALL), 1),
]


_TEX_TEXT = re.compile(r"\\(?:text(?:bf|it|rm)?|mathrm|mathbf)\{([^{}]*)\}")
_APART = re.compile(r"\n|\||\s[/&]\s|;")


def _unwrapped(text: str) -> str:
    """What stands inside fences, boxes, bold, labels and the like, where they hold all of the answer."""
    text = _TEX_TEXT.sub(r"\1", text).strip()
    for _ in range(8):
        for wrapping, group in _WRAPPINGS:
            if (inside := wrapping.fullmatch(text)) and inside[group].strip() != text:
                text = inside[group].strip()
                break
        else:
            return text
    return text


_UNIT = re.compile(r"\n+|(?<=[.!?])\s+")


def _without_last_repeat(text: str) -> str:
    """A model that repeats its answer until its tokens run out ends within a repetition: that is no other answer."""
    *units, last = _UNIT.split(text)
    again = any(unit.startswith(last) and unit != last and units.count(unit) > 1 for unit in set(units[-7:]))
    return text[: len(text) - len(last)].rstrip() if again else text


_ANSWER_KEYS = ("answer", "answers", "final answer", "result", "output", "prediction", "response")
_LOOSE = re.compile(r"""['"]\s*,|,\s*['"]|['"][^\w'"]*\Z""")  # of a list with a quote too few: ['A', B], ['A' -]
_BROKEN_COMMA = re.compile(r"""(?<=['"])\s*,\s*(?=['"])""")
_QUOTED_ITEMS = re.compile(r"""(?:'[^'"]*'|"[^"]*")(?:\s*,\s*(?:'[^'"]*'|"[^"]*"))*,?""")
_BARE_SET = re.compile(r"[\[{(]([^\[\]{}()'\",:]++)(?:,\s*)?[\]})]")


def _items(text: str) -> list[str] | None:
    """The answers of a list, JSON value, set or tuple; None where the text is none. Nothing is evaluated."""
    text = text.replace("`", "'")
    if text[:1] not in "[{('\"" or not text:
        return None
    if (items := read_list(text)) is not None:
        return items
    if _QUOTED_ITEMS.fullmatch(text):
        return read_list(f"[{text}]")
    if text[0] in "{(" and text[-1] in "})" and (items := read_list(f"[{text[1:-1]}]")) is not None:
        return items
    if one := _BARE_SET.fullmatch(text):
        return [one[1].strip()]
    return _broken_list(text) if text[0] == "[" and text[-1] == "]" else None


_SAYS_WHY = ("reasoning", "explanation", "rationale", "reason", "thought", "thoughts", "facts", "question", "context")


_HOW_SURE = ("confidence", "probability")


def _is_sure(value: object) -> bool:
    return 0.8 <= value <= 1 if isinstance(value, float) else value in ("high", "very high", "certain")


def _json(problem: Problem, text: str) -> tuple[list[str] | None, str]:
    """(answers of a JSON object, its reasoning); None where a key says that they are none, or that there are more."""
    besides = []
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: pairs)
        if isinstance(value, list) and len(value) == 1 and value[0] and isinstance(value[0][0], tuple):
            value = value[0]
        while isinstance(value, list) and value and isinstance(value[0], tuple):  # pairs: a key may come twice
            names = [name.lower().replace("_", " ") for name, _ in value]
            if len(names) == 1 and re.fullmatch(noun_of(vocabulary(problem).topic), names[0]):
                names = list(_ANSWER_KEYS[:1])
            pairs = list(zip(names, value, strict=True))
            besides += [str(one) for name, (_, one) in pairs if name in _SAYS_WHY]
            inside = [one for name, (_, one) in pairs if name in _ANSWER_KEYS]
            sure = all(map(_is_sure, [one for name, (_, one) in pairs if name in _HOW_SURE]))
            strange = {*names} - {*_ANSWER_KEYS, *_SAYS_WHY, *_HOW_SURE}
            if not inside or any(one != inside[0] for one in inside) or strange or not sure:
                return None, ""
            value = inside[0]
    except (ValueError, RecursionError):
        return None, ""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int | float) for item in values):
        return None, ""
    return [str(item) for item in values], "\n".join(besides)


def _broken_list(text: str) -> list[str] | None:
    """The items of a list whose quotes are broken: ['The King's College']."""
    inner = text[1:-1].strip()
    if re.search(r"[\[\]]", inner) or inner[:1] not in ("'", '"'):
        return None
    items = [unescape(item.strip().strip("'\"")) for item in _BROKEN_COMMA.split(inner)]
    return None if any(map(_LOOSE.search, items)) else [item for item in items if item] or None
