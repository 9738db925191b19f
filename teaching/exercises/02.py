# %% [markdown]
# # Exercises 2. The traces
#
# These train to tell the arms apart by what they promise, to make a corruption of your own, and to keep a test set
# clean.

# %%
from lib.datasets import cotemp
from lib.datasets.cotemp.grammar import parse_fact
from lib.exercises import check
from lib.traces import arms

# %% [markdown]
# ### 02.1 · Blind
# *15 minutes · easy · after section 2.2*
#
# Somebody has mixed five training sets: `vanilla` (answer only), `correct`, `incorrect`, `incorrect-class` and
# `incorrect-facts`. Write a function from a problem and a completion to the arm that it is of. The check gives it 120
# examples, of CoTempQA and of bAbI.
#
# Guess before: would it also tell R1's traces from correct ones?
#
# <details><summary>Hint 1</summary>
#
# What does each arm promise of the class step and of the IR step? `lib.traces.arms.PROMISES` says it.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `lib.verify.verify(problem, completion)` tells the four with a trace apart. Which of its fields says that there is no
# trace?
#
# </details>


# %% tags=["starter"]
example = arms.build(cotemp.generate(1, seed=2), "incorrect", seed=2).examples[0]
print(example.completion)


def arm_of(problem, completion):
    """One of vanilla, correct, incorrect, incorrect-class, incorrect-facts."""
    ...


check("02.1", arm_of)

# %% [markdown]
# ### 02.2 · Near misses
# *40 minutes · hard · after section 2.2 · build*
#
# The study's incorrect traces cite facts that have nothing to do with the answer. Build a corruption that is harder to
# see: a function from a CoTempQA problem to a trace in the study's two sentences, such that
#
# - the class is right;
# - it cites exactly the gold facts, **each with other dates**: same person, same relation, same name;
# - at these dates the fact is *apart* from the one in the question, so that it would be no answer;
# - it begins no more than a hundred years from it.
#
# The verifier judges, with the right answer after the trace: class step right, IR step wrong. Predict: would a student
# trained on this answer worse than one trained on correct traces? Better than one trained on incorrect facts? Notebook
# 3 has an intervention that bears on it.
#
# <details><summary>Hint 1</summary>
#
# `parse_fact` reads a fact, `lib.datasets.cotemp.grammar.render_fact` writes one, and
# `lib.datasets.cotemp.dates.Span` holds two dates, each (year, month, day) with 0 for what is not given.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `parse_question(problem.question).anchors(facts)` gives the facts that the question takes for granted. Where does a
# span lie that begins and ends after the last of them?
#
# </details>
# <details><summary>Hint 3</summary>
#
# Two spans that may touch are *unclear*, not apart: leave a whole year between them. `lib.traces.arms.rule_trace`
# writes the two sentences.
#
# </details>


# %% tags=["starter"]
def near_miss(problem):
    """A trace with the right class, and the gold facts at wrong times."""
    ...


check("02.2", near_miss)

# %% [markdown]
# ### 02.3 · Nobody on both sides
# *30 minutes · medium · after section 2.5 · build*
#
# A split of ours keeps a problem, a context and an anchor on one side. Write a stricter one: whoever (or whatever) a
# fact is about, as `people` has it, is on one side only. About 20 % of the problems, within 3 points, are the test
# set, and no problem is lost. The check tries 40, 100 and 300 generated problems.
#
# Predict first: of 300 problems, how many can at most be in a test set of this kind? And look at the result: which
# questions are *not* in it any more?
#
# <details><summary>Hint 1</summary>
#
# If a problem is about Ada and Otto, and another about Otto and Una, then all that is about Una is on Ada's side, too.
#
# </details>
# <details><summary>Hint 2</summary>
#
# So problems fall into groups that hang together. Find the groups: start each problem as its own, and merge groups as
# long as two of them have somebody in common. Then fill the test set with groups, the small ones first.
#
# </details>


# %% tags=["starter"]
def people(problem):
    """Everybody, and everything, that a fact of the problem is about."""
    return {parse_fact(fact).subject for fact in problem.facts}


def split_by_people(problems, share):
    """(train, test): two lists."""
    ...


check("02.3", split_by_people)
