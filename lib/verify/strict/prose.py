"""Free text: a clause gives an answer in one of a few asserting frames; in any other, what it says is not clear.

A sentence is brought to its shape first: names become capitals, dates D (frames.txt).
"""

import re
from collections.abc import Set
from functools import lru_cache
from typing import NamedTuple

from lib.datasets import DATASETS
from lib.datasets.babi.grammar import singular
from lib.datasets.problem import Problem
from lib.files import read_list
from lib.verify.completion import quote
from lib.verify.strict import frames
from lib.verify.strict.frames import ASIDE, HEAD, OTHER, STRONG, THOUGHT, TOLD, WEAK, kind_of
from lib.verify.strict.plain import END, key, plain
from lib.verify.strict.wording import DENIED, DOUBTED, MARK, RESTATED, SAID, Marks, Sentence, listed, sentences, words

NOT_CLEAR = "not clear"

_VERB = re.compile(rf"\b{listed('any verb')}\b")
_LIST_MARK = re.compile(r"^[^\S\n]*(?:[-*•]|\(?\d{1,2}[.)])\s+", re.MULTILINE)
_DECLARES = re.compile(r"\banswers?\b[^.\n\ue000-\uf8ff]{0,60}?(?:\bis\b|\bare\b|:|=)")
_TEX = re.compile(r"\\(?:boxed|text(?:bf|it|rm|tt|sf|normal)?|mathrm|mathbf)\b|\\[\[\]()]|\$+(?=\\)|(?<=\})\$+")
_BLOCK = re.compile(r"</?(?:ul|ol|li|p|br|div|h\d) ?/?>", re.IGNORECASE)  # with attributes, who knows what it says
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|code|mark|font)>", re.IGNORECASE)
_POSSESSIVE = re.compile("[\ue000-\uf8ff](?:'s\\b)?")


_OPPOSITES = {"no": "yes|yeah|sure|of course|ok|okay|certainly|definitely|surely", "yes": "no|nope|not"}


class Vocabulary:
    """A problem's names and words, lower-cased, against which a free text is read.

    gold, question, stopped are marks: of gold answers, names in the question, names that end in a full stop; roles has
    each mark's capital in a shape. told: facts and question, which are no answer when told again. plain: words of the
    question, words of the context that are in no name, and small talk.
    """

    def __init__(self, problem: Problem):
        entities = DATASETS[problem.dataset].entities(problem)
        asked, others = ({_name(name) for name in names} for names in entities)
        self.marks = Marks(asked | others)
        names, golds = self.marks.names, {key(plain(answer)) for answer in problem.answers}
        stopped = {_name(name) for name in entities[0] | entities[1] if name[-1] == "."}
        self.gold = frozenset(mark for mark, name in names.items() if key(name) in golds)
        self.stopped = frozenset(mark for mark, name in names.items() if name in stopped)
        self.topic, self.asks = frames.topic_of(problem), plain(problem.question).lower()
        self.facts = tuple(plain(fact).lower() for fact in problem.facts)
        question, cut = self.marks.cut(self.asks), [_flat(self.marks.cut(fact)) for fact in self.facts]
        named = list(dict.fromkeys(MARK.findall(question)))
        persons = [mark for mark in named if names[mark] in others] if others else named[:1]
        roles = dict.fromkeys(names, "N") | dict.fromkeys(named, "Q") | dict.fromkeys(persons, "P")
        self.roles = str.maketrans(roles | dict.fromkeys(persons[-1:], "S") | dict.fromkeys(self.gold, "G"))
        rest = f"([{''.join(persons[:-1])}])([^{''.join(persons[-1:])}]*)"
        self.persons = re.compile(rest) if persons[:-1] else None
        self.years = {*_YEAR.findall(" ".join(cut))}
        self.question, self.dated = frozenset(named), bool(re.search(r"\b\d{3,4}\b", " ".join(cut)))
        asked = re.match(r"how many ([a-z]+)\b", self.asks) if self.topic == "text" else None
        self.unit = asked[1] if asked else ""
        self.number = any(re.match(r"\W*\d", gold) for gold in golds)
        feared = _FEARED.findall(" ".join(self.facts)) if self.topic == "fear" else ()
        self.feared = {word: one for word in feared if (one := singular(word)) in names.values()}
        self.prefix = _prefix(problem.question, golds) if self.topic == "text" else ""
        said = golds & _OPPOSITES.keys()  # "yes, the answer is no" says two things
        self.opposite = re.compile(rf"\b(?:{_OPPOSITES[said.pop()]})\b") if said else None
        if self.topic == "text":  # of passages, only sentences that hold a gold answer are told again
            cut = [_flat(one.text) for fact in cut for one in sentences(fact) if self.gold.intersection(one.text)]
        self.told = frozenset([*cut, _flat(question)])
        in_names = set(words(" ".join(names.values())))
        context = set(words(MARK.sub(" ", self.marks.cut(" \n".join(self.facts))))) - in_names
        self.plain = frames.SMALL_TALK.union(words(MARK.sub(" ", question)), context)


