"""The steps: right are the gold class and the gold facts, said and not denied, and nothing beside (RULES.md)."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import unescape
from lib.verify.completion import StepCheck, quote, split_completion
from lib.verify.strict.answer import NOT_CLEAR, SMALL_TALK, reason
from lib.verify.strict.typing import END, plain
from lib.verify.strict.wording import (
    DENIED,
    DOUBTED,
    MARK,
    RESTATED,
    SAID,
    Marks,
    sentences,
    words,
)


def check_steps(problem: Problem, text: str) -> StepCheck:
    """The strict verdict on both steps, held against the problem's own gold values."""
    think = split_completion(plain(text)).think
    if think is None:
        return StepCheck(False, False, False, ("trace: there is no think part",))
    facts = _facts(problem)
    trace = facts.cut(_flat(plain(unescape(think.replace(END, " ")))))
    named, class_fault = _class_named(problem, MARK.sub(".", trace))
    class_step = named == {problem.category} and not class_fault
    cited, strangers, fact_fault = _cited(problem, facts, trace)
    gold = {_one_line(fact) for fact in problem.gold_facts}
    ir_step = cited == gold and not strangers and not fact_fault
    reasons = []
    if not class_step:
        fault = f", {class_fault}" if class_fault else ""
        reasons.append(f"class step: names {quote(named) or 'no class'}, gold is {problem.category!r}{fault}")
    if not ir_step:
        n = len(cited) + len(strangers)
        extra, missing = ([facts.written.get(fact, fact) for fact in some] for some in (cited - gold, gold - cited))
        faults = {"not needed": extra, "not in the context": strangers, "missing": missing}
        says = reason(f"IR step: cites {n} fact{'s' * (n != 1)}", faults)
        reasons.append(f"{says}, {fact_fault}" if fact_fault else says)
    return StepCheck(True, class_step, ir_step, tuple(reasons))


def _flat(text: str) -> str:
    """Lower case, no escapes, no bold, single blanks (a line end stays one): none of it changes what is cited."""
    lines = text.lower().replace("\\", "").replace("`", "'").replace("**", "").split("\n")
    return "\n".join(flat for line in lines if (flat := " ".join(line.split())))


def _one_line(text: str) -> str:
    return _flat(plain(text)).replace("\n", " ")


# --- the IR step --------------------------------------------------------------------------------------------

# Words that may stand between the beginning of a sentence and a fact in it; a name there makes it another fact.
_LEAD = frozenset(
    "and also then that because since so first second third fourth fifth next finally later after before earlier here "
    "fact facts text texts sentence passage passages event evidence item line number no use used using from know "
    "known we i it is are was the a an this these following says say states stated said as when while thus therefore "
    "but or plus with of in on to need needed must should relevant relevant: gold context see given read reads "
    "particular both too hence now finally: answer question let me only have has story true what how".split()
)
_BEFORE = re.compile(r"[^\[\](){}<>'\",;:|*•.\n\ue000-\uf8ff]*\Z")
_ENDS_FACT = re.compile(r"\s*(?:\Z|['\"\])}>,;|*•:\n\ue000-\uf8ff]|- |\d{1,2}[.)] |(?:and|then|so|also|plus|or)\b|/)")
_NO_LEAD = re.compile(r"\b(?:not|never|no|nor|neither|nobody|cannot|except|but|irrelevant|\w+n't|maybe|perhaps)\b|\d+")


class _Facts(Marks):
    """A problem's facts, cut out of a trace where they stand whole: `written` gives a fact as it is written."""

    def __init__(self, facts: tuple[str, ...]):
        self.written = {_one_line(fact): fact for fact in facts}
        super().__init__(self.written)

    def cut(self, text: str) -> str:
        """The text with a mark for every fact; not for one with other words before it, or that goes on."""
        for mark, fact in self.names.items():
            stem = fact.rstrip(".")
            if stem in text.replace("\n", " "):
                text = _replace_fact(text, stem, mark)
        return text


