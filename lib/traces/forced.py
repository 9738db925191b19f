"""Forced traces: what a student is made to have thought, so that it can be seen whether its answer follows (ours).

A correlation between trace and answer cannot say whether a student uses its trace. Here the think part is given, and
the student writes the answer after it:

    gold     the problem's own trace, as its arm would be taught it
    fact     its class, but other facts of the context, from which another answer follows
    altered  the own trace with another name in the place of the answer: a fact that the context does not hold
    class    another class, with the own facts
    other    another problem's trace
    none     an empty think part

A student that computes its answer from what it cites loses it under `fact` and `altered`, and gives the other answer
instead; one that has the answer anyway keeps it.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from lib.datasets import DATASETS, cotemp
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.traces import arms
from lib.traces.simulate import kind_sentence
from lib.traces.verbose_traces import Verbose

CONDITIONS = ("gold", "fact", "altered", "class", "other", "none")
_TRIES = 3000  # choices of other facts that are looked at


@dataclass(frozen=True, slots=True)
class Forced:
    """A trace for one problem; answers: those that follow from it, others than its own under `fact` and `altered`."""

    problem: Problem
    condition: str
    trace: str
    answers: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """What the student's text begins with: it goes on with the answer's tag."""
        return f"<think>{self.trace}</think>"


def force(
    problems: Sequence[Problem], arm: str, seed: int, verbose: Mapping[str, Verbose] | None = None
) -> list[Forced]:
    """Every problem under every condition that it has; the seed decides which facts, name, class and other problem.

    arm      whose form the traces have: rule-based, or verbose (r1, summary, posthoc), whose texts `verbose` holds
    A problem that the arm has no trace for has no condition. One has no `fact` where no facts of it lead to another
    answer by the dataset's rules (verbose traces never have it), no `altered` where its trace does not name the answer.
    """
    rule_based = arm not in ("r1", "summary", "posthoc")
    built = arms.build(problems, "correct" if rule_based else arm, seed, verbose).examples
    own = {example.problem.id: example.completion.removeprefix("<think>").partition("</think>")[0] for example in built}
    known = [problem for problem in problems if problem.id in own]
    order = list(known)
    random.Random(f"forced-{seed}").shuffle(order)
    others = dict(zip((p.id for p in order), order[1:] + order[:1], strict=True))
    found = []
    for problem in known:
        rng = random.Random(f"forced-{seed}-{problem.id}")
        text, answers = own[problem.id], problem.answers
        traces = {"gold": (text, answers), "other": (own[others[problem.id].id], answers), "none": ("", answers)}
        wrong = rng.choice([name for name in DATASETS[problem.dataset].CATEGORIES if name != problem.category])
        traces["class"] = (_of_class(problem, wrong, text, rule_based), answers)
        if (other := other_facts(problem, rng)) and rule_based:
            facts, new = other
            traces["fact"] = (arms.rule_trace(problem, problem.category, facts), new)
        if name := _other_name(problem, text, known, rng):
            altered = _interchanged(text, problem.answers[0], name)
            traces["altered"] = (altered if altered != text else "", (name,))
        wanted = (name for name in CONDITIONS if name in traces and (traces[name][0] or name == "none"))
        found += [Forced(problem, name, *traces[name]) for name in wanted]
    return found


def _of_class(problem: Problem, category: str, text: str, rule_based: bool) -> str:
    """The trace with another class; empty where a verbose one does not name its own in a sentence that is known."""
    if rule_based:
        return arms.rule_trace(problem, category, problem.gold_facts)
    kind = kind_sentence(problem)
    return text.replace(kind, kind_sentence(replace(problem, category=category))) if kind in text else ""


def _other_name(problem: Problem, text: str, problems: Sequence[Problem], rng: random.Random) -> str | None:
    """A name that could be the one answer instead; None where there is none.

    CoTempQA: one of the context. Else the answer of another problem of the class, if the trace does not hold it.
    """
    if problem.dataset == "cotemp":
        names = {candidate.name for candidate in cotemp.solve(problem)}
    else:
        names = {p.answers[0] for p in problems if p.category == problem.category and len(p.answers) == 1}
        names = {name for name in names if name not in ("nothing", "none") and name not in text}
    names = sorted(names - set(problem.answers))
    return rng.choice(names) if names and len(problem.answers) == 1 else None


def other_facts(problem: Problem, rng: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """(facts of the context, the answers that they alone lead to), other than the gold ones; None where there are none.

    CoTempQA: one fact that could answer and lies at another time. bAbI: as many facts as the gold ones, or one more or
    fewer, all of which its rules need for another answer.
    """
    if problem.dataset == "cotemp":
        wrong = {c.name: c.fact.text for c in cotemp.solve(problem)}
        wrong = {
            name: fact for name, fact in wrong.items() if fact not in problem.gold_facts and name not in problem.answers
        }
        name = rng.choice(sorted(wrong)) if wrong else None
        return ((wrong[name],), (name,)) if name else None
    if problem.dataset == "babi":
        return next(_other_stories(problem, rng), None)
    return None


def _other_stories(problem: Problem, rng: random.Random) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    n = len(problem.gold_facts)
    for size in (n, n - 1, n + 1):
        choices = list(islice(combinations(problem.facts, size), _TRIES)) if size > 0 else []
        rng.shuffle(choices)
        for facts in choices:
            try:
                found = DATASETS[problem.dataset].decompose(replace(problem, facts=facts))
            except InputError:
                continue
            same = set(facts) == set(problem.gold_facts) or not set(found.answers).isdisjoint(problem.answers)
            if found.gold_facts == facts and not same:
                yield facts, found.answers


def _interchanged(text: str, one: str, other: str) -> str:
    """The text with two names in each other's place, where they stand as whole words."""
    new = {one: other, other: one}
    names = "|".join(map(re.escape, sorted(new, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{names})(?!\w)", lambda name: new[name[0]], text)
