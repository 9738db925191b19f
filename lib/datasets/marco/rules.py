"""The two rules that decompose an MS MARCO question: its class from its form, its gold passage from its answer."""

import re

CATEGORIES = ("description", "numeric", "entity", "location", "person")
NO_ANSWER = "No Answer Present."

_PEOPLE = (
    r"(?:actor|actress|architect|artist|author|ceo|composer|director|emperor|explorer|founder|governor|inventor|king|"
    r"mayor|owner|painter|person|philosopher|poet|pope|president|prime minister|queen|scientist|senator|singer|writer)"
)
_PLACES = (
    r"(?:area|city|continent|country|county|district|island|location|neighborhood|ocean|part of the|place|province|"
    r"region|river|sea|state|street|town|village)"
)
_AMOUNTS = (
    r"(?:age|amount|area code|average|birthday|boiling point|calories|cost|costs|date|deadline|diameter|distance|"
    r"dosage|dose|fee|height|income|length|melting point|net worth|number|pay|percent|percentage|phone number|"
    r"population|price|prices|rate|rates|ratio|salary|size|speed|temperature|temp|wage|weight|width|zip code)"
)
_ASKS = r"^(?:(?:in|on|at|from|for|to|of|by) )?(?:what|which) "  # "in which …"
_HOW_MUCH = r"(?:big|cold|deep|far|fast|heavy|high|hot|large|late|long|many|much|often|old|small|tall|thick|wide)"

# The first pattern found decides; none: description, which is what most MARCO questions are.
_RULES = tuple(
    (re.compile(pattern), category)
    for pattern, category in (
        (r"^(?:\w+ )?who(?:se|m)?\b", "person"),
        (rf"{_ASKS}(?:\w+ )?{_PEOPLE}s?\b|\b(?:{_PEOPLE}|cast) of\b|\bname of .*\b{_PEOPLE}\b", "person"),
        (r"^where\b|\bwhere (?:is|are|was|were)\b|\b(?:capital|location) of\b|\blocated\b", "location"),
        (rf"{_ASKS}{_PLACES}\b", "location"),
        (r"\b(?:define|definition|explain|meaning|means?|difference between|symptoms|purpose of)\b", "description"),
        (rf"\bhow {_HOW_MUCH}\b|^when\b|{_ASKS}(?:century|day|month|time|year)\b", "numeric"),
        (rf"^(?:the )?{_AMOUNTS}\b|{_ASKS}(?:(?:is|are|was|were) )?(?:\w+ ){{0,2}}{_AMOUNTS}\b", "numeric"),
        (rf"\b{_AMOUNTS} (?:of|for|in|to)\b", "numeric"),
        (rf"{_ASKS}(?:is|are|was|were) .*\b(?:best|most|name|\w{{3,}}est)\b", "entity"),
        (r"^what (?:is|are|was|were|do|does|did|can|causes?|happens?|makes?|if|to)\b", "description"),
        (rf"{_ASKS}\w+|\b(?:kinds?|names?|types?|list|examples) of\b|^(?:best|name)\b", "entity"),
    )
)


def guess_class(question: str) -> str:
    """The class of a question by its form alone, one of CATEGORIES (ours; MARCO's own classes are a model's).

    How often it is right: `python -m lib.published agreement`.
    """
    question = " ".join(question.lower().split())
    return next((category for pattern, category in _RULES if pattern.search(question)), "description")


# Numbers ("1,000", "3.5"), hyphened words and abbreviations are one word; a punctuation mark is a word too, as it is
# to the tokenizer that the study uses.
_WORD = re.compile(r"\w+(?:(?:[./-]|,(?=\d))\w+)*|[^\w\s]")


def overlaps(facts: tuple[str, ...], answer: str) -> list[int]:
    """For every passage, how many distinct words (lower-cased) it shares with an answer."""
    words = set(_WORD.findall(answer.lower()))
    return [len(words.intersection(_WORD.findall(fact.lower()))) for fact in facts]


def gold_facts(facts: tuple[str, ...], answers: tuple[str, ...]) -> tuple[str, ...]:
    """The passage with the largest word overlap with the first answer (paper, part 1); the earliest wins a tie.

    None is gold where the answer is "No Answer Present." or no passage shares a word with it.
    """
    answer = answers[0] if answers else ""
    if "no answer present" in answer.lower():
        return ()
    shared = overlaps(facts, answer)
    best = max(shared, default=0)
    return (facts[shared.index(best)],) if best else ()
