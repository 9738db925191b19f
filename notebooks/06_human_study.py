# %% [markdown]
# # 6. The human study: what 100 ratings can and cannot tell
#
# **You will be able to**
#
# - check whether a printed mean of ratings is possible, and say what must be true of every study that has it;
# - say how large a difference 25 people per group can see;
# - compare groups of ratings with pingouin and scipy: these simulated ones, or your own.
#
# **35 minutes.** You need to know what a mean, a standard deviation and a *p* value are. Paper: part 2, the human
# study.
#
# **The paper's claim.** People found R1's long traces the hardest to read and the short correct traces the easiest
# (the paper calls those *rule-based*), while small students learn most from R1's.
#
# **Evidence.** *Reported*: three printed means (6.1 to 6.5). *Simulated*: ratings that nobody gave (6.6 to 6.8). The
# individual ratings are not public, and nothing here pretends to have them.
#
# <details><summary>Words used here</summary>
#
# - *GRIM*: the test whether whole-number ratings of so many people can have the printed mean at all.
# - *SPRITE*: sampling whole tables of ratings that have the printed mean.
# - *Hedges' g*: the difference of two means in standard deviations, corrected for small groups.
# - *Cliff's delta*: the chance that somebody of the first group gave the higher score, less the chance of the reverse.
# - *Welch's t test*: compares two means whose spreads may differ; *Games-Howell* does so for every pair of groups.
# - *Mann-Whitney* and *Kruskal-Wallis*: compare the order of scores, in two groups and in several.
# - *Holm*: makes *p* values larger so that several tests together raise a false alarm in at most 5 % of studies.
# - *Power*: the chance that a test finds a difference that is really there.
# - *Cronbach's alpha*: how far the items of a scale go together; 1 is perfectly.
# - *Reverse item*: a sentence that runs against its scale; its rating is turned round before anything is added up.
#
# </details>

# %% tags=["parameters"]
responses = ""  # a file of real ratings, in any form, makes 6.7 the report on them; "" simulates ratings
min_seconds = 0.0  # leave out people whose median item took less time than this
sets = 500  # SPRITE tables of ratings
draws = 2000  # simulated studies for each power
seed = 0  # of everything random

# %%
try:
    from lib import figures, human_study, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

from math import floor
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pingouin
from IPython.display import display
from scipy import stats

from lib.files import ROOT
from lib.human_study import output, read
from lib.published import reported
from lib.stats import printed_means, ratings, simulated
from lib.study import ARM_LABELS

NAME = "06_human_study"
figures.use_style()
questionnaire = ratings.load()
paper = reported.read("paper.csv").query("where == 'part 2, human study'")
rated = paper[paper["arm"] != ""].replace({"claim": {"cognitive load": "load"}})
published = {scale: rows.set_index("arm")["value"].astype(float).to_dict() for scale, rows in rated.groupby("claim")}
# first of all: a file with a mistake ends the notebook here, with one line
file = ROOT / Path(responses).expanduser()
given = read.read(file).responses if responses else simulated.simulate(published, seed=seed)
given = ratings.exclude(given, min_seconds)
folder = ROOT / "build" / "report" if responses else None  # a report on your data leaves figures/ as it is

# %% [markdown]
# ## 6.1 The study, and all its published numbers
#
# Four groups of people rated one kind of trace each, on five-point scales of agreement. Two scores come out of it:
# *interpretability* (can people predict, follow and trust the trace?) and *cognitive load* (how much work is it?).
# These are all the numbers that the paper prints about them; in words it adds that summaries and explanations lie in
# between on interpretability, and that R1 traces have the highest load:

# %%
n = int(paper.set_index("claim").loc["participants in each group", "value"])
shown = paper.assign(trace=paper["arm"].map(ARM_LABELS), value=[f"{value:g}" for value in paper["value"].astype(float)])
tables.show(shown[["claim", "trace", "value", "unit"]], "The human study as published", "reported")

# %%
R1, CORRECT, LOAD = "R1 traces, interpretability", "correct traces, interpretability", "R1 traces, cognitive load"
means = {R1: "3.39", CORRECT: "4.86", LOAD: "4.59"}  # as printed: the decimals matter below
assert sorted(means.values()) == sorted(f"{value:.2f}" for value in paper.query("arm != ''")["value"].astype(float))

