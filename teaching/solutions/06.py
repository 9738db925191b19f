# %% [markdown]
# # Solutions 6. The human study
#
# These train you to know what means of ratings leave open, what a group of a given size can see, and how ratings of a
# class of your own become numbers.

# %%
import numpy as np
import pandas as pd
import pingouin

from lib.exercises import check
from lib.files import ROOT
from lib.stats import ratings

# %% [markdown]
# ### 06.1 · The lower mean wins
#
# Seven people who give 4 beat the eight who give 3. The three who give 1 lose all their pairs, but they would lose them
# with a 2 as well: how *far* below they are moves the mean alone. A mean counts how far apart two ratings are, delta
# only which is higher. Ratings have an order for certain; that the step from 1 to 2 is as long as that from 4 to 5 is
# an assumption. So a difference of means does not say whom most readers would side with: ask for the ratings.

# %%
answer = {"first": [4] * 7 + [1] * 3, "second": [3] * 8 + [5] * 2}
check("06.1", answer)

# %% [markdown]
# ### 06.2 · Four groups, or two?
#
# Four groups pay twice: half as many people in each, and six pairs instead of one, so that each test needs more. With
# 100 people the smallest difference that is found is nearly twice as large. A study of four groups that finds no
# difference between two of them has looked through a weak glass. If one pair is the question, ask about that pair.


# %%
def smallest(people, groups):
    pairs = groups * (groups - 1) / 2
    return pingouin.power_ttest(n=people // groups, power=0.8, alpha=0.05 / pairs)


assert 1.7 < smallest(100, 4) / smallest(100, 2) < 2, '06.2 "nearly twice as large": read it again'
check("06.2", smallest)

# %% [markdown]
# ### 06.3 · The class rates
#
# Ratings drawn at random stand for a class here, so every name begins with `simulated`. Reverse items are turned round
# *before* the mean (low + high − rating); without that, agreement and disagreement cancel out, and the groups look
# alike. What the report does not show: that R1's traces are unreadable. It is about one problem, one pair of texts
# that differ in length and form as well, and the people who happened to be in the room.

# %%
instrument, rng = ratings.load(), np.random.default_rng(0)
rows = []
for i in range(24):
    condition = ("r1", "correct")[i % 2]
    row = {"participant": f"simulated-{i}", "condition": condition}
    for item in instrument.items:
        likes = (condition == "correct") == (item.scale == "interpretability")
        liking = np.clip(rng.integers(1, 6) + likes, 1, 5)
        row[item.id] = item.expected or (6 - liking if item.reverse else liking)
    rows.append(row)
file = ROOT / "build" / "class.csv"
file.parent.mkdir(exist_ok=True)
pd.DataFrame(rows).to_csv(file, index=False)

people = pd.read_csv(file).query("attention == 2")
items = instrument.scale("interpretability")
scores = pd.concat([6 - people[i.id] if i.reverse else people[i.id] for i in items], axis=1).mean(axis=1)
r1, correct = (scores[people["condition"] == name].to_numpy() for name in ("r1", "correct"))
delta = np.sign(np.subtract.outer(r1, correct).round(9)).mean()
answer = {"file": file, "difference": r1.mean() - correct.mean(), "delta": delta}
check("06.3", answer)
