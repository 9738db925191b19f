# %% [markdown]
# # Solutions 2. The traces
#
# These train to tell the arms apart by what they promise, to make a corruption of your own, and to keep a test set
# clean.

# %%
from collections import Counter

from lib.datasets import cotemp
from lib.datasets.cotemp.dates import Span
from lib.datasets.cotemp.grammar import parse_fact, parse_question, render_fact
from lib.exercises import check
from lib.traces import arms
from lib.verify import verify

# %% [markdown]
# ### 02.1 · Blind
#
# The arms are defined by what the verifier must say of them, so the verifier tells them apart; `arms.build` throws away
# every example that does not keep its arm's promise. It would not tell R1's traces from others: verbose arms promise
# nothing of their steps, and a long trace can be judged like any of the four.


# %%
def arm_of(problem, completion):
    verdict = verify(problem, completion)
    if not verdict.parsed:
        return "vanilla"
    by_steps = {
        (True, True): "correct",
        (False, False): "incorrect",
        (False, True): "incorrect-class",
        (True, False): "incorrect-facts",
    }
    return by_steps[verdict.class_step, verdict.ir_step]


check("02.1", arm_of)

# %% [markdown]
# ### 02.2 · Near misses
#
# The cited sentences name the right answer, so a student that copies the name from its trace is served as well as by a
# correct one; a student that compares the dates is misled. The two kinds of incorrect facts differ in just that. In
# notebook 3 the student's answer follows the *name* in the cited fact, which speaks for little harm. That is a
# prediction, not a result: train it (`CONTRIBUTING.md`, "Add an arm").


# %%
def near_miss(problem):
    facts = [parse_fact(fact) for fact in problem.facts]
    last = max(anchor.span.end[0] for anchor in parse_question(problem.question).anchors(facts))
    moved = []
    for place, fact in enumerate(parse_fact(fact) for fact in problem.gold_facts):
        span = Span((last + 2 + place, 0, 0), (last + 5 + place, 0, 0))
        moved.append(render_fact(fact.subject, fact.relation, fact.object, span))
    return arms.rule_trace(problem, problem.category, moved)


check("02.2", near_miss)

# %% [markdown]
# ### 02.3 · Nobody on both sides
#
# Who shares a problem is in one group, and a few problems about ten people each tie most of 300 problems into one. What
# is left for the test set is small, and has few questions "who also …" (`S2_R1_O1`): the strictest split tests
# something else than the set as a whole, as the counts below show. Being clean has a price, and one has to say what it
# was.


# %%
def people(problem):
    return {parse_fact(fact).subject for fact in problem.facts}


def groups(problems):
    """Lists of problems that hang together by somebody, the shortest first."""
    found = []
    for problem in problems:
        names, members = people(problem), [problem]
        for group in [group for group in found if group[0] & names]:
            found.remove(group)
            names, members = names | group[0], group[1] + members
        found.append((names, members))
    return sorted((members for _, members in found), key=len)


def split_by_people(problems, share):
    train, test = [], []
    for members in groups(problems):
        side = test if len(test) + len(members) <= round(share * len(problems)) else train
        side += members
    return train, test


for side, part in zip(("train", "test"), split_by_people(cotemp.generate(300, seed=3), 0.2), strict=True):
    print(side, dict(Counter(problem.pattern for problem in part)))
check("02.3", split_by_people)