# %% [markdown] tags=["slide"]
# ## 6.2 Predict first
#
# You know two means, 3.39 and 4.86, of 25 people each on a scale from 1 to 5. You know no standard deviation, no list
# of ratings and no *p*. Put your guesses here and go on; 6.6 sets them beside the answers.
#
# 1. What is the smallest number of ratings per person that the printed means allow?
# 2. How small could Welch's |*t*| be? About 2 is needed for *p* below 0.05.
# 3. Could a reader of R1 traces still be *more* likely to give the higher score than a reader of correct traces?
# 4. By how many standard deviations must two groups of 25 differ so that a *t* test finds it in four studies of five?

# %%
my_guess = {"ratings per person": 1, "smallest |t|": 2.0, "R1 readers may score higher": "no", "smallest d": 0.5}

# %% [markdown]
# ## 6.3 How many ratings are behind a mean? (GRIM)
#
# Ratings are whole numbers, so their sum is one, so the mean of 25 people with *k* ratings each is a whole number
# divided by 25 *k*. Some means are impossible (Brown and Heathers, 2017). The test fits in six lines:


# %% tags=["slide", "slide-code"]
def grim(mean, people, k):
    """Whether so many people with k whole-number ratings each can have a mean that prints like this."""
    size = people * k
    nearest = round(float(mean) * size)
    sums = (nearest - 1, nearest, nearest + 1)
    return any(f"{total / size:.2f}" == mean for total in sums)


rows = {what: {k: grim(mean, n, k) for k in range(1, 21)} for what, mean in means.items()}
can_be = pd.DataFrame(rows).T
for what, mean in means.items():
    assert can_be.loc[what].tolist() == [printed_means.grim(mean, n, k) for k in range(1, 21)]  # lib agrees

shown = can_be[[1, 2, 3, 4, 5, 6, 20]].replace({True: "yes", False: "no"})
tables.show(shown.rename_axis("ratings per person").reset_index(),
            f"Can {n} people with so many whole-number ratings each have the printed mean?", "reported")  # fmt: skip

# %% [markdown]
# A single rating per person is ruled out for all three means. If all three means average the same number of ratings,
# that number is four or more. So the published means are averages over several items, or several traces, as one would
# expect: GRIM finds **nothing wrong** with them. From four ratings per person on, 25 people can have any mean with two
# decimals, and the test has no more to say.

# %% tags=["guard"]
assert not can_be[1].any(), '6.3 "a single rating per person is ruled out": read it again'
assert not can_be[[1, 2, 3]].all().any() and can_be[4].all(), '6.3 "four or more": read it again'
assert can_be.loc[:, 4:].all(axis=None) and 25 * 4 == 100 == n * 4, '6.3 "any mean with two decimals": read it again'

# %% [markdown]
# ## 6.4 What a mean implies by itself
#
# Near an end of the scale a mean leaves little room. As many people as possible stand at or below the middle when they
# all sit exactly on it and everybody else sits at the top; everyone beyond that number must be above the middle.

# %%
LOW, MIDDLE, HIGH, HALF = 1, 3, 5, 0.005  # a printed mean may have been rounded by up to HALF


def fewest_above(mean):
    """How many of n people at least have a score above the middle, whatever the ratings were."""
    room = n * (HIGH - (float(mean) - HALF))  # points that all of them together are below the top
    return n - floor(room / (HIGH - MIDDLE))


above = {what: fewest_above(mean) for what, mean in means.items()}
shown = pd.DataFrame([(what, means[what], count) for what, count in above.items()])
tables.show(shown.set_axis(["", "mean", f"people of {n} above the middle, at least"], axis=1),
            "Exact, for any number of ratings per person", "reported")  # fmt: skip

# %% [markdown]
# At least 20 of the 25 people who read R1 traces put their load above the middle of the scale, and at least 24 of the
# 25 who read correct traces found them more interpretable than not. R1's interpretability leaves far more open: 5
# people or more. For load, one mean is printed and three are not, so *how much* harder R1's traces were than the
# others, the published numbers do not say.

# %% tags=["guard"]
assert (above[LOAD], above[CORRECT], above[R1]) == (20, 24, 5), '6.4 "at least 20 …, 24 …, 5": read it again'
assert (paper["claim"] == "cognitive load").sum() == 1, '6.4 "one mean is printed": read it again'

