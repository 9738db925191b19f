"""Our own scoring, "strict": right are the gold set of answers, the gold class, the gold facts, and nothing beside."""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import read_list, unescape
from lib.verify.completion import AnswerCheck, Completion, StepCheck, compare, normalize, quote, split_completion


def check_answer(problem: Problem, text: str) -> AnswerCheck:
    """The strict verdict on a final answer, in precision and recall over sets."""
    golds = _normalized(problem.answers)
    given, fault = _given(problem, split_completion(text), golds)
    if fault:
        return AnswerCheck(False, 0.0, 0.0, f"answer: {fault}")
    if DATASETS[problem.dataset].ANSWER_TYPE == "text" and given <= golds:
        given = golds  # several golds of a free text are alternatives: one of them is enough
    right, precision, recall = compare(given, golds)
    says = f"answer: gives {len(given)} answer{'s' * (len(given) != 1)}"
    reason = "" if right else _reason(says, {"not gold": given - golds, "missing": golds - given})
    return AnswerCheck(right, precision, recall, reason)


def _reason(says: str, faults: Mapping[str, Collection[str]]) -> str:
    return ", ".join([says, *(f"{len(items)} {what}: {quote(items)}" for what, items in faults.items() if items)])


def _normalized(answers: Iterable[str]) -> set[str]:
    return {normalize(answer) or answer for answer in map(_plain, answers)}


def _plain(text: str) -> str:
    """Straight quotes, composed letters (NFC): how an answer or a fact is typed does not change what it says."""
    if text.isascii():
        return text.replace("`", "'")
    return unicodedata.normalize("NFC", text).translate(_STRAIGHT)


_STRAIGHT = str.maketrans("‘’“”`", "''\"\"'")


def _given(problem: Problem, completion: Completion, golds: set[str]) -> tuple[set[str], str]:
    """(normalised answers that the text gives, why none could be read)."""
    if completion.answer is None:
        return set(), "the think part is never closed"
    answer = _plain(completion.answer)
    if answer.startswith("["):
        if items := _list_items(answer):
            return _normalized(items), ""
        if answer.count("[") > answer.count("]"):
            return set(), "the list is never closed"
    if completion.cut_off:
        return set(), "the answer is cut off"
    whole = normalize(answer)
    if whole in golds and not answer.startswith("["):
        return {whole}, ""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        return ({whole}, "") if whole else (set(), "says nothing")
    return _named(problem, answer)


_LOOSE_COMMA = re.compile(r"""['"]\s*,|,\s*['"]""")  # of a list with a quote too few: ['A', B]
_BROKEN_COMMA = re.compile(r"""(?<=['"])\s*,\s*(?=['"])""")


def _list_items(text: str) -> list[str]:
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


# Words that may stand around an answer without being one.
_SMALL_TALK = frozenset(
    "a an the of to in on at by for from and or as is was are were be it that this so answer answers final correct "
    "therefore thus hence because based context question given they he she his her both same time i my with "
    "only also during while yes boxed python".split()
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")  # "o'hara" is one
_ENDING = re.compile(r"'(?<=[\w|]')(?i:s|m|d|ll|re|ve)\b")  # of "zebra's", "it's": no word by itself
_BETWEEN = re.compile(r"[.,;/&|+\n\[\](){}\"]|\band\b|\bor\b")  # what stands between two answers of a free text


class _Vocabulary(NamedTuple):
    """A problem's names and words, lower-cased, against which a free text is read."""

    names: dict[str, float]  # the context's entities, longest first -> how often one is named before it is an answer
    plain: frozenset[str]  # words of the question, words of the context that are in no name, and small talk
    known: frozenset[str]  # these and the words of names


def _named(problem: Problem, answer: str) -> tuple[set[str], str]:
    """The context's entities that a free text names: longest first, the question's own only where named twice.

    A name (for word answers: any word) that neither context, question nor small talk holds is an answer too many.
    """
    words = _vocabulary(problem)
    rest, found = answer.lower(), []
    for name, free in words.names.items():
        rest, count = _cut_out(rest, name, "|")
        if count > free:
            found.append(name)
    rest = _ENDING.sub("", _without_cut_off_name(rest, found))
    word = DATASETS[problem.dataset].ANSWER_TYPE == "word"
    strangers = _words(rest) - words.known if word else _strange_names(answer, rest, words)
    if not found and not strangers:
        return set(), "names nothing of the context"
    return {normalize(name) or name for name in found} | strangers, ""


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_ENDING.sub("", text)))


@lru_cache(maxsize=4096)
def _vocabulary(problem: Problem) -> _Vocabulary:
    asked, others = ({_plain(name).lower() for name in names} for names in DATASETS[problem.dataset].entities(problem))
    question = rest = _plain(problem.question).lower()
    names = {}
    for name in sorted(asked | others, key=_longest_first):  # who asks for the "Liberal Party of Canada" names no other
        rest, count = _cut_out(rest, name, "|")
        names[name] = 0 if not count else math.inf if name in others else 1
    named = _words(" ".join(names))
    context = _words(_plain(" ".join(problem.facts)).lower())
    plain = _SMALL_TALK.union(_words(question), context - named)
    return _Vocabulary(names, plain, plain | context | named)


def _longest_first(text: str) -> tuple[int, str]:
    return -len(text), text


def _cut_out(text: str, name: str, mark: str) -> tuple[str, int]:
    """The text with a mark for every whole-word occurrence of a name, and how many there were."""
    pieces, count, start = [], 0, 0
    at = text.find(name) if name else -1
    while at >= 0:
        end = at + len(name)
        if _inside_word(text, at, end):
            end = at + 1
        else:
            pieces += [text[start:at], mark]
            count, start = count + 1, end
        at = text.find(name, end)
    return ("".join(pieces) + text[start:] if count else text), count


