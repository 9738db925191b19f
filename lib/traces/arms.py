"""Arms: a problem becomes the prompt and the completion that a student is supervised with (paper, parts 1 and 2).

    built = build(problems, "incorrect", seed=0)
    built.examples, built.rejected

Every arm carries the correct final answer. The verifier sees every example: what does not come out as its arm promises
is rejected with the reason, never passed on.
"""

import random
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.traces.verbose_traces import Verbose
from lib.verify import Verdict, verify
from lib.verify.completion import render_completion

# What the verifier must say of each arm: (class step, IR step); None where the arm promises nothing.
PROMISES = {
    "vanilla": (None, None),
    "correct": (True, True),
    "incorrect": (False, False),
    "incorrect-class": (False, True),
    "incorrect-facts": (True, False),
    "correct-padded": (True, True),
    "r1": (None, None),
    "summary": (None, None),
    "posthoc": (None, None),
    "swapped": (None, None),
    "r1-cut": (None, None),
}
NEEDS_VERBOSE = ("r1", "summary", "posthoc", "swapped", "correct-padded", "r1-cut")
_FILLER = (  # neutral: names no class, no fact, no answer
    "I take my time here.",
    "There is no hurry.",
    "I go on calmly.",
    "All of this is as it should be.",
    "I keep going a little longer.",
)


@dataclass(frozen=True, slots=True)
class Example:
    """What one student sees of one problem: `prompt` in, `completion` supervised. `source` says who wrote the trace."""

    problem: Problem
    arm: str
    prompt: str
    completion: str
    source: str


@dataclass(slots=True)
class Built:
    """The examples of an arm in the order of the problems, and one message for each problem that is not among them."""

    examples: list[Example] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)


def count_words(text: str) -> int:
    """Words and punctuation marks: close to what a subword tokenizer counts."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def build(
    problems: Sequence[Problem],
    arm: str,
    seed: int = 0,
    verbose: Mapping[str, Verbose] | None = None,
    count_tokens: Callable[[str], int] = count_words,
) -> Built:
    """The examples of one arm.

    verbose       problem id -> verbose trace; for the arms in NEEDS_VERBOSE (InputError without it)
    count_tokens  what the length controls go by; give the student's tokenizer
    The same seed gives the same bytes; "incorrect", "incorrect-class" and "incorrect-facts" share a problem's wrong
    class and wrong facts.
    """
    if arm not in PROMISES:
        raise InputError(f"unknown arm {arm!r}: expected one of {', '.join(PROMISES)}")
    if arm in NEEDS_VERBOSE and verbose is None:
        raise InputError(f"arm {arm!r} needs verbose traces: expected verbose=simulated(...), found none")
    if arm == "swapped":
        verbose = _swap(problems, verbose, seed)
    built = Built()
    for problem in problems:
        try:
            trace, source = _trace(problem, arm, seed, verbose, count_tokens)
            example = _example(problem, arm, trace, source)
            if broken := broken_promise(judge(example), arm):
                raise InputError(broken)
        except InputError as error:
            built.rejected.append(f"problem {problem.id}, arm {arm!r}: {error}")
        else:
            built.examples.append(example)
    return built


def _example(problem: Problem, arm: str, trace: str | None, source: str) -> Example:
    module = DATASETS[problem.dataset]
    answer = module.render_answer(problem.answers)
    completion = f"<answer>{answer}</answer>" if trace is None else render_completion(trace, answer)
    return Example(problem, arm, module.render(problem), completion, source)


def judge(example: Example) -> Verdict:
    """The strict verdict on an example's own completion."""
    return verify(example.problem, example.completion)


def broken_promise(verdict: Verdict, arm: str) -> str:
    """Which of the arm's PROMISES, or the right answer, a verdict lacks; "" where nothing."""
    for what, promised in zip(("class_step", "ir_step", "answer"), (*PROMISES[arm], True), strict=True):
        if promised not in (None, getattr(verdict, what)):
            found = "; ".join(verdict.reasons) or "all right"
            return f"expected {what} {'right' if promised else 'wrong'}, the verifier says: {found}"
    return ""


