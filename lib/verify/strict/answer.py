"""The answer: right is what asserts the gold set of answers and nothing beside (lib/verify/RULES.md)."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import read_list, unescape
from lib.verify.completion import AnswerCheck, Completion, compare, quote, split_completion
from lib.verify.strict.plain import END, key, plain
from lib.verify.strict.wording import DENIED, DOUBTED, MARK, RESTATED, SAID, Marks, Sentence, denies, sentences, words

NOT_CLEAR = "not clear"


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
    answer = completion.answer
    items = read_list(answer) if answer.startswith("['") else None  # most answers
    if items is None:
        items = _items(answer := _unwrapped(_without_last_repeat(answer)))
    if items is None and answer.count("[") > answer.count("]"):
        return set(), "the list is never closed"
    if items is None and completion.cut_off:
        return set(), "the answer is cut off"
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        given = _keys(items or [answer]) if key(answer) else set()
        fault = "" if given else "says nothing"
        if "?" in answer and not any("?" in gold for gold in problem.answers):
            fault = f"{NOT_CLEAR}, asks"
    elif items is not None:
        if DATASETS[problem.dataset].ANSWER_TYPE == "word":
            items = [word for item in items for word in item.split(",")]
        given, fault = _keys(items), ""
        if not given:
            return set(), "names nothing of the context"
    elif (whole := key(answer)) in golds and _is_one(problem, answer):
        given, fault = {whole}, ""
    else:
        given, fault = _read(_vocabulary(problem), answer)
    if completion.after and not fault:
        fault = _contradiction(problem, completion.after)
    return given, fault


_SEPARATORS = re.compile(r"[\[\]{},;'\"|/&+?!~\n]")


def _is_one(problem: Problem, answer: str) -> bool:
    """Whether a text is one name: it has nothing that could part two, or is a gold answer to the letter."""
    exact = answer.strip(" .*_'\"").lower() in {plain(gold).strip(" .'\"").lower() for gold in problem.answers}
    return exact or not _SEPARATORS.search(answer)


# --- the form of an answer ----------------------------------------------------------------------------------

_LABEL = r"(?:the )?(?:final |correct |short |my )?answers?(?: is| are)?"
_WRAPPINGS = [
    (re.compile(r"```[a-z]*+((?:(?!```).)*+)```", re.DOTALL | re.IGNORECASE), 1),
    (re.compile(r"\$*\\boxed\{(.*)\}\$*\.?", re.DOTALL), 1),
    (re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit)\{(.*)\}", re.DOTALL), 1),
    (re.compile(r"(\*{1,3}|_{1,3}|`)(?=\S)(?!.*\1.)(.+?)\1[.]?", re.DOTALL), 2),
    (re.compile(rf"[*_#\s]*{_LABEL}\s*:[*_\s]*(?=\S)(.*)", re.DOTALL | re.IGNORECASE), 1),
    (re.compile(r"(?:<tool_call>|EObject)\s*(\[.*)", re.DOTALL), 1),
    (re.compile(r"\[?\s*+(?:List|list|set|tuple)\((.*)\)\s*+\]?\}?", re.DOTALL), 1),
    (re.compile(r"\[\s*(<span[^<>]*>[^<>]*</span>)\s*\]"), 1),
    (re.compile(r"<(\w+)\b[^<>]*>([^<>]*)</\1>"), 2),
    (re.compile(r"[-*•]\s+([^\n]+)"), 1),
    (re.compile(r"(\[.*\]|\{.*\}|\(.*\))\s*\.", re.DOTALL), 1),
]


def _unwrapped(text: str) -> str:
    """What stands inside fences, boxes, bold, labels and the like, where they hold all of the answer."""
    text = text.replace(END, " ").strip()
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
    units = _UNIT.split(text)
    last = units[-1]
    if any(unit.startswith(last) and unit != last and units.count(unit) > 1 for unit in set(units[-8:-1])):
        return text[: len(text) - len(last)].rstrip()
    return text


_ANSWER_KEYS = ("answer", "answers", "final_answer", "final answer", "result", "output", "prediction")
_LOOSE_COMMA = re.compile(r"""['"]\s*,|,\s*['"]""")  # of a list with a quote too few: ['A', B]
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
    if text[0] == "{" and text[-1] == "}":
        return _json_items(text)
    if one := _BARE_SET.fullmatch(text):
        return [one[1].strip()]
    return _broken_list(text) if text[0] == "[" and text[-1] == "]" else None


