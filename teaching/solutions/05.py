# %% [markdown]
# # Solutions 5. R1's traces
#
# These train you to ask of a difference between two arms what else it could be: one class, one seed, or mere length.

# %%
import re

import numpy as np
from scipy import stats

from lib.datasets.cotemp import CATEGORIES
from lib.exercises import check
from lib.published import reported

scores = reported.read("published_scores.csv").query("part == 2")

# %% [markdown]
# ### 05.1 · Which class carries it?
#
# Only among the large students: their lead over correct traces is the lead in *mix* alone, the smallest class, and in
# two comparisons a deficit hangs on *overlap*. A mean of four classes weighs a class of few problems like one of many,
# so a handful of problems can decide a sign. A sign that no single class can turn is the least to ask for before an
# arm is called better.

# %%
wide = scores.pivot_table(index="student", columns=["arm", "category"], values="acc")
answer = set()
for kind in ("vanilla", "correct", "summary", "posthoc"):
    gap = wide["r1"] - wide[kind]
    for name in gap.columns:
        turns = gap.mean(axis=1) * gap.drop(columns=name).mean(axis=1) < 0
        answer |= {(student, kind, name) for student in gap.index[turns]}
small = {student for student, _, _ in answer} & {"Llama-3.2-1B", "Qwen3-1.7B"}
over_correct = {name for _, kind, name in answer if kind == "correct"}
assert not small and over_correct == {"mix"}, '05.1 "only among the large students", "mix": read it again'
check("05.1", answer)

# %% [markdown]
# ### 05.2 · A ruler made of seeds
#
# Three things are easily forgotten. Distances are taken from each arm's own mean, or the arms' differences count as
# noise. Two runs differ by √2 times the noise of one. And with five or six free distances the factor is not 1.96 but
# some 2.5, which is why a few seeds make a long ruler: three seeds of one arm alone would have a factor above 4. A run
# that stands alone in its arm says nothing about spread.


# %%
def ruler(runs):
    free = sum(len(scores) - 1 for scores in runs.values())
    squares = sum(((np.array(scores) - np.mean(scores)) ** 2).sum() for scores in runs.values())
    return stats.t.ppf(0.975, free) * np.sqrt(2 * squares / free)


check("05.2", ruler)

# %% [markdown]
# ### 05.3 · A control for length
#
# Swapped traces keep length and style but say things, about another problem; padded ones have no style of R1's; cut
# ones are not long. This one replaces each word of a name, of a date, and the class, and keeps the rest. If its
# student did as well as R1's, what the trace says would not matter; if it does worse, content matters, and *which*
# content is the next question. One caution: how many facts were looked at, and in which order the doubts came, is
# still in the text. No control removes everything and keeps the style.


# %%
def control(problem, trace):
    facts = " ".join(problem.facts)
    content = {word for word in re.findall(r"\w+", facts) if word[0].isupper() or any(c.isdigit() for c in word)}
    content |= set(CATEGORIES)
    return re.sub(r"\w+", lambda word: "something" if word[0] in content else word[0], trace)


check("05.3", control)
