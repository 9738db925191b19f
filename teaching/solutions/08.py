# %% [markdown]
# # Solutions 8. Decoupling
#
# These train you to tell what is printed from what is only said, to draw no more from half-known numbers than they
# hold, and to design the comparison that is missing.

# %%
import re
from itertools import permutations

import pandas as pd
from scipy import stats

from lib.exercises import check
from lib.files import DATA

# %% [markdown]
# ### 08.1 · Rebuild a panel
#
# Three usefulness numbers are measured, one run each; so is R1's mean. The two ends of the range of summaries are means
# of *other* kinds, and the range follows from a sentence. A point in the middle of it would be an invention, and a line
# through such points a finding about inventions. So the figure draws a bar.

# %%
scores = pd.read_csv(DATA / "published_scores.csv").query("part == 2 and student == 'Qwen3-1.7B'")
useful = scores.groupby("arm")["acc"].mean()
means = pd.read_csv(DATA / "paper.csv").query("claim == 'interpretability'").set_index("arm")["value"].astype(float)
answer = {
    "r1": (means["r1"], means["r1"], useful["r1"]),
    "summary": (means["r1"], means["correct"], useful["summary"]),
    "answer only": useful["vanilla"],
}
check("08.1", answer)

# %% [markdown]
# ### 08.2 · What half-known means allow
#
# Only orders count, and the ranges allow few: two for interpretability, six for load. So the bounds are narrow where
# the paper's words fix the ends, and wide for load, where even the sign is open for the large students. If the mean of
# summaries had been printed, the one of explanations would still be free to lie on either side, and the bounds would
# not move at all: what is missing is the *order* of the two.


# %%
def possible(order, places):
    reached = float("-inf")
    for kind in order:
        low, high = places[kind]
        reached = max(low, reached + 1e-6)  # above the one before
        if reached > high:
            return False
    return True


def rho_bounds(useful, places):
    orders = [order for order in permutations(useful) if possible(order, places)]
    rho = [stats.spearmanr(range(len(order)), [useful[kind] for kind in order]).statistic for order in orders]
    return min(rho), max(rho)


check("08.2", rho_bounds)

# %% [markdown]
# ### 08.3 · One text, two layouts
#
# A line for each sentence. A break after a comma would tear dates from their names, and a reader would have to put them
# together again. Words, marks and their order are the same, so a difference between two students could come from the
# layout alone. What can differ is tokens: a line break is one for most tokenizers, and the word after it may be cut in
# another way. If *easy* taught as much as *hard*, people and students could be given the same text, and the case for
# decoupling would rest on content, not on layout.


# %%
def layouts(trace):
    return re.sub(r"(?<=[.?!]) (?=[A-Z0-9])", "\n", trace), trace


check("08.3", layouts)