def _json_items(text: str) -> list[str] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    named = [value[name] for name in value if name.lower() in _ANSWER_KEYS]
    if len(named) != 1 and (len(value) != 1 or denies(next(iter(value)).replace("_", " "))):
        return None
    value = named[0] if len(named) == 1 else next(iter(value.values()))
    values = value if isinstance(value, list) else [value]
    return [str(item) for item in values] if all(isinstance(item, str | int | float) for item in values) else None


def _broken_list(text: str) -> list[str] | None:
    """The items of a list whose quotes are broken: ['The King's College']."""
    inner = text[1:-1].strip()
    if "[" in inner or "]" in inner or not inner.startswith(("'", '"')):
        return None
    items = [unescape(item.strip().strip("'\"")) for item in _BROKEN_COMMA.split(inner)]
    return None if any(map(_LOOSE_COMMA.search, items)) else [item for item in items if item] or None


# --- free text ----------------------------------------------------------------------------------------------

# Words that may stand around an answer without being one.
SMALL_TALK = frozenset(
    "say says said a an the of to in on at by for from and or as is was are were be been being it its it's "
    "that this these those there so answer answers final correct right therefore thus hence because based "
    "context question given he she they i we his her their him them my our with within only also both during "
    "while when who which what where how same time times period periods interval span year years yes boxed "
    "text python list json explanation note first second then next finally here's here let me see step "
    "reasoning solution has have had having did does do made make named called mentioned according facts fact "
    "provided information all must can will should since until between into about not but one two three thank "
    "you sure i'm that's please return assistant besides addition alongside concurrently simultaneously well "
    "event relation temporal need use following entity employer employers person position positions school "
    "schools party parties team teams club political known namely i.e held holding became joined worked "
    "working works work attended attending belonged belonging member owned chaired headed played think "
    "believe okay ok yeah hmm fit fits part rather than instead employed lies falls other would definitely "
    "surely clearly certainly indeed obviously simply just wrong incorrect".split()
)
_VERB = re.compile(
    r"\b(?:is|was|are|were|be|been|has|have|had|did|does|do|can|will|would|must|should|need|needs|let|let's|asks?|"
    r"works?|worked|working|holds?|held|attended|attends?|plays?|played|belongs?|belonged|became|served|say|says|said|"
    r"states?|stated|means?|know|see|find|determine|identify|look|note|thank|return|use|show|shows|check|went|goes|moved|"
    r"travell?ed|journeyed|got|took|picked|grabbed|dropped|discarded|left|gave|handed|passed|carr(?:y|ies|ied|ying)|came|"
    r"comes?|lies?|falls?|fell|began|started|ended|ends|overlaps?|happened|"
    r"it's|that's|here's|he's|she's|i'm|\w+'re)\b"
)
# "It is X": a sentence that says nothing but which one it is.
_COPULA = frozenset(
    "it it's is was be must has this that that's he he's she she's i'm so then therefore sure or might may could would "
    "maybe perhaps probably".split()
)
_DECLARING = frozenset("the so my final correct answer is therefore thus hence it's it".split())
_LIST_MARK = re.compile(r"^[^\S\n]*(?:[-*•]|\(?\d{1,2}[.)])\s+", re.MULTILINE)
_SAME_TIME = re.compile(r"\b(?:while|when|whilst|during|same|time|period|span|concurrently|simultaneously|also|besides|"
                        r"alongside|addition|both)\b")  # fmt: skip