# %% [markdown]
# ## 6.5 What two means imply together
#
# A test statistic divides the difference of means by the spread. The difference is printed; the spread is not, but it
# has a largest possible value: everybody at an end of the scale, but for one person who makes the sum come out. No
# table of ratings with these means has a smaller *t* than that one. So we build the table and test it:


# %%
def most_spread(total, k):
    """Scores of n people whose k ratings each sum to `total` in all, as far apart as can be."""
    top, rest = divmod(total - n * k * LOW, k * (HIGH - LOW))
    return np.array([HIGH] * top + [LOW + rest / k] * (top < n) + [LOW] * (n - top - 1), float)


def possible_totals(mean, k):
    return [total for total in range(n * k * LOW, n * k * HIGH + 1) if f"{total / (n * k):.2f}" == mean]


rows = []
for k in range(4, 13):
    tests = []
    for one in possible_totals(means[R1], k):
        for other in possible_totals(means[CORRECT], k):
            x, y = most_spread(one, k), most_spread(other, k)
            t = abs(stats.ttest_ind(x, y, equal_var=False).statistic)
            g = abs(pingouin.compute_effsize(x, y, eftype="hedges"))
            tests.append((t, g, 2 * stats.t.sf(t, n - 1)))  # Welch's formula gives n - 1 degrees of freedom or more
    rows.append((k, *min(tests)))
floors = pd.DataFrame(rows, columns=["ratings per person", "t", "g", "p"])

# %% [markdown]
# The last row holds for every number of ratings at once: it takes the means anywhere within their rounding, and the
# largest variance that a mean and the ends of the scale allow (Bhatia and Davis, 2000).

# %%
any_t, any_g, any_p = printed_means.bounds_any_items(means[R1], means[CORRECT], n, n)
sure = pd.concat([floors, pd.DataFrame([("any", any_t, any_g, any_p)], columns=floors.columns)])
shown = sure.assign(p=sure["p"].map("{:.4f}".format))
shown.columns = ["ratings per person", "Welch’s |t| at least", "Hedges’ |g| at least", "Welch’s p at most"]
tables.show(shown, "R1 against correct traces, interpretability: no ratings undercut this", "reported", decimals=3)

# %% [markdown] tags=["slide"]
# **Whatever the ratings were, the two groups differ**: by at least 0.94 standard deviations, with |*t*| at least 3.4
# and *p* below 0.003. This needs no rating at all, only the two printed means, 25 people per group, and a scale that
# ends at 1 and at 5. It takes for granted what the paper says of its design: people answered independently, and a score
# is an average of ratings within the scale.

# %% tags=["guard"]
assert sure["g"].min() >= 0.94, '6.5 "at least 0.94 standard deviations": read it again'
assert sure["t"].min() >= 3.4 and any_p < 0.003, '6.5 "|t| at least 3.4, p below 0.003": read it again'
assert any_t <= floors["t"].min() and any_g <= floors["g"].min(), '6.5 "for every number at once": read it again'

# %% [markdown]
# ### What the means leave open: the order of people
#
# The mean is one summary; the *order* of people is another. Here are two studies that nobody made. Both have the
# published means, with six ratings per person (so a person's sum runs from 6 to 30).

# %% tags=["slide-more"]
studies = {
    "everybody near the mean": ([20] * 17 + [21] * 8, [29] * 21 + [30] * 4),
    "R1 traces divide their readers": ([30] * 14 + [28] + [6] * 10, [29] * 21 + [30] * 4),
}
rows = []
for what, sums in studies.items():
    x, y = (np.array(values) / 6 for values in sums)
    delta = np.sign(np.subtract.outer(x, y)).mean()
    p = pingouin.mwu(x, y, method="asymptotic")["p_val"].iloc[0]
    rows.append((what, f"{x.mean():.2f}", f"{y.mean():.2f}", f"{delta:+.2f}", f"{p:.1e}" if p < 0.001 else f"{p:.2f}"))
made_up = pd.DataFrame(rows, columns=["", "mean, R1", "mean, correct", "Cliff’s delta", "Mann-Whitney p"])
tables.show(made_up, "Two made-up studies with the published means", "simulated (possible ratings, nobody's)")

# %% [markdown]
# In the second study, 15 of the 25 readers give R1's traces the top score or nearly, and 10 the lowest. The mean is
# still 3.39, yet a reader of R1 traces is slightly *more* likely to give the higher score than a reader of correct
# traces, and a rank test sees nothing. How far can that go? Delta may always be as low as -1. Its upper bound for each
# number of ratings comes from trying, for both groups, every distribution on two scores with the printed mean: delta is
# largest at one of those (`lib/stats/printed_means.py`).