@lru_cache(maxsize=4096)
def _facts(problem: Problem) -> _Facts:
    return _Facts(problem.facts)


def _replace_fact(text: str, stem: str, mark: str) -> str:
    flat, pieces, start = text.replace("\n", " "), [], 0
    at = flat.find(stem)
    while at >= 0:
        end = _fact_end(text, at + len(stem))
        if end and _begins_fact(text, start, at):
            pieces += [text[start:at], mark]
            start = end
        at = flat.find(stem, max(end, at + 1))
    return "".join(pieces) + text[start:]


def _begins_fact(text: str, start: int, at: int) -> bool:
    """Whether a sentence, an item or a line begins here, words of the trace's own aside."""
    before = _BEFORE.search(text, max(start, at - 120), at)[0]
    last = text[at - 1 : at] if at else ""
    return last != "-" and not last.isalnum() and set(words(_NO_LEAD.sub(" ", before))) <= _LEAD


def _fact_end(text: str, end: int) -> int:
    """Where the fact ends whose words end here, its full stop before a blank left; 0 where the sentence goes on."""
    if text[end : end + 1] == ".":
        after = text[end + 1 : end + 2]
        return 0 if after.isalnum() else end if not after or after.isspace() else end + 1
    return end if _ENDS_FACT.match(text, end) else 0


_CITING = "to answer the question:"
# A list of citations, up to the bracket after which nothing more is listed: [['A.'], 'B.'] and 'C.'
_CITED_LIST = re.compile(r"\[(?:[^\]]|\](?=[ .]?(?:[\],;+&\[('\"/-]|and\b|or\b|also\b|plus\b|as well\b)))*")
_SENTENCE_ITEM = re.compile(r"""['"][^'"\]]*\.['"]""")  # a list of sentences is a list of facts
_ITEMS = re.compile(r"""['"]\s*,\s*['"]|\]|[\ue000-\uf8ff]""")
_LIST_ENDS = re.compile(
    r"\](?=\s+(?!(?:is|are|was|were|must|should|can|cannot|do|does|did|will|not|never|as|which)\b)[^\W\d])"
)
_PIECES = re.compile(r"[\[\](){}\"|\n\ue000-\uf8ff]|[.!?;]+(?:\s|$)|'\s*,\s*'")
_YEAR = re.compile(r"\b\d{3,4}\b")
_DATING = _LEAD | set(
    "january february march april may june july august september october november december until between time times "
    "period interval span years year during same".split()
)  # a date that says nothing of anybody is no statement
_EDGE = " '\"[,;:.-"
_OWN_WORDS = re.compile(r"\b(?:answers?|question|asked|asks|relation|category|class)\b")


def _cited(problem: Problem, facts: _Facts, trace: str) -> tuple[set[str], set[str], str]:
    """(facts of the context that the trace says, what it cites that is no fact of it, what is not clear)."""
    stances: dict[str, set[str]] = {}
    for sentence in sentences(_LIST_ENDS.sub("].\n", trace)):
        for mark, stance, _ in sentence.mentions:
            stances.setdefault(facts.names[mark], set()).add(SAID if stance == RESTATED else stance)
    cited = {fact for fact, found in stances.items() if SAID in found}
    both = {fact for fact in cited if len(stances[fact]) > 1}
    fault = f"{NOT_CLEAR}, cites and rejects {quote(both)}" if both else ""
    rejected = (stances.keys() - cited) & {_one_line(fact) for fact in problem.gold_facts}
    if rejected and not fault:
        fault = f"rejects {quote(rejected)}"
    return cited, set(_strange_citations(problem, trace)), fault