_DECLARES = re.compile(r"\banswers?\b[^.\n\ue000-\uf8ff]{0,60}?(?:\bis\b|\bare\b|:|=)")
_ARTICLE = re.compile(r"\b(?:the|a|an|for|at|in|by|to|of|with)\b|[.'\s-]")
_TEX = re.compile(r"\\(?:boxed|text\w*|mathrm|mathbf)\b|\\[\[\]()]|\$")
_NAME = "[\ue000-\uf8ff]"
_LONGER = re.compile(  # what makes another name of a name: X of …, X's rival, X 2, X II, X the second, ex-X, X-based
    rf"\w-{_NAME}|\b(?:about|other) {_NAME}|{_NAME} {_NAME}|"
    rf"{_NAME}(?:-\w|'s?\s+\w| of\b| ?(?:#|no\.? |number )?\d| (?:[ivx]+|[a-h])(?=\s*(?:$|[.,;)\]]))|"
    r" (?:the )?(?:first|second|third|fourth|junior|senior|jr|sr|one|two|three)\b)"
)


_POSSESSIVE = re.compile(rf"{_NAME}(?:'s\b)?")


class _Vocabulary(NamedTuple):
    """A problem's names and words, lower-cased, against which a free text is read."""

    marks: Marks
    gold: frozenset[str]  # marks of gold answers
    asked: frozenset[str]  # marks of names that may be an answer
    question: frozenset[str]  # marks of names in the question
    anchors: frozenset[str]  # those of them that follow "of", where answers are words: what is north *of the attic*
    facts: tuple[str, ...]
    has_dates: bool  # a free text may say "at the same time" only where facts have dates
    plain: frozenset[str]  # words of the question, words of the context that are in no name, and small talk


_YEAR = re.compile(r"\b\d{3,4}\b")


@lru_cache(maxsize=4096)
def _vocabulary(problem: Problem) -> _Vocabulary:
    asked, others = ({_name(name) for name in names} for names in DATASETS[problem.dataset].entities(problem))
    marks = Marks(asked | others)
    question = marks.cut(plain(problem.question).lower())
    facts = tuple(plain(fact).lower() for fact in problem.facts)
    context, golds = marks.cut(" \n".join(facts)), _keys(problem.answers)
    in_names = set(words(" ".join(marks.names.values())))
    known = SMALL_TALK.union(words(MARK.sub(" ", question)), set(words(MARK.sub(" ", context))) - in_names)
    word = DATASETS[problem.dataset].ANSWER_TYPE == "word"
    return _Vocabulary(
        marks,
        gold=frozenset(mark for mark, name in marks.names.items() if key(name) in golds),
        asked=frozenset(mark for mark, name in marks.names.items() if name in asked),
        question=frozenset(MARK.findall(question)),
        anchors=frozenset(_OF.findall(question) if word else ()),
        facts=facts,
        has_dates=bool(_YEAR.search(context)),
        plain=known,
    )


def _name(name: str) -> str:
    return " ".join(plain(name).lower().split()).rstrip(".")


def _read(vocabulary: _Vocabulary, answer: str) -> tuple[set[str], str]:
    """What a free text gives for answers: (keys of the names that it asserts and of words that are no prose, fault).

    Fragments ("X and Y") and sentences that declare an answer ("the answer is X") give answers. Where there are some,
    all other prose is said beside them; where there are none, the prose gives the answers.
    """
    text = _marked(vocabulary, answer)
    if text.count("{") > text.count("}"):
        return set(), "the box is never closed"
    read = list(sentences(text))
    gives = [_gives_answers(sentence) for sentence in read]
    if not any(gives[i] and _said(sentence) for i, sentence in enumerate(read)):
        gives = [True] * len(read)
    given, faults = set(), []
    for sentence, giving in zip(read, gives, strict=True):
        if giving:
            names, fault = _answers(vocabulary, sentence)
            given |= names
        else:
            fault = _beside(vocabulary, sentence, bool(given))
        if (sentence.takes_back or sentence.denies) and given and not fault:
            fault = f"{NOT_CLEAR}, takes back what it said: {quote([_shown(vocabulary, sentence.text)])}"
        faults += [fault] if fault else []
    if not given:
        return set(), faults[0] if faults else "names nothing of the context"
    return given, faults[0] if faults else ""


