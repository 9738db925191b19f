# %% [markdown]
# # Solutions 4. Trace and answer
#
# These train you to read a 2x2 table for what it holds, to say how sure an association is, and to know what no
# association can tell: whether a student *uses* its trace.

# %%
import numpy as np

from lib import figures
from lib.exercises import check

# %% [markdown]
# ### 04.1 · One headline, two worlds
#
# The headline fixes one count of four; the total fixes the sum of the other three; two are free. Where 40 % of the
# traces are right, and 70 % of the answers after either kind, phi is 0. With no more than 50 disagreements it is near
# 1. So "correct traces led to correct answers for 28 % of the problems" fits an association of any strength: it is no
# evidence that trace and answer are independent, and none against it.

# %%
answer = {"independent": (280, 420, 120, 180), "linked": (280, 25, 25, 670)}
check("04.1", answer)

# %% [markdown]
# ### 04.2 · How sure is a phi?
#
# Resampling the outputs resamples the four counts, multinomially. The interval on bAbI is several times as wide as that
# on CoTempQA, far more than the number of outputs explains: few outputs are wrong there, and phi hangs on the handful
# that are wrong in both. The jackknife or the delta method do as well; Fisher's z, which does not see the margins, is
# much too narrow there. The 0.5 in every cell keeps (12, 0, 0, 12) from looking certain.


# %%
def interval(both_right, answer_only, trace_only, both_wrong):
    counts = np.array([both_right, answer_only, trace_only, both_wrong])
    chances = counts + (0.5 if 0 in counts else 0)
    draws = np.random.default_rng(1).multinomial(counts.sum(), chances / chances.sum(), size=5000)
    phis = [phi(*draw) for draw in np.vstack([counts, draws])]
    low, high = np.nanquantile(phis[1:], [0.025, 0.975])
    return min(low, phis[0]), max(high, phis[0])


def phi(a, b, c, d):
    margins = float(a + b) * (c + d) * (a + c) * (b + d)
    return (a * d - b * c) / margins**0.5 if margins else np.nan


found, run = figures.load_numbers("04_trace_vs_answer"), "Qwen3-1.7B/strict/strict/phi"
width = {d: found[f"sensitivity/{d}/{run}_high"] - found[f"sensitivity/{d}/{run}_low"] for d in ("cotemp", "babi")}
assert width["babi"] > 3 * width["cotemp"], '04.2 "several times as wide": read it again'
check("04.2", interval)

# %% [markdown]
# ### 04.3 · Intervene: what does a student answer from?
#
# Only a student that reads what is cited gives the altered answer, so `follows` under *altered* settles the first. The
# other two differ where the facts that hold the answer are all cited: one that reads the rest loses its answer under
# *gold*, one that has it anyway keeps it. Accuracy by itself tells nothing: a weak student that has its answers anyway
# is seldom right under *altered*, too. And the phi of notebook 4, which is about traces that students wrote themselves,
# can be the same for the first two.


# %%
def tell(answers):
    at = answers.groupby("condition")[["right", "follows"]].mean()
    if at.loc["altered", "follows"] > 0.5:
        return "reads what is cited"
    if at.loc["gold", "right"] < 0.7 * at.loc["own", "right"]:
        return "reads what is not cited"
    return "has the answer anyway"


check("04.3", tell)