def _inside_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start + 1], text[end - 1 : end + 1]
    return (start > 0 and before.isalnum()) or (len(after) > 1 and after.isalnum())


def _strange_names(answer: str, rest: str, words: _Vocabulary) -> set[str]:
    """What a free text names besides the context's entities; `rest` is the text without these.

    Prose is free where answers are names. An answer too many is a word with a capital that the context lacks, and a
    piece between commas and the like that has no word of question or prose ("Paris, brussels").
    """
    capitals = {word.lower() for word in _words(answer) if word[0].isupper()}
    strangers = capitals & _words(rest) - words.known
    for piece in set(_BETWEEN.split(rest)):
        piece = {word for word in _WORD.findall(piece) if not word.isdigit()}
        if piece.isdisjoint(words.plain):
            strangers |= piece
    return strangers


def _without_cut_off_name(rest: str, found: Sequence[str]) -> str:
    """A model that repeats its answer until its tokens run out ends inside a name: that is no other answer."""
    for name in found:
        for length in range(len(name) - 1, 0, -1):
            if rest.endswith(name[:length]) and not _inside_word(rest, len(rest) - length, len(rest)):
                return rest[:-length]
    return rest


def check_steps(problem: Problem, text: str) -> StepCheck:
    """The strict verdict on both steps, held against the problem's own gold values."""
    think = split_completion(text).think
    if think is None:
        return StepCheck(False, False, False, ("trace: there is no think part",))
    trace = _flat(unescape(think))
    cited, prose, strangers = _citations(problem, trace)
    named = _classes_named(problem.dataset, prose)
    class_step = named == {problem.category}
    gold = set(map(_flat, problem.gold_facts))
    ir_step = cited == gold and not strangers
    reasons = []
    if not class_step:
        reasons.append(f"class step: names {quote(named) or 'no class'}, gold is {problem.category!r}")
    if not ir_step:
        n, facts = len(cited) + len(strangers), _flat_facts(problem)
        extra, missing = ([facts.get(fact, fact) for fact in some] for some in (cited - gold, gold - cited))
        faults = {"not needed": extra, "not in the context": strangers, "missing": missing}
        reasons.append(_reason(f"IR step: cites {n} fact{'s' * (n != 1)}", faults))
    return StepCheck(True, class_step, ir_step, tuple(reasons))


def _flat(text: str) -> str:
    """Lower case, straight quotes, no escapes, single blanks: casing and layout do not change what is cited."""
    unmarked = _plain(text).lower().replace("\\", "").replace("¶", "")  # ¶ stands for a fact that has been read
    return " ".join(unmarked.split())


@lru_cache(maxsize=4096)
def _flat_facts(problem: Problem) -> dict[str, str]:
    """Each fact as it is looked for -> as it is written; longest first."""
    facts = {_flat(fact): fact for fact in problem.facts}
    return {flat: facts[flat] for flat in sorted(facts, key=_longest_first)}


_CITING = "to answer the question:"
# A list of citations, up to the bracket after which nothing more is listed: [['A.'], 'B.'] and 'C.'
_CITED_LIST = re.compile(r"\[(?:[^\]]|\](?= ?(?:[\],;+&\[('\"]|and\b|also\b|plus\b|as well\b)))*")
_CITED_ITEMS = re.compile(r"""['"]\s*,\s*['"]|\]|¶""")


def _citations(problem: Problem, trace: str) -> tuple[set[str], str, set[str]]:
    """(facts of the context that the trace quotes, the trace without them, cited items that are no facts of it).

    Longest first, each quotation read once, so that a fact inside a longer one is not counted for it.
    """
    cited, prose = set(), trace
    for fact in _flat_facts(problem):
        prose, count = _cut_out(prose, fact, "¶")
        if count:
            cited.add(fact)
    return cited, prose, _strange_citations(prose)


def _strange_citations(prose: str) -> set[str]:
    """What the trace cites besides facts: invented or altered ones. Needs the study's "… to answer the question:".

    There, everything in the list is cited; where there is no list, everything that follows.
    """
    items = []
    for cited in prose.split(_CITING)[1:]:
        listed = _CITED_LIST.match(cited.lstrip())
        items += _CITED_ITEMS.split(listed[0]) if listed else re.split(r"¶|(?<=\.) ", cited)
    return {item.strip(" '\"[,;") for item in items if _WORD.search(item)}


@lru_cache(maxsize=16)
def _class_patterns(dataset: str) -> tuple[re.Pattern, re.Pattern]:
    names = "|".join(re.escape(name) for name in sorted(DATASETS[dataset].CATEGORIES, key=len, reverse=True))
    mention = rf"(?<![\w-])(?:{names})(?![\w-])"
    return re.compile(rf"\bis:? ['\"*]*{mention}"), re.compile(rf"(?<!not )(?<!n't )(?<!no ){mention}")


def _classes_named(dataset: str, prose: str) -> set[str]:
    """The classes that a trace names: in the sentences that declare one ("… is: equal"), else anywhere as a label."""
    declared, mention = _class_patterns(dataset)
    sentences = [sentence for sentence in prose.split(".") if declared.search(sentence)]
    if sentences:
        return set(mention.findall(". ".join(sentences)))
    return {found[0] for found in mention.finditer(prose) if _is_label(prose, *found.span())}


def _is_label(prose: str, start: int, end: int) -> bool:
    """Whether a word is set off from its sentence: "during the same time" names no class, "Relation: during" does."""
    before, after = prose[max(start - 2, 0) : start], prose[end : end + 2].lstrip()
    return before.endswith((":", ": ", "=", "= ", "'", '"', "(", "[", "*")) or not after[:1].isalnum()
