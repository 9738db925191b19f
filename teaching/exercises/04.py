# %% [markdown]
# # Exercises 4. Trace and answer
#
# These train you to read a 2x2 table for what it holds, to say how sure an association is, and to know what no
# association can tell: whether a student *uses* its trace.

# %%
from lib.exercises import check
from lib.run import records
from lib.study import ARM_LABELS, FORCED_LABELS

# %% [markdown]
# ### 04.1 · One headline, two worlds
# *10 minutes · easy · after section 4.3*
#
# The abstract's number is the share of *all* problems in which trace and answer are both right: 28 %. Make up two
# students with this headline, each with a table of 1,000 outputs:
#
# - **independent**: phi is 0 (within 0.01), so a right trace says nothing about the answer;
# - **linked**: phi is above 0.8, so trace and answer are right together or wrong together, nearly always.
#
# The counts in their usual order: answer and trace right, answer alone right, trace alone right, both wrong. Before you
# start: which of the four does the headline fix, and how many are left to you?
#
# <details><summary>Hint 1</summary>
#
# The headline fixes one count and the total one sum. Phi is (ad − bc), divided by the root of the product of the four
# margins.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For *independent*, choose what share of the traces is right, and let the answer be right equally often after right and
# after wrong ones. For *linked*, ask which two of the four counts are the disagreements.
#
# </details>

# %% tags=["starter"]
answer = {
    "independent": ...,  # four counts, as (1, 2, 3, 4)
    "linked": ...,
}
check("04.1", answer)

# %% [markdown]
# ### 04.2 · How sure is a phi?
# *25 minutes · medium · after section 4.4 · build*
#
# Write a function from the four counts of a table to a 95 % interval of its phi, (low, high). Any method will do that
# holds for small tables and for lopsided ones, in which nearly every trace is right. The check holds yours against
# `lib.stats.right_wrong.phi` on the authors' tables under both judges (*re-scored*), on a small made-up one, and on
# (12, 0, 0, 12): phi is 1 there, and 24 outputs do not make that certain. Your interval may differ from ours by a
# tenth of its width and 0.015.
#
# Predict first: Qwen3-1.7B has hundreds of outputs on CoTempQA and on bAbI, and under strict judging phi is large on
# both. Which interval is the wider one, and how many times?
#
# <details><summary>Hint 1</summary>
#
# Draw tables like this one at random, many times, and look at the phi of each. What is fixed in such a draw, and what
# are its four chances? `numpy.random.Generator.multinomial` draws all tables at once.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The formula for a correlation of two normal variables (Fisher's z) knows only phi and n. It fails where a margin is
# small: there a handful of outputs decide. Which ones?
#
# </details>
# <details><summary>Hint 3</summary>
#
# A count of 0 stays 0 in every resample. Where a cell is empty, pretend that a little was seen in each. And a resample
# may have an empty margin: it has no phi.
#
# </details>


# %% tags=["starter"]
def interval(both_right, answer_only, trace_only, both_wrong):
    """(low, high): the ends of a 95 % interval of phi."""
    ...


check("04.2", interval)

# %% [markdown]
# ### 04.3 · Intervene: what does a student answer from?
# *30 minutes · hard · after section 4.10 · build*
#
# Two students of 135 million parameters, one of correct traces, one of incorrect ones, were made to answer after traces
# that we wrote. Before you run the cell below, **predict** for each of them, in `my_guess`: when the cited fact is
# altered so that it holds another answer, what percentage of the answers is right, and what percentage the altered one?
#
# Then write `tell(answers)`, which says what a student answers from. `answers` is a table with a row per problem and
# forced trace: `problem`, `condition`, `right` (is the answer right?), `follows` (is it what the forced trace leads
# to?). Conditions are at least *own*, *gold*, *altered* and *none*, as in 4.10. Return one of
#
# - `"reads what is cited"`: it takes the answer from the facts in the trace;
# - `"has the answer anyway"`: whatever the trace says, the answer stays;
# - `"reads what is not cited"`: it takes the answer from the facts that the trace leaves out.
#
# The check tries the two recorded students (*re-trained*) and nine that are **simulated**, of which some are weak: a
# student that is right on a third of the problems can still have its answers from its trace.
#
# <details><summary>Hint 1</summary>
#
# Write down for each of the three what *should* happen under gold and under altered, compared with its own trace. Which
# condition tells the first from the other two? Which tells the other two apart?
#
# </details>
# <details><summary>Hint 2</summary>
#
# How often a student is right says how able it is, not what it answers from. Only *changes* between conditions, and
# what it says instead, speak about that.
#
# </details>

# %% tags=["starter"]
my_guess = {"correct": (50, 50), "incorrect": (50, 50)}  # percent right, percent altered: when the fact is altered

two = [(cell, folder) for cell, folder in records.finished("committed") if cell.seed == 121]  # of several runs
forced = records.interventions(two)  # recorded: no release and no GPU needed
shares = 100 * forced.groupby(["arm", "condition"])[["right", "follows"]].mean()
shares["my guess"] = [str(my_guess[arm]) if condition == "altered" else "" for arm, condition in shares.index]
print(shares.round().rename(ARM_LABELS, level=0).rename(FORCED_LABELS, level=1).to_string())


def tell(answers):
    """One of the three sentences."""
    ...


check("04.3", tell)