def _marked(vocabulary: _Vocabulary, answer: str) -> str:
    """The answer in lower case, its names marked; without TeX, list marks, acronyms and a restated list of facts."""
    text = _NOT.sub(" not ", _STRUCK.sub(" ", answer.replace(END, "\n").replace("`", "'").replace("_", " ")))
    text = re.sub(r"[^\S\n]+", " ", _TEX.sub(" ", text).lower())
    if "[" in text and len(text) > 40:
        text = _LIST.sub(lambda found: " " if any(fact in found[0] for fact in vocabulary.facts) else found[0], text)
    text = vocabulary.marks.cut(_LIST_MARK.sub("", text))
    return _ACRONYM.sub(lambda found: _without_acronym(vocabulary, found), text)


_STRUCK = re.compile(r"~~[^~\n]*~~")
_NOT = re.compile(r"!=|≠|!(?=\w)|[❌❎✗✘⛔🚫👎]")
_LIST = re.compile(r":\s*\[[^\[\]]*\]")  # after a citing phrase; a list of its own is an answer
_ACRONYM = re.compile("([\ue000-\uf8ff])'? ?\\(([a-z]{2,8})\\)")


def _without_acronym(vocabulary: _Vocabulary, found: re.Match) -> str:
    initials = [word[0] for word in words(vocabulary.marks.names[found[1]]) if word not in ("of", "the", "and", "for")]
    return found[1] if "".join(initials) == found[2] else found[0]


def _gives_answers(sentence: Sentence) -> bool:
    """Whether a sentence declares an answer ("the answer is X", "it is X") or is a fragment, without a verb."""
    text = sentence.text
    return (
        bool(_DECLARES.search(text))
        or not _VERB.search(text)
        or set(words(_ARTICLE.sub(" ", MARK.sub(" ", text)))) <= _COPULA
    )


def _said(sentence: Sentence) -> bool:
    return any(mention.stance == SAID for mention in sentence.mentions)


def _shown(vocabulary: _Vocabulary, text: str) -> str:
    return MARK.sub(lambda mark: vocabulary.marks.names[mark[0]], text).strip()


def _answers(vocabulary: _Vocabulary, sentence: Sentence) -> tuple[set[str], str]:
    """(keys of what a sentence gives for answers, fault)."""
    given, fault = set(), ""
    for mark, stance, segment in sentence.mentions:
        name = vocabulary.marks.names[mark]
        if name in ("yes", "no") and not _is_alone(segment, mark):
            fault = fault or f"{NOT_CLEAR}, {name!r} is said of something else"
        elif mark in vocabulary.gold and stance in (DENIED, DOUBTED):
            fault = f"{NOT_CLEAR}, {name!r} is {stance}"
        elif stance != DENIED and not _is_aside(vocabulary, mark, stance, segment, sentence):
            given.add(key(name) or name)
    strangers = {word for word in words(_POSSESSIVE.sub(" ", sentence.text)) if not word.isdigit()} - vocabulary.plain
    if strangers and not _VERB.search(sentence.text):
        given |= strangers
    elif strangers and given:
        fault = fault or f"{NOT_CLEAR}, says {quote(strangers)} of it"
    return given, fault or _misnames(vocabulary, sentence)