# %%
deltas = {
    k: printed_means.delta_bounds(printed_means.Group(means[R1], n, k), printed_means.Group(means[CORRECT], n, k))
    for k in range(4, 13)
}
shown = pd.DataFrame({k: [f"{high:+.3f}"] for k, (_, high) in deltas.items()})
shown.insert(0, "ratings per person", ["Cliff’s delta at most"])
tables.show(shown, "R1 against correct traces, interpretability: the delta that no ratings exceed", "reported")

# %% [markdown]
# With four ratings per person, R1's readers cannot be the more likely to score higher. With five, the bound leaves it
# open. With six they can, as the made-up study shows. And what lies in between? SPRITE (Heathers and others, 2018)
# samples whole tables with the right means. Such tables show what is possible. They do not show what is probable, since
# nothing says that real ratings were drawn this way.

# %%
x, y = (printed_means.sprite(printed_means.Group(means[who], n, 6), count=sets, seed=seed + i)
        for i, who in enumerate((R1, CORRECT)))  # fmt: skip
t = np.abs(stats.ttest_ind(x, y, axis=1, equal_var=False).statistic)
u = stats.mannwhitneyu(x.round(9), y.round(9), axis=1, method="asymptotic")
found = {"Welch’s |t|": t, "Cliff’s delta": 2 * u.statistic / n**2 - 1, "Mann-Whitney p": u.pvalue}
sampled = pd.DataFrame({what: [f"{values.min():.2g}", f"{values.max():.2g}"] for what, values in found.items()}).T
sampled = sampled.rename_axis("").reset_index().set_axis(["", "smallest", "largest"], axis=1)
title = f"{sets} sampled studies with the published means, 6 ratings per person"
tables.show(sampled, title, "simulated (sampled tables)")

# %% [markdown]
# Every sampled *t* stays above its floor, as it must, while the rank test is significant in some studies and not in
# others. A standard deviation for each
# group would narrow this; a table of how many people have which score would end it. Nothing here says that the study's
# conclusion is wrong, and camps as sharp as the made-up ones are unlikely. It says what a reader can check.

# %% tags=["guard"]
order, camps = made_up["Cliff’s delta"].astype(float)
assert order == -1 and 0 < camps < 0.1, '6.5 "slightly more likely": read it again'
assert set(made_up["mean, R1"] + made_up["mean, correct"]) == {"3.394.86"}, '6.5 "the published means": read it again'
assert float(made_up["Mann-Whitney p"].iloc[1]) > 0.5, '6.5 "a rank test sees nothing": read it again'
assert deltas[4][1] < 0 < deltas[5][1] and camps > 0, '6.5 "with four …, with five …, with six": read it again'
assert all(low == -1 for low, _ in deltas.values()), '6.5 "down to -1": read it again'
assert t.min() >= floors.set_index("ratings per person").loc[6, "t"] - 1e-9, '6.5 "every sampled t": read it again'
if sets >= 500:
    assert u.pvalue.min() < 0.05 < u.pvalue.max(), '6.5 "significant in some studies": read it again'

# %% [markdown]
# ## 6.6 What can 25 people per group see?
#
# Power has a closed form for normal scores, which `pingouin.power_ttest` knows. Ratings are not normal, so we simulate
# studies as well: a latent answer, normal within and between people, is cut into five points, and a score is the mean
# of six such ratings. This function draws them:


# %%
def simulate_scores(rng, location, people, studies):
    """Scores, shape (studies, people): six ratings each, cut from latent answers around `location`."""
    person = rng.standard_normal((studies, people, 1))
    answer = location + np.sqrt(0.5) * person + np.sqrt(0.5) * rng.standard_normal((studies, people, 6))
    return 1 + np.digitize(answer, [-1.5, -0.5, 0.5, 1.5]).mean(axis=2)


rows = []
for shift in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2):  # between the two groups' latent answers
    rng = np.random.default_rng(seed)
    x, y = (simulate_scores(rng, at, n, draws).round(9) for at in (shift / 2, -shift / 2))
    d = (x.mean() - y.mean()) / np.sqrt((x.var() + y.var()) / 2)  # what the shift amounts to in the scores
    welch = stats.ttest_ind(x, y, axis=1, equal_var=False).pvalue < 0.05
    ranks = stats.mannwhitneyu(x, y, axis=1, method="asymptotic").pvalue < 0.05
    rows.append((shift, d, welch.mean(), ranks.mean()))