def _prefix(question: str, golds: Set[str]) -> str:
    """The word that may stand before an answer of one word or a name: "in 1895", "by Ada Moss"; "" where none may."""
    if all(re.fullmatch(r"\d{4}", gold) for gold in golds):
        return "in"
    return "by" if question.lower().startswith("who") else ""


vocabulary = lru_cache(maxsize=4096)(Vocabulary)


def _name(name: str) -> str:
    return " ".join(plain(name).lower().split()).rstrip(".")


def _flat(text: str) -> str:
    return " ".join(text.split()).strip(" .?!'\"[],;")


# --- from text to shapes ------------------------------------------------------------------------------------


class _Read(NamedTuple):
    """A sentence with its kind (frames.py) and its shape."""

    sentence: Sentence
    kind: str
    shape: str


_LIST = re.compile(r":\s*(\[[^\[\]]*\])")  # after a citing phrase; a list of its own is an answer
_ACRONYM = re.compile("([\ue000-\uf8ff])'? ?\\(([a-z]{2,8})\\)")
_ANNOUNCED = re.compile(r"(\b(?:the )?answer(?: is)?:\s?)\1+", re.IGNORECASE)  # until tokens ran out
_PRONOUN = re.compile(r"\b(?:he|she|they|his|her|their|him|them|it(?= (?:is|was|were) (?:also )?owned))\b")
_OWN_STOP = re.compile("([\ue000-\uf8ff])\\.(?=,| [^\\W\\d_])")
_FEARED = re.compile(r"\b[a-z]+\b")
_NOTHING = re.compile(r"\b(?:nothing|zero|no (?:objects?|items?|things?))\b(?! (?:but|else|except))")
_DIGITS = ("none", "one", "two", "three", "four", "five")
_DIGIT = re.compile(r"(?<![^\s\[{('\"*:=])[0-5](?= ?(?:(?:objects?|items?|things?)\b)?[ .!\])}'\"*]*(?:\n|\Z))")


def _marked(v: Vocabulary, answer: str) -> str:
    """The answer in lower case, its names marked; without TeX, list marks, acronyms and a restated list of facts."""
    text = answer.replace(END, "\n").replace("`", "'").replace("_", " ")
    text = _BLOCK.sub("\n", _INLINE.sub("", text)) if "<" in text else text
    text = _ANNOUNCED.sub(r"\1", re.sub(r"[^\S\n]+", " ", _TEX.sub(" ", text)))
    cased, text = text, text.lower()
    if "[" in text and len(text) > 40:
        cited = frozenset(map(_flat, v.facts))
        text = _LIST.sub(lambda one: " " if cited.issuperset(map(_flat, read_list(one[1]) or "?")) else one[0], text)
    if v.topic == "fear":
        text = _FEARED.sub(lambda plural: v.feared.get(plural[0], plural[0]), text)
    if v.topic == "count":
        text = _NOTHING.sub("none", text)
        text = _DIGIT.sub(lambda digit: _DIGITS[int(digit[0])], text)
    text = v.marks.cut(text if v.topic in ("text", "count") else _LIST_MARK.sub("", text))
    if v.stopped and "." in text:
        text = _OWN_STOP.sub(lambda found: _without_stop(v, found, cased), text)
    if v.persons:  # a pronoun after the question's other person is about that one
        text = v.persons.sub(lambda found: found[1] + _PRONOUN.sub(found[1], found[2]), text)
    return _ACRONYM.sub(lambda found: _without_acronym(v, found, cased), text)