def _is_alone(segment: str, mark: str) -> bool:
    """Whether "yes" or "no" is all that a stretch says, or what it ends with: "the answer is no", not "no answer"."""
    said = set(words(MARK.sub("", segment)))
    return not said or ("is" in said and said <= _DECLARING and segment.rstrip(" .'\"").endswith(mark))


def _is_aside(vocabulary: _Vocabulary, mark: str, stance: str, segment: str, sentence: Sentence) -> bool:
    """Whether a name is no answer where it stands: in a clause that restates ("while …"), or one of the question."""
    if stance == RESTATED:
        return mark in vocabulary.gold | vocabulary.question
    return mark not in vocabulary.gold and _restates(vocabulary, mark, segment, sentence)


def _restates(vocabulary: _Vocabulary, mark: str, segment: str, sentence: Sentence) -> bool:
    """Whether a name of the question is named to restate it: in a clause with more to say, never as an item."""
    if mark not in vocabulary.question or _is_item(segment):
        return False
    return mark not in vocabulary.asked or bool(_SAME_TIME.search(sentence.text)) or not vocabulary.has_dates


@lru_cache(maxsize=1024)
def _is_item(segment: str) -> bool:
    return not words(_ARTICLE.sub(" ", MARK.sub(" ", segment)))


def _misnames(vocabulary: _Vocabulary, sentence: Sentence) -> str:
    """Why the names in a sentence may not mean what they name: another name around one, alternatives, two swapped."""
    said = {mention.mark for mention in sentence.mentions if mention.stance == SAID} & vocabulary.gold
    if said and any(said & set(found) for found in _LONGER.findall(sentence.text)):
        return f"{NOT_CLEAR}, another name around {quote(vocabulary.marks.names[mark] for mark in said)}"
    if said and _ALTERNATIVES.search(sentence.text):
        return f"{NOT_CLEAR}, gives alternatives"
    of = set(_OF.findall(sentence.text)) if vocabulary.anchors else set()
    if said & of and not vocabulary.anchors & of:
        return f"{NOT_CLEAR}, says it the other way round"
    return ""


_ALTERNATIVES = re.compile("[\ue000-\uf8ff][^\ue000-\uf8ff]*\\bor\\b[^\ue000-\uf8ff]*[\ue000-\uf8ff]|^\\W*or\\b")
_OF = re.compile("\\bof (?:the )?([\ue000-\uf8ff])")


def _beside(vocabulary: _Vocabulary, sentence: Sentence, answered: bool) -> str:
    """Why prose beside an answer contradicts it: it denies a gold answer, or gives another one after it."""
    for mark, stance, _ in sentence.mentions:
        name = vocabulary.marks.names[mark]
        if mark in vocabulary.gold and stance == DENIED:
            return f"{NOT_CLEAR}, also denies {name!r}"
        other = mark in vocabulary.asked - vocabulary.gold - vocabulary.question and stance == SAID
        if answered and other and not any(map(str.isdigit, sentence.text)):
            return f"{NOT_CLEAR}, says two things: {name!r} as well"
    return ""


def _contradiction(problem: Problem, after: str) -> str:
    """Why what is said after the answer tags contradicts them; "" where it does not."""
    if DATASETS[problem.dataset].ANSWER_TYPE == "text":
        back = next((sentence for sentence in sentences(after.lower()) if sentence.takes_back or sentence.denies), None)
        return f"says two things: {quote([back.text.strip()])} after the tags" if back else ""
    vocabulary = _vocabulary(problem)
    for sentence in sentences(_marked(vocabulary, after)):
        named = {mention.mark for mention in sentence.mentions if mention.stance in (SAID, DOUBTED)}
        other = named - vocabulary.gold - (set() if not words(MARK.sub(" ", sentence.text)) else vocabulary.question)
        if (
            sentence.takes_back
            or sentence.denies
            or (other and _gives_answers(sentence))
            or _beside(vocabulary, sentence, True)
        ):
            return f"says two things: {quote([_shown(vocabulary, sentence.text)])} after the tags"
    return ""
