"""The steps: right are the gold class and the gold facts, said and not denied, and nothing beside (RULES.md)."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import ModuleType

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import read_list, unescape
from lib.verify.completion import StepCheck, quote
from lib.verify.strict.answer import parts, reason
from lib.verify.strict.frames import BEFORE_FACT, DATING, SMALL_TALK, names_class, objection
from lib.verify.strict.plain import END, plain
from lib.verify.strict.prose import NOT_CLEAR, undenied
from lib.verify.strict.wording import DENIED, DOUBTED, MARK, RESTATED, SAID, Marks, denies, listed, sentences, words


def check_steps(problem: Problem, text: str) -> StepCheck:
    """The strict verdict on both steps, held against the problem's own gold values."""
    think = parts(text).think
    if think is None:
        return StepCheck(False, False, False, ("trace: there is no think part",))
    context = _context(problem)
    named, class_fault, cited, strangers, fact_fault = _in_the_study_s_form(context, think) or _read(context, think)
    class_step = named == {problem.category} and not class_fault
    ir_step = cited == context.gold and not strangers and not fact_fault
    reasons = []
    if not class_step:
        fault = f", {class_fault}" if class_fault else ""
        reasons.append(f"class step: names {quote(named) or 'no class'}, gold is {problem.category!r}{fault}")
    if not ir_step:
        n = len(cited) + len(strangers)
        written, gold = context.written, context.gold
        extra, missing = ([written.get(fact, fact) for fact in some] for some in (cited - gold, gold - cited))
        faults = {"not needed": extra, "not in the context": strangers, "missing": missing}
        says = reason(f"IR step: cites {n} fact{'s' * (n != 1)}", faults)
        reasons.append(f"{says}, {fact_fault}" if fact_fault else says)
    return StepCheck(True, class_step, ir_step, tuple(reasons))


Reading = tuple[set[str], str, set[str], set[str], str]  # classes, fault, cited facts, strange citations, fault


def _read(context: "_Context", think: str) -> Reading:
    """What a trace says, in whatever words."""
    trace = context.cut(_flat(plain(unescape(think.replace(END, " ")))))
    return *_class_named(context, MARK.sub("\x01.", trace)), *_cited(context, trace)


def _in_the_study_s_form(context: "_Context", think: str) -> Reading | None:
    """The same, of a trace in the study's own words that cites whole facts and nothing else; None for any other.

    Most traces are of this form, and it needs no reading: a quarter of the time, the same verdict (a test holds that).
    """
    if not (form := context.form.fullmatch(think)):
        return None
    items = [form[2]] if form[2] in context.lookup else read_list(form[2])
    if items is None:
        return None
    cited = {context.lookup.get(item) for item in items}
    return None if None in cited else ({form[1]}, "", cited, set(), "")


def _flat(text: str) -> str:
    """Lower case, no escapes, no bold, single blanks (a line end stays one): none of it changes what is cited."""
    lines = text.lower().replace("\\", "").replace("`", "'").replace("**", "").split("\n")
    return "\n".join(flat for line in lines if (flat := " ".join(line.split())))


def _one_line(text: str) -> str:
    return _flat(plain(text)).replace("\n", " ")


# --- the IR step --------------------------------------------------------------------------------------------

_BEFORE = re.compile(r"[^\[\](){}<>'\",;:|*•.\n\ue000-\uf8ff]*\Z")
_ENDS_FACT = re.compile(r"\s*(?:\Z|['\"\])}>,;|*•:\n\ue000-\uf8ff]|- |\d{1,2}[.)] |(?:and|then|so|also|plus|or)\b|/)")
_NO_LEAD = re.compile(r"\b(?:not|never|no|nor|neither|nobody|cannot|except|but|irrelevant|\w+n't|maybe|perhaps)\b|\d+")