def _without_stop(v: Vocabulary, found: re.Match, cased: str) -> str:
    """A name's own full stop ends no sentence, unless a capital follows it ("X Ltd. would …", "X Ltd. The …")."""
    goes_on = not re.search(rf"(?i:{re.escape(v.marks.names[found[1]])})\. [A-Z][a-z]", cased)
    return found[1] if found[1] in v.stopped and goes_on else found[0]


def _without_acronym(v: Vocabulary, found: re.Match, cased: str) -> str:
    initials = [word[0] for word in words(v.marks.names[found[1]]) if word not in ("of", "the", "and", "for")]
    capitals = f"({found[2].upper()})" in cased and found[2] not in frames.NO_NAME
    return found[1] if capitals and sorted(initials) == sorted(found[2]) else found[0]


_DATE = re.compile(rf"(?<![\w$€£#.])(?<!(?<!\d)-)(?:{listed('month')}(?: \d{{1,2}})?,? )?\d{{3,4}}(?![\w%]|[.,:/]\d)")
_YEAR = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
_DATES = re.compile(r"D(?: ?(?:-|to|until|till|and) ?D)+")
_IN_BRACKETS = re.compile(r" ?\((?:from |in |since )?D\)")
_DENIED_OTHER = re.compile(listed("other denied"))
_QUOTED = re.compile(r"([\"'*])([GNQSP](?:, [GNQSP])*)\1")
_HARMLESS_SYMBOL = re.compile("[\U0001f389\U0001f44d\U0001f642\U0001f60a✅✔☑➡→⇒]|=>|->")
_CONTRACTED = re.compile(r"\b(it|that|he|she|this|here|there|what)'s\b")
_WITHOUT = re.compile(r"^~[ ,;]*|[ ,;]*~$|~ (?=(?:the )?G)")
_EDGES = " .:,;'\"*#•"
_SIGNED = re.compile(r"[-+<>=~±.#^/]\W{0,4}G")
_GOLD_AND_ASKED = re.compile("^((?:while|when|as) [^,]*?)G(?=,)")  # gold is the question's own name


def _shape(v: Vocabulary, text: str) -> str:
    """A marked sentence as a shape; "?" where it is too long for one."""
    if len(text) > frames.LONGEST:
        return "?"
    text = _CONTRACTED.sub(r"\1 is", text.translate(v.roles))
    if v.opposite:
        text = v.opposite.sub("?", text)
    if v.topic == "text":
        text = "?" if v.number and _SIGNED.search(text) else _QUOTED.sub(r"\2", text)
        text = re.sub(rf"\b{v.prefix} (?=G)", "", text) if v.prefix else text
        text = re.sub(rf"(?<=G) {v.unit}\b", "", text) if v.unit else text
    else:
        if v.dated:
            if not v.years.issuperset(_YEAR.findall(text)):
                return "?"
            text = _IN_BRACKETS.sub(" from D", dated(text))
            text = _GOLD_AND_ASKED.sub(r"\1Q", text) if v.question & v.gold else text
        text = re.sub(r"[\"*]|(?<![a-zD])'|'(?![a-z])", "", re.sub(r"(?<=[GNQSP])'(?=s )", "’", text)).replace("’", "'")
    text = re.sub(r"[\[{] *([GNQSP](?: *, *[GNQSP])*) *[\]}](?! ?[\[{*&\d+-])", r"\1", text)
    if v.topic == "text":
        return text.strip(" .:")
    return _told_so(
        re.sub(r"\|+|[{}]", " ", _HARMLESS_SYMBOL.sub(" ", text)).lstrip(_EDGES).rstrip(_EDGES + "-!"), v.topic
    )