seen = pd.DataFrame(rows, columns=["shift", "d", "Welch", "Mann-Whitney"])

# %%
TARGET = 0.8
smallest = pingouin.power_ttest(n=n, power=TARGET, alpha=0.05)
needed = {d: int(np.ceil(pingouin.power_ttest(d=d, power=TARGET, alpha=0.05))) for d in (0.2, 0.5, 0.8)}
words = ("small", "medium", "large")
rows = [(f"{d:g}", word, people, 4 * people) for (d, people), word in zip(needed.items(), words, strict=True)]
shown = pd.DataFrame(rows, columns=["true difference d", "in Cohen’s words", "people per group", "in four groups"])
tables.show(shown, f"People needed to find a difference in {TARGET:.0%} of studies (t test, closed form)")

# %%
grid = np.linspace(0, 1.6, 81)
curves = {people: [pingouin.power_ttest(d=d, n=people) for d in grid] for people in (10, n, 64)}
labels = {10: ("#777777", (1.13, 0.55)), n: ("#000000", (1.0, 0.86)), 64: ("#0072B2", (0.06, 0.6))}

figure, axis = plt.subplots(figsize=(7, 4))
for people, (color, at) in labels.items():
    axis.plot(grid, curves[people], color=color, linewidth=2.2 if people == n else 1.4,
              label="t test, closed form" if people == n else None)  # fmt: skip
    axis.text(*at, f"{people} per group", color=color, fontsize=10, fontweight="bold" if people == n else "normal")
for name, marker, face in (("Welch", "o", "black"), ("Mann-Whitney", "s", "white")):
    error = 1.96 * np.sqrt(seen[name] * (1 - seen[name]) / draws)
    axis.errorbar(seen["d"], seen[name], yerr=error, fmt=marker, color="black", markerfacecolor=face, markersize=6,
                  label=f"{name}, simulated")  # fmt: skip
axis.plot([0, smallest, smallest], [TARGET, TARGET, 0], color="#D55E00", linestyle="--", linewidth=1.2)
axis.text(smallest + 0.02, 0.25, f"d = {smallest:.2f}", color="#D55E00", fontsize=10)
axis.set(xlim=(0, 1.65), ylim=(0, 1.03), xlabel="true difference d (standard deviations of the score)",
         ylabel="share of studies that find it (power)")  # fmt: skip
axis.legend(loc="lower right", frameon=False)
figure.tight_layout()

drawn = pd.DataFrame(curves, index=grid).rename_axis("d").reset_index().melt("d", var_name="people", value_name="power")
points = seen.melt("d", ["Welch", "Mann-Whitney"], var_name="test", value_name="power").assign(people=n)
figures.save(figure, "06_simulated_power", "Simulated: 25 people per group see a large difference, not a medium one",
             pd.concat([drawn.assign(test="t, closed form"), points]), "simulated; closed form for comparison", NAME, folder)  # fmt: skip

# %% [markdown]
# With 25 people per group, the smallest difference found in four studies of five is *d* = 0.81, a large one; a medium
# one (0.5) is missed more often than it is found, and would need 64 people per group, 256 in all. Simulated ratings
# behave nearly as the closed form says, and where there is no difference the tests raise a false alarm in about 5 % of
# studies, as they should.
#
# Between R1 and correct traces the difference is significant whatever the ratings were (6.5), so power is no question
# there. For gaps among R1 traces, summaries and explanations, whose means are mostly not printed, it may be. A
# difference *not* found there would mean little: "not significant" is not "no difference".

# %% tags=["guard"]
assert f"{smallest:.2f}" == "0.81", '6.6 "0.81, a large one": read it again'
assert pingouin.power_ttest(d=0.5, n=n) < 0.5, '6.6 "missed more often than it is found": read it again'
assert needed[0.5] == 64, '6.6 "64 people per group, 256 in all": read it again'
if draws >= 2000:
    closed = [pingouin.power_ttest(d=d, n=n) for d in seen["d"]]
    away = seen[["Welch", "Mann-Whitney"]].sub(closed, axis=0).abs().max(axis=None)
    assert away < 0.04, '6.6 "nearly as the closed form says": read it again'
    assert seen.loc[0, ["Welch", "Mann-Whitney"]].between(0.03, 0.07).all(), '6.6 "about 5 %": read it again'