class _Context(Marks):
    """A problem as a trace is read against it; `cut` marks the facts that stand whole in a trace.

    form      a trace in the study's words: (class), (list of facts, or one)
    lookup    each fact as it is written -> as it is looked for
    written   the same, the other way round
    gold      the gold facts, as they are looked for; question likewise
    told      a story's own words (bAbI), for which a trace has no other use
    known     words of facts and question; own: those that are no small talk
    """

    def __init__(self, problem: Problem):
        module = DATASETS[problem.dataset]
        self.dataset, self.category = problem.dataset, problem.category
        self.form, self.classes = _form(module), _class_marks(problem.dataset)[1]
        self.lookup = {fact: _one_line(fact) for fact in problem.facts}
        self.written = {looked: fact for fact, looked in self.lookup.items()}
        self.gold = {_one_line(fact) for fact in problem.gold_facts}
        self.question = _one_line(problem.question)
        said = {*words(" ".join(self.written))}
        self.own = said - BEFORE_FACT - SMALL_TALK
        self.told = self.own if problem.dataset == "babi" else set()
        self.known = said.union(words(self.question), words(" ".join(module.CATEGORIES)))
        super().__init__(self.written)
        self.stems = [(mark, fact.rstrip(".")) for mark, fact in self.names.items()]

    def cut(self, text: str) -> str:
        """The text with a mark for every fact; not for one with other words before it, or that goes on."""
        for _ in range(2):  # twice: "A and B" begins B only where A has been marked
            flat = text.replace("\n", " ")
            for mark, stem in self.stems:
                if stem in flat:
                    text = _replace_fact(text, stem, mark)
                    flat = text.replace("\n", " ")
        return text


@lru_cache(maxsize=4)
def _form(module: ModuleType) -> re.Pattern:
    sentence = re.escape(module.CLASS_SENTENCE).replace(r"\{\}", f"({'|'.join(map(re.escape, module.CATEGORIES))})")
    return re.compile(rf"{sentence}\n{re.escape(module.CITING_SENTENCE)}".replace(r"\{\}", "(.*)"))


_context = lru_cache(maxsize=4096)(_Context)


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
    return last != "-" and not last.isalnum() and set(words(_NO_LEAD.sub(" ", before))) <= BEFORE_FACT


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
_LIST_ENDS = re.compile(rf"\](?=\s+(?!{listed('of a list')}\b)[^\W\d])")
_PIECES = re.compile(r"[\[\](){}\"|\n\ue000-\uf8ff]|(?<![.!?;])[.!?;]++(?:\s|$)|'\s*,\s*'")
_YEAR = re.compile(r"\b\d{3,4}\b")
_EDGE = " '\"[,;:.-"
_OWN_WORDS = re.compile(r"\b(?:answers?|question|asked|asks|relation|category|class)\b")


def _cited(context: _Context, trace: str) -> tuple[set[str], set[str], str]:
    """(facts of the context that the trace says, what it cites that is no fact of it, what is not clear)."""
    stances: dict[str, set[str]] = {}
    objections, beside, cites = [], "", False
    for sentence in sentences(_LIST_ENDS.sub("].\n", trace.replace(context.question, " "))):
        if sentence.mentions:
            cites = any(mark.stance == SAID and context.names[mark.mark] in context.gold for mark in sentence.mentions)
            own = MARK.sub(" ", sentence.text)
            objections += [objection(own), "" if words(own) else beside] if cites else []
            beside = ""
        elif sentence.text.strip(" .()[]'\"0123456789"):
            beside = objection(sentence.text, context.known) if not context.classes.search(sentence.text) else ""
            objections += [beside] if cites else []
        for mark, stance in sentence.mentions:
            stances.setdefault(context.names[mark], set()).add(SAID if stance == RESTATED else stance)
    cited = {fact for fact, found in stances.items() if SAID in found}
    fault, rejected = "", (stances.keys() - cited) & context.gold
    if both := {fact for fact in cited if len(stances[fact]) > 1}:
        fault = f"{NOT_CLEAR}, cites and rejects {quote(both)}"
    elif rejected:
        fault = f"rejects {quote(rejected)}"
    strangers, against = set(_strange_citations(context, trace)), next(filter(None, objections), "")
    if against and cited == context.gold and not strangers and not fault:
        fault = f"{NOT_CLEAR}, says {quote([against])} of a fact"
    return cited, strangers, fault


