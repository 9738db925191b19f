"""Our own scoring: a step or an answer is right only where it says just what it should. The protocol "strict"."""

import re
from functools import lru_cache

from lib.checks import AnswerCheck, StepCheck, compare, normalize, quote
from lib.completions import Completion, split_completion
from lib.datasets import DATASETS
from lib.problems import Problem

# --- the final answer: the set of answers given equals the gold set, nothing extra -------------------------


def check_answer(problem: Problem, text: str) -> AnswerCheck:
    """The strict verdict on a final answer, in precision and recall over sets."""
    completion = split_completion(text)
    if completion.answer is None:
        return AnswerCheck(False, 0.0, 0.0, "answer: the think part is never closed")
    given, fault = _given(problem, completion)
    if fault:
        return AnswerCheck(False, 0.0, 0.0, f"answer: {fault}")
    golds = _gold(problem)
    right, precision, recall = compare(sorted(given), golds)
    return AnswerCheck(right, precision, recall, "" if right else _answer_reason(given, set(golds)))


@lru_cache(maxsize=4096)
def _gold(problem: Problem) -> tuple[str, ...]:
    return tuple(sorted({normalize(answer) or answer for answer in problem.answers}))


def _given(problem: Problem, completion: Completion) -> tuple[set[str], str]:
    """(normalised answers that the text gives, why none could be read)."""
    answer = completion.answer
    if answer.startswith("["):
        items = list_items(answer)
        return ({normalize(item) or item for item in items}, "") if items else (set(), "no list that can be read")
    if completion.cut_off:
        return set(), "the answer is cut off"
    if normalize(answer) in _gold(problem):
        return {normalize(answer)}, ""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        # Free text against several acceptable golds: equal to one of them is equal to the set.
        given = normalize(answer)
        return (set(_gold(problem)) if given in _gold(problem) else {given}), ""
    return _named(problem, answer)


_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_LIST = re.compile(rf"\[\s*(?:(?:{_QUOTED})\s*,\s*)*(?:{_QUOTED})\s*(?:,\s*)?\]", re.DOTALL)
_ITEM = re.compile(_QUOTED, re.DOTALL)
_BROKEN_COMMA = re.compile(r"""(?<=['"])\s*,\s*(?=['"])""")


def list_items(text: str) -> list[str]:
    """The strings of a list literal; also of one whose quotes are broken (['The King's College']).

    Empty where the brackets do not close, as in a text that was cut off. Nothing is evaluated.
    """
    if _LIST.fullmatch(text):
        return [re.sub(r"\\(.)", r"\1", item[1:-1]) for item in _ITEM.findall(text)]
    if not text.endswith("]") or "[" in text[1:]:
        return []
    items = (re.sub(r"\\(.)", r"\1", item.strip().strip("'\"")) for item in _BROKEN_COMMA.split(text[1:-1].strip()))
    return [item for item in items if item]


# Words that may stand around an answer without being one.
_SMALL_TALK = frozenset(
    "a an the of to in on at by for from and or as is was are were be it that this so s answer answers final correct "
    "therefore thus hence because based context question given they he she his her both same time i my with".split()
)
_WORD = re.compile(r"[^\W_]+")


def _named(problem: Problem, answer: str) -> tuple[set[str], str]:
    """The context's entities that a free text names: longest first, the question's own only where named twice.

    A name (for word answers: any word) that neither context, question nor small talk holds is an answer too many.
    """
    asked, others, known = _vocabulary(problem)
    rest, question, given = answer.lower(), problem.question.lower(), set()
    for name in sorted(asked | others, key=lambda name: (-len(name), name)):
        rest, count = _cut_name(rest, name)
        own = name in question and (count < 2 or name in others)
        if count and not own:
            given.add(normalize(name) or name)
    strangers = _strangers(answer, rest, known, words=DATASETS[problem.dataset].ANSWER_TYPE == "word")
    if not given and not strangers:
        return set(), "names nothing of the context"
    return given | strangers, ""


@lru_cache(maxsize=4096)
def _vocabulary(problem: Problem) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    asked, others = DATASETS[problem.dataset].entities(problem)
    words = _WORD.findall(" ".join((*problem.facts, problem.question, *asked)).lower())
    return frozenset(map(str.lower, asked)), frozenset(map(str.lower, others)), frozenset(words) | _SMALL_TALK


def _cut_name(text: str, name: str) -> tuple[str, int]:
    """The text without the whole-word occurrences of a name, and how many there were."""
    pieces, count, start = [], 0, 0
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            pieces += [text[start:at], " | "]
            count, start = count + 1, end
        at = text.find(name, end)
    return ("".join(pieces) + text[start:] if count else text), count


def _strangers(answer: str, rest: str, known: frozenset[str], words: bool) -> set[str]:
    left = set(_WORD.findall(rest)) - known
    if not words:  # prose is free where answers are names: only a capital in mid-sentence makes a stranger
        left &= {word.lower() for word in re.findall(r"(?<=[a-z,;'\"] )[A-Z][^\W_]+", answer)}
    return left


