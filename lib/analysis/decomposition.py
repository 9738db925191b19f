"""One problem, step by step: what the rules make of each fact, as tidy frames for tables and figures."""

from datetime import date

import pandas as pd

from lib.datasets import babi, cotemp, marco
from lib.datasets.cotemp import audit
from lib.datasets.cotemp.dates import APART, CO_TEMPORAL, UNCLEAR, Span, days
from lib.datasets.cotemp.grammar import Fact, parse_fact, parse_question
from lib.datasets.marco.rules import overlaps
from lib.datasets.problem import Problem
from lib.published.problems import all_cotemp, babi_problems

ANCHOR, OTHER = "anchor", "not asked for"
RELATIONS = (*CO_TEMPORAL, UNCLEAR, APART)


def own_problem(question: str, facts: list[str], answers: list[str] = (), category: str = "") -> Problem:
    """A CoTempQA-shaped problem of one's own; labels may be left out, as the rules do not read them."""
    row = {"question": question, "facts": facts, "gold": answers, "triple_element": parse_question(question).pattern}
    return cotemp.problem_of(row, category)


def span_of(when: str) -> Span:
    """The span of "in May, 1990" or "from 1990 to May 3, 1995", as facts write it. Raises InputError."""
    return parse_fact(f"Ada works for Elm {when}.").span


def timeline(problem: Problem) -> pd.DataFrame:
    """One row a fact of a CoTempQA problem: the anchors, the candidates by how they lie to the anchor, all others.

    Columns: name, lies ("anchor", a relation of RELATIONS, or "not asked for"), when, point (bool), and in years
    start, end (all days that the dates may mean), sure_start, sure_end (the days that they hold whatever is meant; the
    first may come after the second: then there are none), fact (its text). A fact compared with two anchors counts by
    the closer relation. Raises InputError as cotemp.solve does.
    """
    lies: dict[str, str] = {}
    names: dict[str, str] = {}
    for candidate in cotemp.solve(problem):
        lies[candidate.anchor.text] = ANCHOR
        closest = min(candidate.relation, lies.get(candidate.fact.text, APART), key=RELATIONS.index)
        lies[candidate.fact.text], names[candidate.fact.text] = closest, candidate.name
    who = not parse_question(problem.question).asked_subject
    facts = map(parse_fact, dict.fromkeys(problem.facts))
    rows = [
        _timeline_row(fact, lies.get(fact.text, OTHER), names.get(fact.text, fact.subject if who else fact.object))
        for fact in facts
    ]
    order = (ANCHOR, *RELATIONS, OTHER)
    rows.sort(key=lambda row: (order.index(row["lies"]), row["start"]))
    return pd.DataFrame(rows)


def _timeline_row(fact: Fact, lies: str, name: str) -> dict:
    start, end = (days(Span(edge, edge)) for edge in (fact.span.start, fact.span.end))
    return {
        "name": name,
        "lies": lies,
        "when": fact.span.dates,
        "point": fact.span.is_point,
        "start": _year(start[0]),
        "end": _year(end[-1] + 1),
        "sure_start": _year(start[-1]),
        "sure_end": _year(end[0] + 1),
        "fact": fact.text,
    }


def _year(day: int) -> float:
    """A day number as a year with its fraction."""
    when = date.fromordinal(day)
    return when.year + (day - date(when.year, 1, 1).toordinal()) / 366


def cotemp_steps(problem: Problem) -> pd.DataFrame:
    """The facts in the order of `timeline`, with what the rules make of each: fact, lies to the anchor, gold fact."""
    found = cotemp.decompose(problem)
    frame = timeline(problem)
    gold = ["yes" if fact in found.gold_facts else "" for fact in frame["fact"]]
    return pd.DataFrame({"fact": frame["fact"], "how it lies to the anchor": frame["lies"], "gold fact": gold})


def babi_steps(problem: Problem) -> pd.DataFrame:
    """The sentences of a story in order, and which of them support the answer."""
    gold = babi.decompose(problem).gold_facts
    rows = [(number, fact, "yes" if fact in gold else "") for number, fact in enumerate(problem.facts, start=1)]
    return pd.DataFrame(rows, columns=["", "sentence", "gold fact"])


def marco_steps(problem: Problem, width: int = 110) -> pd.DataFrame:
    """The passages (their first `width` characters), the words each shares with the answer, and which one is gold."""
    gold = marco.decompose(problem).gold_facts
    shared = overlaps(problem.facts, problem.answers[0])
    rows = [
        (fact[:width] + "…" * (len(fact) > width), count, "yes" if fact in gold else "")
        for fact, count in zip(problem.facts, shared, strict=True)
    ]
    return pd.DataFrame(rows, columns=["passage", "words shared with the answer", "gold fact"])


def summary(problem: Problem, decompose) -> pd.DataFrame:
    """What the rules find, beside the labels, for one problem; `decompose` is its dataset's."""
    found = decompose(problem)
    return pd.DataFrame(
        {
            "": ["class", "gold facts", "answers"],
            "by rule": [found.category, listed(found.gold_facts), listed(found.answers)],
            "label": [problem.category, listed(problem.gold_facts), listed(problem.answers)],
        }
    )


def listed(texts: tuple[str, ...], width: int = 160) -> str:
    return " | ".join(text if len(text) <= width else text[:width] + "…" for text in texts) or "none"


def real_cotemp() -> Problem:
    """The shortest released CoTempQA problem of class "mix" that the rules read as labelled (needs the release)."""
    agreeing = (p for p in all_cotemp() if p.category == "mix")
    return min((p for p in agreeing if audit.examine(p) is None), key=length)


def real_babi(category: str) -> Problem:
    """The shortest released bAbI test problem of one type (needs the release)."""
    return min((p for p in babi_problems("test") if p.category == category), key=length)


def length(problem: Problem) -> int:
    """Characters of question and facts together."""
    return len(problem.question) + sum(map(len, problem.facts))


def extra_gold_facts(problems: list[Problem]) -> int:
    """How many CoTempQA problems have gold facts, by the study's rule, that are not the evidence found by reasoning."""
    return sum(any(audit.gold_against_evidence(problem)[:2]) for problem in problems)


def gold_without_evidence(problem: Problem) -> list[tuple[str, str]]:
    """(answer, fact) for every gold fact that is no evidence: what the study's rule takes in beyond reasoning."""
    found = audit.co_temporal_facts(problem)
    extra = [fact for fact in problem.gold_facts if fact not in found]
    return [(next(answer for answer in problem.answers if answer in fact), fact) for fact in extra]