# %% [markdown]
# **Your guesses of 6.2, beside the answers:**

# %%
answers = {
    "ratings per person": "4, if all means average equally many",
    "smallest |t|": f"{any_t:.2f}, so p is below 0.05 for certain",
    "R1 readers may score higher": "yes, if six ratings per person are averaged (6.5)",
    "smallest d": f"{smallest:.2f}",
}
rows = [(what, str(my_guess[what]), answer) for what, answer in answers.items()]
tables.show(pd.DataFrame(rows, columns=["", "your guess", "answer"]))

# %% [markdown]
# ## 6.7 The analysis, on simulated ratings or on yours
#
# From here on everything depends on the parameter `responses`. Left empty, the ratings are **simulated**: drawn
# at random around the published means where there are any, and around our assumptions where there are none. The results
# then show how the analysis works, and nothing about people. From here on the text explains how to read each table and
# figure; it does not comment on the ratings.
#
# The paper names what people were asked about. It prints neither the questions nor their number. So we wrote a
# questionnaire of the same kind (`data/instrument.yml`): every sentence in it is **ours, not the authors'**.

# %%
rows = [
    (ratings.SCALE_LABELS.get(item.scale, "none"), item.facet, item.text,
     f"must be {item.expected}" if item.expected else "turned round" if item.reverse else "as given")
    for item in questionnaire.items
]  # fmt: skip
shown = pd.DataFrame(rows, columns=["scale", "about", "sentence to agree or disagree with", "counted"])
tables.show(shown, "Our own wording, not the authors' (1: strongly disagree, 5: strongly agree)")

# %% [markdown]
# Agreement with sentences that run the other way (“I lost the thread …”) is turned round before anything is added up,
# so that somebody who ticks one column all the way down does not land at the end of a scale.

# %%
report = human_study.report(given)
is_simulated = given.evidence == ratings.SIMULATED
label = "Simulated ratings" if is_simulated else f"{given.evidence[0].upper()}{given.evidence[1:]}"
people = ratings.exclusion_table(given).replace({"condition": ARM_LABELS})
people.insert(2, "left out", people["asked"] - people["kept"])
display(tables.show(people, f"{label}: who was asked, left out, kept", given.evidence))
alpha = report.table.query("part == 'reliability' and what == \"Cronbach's alpha\"")
shown = alpha.assign(alpha=[tables.with_interval(*row, ".2f") for row in alpha[["value", "low", "high"]].to_numpy()])
shown = shown.replace({"scale": ratings.SCALE_LABELS})[["scale", "who", "alpha", "note"]]
shown = shown.loc[:, (shown != "").any()]  # no column without anything in it
tables.show(shown, f"{label}: Cronbach's alpha (95 % interval)", given.evidence)

# %% [markdown]
# Alpha with everybody together is flattered by differences between the groups; “within conditions” takes those out
# first.
#
# **The ratings themselves** come before any statistic. Bars are centred on the middle of the scale: what leans to the
# right is agreement, after reverse items have been turned round.

# %%
scored = ratings.scored(given)
shares = 100 * pd.crosstab([scored["scale"], scored["condition"]], scored["score"], normalize="index")
shares = shares.reindex(columns=sorted(questionnaire.anchors), fill_value=0.0)
title = "Simulated: ratings made so that R1 traces read worst" if is_simulated else f"{label}, by kind of trace"

# %%
figure = output.bars(given)
name = "06_simulated_ratings" if is_simulated else "06_ratings"
figures.save(figure, name, title, shares.reset_index(), given.evidence, NAME, folder)

# %% tags=["guard"]
if not responses:
    order = scored.groupby(["scale", "condition"])["score"].mean().unstack("condition")
    assert order.loc["interpretability"].idxmin() == "r1", '6.7 figure: "R1 traces read worst": read it again'
    assert order.loc["load"].idxmax() == "r1", '6.7 figure: "R1 traces read worst": read it again'

# %% [markdown]
# **One comparison, step by step**: the first kind of trace against the last, on interpretability. Rank tests come
# first, because ratings have an order and nothing more; tests of means stand beside them.