def dated(text: str) -> str:
    """A text with D for every date and period."""
    return _DATES.sub("D", _DATE.sub("D", text))


def tells_answer(problem: Problem, text: str) -> str:
    """ASIDE for a sentence of a trace that only says which answer follows, right or wrong; "" for any other."""
    v = vocabulary(problem)
    shape = "?" if MARK.search(text) else _shape(v, _marked(v, text))
    gives = "G" in shape and "D" not in shape and kind_of(shape, v.topic) in (STRONG, WEAK, TOLD)
    tells = gives or frames.TELLS_ANSWER.fullmatch(shape)
    return ASIDE if tells else ""


def _told_so(shape: str, topic: str) -> str:
    """undenied, but for a question of yes or no, whose answer a denial turns."""
    return shape if topic in ("yes", "no") else undenied(shape)


def undenied(shape: str) -> str:
    """A shape without what it denies of other names: "not N but G" is G; "it is not N" is "it is ~"."""
    shape = " ".join(_DENIED_OTHER.sub(" ~ ", shape.replace("~", "?")).split())
    return _WITHOUT.sub("", shape) if "G" in shape else shape


_BECAUSE = re.compile(r"(.+?),? (?:because|since|as) (.+)", re.DOTALL)


def _kind(v: Vocabulary, sentence: Sentence) -> _Read:
    text = sentence.text
    if (because := _BECAUSE.fullmatch(text)) and _flat(because[2]) in v.told and "?" not in text:
        text = because[1]
        sentence = sentence._replace(text=text)
    shape = _shape(v, text)
    kind = kind_of(shape, v.topic)
    if kind in (OTHER, THOUGHT) and _flat(text) in v.told:
        return _Read(sentence, ASIDE, shape)
    if kind == OTHER and v.topic in ("yes", "no") and len(shape) < frames.LONGEST and "?" not in sentence.text:
        kind = frames.agrees(v.asks, _shown(v, sentence.text), v.topic) or kind
    return _Read(sentence, kind, shape)


# --- what a text gives --------------------------------------------------------------------------------------


def read(v: Vocabulary, answer: str) -> tuple[set[str], str]:
    """What a free text gives for answers: (keys of the names that it asserts and of words that are no prose, fault).

    Sentences that declare an answer ("the answer is X") and fragments ("X and Y") give answers; where there are none,
    statements do. Before the last declaration a text may think aloud; all else must be of a known kind.
    """
    text = _marked(v, answer)
    if text.count("{") > text.count("}"):
        return set(), "the box is never closed"
    kinds: dict[Sentence, _Read] = {}
    every = [kinds.get(one) or kinds.setdefault(one, _kind(v, one)) for one in sentences(text)]
    gives = [_gives_answers(v, one) for one in every]
    tells = not any(gives)
    last = max((at for at, one in enumerate(every) if one.kind == STRONG), default=-1)
    given, faults, so_far = set(), [], set()
    ends = max((at for at, one in enumerate(every) if one.kind in (STRONG, WEAK, TOLD)), default=len(every))
    heads = {one.sentence.text.strip().partition(":")[0] for one in every[ends + 1 :] if one.kind == HEAD}
    if any(answer.lower().count(head) < 3 for head in heads):  # else it goes round and round
        faults.append(f"{NOT_CLEAR}, declares another answer")
    for at, one in enumerate(every):
        if one.kind in (ASIDE, HEAD) and not (tells and one.sentence.mentions):
            continue
        if at < last and one.kind == THOUGHT and not gives[at]:
            continue
        names, fault = _answers(v, one) if tells or gives[at] or not _VERB.search(one.sentence.text) else (set(), "")
        given |= names
        if fault or one.kind in (OTHER, THOUGHT) or _narrows(v, one, so_far):
            faults.append(fault or f"{NOT_CLEAR}, says {quote([_shown(v, one.sentence.text)])}")
        so_far |= v.gold.intersection(one.sentence.text)
    if not given:
        return set(), next((fault for fault in faults if "says" not in fault), "names nothing of the context")
    return given, faults[0] if faults else ""