def _strange_citations(context: _Context, trace: str) -> Iterator[str]:
    """What the trace cites besides facts: invented or altered ones.

    Everything in a list with a fact is cited, and everything that follows the study's "… to answer the question:". For
    the rest, a statement with a year in it (CoTempQA) or with the story's words (bAbI) is a citation.
    """
    for rest in trace.split(_CITING)[1:]:
        if not rest.lstrip().startswith("["):
            yield from _odd(piece for piece in _PIECES.split(rest) if not _OWN_WORDS.search(piece))
    for items in _CITED_LIST.finditer(trace):
        phrased = trace.endswith((_CITING, _CITING + " ", _CITING + "\n"), 0, items.start())
        if phrased or MARK.search(items[0]) or _SENTENCE_ITEM.search(items[0]):
            yield from _odd(_ITEMS.split(items[0]))
    for piece in _PIECES.split(trace.replace(context.question, " ").replace(_CITING, "\n")):
        if context.dataset == "cotemp" and _YEAR.search(piece):
            told = {word for word in words(piece) if not word.isdigit()} - DATING
        else:
            told = len(context.told.intersection(words(piece))) > 1 and not _OWN_WORDS.search(piece)
        if told:
            yield piece.strip(_EDGE)


def _odd(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces that say more than which fact comes next."""
    for piece in pieces:
        if any(word not in BEFORE_FACT and not (word.isdigit() and len(word) == 1) for word in words(piece)):
            yield piece.strip(_EDGE)


# --- the class step -----------------------------------------------------------------------------------------

_INFLECTED = {"overlap": "overlap(?:s|ped|ping|s with)?", "equal": "equal(?:s|ly|ity)?", "mix": "mix(?:ed|ture)?"}
_INFLECTED["entity"] = "entit(?:y|ies)"
_PREPOSITION = re.compile(listed("during of time"))


@lru_cache(maxsize=16)
def _class_marks(dataset: str) -> tuple[tuple[tuple[str, str], ...], re.Pattern]:
    """((mark, class), …) and a pattern whose groups are their words, in the same order."""
    marks = tuple(Marks(DATASETS[dataset].CATEGORIES).names.items())
    forms = (_INFLECTED.get(name) or f"{re.escape(name.removesuffix('s'))}s?" for _, name in marks)
    forms = (form.replace(r"\-", "[- ]") for form in forms)
    return marks, re.compile("|".join(rf"(?<![^\W_])(?<!-)({form})(?![^\W_]|-)" for form in forms))


def _class_named(context: _Context, prose: str) -> tuple[set[str], str]:
    """(classes that the trace names in its own words, what is not clear); the last one where it corrects itself."""
    marks, pattern = _class_marks(context.dataset)
    prose = _PREPOSITION.sub(" ", prose.replace(context.question, " "))
    prose = pattern.sub(lambda found: marks[found.lastindex - 1][0], prose)
    names = dict(marks)
    named, fault, said, against = set(), "", False, ""
    for sentence in sentences(prose):
        text = sentence.text
        if sentence.takes_back:
            named, fault, against = set(), "", ""
        others = {names[mark] for mark, stance in sentence.mentions if stance in (SAID, DOUBTED)} - {context.category}
        named |= others
        for mark, stance in sentence.mentions:
            if (name := names[mark]) != context.category:
                continue
            if (said := names_class(_class_shape(context, names, text))) or (others and stance == SAID):
                named.add(name)
            elif stance in (DENIED, DOUBTED):
                fault = f"{NOT_CLEAR}, it is {stance}"
        told, first = {*words(text)}, text.lstrip().partition(" ")[0]
        cites = bool(told & _OF_FACTS)
        said = said and not ("\x01" in text or len(told & context.own) > 1 or (cites and not denies(first)))
        if not sentence.mentions and (said or (not cites and denies(text) and _OF_CLASS.search(text))):
            against = against or objection(text, context.known)
    if against and named == {context.category} and not fault:
        fault = f"{NOT_CLEAR}, says {quote([against])} of it"
    return named, fault


_OF_FACTS = frozenset("fact facts text texts information use".split())
_OF_CLASS = re.compile(r"\b(?:following|follows|next|below|relation|class|category|label)\b")
_MARKUP = re.compile(r"[\"'*_()\[\]{}|`#<>]")


def _class_shape(context: _Context, names: dict[str, str], text: str) -> str:
    """A sentence in which the gold class is G and the others are N (frames.txt)."""
    text = MARK.sub(lambda mark: "G" if names[mark[0]] == context.category else "N", text)
    text = " ".join(_MARKUP.sub(" ", text.replace("->", ":").replace("→", ":")).split())
    return undenied(text.strip(" .:,-")).strip(" .:,-")