# %%
scale = "interpretability"
scores = ratings.scores(given).query("scale == @scale")
first, second = given.conditions[0], given.conditions[-1]
x, y = (scores.loc[scores["condition"] == who, "score"].to_numpy() for who in (first, second))
everybody_varies = len(given.conditions) > 1 and scores.groupby("condition")["score"].nunique().min() > 1
steps = {}
if everybody_varies:
    ranks = pingouin.mwu(x, y, method="asymptotic").iloc[0]
    howell = pingouin.pairwise_gameshowell(scores, dv="score", between="condition").set_index(["A", "B"])
    steps = {
        "Mann-Whitney U (p: Holm)": ranks["U_val"],
        "Cliff's delta": np.sign(np.subtract.outer(x, y)).mean(),
        "Games-Howell t": howell["T"].get((first, second), -howell["T"].get((second, first), np.nan)),
        "Hedges' g": pingouin.compute_effsize(x, y, eftype="hedges"),
    }
pair = f"{first} - {second}"
theirs = report.table.query("part == 'pairs' and scale == @scale and who == @pair").set_index("what")["value"]
assert all(np.isclose(value, theirs[what]) for what, value in steps.items())  # the report agrees
shown = pd.DataFrame(
    [(what.removesuffix(" (p: Holm)"), f"{value:.2f}") for what, value in steps.items()] or [("not computed", "–")]
)
shown = shown.set_axis(["", f"{ARM_LABELS[first]} – {ARM_LABELS[second]}"], axis=1)
note = "" if steps else " (a group is alone, or everybody in it has the same score)"
tables.show(shown, f"{label}: {scale}{note}", given.evidence)

# %% [markdown]
# Cliff's delta says in one number who scores higher: -1 if everybody in the second group does, +1 if everybody in the
# first, 0 if neither. Effect sizes carry the message, and *p* only says whether chance alone may have made it.
#
# **All groups, all pairs.** With several pairs, Mann-Whitney's *p* gets Holm's correction and means get Games-Howell.


# %%
def wide(part, **names):
    """One part of the report: a row per scale and group or pair, a column per statistic (its p where so named)."""
    rows = report.table[(report.table["part"] == part) & report.table["what"].isin(names)]
    rows = rows.assign(
        scale=rows["scale"].map(ratings.SCALE_LABELS),
        who=[" – ".join(ARM_LABELS[name] for name in who.split(" - ")) for who in rows["who"]],
        what=rows["what"].map(names),
        number=[tables.with_interval(*row, ".2f") for row in rows[["value", "low", "high"]].to_numpy()],
        p=rows["p"].map(p_text),
    )
    rows["shown"] = rows["p"].where(rows["what"].str.endswith(" p"), rows["number"])
    table = rows.pivot_table(index=["scale", "who"], columns="what", values="shown", aggfunc="first", sort=False)
    table["note"] = rows.groupby(["scale", "who"])["note"].agg(lambda notes: "; ".join(sorted(set(notes) - {""})))
    return without_empty(table[[*names.values(), "note"]].rename_axis(None, axis=1).reset_index())


def p_text(p):
    return "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def without_empty(frame):
    return frame.loc[:, (frame != "").any()]


# %%
scores = wide("scores", mean="mean (95 % interval)", median="median", **{"standard deviation": "standard deviation"})
if not responses:
    aims = simulated.design(published).replace({"scale": ratings.SCALE_LABELS, "condition": ARM_LABELS})
    aims = {(row.scale, row.condition): f"{row.mean:.2f} ({row.source})" for row in aims.itertuples()}
    scores["made to be"] = [aims[key] for key in zip(scores["scale"], scores["who"], strict=True)]
tables.show(scores, f"{label}: scores", given.evidence)

# %%
tests = report.table.query("part == 'all conditions'").replace({"scale": ratings.SCALE_LABELS})
tests = without_empty(tests.assign(p=tests["p"].map(p_text))[["scale", "what", "value", "p", "note"]])
tables.show(tests, f"{label}: do the groups differ?", given.evidence)

# %%
pair_columns = {
    "difference of means": "difference of means",
    "Cliff's delta": "Cliff’s delta (95 % interval)",
    "Hedges' g": "Hedges’ g (95 % interval)",
    "Mann-Whitney U (p: Holm)": "Mann-Whitney, Holm’s p",
    "Games-Howell t": "Games-Howell p",
}
if len(given.conditions) > 1:
    display(tables.show(wide("pairs", **pair_columns), f"{label}: every pair", given.evidence))