_NARROWING = re.compile(r"\b(?:only|just|but|now|right|correct|final(?:ly)?|lastly|conclu(?:sion|de)|summary|short)\b")


def _narrows(v: Vocabulary, one: _Read, so_far: Set[str]) -> bool:
    """Whether a sentence takes back a part: "A and B. It is A.", "A. Only B.", "The answer is A. The answer is B."."""
    named = v.gold.intersection(one.sentence.text)
    only = named < v.gold and (_NARROWING.search(one.shape) or one.sentence.takes_back)
    anew = one.kind != TOLD and not (frames.FRAGMENT.fullmatch(one.shape) and not named & so_far)
    other = so_far and not named >= so_far and anew and "also" not in one.shape
    return v.topic != "text" and one.kind in (STRONG, WEAK, TOLD) and bool(named and (only or other))


def asserts(v: Vocabulary, answer: str) -> bool:
    """Whether a free text gives a gold answer and says nothing else: for answers that are free texts themselves."""
    kinds = {_kind(v, sentence).kind for sentence in sentences(_marked(v, answer))}
    return bool(kinds & {STRONG, WEAK}) and not kinds & {OTHER, THOUGHT} and not re.search(r"\d!", answer)


def after(v: Vocabulary, text: str) -> str:
    """Why what is said after the answer is more than a courtesy, a fact told again or the same answer; "" if not."""
    for sentence in sentences(_marked(v, text)):
        one = _kind(v, sentence)
        if one.kind in (OTHER, THOUGHT, HEAD) or _narrows(v, one, v.gold):
            return f"says two things: {quote([_shown(v, sentence.text)])} after the tags"
    return ""


def before(v: Vocabulary, text: str) -> str:
    """Why what leads up to the answer tags does not say that they hold the answer; "" where it does."""
    every = list(sentences(_marked(v, text).rstrip(" [(") + " " + next(iter(sorted(v.gold)), "")))
    *thoughts, leads = (_kind(v, one) for one in every)
    thoughts = [one for one in thoughts if one.kind in (OTHER, THOUGHT)]
    asks = any("?" in one.text and not words(one.text) for one in every)
    if asks or leads.kind in (OTHER, THOUGHT) or any(one.kind == OTHER or _gives_answers(v, one) for one in thoughts):
        return f"{NOT_CLEAR}, says {quote([text.strip()])} before the tags"
    return ""


def _gives_answers(v: Vocabulary, one: _Read) -> bool:
    """Whether a sentence says which one it is: it declares it, or is a fragment ("X and Y")."""
    if not any(mention.stance == SAID for mention in one.sentence.mentions):
        return False
    form = kind_of(re.sub("[NQ]", "G", one.shape), v.topic)
    declares = form == STRONG or (form == WEAK and "D" not in one.shape) or _DECLARES.search(one.sentence.text)
    return bool(declares or frames.FRAGMENT.fullmatch(one.shape))


def _shown(v: Vocabulary, text: str) -> str:
    return MARK.sub(lambda mark: v.marks.names[mark[0]], text).strip()


def _answers(v: Vocabulary, one: _Read) -> tuple[set[str], str]:
    """(keys of what a sentence gives for answers, fault)."""
    given, fault, sentence = set(), "", one.sentence
    if one.kind in (STRONG, WEAK, TOLD):
        return {key(v.marks.names[mark]) for mark in v.gold.intersection(sentence.text)}, ""
    for mark, stance in sentence.mentions:
        name = v.marks.names[mark]
        if mark in v.gold and stance in (DENIED, DOUBTED):
            fault = f"{NOT_CLEAR}, {name!r} is {stance}"
        elif stance == DENIED or (stance == RESTATED and mark in v.gold | v.question):
            continue
        elif mark in v.gold or mark not in v.question or frames.FRAGMENT.fullmatch(one.shape):
            given.add(key(name) or name)
    return (given if _VERB.search(sentence.text) else given | _unknown(v, sentence.text)), fault


def _unknown(v: Vocabulary, text: str) -> set[str]:
    return {word for word in words(_POSSESSIVE.sub(" ", text)) if not word.isdigit()} - v.plain
