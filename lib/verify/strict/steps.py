"""The steps: right are the gold class and the gold facts, said and not denied, and nothing beside (RULES.md)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.files import read_list, unescape
from lib.verify.completion import StepCheck, quote
from lib.verify.strict.answer import parts, reason
from lib.verify.strict.frames import ASIDE, LEAVES, NAMES, SMALL_TALK, TURNS, trace_kind
from lib.verify.strict.plain import END, plain
from lib.verify.strict.prose import NOT_CLEAR, dated, tells_answer, undenied
from lib.verify.strict.wording import DENIED, DOUBTED, MARK, RESTATED, SAID, Marks, Sentence, listed, sentences, words


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
    """What a trace says, in whatever words; a sentence of no listed form is held against the step that it stands by."""
    reader = _Reader(context)
    for sentence in sentences(context.marked(context.cut(_flat(plain(unescape(think.replace(END, " "))))))):
        reader.read(sentence)
    return *reader.classes(), *reader.facts()


_NEEDS_NONE = ("i need no text", "i need no facts", "no text is needed", "no facts are needed")


class _Reader:
    """What the sentences of a trace have said so far.

    named, cites    the classes; whether facts are being cited
    stances         each fact -> what was done with it
    strangers       statements that are no fact of the context
    of_class, of_facts  the first fault of each step; last: the letter of the last fact
    last_kind, unlisted   the kind, and the fault, of the last sentence
    """

    def __init__(self, context: "_Context"):
        self.context, self.named, self.strangers, self.cites = context, set(), set(), False
        self.stances: dict[str, set[str]] = {}
        self.of_class = self.of_facts = self.last = self.unlisted = self.last_kind = ""

    def read(self, sentence: Sentence) -> None:
        """Take in the next sentence."""
        shape = _shape(self.context, sentence.text)
        kind = self._kind(sentence, shape)
        if sentence.takes_back and not self.cites:
            self.named, self.of_class = set(), ""
        self._take_classes(sentence, kind)
        self._take_facts(sentence, shape)
        self.unlisted = "" if kind else self._hold(sentence, shape)
        self.last_kind = kind
        self.cites |= _CITING in sentence.text

    def _kind(self, sentence: Sentence, shape: str) -> str:
        if kind := trace_kind(shape):
            return kind
        turns = sentence.takes_back and not self.cites and TURNS.fullmatch(sentence.text.strip())
        needs_none = shape in _NEEDS_NONE and not self.context.gold
        return ASIDE if turns or needs_none else tells_answer(self.context.problem, sentence.text)

    def _take_classes(self, sentence: Sentence, kind: str) -> None:
        kinds, gold = self.context.kinds, self.context.category
        classes = [(kinds[mark], stance) for mark, stance in sentence.mentions if mark in kinds]
        others = {name for name, stance in classes if name != gold and stance in (SAID, DOUBTED)}
        self.named |= others
        for stance in (stance for name, stance in classes if name == gold):
            if kind == NAMES or (others and stance == SAID):
                self.named.add(gold)
            elif stance in (DENIED, DOUBTED):
                self.of_class = f"{NOT_CLEAR}, it is {stance}"

    def _take_facts(self, sentence: Sentence, shape: str) -> None:
        for mark, stance in sentence.mentions:
            if mark in self.context.names:
                self.stances.setdefault(mark, set()).add(SAID if stance == RESTATED else stance)
                self.cites |= stance == SAID
        self.last = next((letter for letter in reversed(shape) if letter in "FE"), self.last)
        bare = self.unlisted and shape and not set(shape) - set("FE ")
        if bare:  # "Ruled out: F"
            self.of_facts = self.of_facts or self.unlisted
        if self.last == "F" and LEAVES.fullmatch(shape):
            self.of_facts = self.of_facts or f"{NOT_CLEAR}, leaves a fact that it needs"

    def _hold(self, sentence: Sentence, shape: str) -> str:
        """Hold a sentence of no listed form against a step or both; the fault, where a bare fact would share it."""
        fault = f"{NOT_CLEAR}, says {quote([self.context.shown(sentence.text)])}"
        told, marks = {*words(_COMPOUND.sub(" ", sentence.text))}, {mark for mark, _ in sentence.mentions}
        strange = {*_statements(self.context, sentence.text)}
        self.strangers |= strange
        of_class = bool(marks & self.context.kinds.keys() or _OF_CLASS.search(sentence.text))
        reads = sentence.text.lstrip().startswith(("it says", "what matters", "['", '["'))
        of_facts = bool(reads or strange or marks & self.context.names.keys() or told & _OF_FACTS)
        turns = sentence.takes_back or (self.last_kind == NAMES and not of_facts)
        if of_class or turns or not (of_facts or self.cites):
            self.of_class = self.of_class or fault
        if of_facts or (self.cites and not of_class):
            self.of_facts = self.of_facts or fault
        return "" if of_class or not self.named else fault  # before a class is named, it may be an attempt at that

    def classes(self) -> tuple[set[str], str]:
        """(classes named, fault); that none is named is reason enough."""
        alone = self.named == {self.context.category}
        return self.named, self.of_class if alone or "says" not in self.of_class else ""

    def facts(self) -> tuple[set[str], set[str], str]:
        """(facts of the context that were said, what was cited that is no fact of it, fault)."""
        names, gold = self.context.names, self.context.gold
        cited = {names[mark] for mark, found in self.stances.items() if SAID in found}
        rejected = ({names[mark] for mark in self.stances} - cited) & gold
        if both := {names[mark] for mark, found in self.stances.items() if SAID in found and len(found) > 1}:
            return cited, self.strangers, f"{NOT_CLEAR}, cites and rejects {quote(both)}"
        if rejected:
            return cited, self.strangers, f"rejects {quote(rejected)}"
        return cited, self.strangers, self.of_facts if cited == gold and not self.strangers else ""


_OF_FACTS = frozenset(
    "fact facts text texts information evidence use used using need needed these those distractor distractors".split()
)
_COMPOUND = re.compile(r"(?<!\w)\w++(?:-\w++)+")  # "three-supporting-facts" speaks of no fact
_OF_CLASS = re.compile(r"\b(?:relation|relationship|class|category|label|type)\b")
_PIECES = re.compile(r"[\[\](){}\"|:\ue000-\uf8ff]|'\s*,\s*'")
_YEAR = re.compile(r"\b\d{3,4}\b")


def _statements(context: "_Context", text: str) -> Iterator[str]:
    """What a sentence of no listed form states besides facts of the context: invented or altered ones."""
    for piece in _PIECES.split(text):
        said = {word for word in words(piece) if not word.isdigit()}
        if len(said & context.own) > 1 or (_YEAR.search(piece) and len(said) > 1):
            yield piece.strip(" '\",;:.-")


def _in_the_study_s_form(context: "_Context", think: str) -> Reading | None:
    """The same, of a trace in the study's own words that cites whole facts and nothing else; None for any other.

    Most traces are of this form, and it needs no reading: a quarter of the time, the same verdict (a test holds that).
    """
    if not (form := context.form.fullmatch(think) or context.form.fullmatch(" ".join(think.split()))):
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

_AND_MORE = re.compile(r",\s*(?:\.\.\.|…)")
_ENDS_FACT = re.compile(r"\s*(?:\Z|['\"\])}>,;|*•:\n\ue000-\uf8ff]|- |\d{1,2}[.)] |(?:and|then|so|also|plus|or)\b|/)")


class _Context(Marks):
    """A problem as a trace is read against it; `cut` marks the facts that stand whole in a trace.

    form      a trace in the study's words: (class), (list of facts, or one)
    lookup    each fact as it is written -> as it is looked for
    written   the same, the other way round
    gold      the gold facts, as they are looked for; question likewise
    own       words of the facts that are no small talk
    kinds     the class of each mark that `marked` sets
    """

    def __init__(self, problem: Problem):
        module = DATASETS[problem.dataset]
        self.problem, self.category = problem, problem.category
        self.form = _form(module)
        self.kinds, self.class_words = _class_marks(problem.dataset)
        self.lookup = {fact: _one_line(fact) for fact in problem.facts}
        self.written = {looked: fact for fact, looked in self.lookup.items()}
        self.gold = {_one_line(fact) for fact in problem.gold_facts}
        self.question = _one_line(problem.question)
        said = {*words(" ".join(self.written))}
        self.own = said - SMALL_TALK
        super().__init__(self.written)
        self.letters = {mark: "G" if name == self.category else "N" for mark, name in self.kinds.items()}
        self.letters |= {mark: "F" if fact in self.gold else "E" for mark, fact in self.names.items()}
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

    def marked(self, trace: str) -> str:
        """A trace with marks for its facts, without what only wraps or numbers them, and with marks for classes."""
        text = _LIST_ENDS.sub("].\n", _AND_MORE.sub(" and more", trace.replace(self.question, " . ")))
        text = _JOINED.sub(r"\1 ", _WRAPPED.sub(r"\1", _NUMBERED.sub(" ", _TAGS.sub(" ", text))))
        marks = tuple(self.kinds)
        return self.class_words.sub(lambda found: marks[found.lastindex - 1], _NO_CLASS.sub(" ", text))

    def shown(self, text: str) -> str:
        """A marked text in words."""
        return MARK.sub(lambda mark: self.kinds.get(mark[0]) or self.names[mark[0]], text).strip()


@lru_cache(maxsize=4)
def _form(module: ModuleType) -> re.Pattern:
    sentence = re.escape(module.CLASS_SENTENCE).replace(r"\{\}", f"({'|'.join(map(re.escape, module.CATEGORIES))})")
    return re.compile(rf"{sentence}\s+{re.escape(module.CITING_SENTENCE)}".replace(r"\{\}", "(.*)"))


_context = lru_cache(maxsize=4096)(_Context)


def _replace_fact(text: str, stem: str, mark: str) -> str:
    flat, pieces, start = text.replace("\n", " "), [], 0
    at = flat.find(stem)
    while at >= 0:
        end = _fact_end(text, at + len(stem))
        before = text[at - 1 : at] if at else ""
        if end and before != "-" and not before.isalnum():
            pieces += [text[start:at], mark]
            start = end
        at = flat.find(stem, max(end, at + 1))
    return "".join(pieces) + text[start:]


def _fact_end(text: str, end: int) -> int:
    """Where the fact ends whose words end here, its full stop before a blank left; 0 where the sentence goes on."""
    if text[end : end + 1] == ".":
        after = text[end + 1 : end + 2]
        return 0 if after.isalnum() else end if not after or after.isspace() else end + 1
    return end if _ENDS_FACT.match(text, end) else 0


_CITING = "to answer the question:"
_LIST_ENDS = re.compile(rf"\](?=\s+(?!{listed('of a list')}\b)[^\W\d])")
_TAGS = re.compile(r"</?(?:facts?|ul|li|p|b|i)>|`{3}(?:text|json)?|\*\*")
_NUMBERED = re.compile(
    r"(?:(?<=[\s:])|^)(?:\(?\d{1,2}[.)]|[a-h]\)|\[\d{1,2}\]|(?:fact|text) \d{1,2}:)\s(?=['\"\[]{0,3}[\ue000-\uf8ff])|"
    r"(?:(?<=[\n:])|^) ?[-*•]\s(?=['\"\[]{0,3}[\ue000-\uf8ff])"
)
_WRAPPED = re.compile(r"(?<![\[({'\"`<])[\[({'\"`<]*+([\ue000-\uf8ff])['\"`\]})>]*")
_JOINED = re.compile(
    r"([\ue000-\uf8ff])(?: ?(?:[,;&+]| and|,? and then| then| plus| also|, also) ?| )(?=[\ue000-\uf8ff])"
)


# --- the class step -----------------------------------------------------------------------------------------

_INFLECTED = {"overlap": "overlap(?:s|ped|ping|s with)?", "equal": "equal(?:s|ly|ity)?", "mix": "mix(?:ed|ture)?"}
_INFLECTED["entity"] = "entit(?:y|ies)"
_NO_CLASS = re.compile(listed("no class"))


@lru_cache(maxsize=16)
def _class_marks(dataset: str) -> tuple[dict[str, str], re.Pattern]:
    """(class of each mark, a pattern whose groups are their words in the same order)."""
    marks = Marks(DATASETS[dataset].CATEGORIES, last=True).names
    forms = (_INFLECTED.get(name) or f"{re.escape(name.removesuffix('s'))}s?" for name in marks.values())
    forms = (form.replace(r"\-", "[- ]") for form in forms)
    return marks, re.compile("|".join(rf"(?<![^\W_])(?<!-)({form})(?![^\W_]|-)" for form in forms))


_MARKUP = re.compile(r"[\"'*_()\[\]{}|`]")


def _shape(context: _Context, text: str) -> str:
    """A sentence as frames.txt has it: G the gold class, N the others, F gold facts, E the others, D dates."""
    text = MARK.sub(lambda mark: context.letters[mark[0]], text.replace("->", ":").replace("→", ":"))
    text = undenied(" ".join(_MARKUP.sub(" ", text).split()).strip(" .:,-#")).strip(" .:,-")
    return dated(text) if re.search(r"\d{3}", text) else text