else:
    print("one group only: there is nothing to compare it with")

# %% [markdown]
# ## 6.8 Bring your own
#
# Survey tools write one row per person and one column per item, with sentences for heads and words for ratings. Such a
# file is read as it is, as are long ones, from Google Forms, Qualtrics, LimeSurvey, REDCap or Excel, with missing answers
# and in several languages of commas; one line says what was understood. Here one that we make from simulated ratings:

# %% tags=["file"]
points = dict(questionnaire.anchors)
example = simulated.simulate(published).frame
sentence = {item.id: item.text for item in questionnaire.items}
form = example.assign(rating=example["rating"].map(points)).pivot(
    index=["participant", "condition"], columns="item", values="rating"
)
form = (
    form[list(sentence)]
    .rename(columns=sentence)
    .reset_index()
    .rename(columns={"participant": "Participant", "condition": "Text"})
)
form.iloc[2, 4] = ""  # somebody left a row open
(ROOT / "build").mkdir(exist_ok=True)
form.to_csv(ROOT / "build" / "form.csv", index=False)
tables.show(form.iloc[:3, :5], "A wide file as a survey tool writes it (its first columns)", "simulated")

# %% tags=["file"]
understood = read.read(ROOT / "build" / "form.csv")
print(understood.line)

# %% tags=["file"]
for said in output.sentences(human_study.report(ratings.exclude(understood.responses)))[:2]:
    print(said, end="\n\n")

# %% [markdown]
# At the command line the same, and more: `--conditions A=r1,B=summary` names conditions, `--as tidy.csv` writes the table as
# understood, `--out DIR` tables and figures for a paper, `--html FILE` the whole report; `plan` says how many people a
# study needs, `survey` makes a page that asks them. The last line makes this notebook the report on your file, in
# `build/runs/`, with the figures in `build/report/`.
#
# ```sh
# python -m lib.human_study my-ratings.xlsx --html report.html
# python -m lib.human_study plan --d 0.5
# python -m lib.human_study survey --problems 6 --out survey.html
# python -m lib.run notebook 06_human_study -p responses my-ratings.xlsx
# ```

# %%
if responses:
    print("the committed numbers of this notebook are left as they are")
else:
    figures.save_numbers(NAME, {
        "alone/R1 traces, cognitive load/above the middle": above[LOAD],
        "interpretability/r1 - correct/g_at_least": any_g,
        "interpretability/r1 - correct/p_at_most": any_p,
        "interpretability/r1 - correct/delta at most/4 items": deltas[4][1],
        "interpretability/r1 - correct/delta at most/12 items": deltas[12][1],
        "power/smallest d": smallest,
        "power/target": TARGET,
    })  # fmt: skip

# %% [markdown]
# **In short.** Two printed means prove that R1 traces were rated less interpretable than correct traces, by at least
# 0.94 standard deviations, whatever the ratings were. They do not prove that most readers saw it that way, and about
# load and about the two kinds of trace in between they say nearly nothing. Groups of 25 see large differences only, so
# differences among the verbose kinds of trace would need a larger study, and its individual ratings.
#
# ## Your turn
#
# Three exercises that check your answer are in `teaching/exercises/06.py`. Beyond them:
#
# 1. Suppose the paper had printed 3.39 for *one* question per person. What would GRIM have told you, and what would you
#    have asked the authors?
# 2. Which one number for each group, had it been published, would tell you most beyond 6.5? Try
#    `stats.ttest_ind_from_stats(3.39, 0.8, 25, 4.86, 0.3, 25, equal_var=False)`.
# 3. You can pay 60 people. Would you keep four groups, or drop some? Defend your choice with `pingouin.power_ttest`.
# 4. Change `simulate_scores` of 6.6 so that half the readers of the first group answer two points lower than the
#    others. Which of the two tests loses more?
#
# <details><summary>Hints</summary>
#
# For 1: look at the first column of the table in 6.3. For 2: the standard deviation. For 3: four groups of 15 against
# two of 30; how large is the effect that you care about? For 4: add `-2 * (rng.random((studies, people, 1)) < 0.5)` to
# the answer of one group; compare it with a shift of 1 for everybody.
#
# </details>
#
# **Next:** [8. Decoupling](08_decoupling.ipynb) asks whether readability and usefulness come apart where both can be
# measured; then [7. The claims](07_claims.ipynb).