def _answer_reason(given: set[str], gold: set[str]) -> str:
    parts = [f"gives {len(given)} answer{'s' * (len(given) != 1)}"]
    if extra := given - gold:
        parts.append(f"{len(extra)} not gold: {quote(extra)}")
    if missing := gold - given:
        parts.append(f"{len(missing)} missing: {quote(missing)}")
    return "answer: " + ", ".join(parts)


# --- the steps: the class named is the gold class; the facts cited are the gold facts ----------------------


def check_steps(problem: Problem, text: str) -> StepCheck:
    """The strict verdict on both steps, held against the problem's own gold values."""
    think = split_completion(text).think
    if think is None:
        return StepCheck(False, False, False, ("trace: there is no think part",))
    trace = _flat(think)
    cited, prose, strangers = _citations(problem, trace)
    named = _classes_named(problem.dataset, prose)
    class_step = named == {problem.category}
    gold = _flat_gold(problem)
    ir_step = cited == gold and not strangers
    reasons = []
    if not class_step:
        reasons.append(f"class step: names {quote(named) or 'no class'}, gold is {problem.category!r}")
    if not ir_step:
        reasons.append(_citation_reason(problem, cited, gold, strangers))
    return StepCheck(True, class_step, ir_step, tuple(reasons))


@lru_cache(maxsize=65536)
def _flat(text: str) -> str:
    """Lower case, straight quotes, single blanks: casing and layout do not change what is cited."""
    return " ".join(text.lower().translate(_STRAIGHT).split())


_STRAIGHT = str.maketrans("‘’“”`", "''\"\"'", "\\")


@lru_cache(maxsize=4096)
def _flat_gold(problem: Problem) -> frozenset[str]:
    return frozenset(map(_flat, problem.gold_facts))


@lru_cache(maxsize=4096)
def _flat_facts(problem: Problem) -> tuple[str, ...]:
    return tuple(sorted({_flat(fact) for fact in problem.facts}, key=lambda fact: (-len(fact), fact)))


_CITING = "to answer the question:"
_CITED_ITEMS = re.compile(r"""['"]\s*,\s*['"]""")


def _citations(problem: Problem, trace: str) -> tuple[frozenset[str], str, frozenset[str]]:
    """(facts of the context that the trace quotes, the trace without them, cited items that are no facts of it).

    Longest first, each quotation read once, so that a fact inside a longer one is not counted for it.
    """
    cited, prose = [], trace
    for fact in _flat_facts(problem):
        if fact in prose:
            cited.append(fact)
            prose = prose.replace(fact, "¶")
    return frozenset(cited), prose, frozenset(_strange_citations(prose))


def _strange_citations(prose: str) -> list[str]:
    """What the trace cites besides facts: invented or altered ones. Needs the study's "… to answer the question:"."""
    items = []
    for cited in prose.split(_CITING)[1:]:
        cited = cited.strip()
        if cited.startswith("["):
            items += _CITED_ITEMS.split(cited[1:].partition("]")[0])
        else:
            items.append(cited.partition(". ")[0].partition("¶")[0])
    return [item.strip(" '\"") for item in items if _WORD.search(item)]


@lru_cache(maxsize=16)
def _class_patterns(dataset: str) -> tuple[re.Pattern, re.Pattern]:
    names = "|".join(re.escape(name) for name in sorted(DATASETS[dataset].CATEGORIES, key=len, reverse=True))
    mention = rf"(?<![\w-])(?:{names})(?![\w-])"
    return re.compile(rf"\bis:? ['\"*]*{mention}"), re.compile(rf"(?<!not )(?<!n't )(?<!no )({mention})")


def _classes_named(dataset: str, prose: str) -> set[str]:
    """The classes that a trace names: in the sentences that declare one ("… is: equal"), else anywhere."""
    declared, mention = _class_patterns(dataset)
    sentences = [sentence for sentence in prose.split(".") if declared.search(sentence)]
    return set(mention.findall(". ".join(sentences) if sentences else prose))


def _citation_reason(problem: Problem, cited: frozenset[str], gold: frozenset[str], strangers: frozenset[str]) -> str:
    original = {_flat(fact): fact for fact in problem.facts}
    parts = [f"cites {len(cited) + len(strangers)} fact{'s' * (len(cited) + len(strangers) != 1)}"]
    if extra := cited - gold:
        parts.append(f"{len(extra)} not needed: {quote(map(original.get, extra))}")
    if strangers:
        parts.append(f"{len(strangers)} not in the context: {quote(strangers)}")
    if missing := gold - cited:
        parts.append(f"{len(missing)} missing: {quote(original.get(fact, fact) for fact in missing)}")
    return "IR step: " + ", ".join(parts)