def _trace(
    problem: Problem, arm: str, seed: int, verbose: Mapping[str, Verbose] | None, count_tokens: Callable[[str], int]
) -> tuple[str | None, str]:
    """(what stands between the think tags, who wrote it); no trace at all for vanilla."""
    if arm == "vanilla":
        return None, "rule"
    if arm not in NEEDS_VERBOSE:
        return rule_trace(problem, *_corrupted(problem, arm, seed)), "rule"
    if problem.id not in verbose:
        raise InputError("its source has no verbose trace for this problem")
    own, correct = verbose[problem.id], rule_trace(problem, problem.category, problem.gold_facts)
    if arm == "correct-padded":
        return pad(correct, count_tokens(own.trace), count_tokens), "rule"
    if arm == "r1-cut":
        return cut(own.trace, count_tokens(correct), count_tokens), own.source
    text = {"summary": own.summary, "posthoc": own.explanation}.get(arm, own.trace)
    if not text:
        raise InputError(f"its source ({own.source}) has no text for this arm")
    return text, own.source


def rule_trace(problem: Problem, category: str, cited: Sequence[str]) -> str:
    """The study's rule-based trace: the class sentence, then the cited facts (paper, part 1)."""
    module = DATASETS[problem.dataset]
    return f"{module.CLASS_SENTENCE.format(category)}\n{module.CITING_SENTENCE.format(list(cited))}"


def _corrupted(problem: Problem, arm: str, seed: int) -> tuple[str, tuple[str, ...]]:
    """(class, cited facts) as the arm has them. One fact is cited wrongly for CoTempQA, else as many as are gold."""
    rng = random.Random(f"incorrect-{seed}-{problem.id}")
    wrong_class = rng.choice([c for c in DATASETS[problem.dataset].CATEGORIES if c != problem.category])
    others = [fact for fact in dict.fromkeys(problem.facts) if fact not in problem.gold_facts]
    wanted = 1 if problem.dataset == "cotemp" else max(1, len(problem.gold_facts))
    wrong_facts = tuple(rng.sample(others, min(wanted, len(others))))  # none where every fact is gold, as released
    return (
        wrong_class if arm in ("incorrect", "incorrect-class") else problem.category,
        wrong_facts if arm in ("incorrect", "incorrect-facts") else problem.gold_facts,
    )


def _swap(problems: Sequence[Problem], verbose: Mapping[str, Verbose], seed: int) -> dict[str, Verbose]:
    """Each problem with another's trace: one seeded cycle, so nobody keeps its own."""
    ids = [problem.id for problem in problems if problem.id in verbose]
    if len(ids) == 1:
        raise InputError("expected at least two problems to swap traces between, found one")
    random.Random(f"swapped-{seed}").shuffle(ids)
    pairs = zip(ids, ids[1:] + ids[:1], strict=True)
    return {own: Verbose(verbose[other].trace, verbose[own].source) for own, other in pairs}


def pad(trace: str, length: int, count_tokens: Callable[[str], int] = count_words) -> str:
    """The trace followed by neutral sentences until it has `length` tokens, as near as whole sentences come."""
    missing = length - count_tokens(trace)
    filler, sentences = [], cycle(_FILLER)
    while missing > 0:
        filler.append(next(sentences))
        missing -= count_tokens(filler[-1])
    return f"{trace}\n{' '.join(filler)}" if filler else trace


def cut(trace: str, length: int, count_tokens: Callable[[str], int] = count_words) -> str:
    """The longest run of whole words from the trace's beginning with at most `length` tokens."""
    words = trace.split(" ")
    fitting = bisect_right(range(1, len(words) + 1), length, key=lambda n: count_tokens(" ".join(words[:n])))
    return " ".join(words[:fitting])