def _strange_citations(problem: Problem, trace: str) -> Iterator[str]:
    """What the trace cites besides facts: invented or altered ones.

    Everything in a list with a fact is cited, and everything that follows the study's "… to answer the question:". For
    the rest, a statement with a year in it (CoTempQA) or with the story's words (bAbI) is a citation.
    """
    told = _told_words(problem)
    after = [rest.lstrip() for rest in trace.split(_CITING)[1:]]
    for rest in after:
        if not rest.startswith("["):
            yield from _odd(_PIECES.split(rest), lambda piece: not _OWN_WORDS.search(piece))
    for listed in _CITED_LIST.finditer(trace):
        if (
            MARK.search(listed[0])
            or _SENTENCE_ITEM.search(listed[0])
            or trace[: listed.start()].endswith((_CITING, _CITING + " ", _CITING + "\n"))
        ):
            yield from _odd(_ITEMS.split(listed[0]), lambda item: True)
    question = _one_line(problem.question)
    dated = problem.dataset == "cotemp"
    for piece in _PIECES.split(trace.replace(question, " ").replace(_CITING, "\n")):
        said = {word for word in words(piece) if not word.isdigit()} - _DATING
        if said and _YEAR.search(piece) if dated else len(told & said) > 1 and not _OWN_WORDS.search(piece):
            yield piece.strip(_EDGE)


def _odd(pieces: list[str], counts) -> Iterator[str]:
    for piece in pieces:
        if not set(words(piece)) <= _LEAD | {"1", "2", "3", "4", "5", "6", "7", "8", "9"} and counts(piece):
            yield piece.strip(_EDGE)


@lru_cache(maxsize=4096)
def _told_words(problem: Problem) -> frozenset[str]:
    """The words of a story's facts that a trace has no other use for."""
    if problem.dataset != "babi":
        return frozenset()
    return frozenset(set(words(_flat(plain(" ".join(problem.facts))))) - _LEAD - SMALL_TALK)


# --- the class step -----------------------------------------------------------------------------------------

_INFLECTED = {
    "overlap": "overlap(?:s|ped|ping|s with)?",
    "equal": "equal(?:s|ly|ity)?",
    "mix": "mix(?:ed|ture)?",
    "entity": "entit(?:y|ies)",
}
_PREPOSITION = re.compile(
    r"\bduring (?=(?:the|that|this|which|their|his|her|its|these|those|an?|same|identical|both|all|one|my|our|\d|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december))\b)"
)
_LABEL = re.compile(
    r"(?:\b(?:is|be|are|was|class|relation|label|category|type|kind|as|namely|called)\b|[=:\"'(\[_]|\A)[\s\W_]*"
    r"(?:(?:the|an?|of|type|kind|class|relation|label|category|clearly|indeed|therefore|thus) )*[\s\W_]*\Z"
)


@lru_cache(maxsize=16)
def _class_marks(dataset: str) -> tuple[Marks, re.Pattern]:
    marks = Marks(DATASETS[dataset].CATEGORIES)
    forms = (_INFLECTED.get(name) or f"{re.escape(name.removesuffix('s'))}s?" for name in marks.names.values())
    forms = (form.replace(r"\-", "[- ]") for form in forms)
    return marks, re.compile("|".join(rf"(?<![^\W_])(?<!-)({form})(?![^\W_]|-)" for form in forms))


def _class_named(problem: Problem, prose: str) -> tuple[set[str], str]:
    """(classes that the trace names in its own words, what is not clear); the last one where it corrects itself."""
    marks, pattern = _class_marks(problem.dataset)
    prose = _PREPOSITION.sub(" ", prose.replace(_one_line(problem.question), " "))
    prose = pattern.sub(lambda found: list(marks.names)[found.lastindex - 1], prose)
    named, fault = set(), ""
    for sentence in sentences(prose):
        if sentence.takes_back:
            named, fault = set(), ""
        for mark, stance, segment in sentence.mentions:
            name = marks.names[mark]
            if name != problem.category:
                named |= {name} if stance in (SAID, DOUBTED) else set()
            elif stance in (DENIED, DOUBTED):
                fault = f"{NOT_CLEAR}, it is {stance}"
            elif stance == SAID and _is_label(segment, mark):
                named.add(name)
    return named, fault


def _is_label(segment: str, mark: str) -> bool:
    """Whether a word is set off as a label ("the relation is: during") and no part of its sentence."""
    return bool(_LABEL.search(segment[: segment.index(mark)]))
