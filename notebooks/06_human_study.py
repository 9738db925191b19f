# %% [markdown]
# # 6. The human study: what 100 ratings can and cannot tell
#
# **The paper's claim.** People found R1's long traces the hardest to read and rule-based traces the easiest, while
# small students learn most from R1's. The second half of the paper rests on ratings by people in four groups.
#
# **What this notebook adds.** The ratings are not public; three of the group means are. Nothing here pretends to have
# more. Four things can be done all the same, and they are kept apart:
#
# 1. say exactly what the printed means imply, *whatever the ratings behind them were*;
# 2. say what they leave open, with examples;
# 3. say what a study of this size can see at all;
# 4. run the whole analysis on **simulated** ratings, so that real ones, yours perhaps, only need to be put in.

# %% tags=["parameters"]
responses = ""  # a CSV file of real ratings makes this the report on them; "" simulates ratings
min_seconds = 0.0  # leave out people whose median item took less time than this
items = 6  # ratings in a person's score, where the means' consequences are sampled
sets = 500  # SPRITE sets for each number of ratings
draws = 2000  # simulated studies for each power
resamples = 2000  # bootstrap resamples for every interval
seed = 0  # of everything random

# %%
try:
    from lib import figures, human_study, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

from math import ceil

import pandas as pd
from IPython.display import Markdown, display

from lib.analysis import human_plots, human_reading
from lib.errors import InputError
from lib.published import reported
from lib.stats import possible, power, ratings

NAME = "06_human_study"
figures.use_style()
questionnaire = ratings.load()
n = human_reading.people()
numbers = {}
given = ratings.exclude(human_reading.load(responses, seed), min_seconds)  # first: a file with a mistake ends it here
folder = human_reading.REPORT if responses else None  # a report on your data leaves figures/ as it is

# %% [markdown]
# ## 6.1 The design
#
# Four groups, each of which sees **one** kind of trace only (between subjects), rate it on a scale of agreement. Two
# scores come out of it: *interpretability* and *cognitive load*.

# %%
design = [
    ("people", f"{reported.number('participants'):.0f}"),
    (
        "groups, one kind of trace each",
        f"{reported.number('groups'):.0f}: {', '.join(questionnaire.conditions.values())}",
    ),
    ("people in each group", f"{n}"),
    ("points of the scale", f"{reported.number('points of the scale'):.0f}"),
]
design += [(f"mean: {what}", mean) for what, mean in human_reading.published(questionnaire).items()]
tables.show(pd.DataFrame(design, columns=["", "as published"]), "The study, and all its published numbers", "reported")

# %% [markdown]
# The paper names what people were asked about. It prints neither the questions nor their number. To have something to
# work with we wrote a questionnaire of the same kind; it is data (`data/instrument.yml`), and every sentence in it is
# **ours, not the authors'**.

# %%
anchors = "; ".join(f"{point} {words}" for point, words in questionnaire.anchors.items())
tables.show(human_reading.instrument_table(questionnaire), f"Our own wording, not the authors' ({anchors})")

# %% [markdown]
# Some of the sentences run the other way (“I lost the thread …”); agreement with them is turned round before anything
# is added up. Somebody who ticks one column all the way down then does not land at the end of a scale.
#
# ## 6.2 Predict first
#
# You know two numbers: the mean of one group of 25 and the mean of another, on a scale from 1 to 5. Nothing else: no
# standard deviation, no list, no *p*. Write down your answers before you go on:
#
# 1. Can you tell whether a *t* test of the two groups would have come out significant?
# 2. Can you tell that a person of the second group more likely than not gave a higher score than one of the first?
# 3. Can you tell how many questions each person answered?

# %% [markdown]
# ## 6.3 How many ratings are behind a mean? (GRIM)
#
# Ratings are whole numbers, so their sum is one, so the mean of 25 people with *k* ratings each is a whole number
# divided by 25 *k*. Some means cannot be had that way. This is the GRIM test (Brown and Heathers, 2017).

# %%
published = human_reading.published(questionnaire)
grim = human_reading.grim_wide(published, n)
tables.show(grim, f"Can {n} people with this many whole ratings each have the printed mean?", "reported")

# %%
allowed = {row["what"]: [k for k in range(1, 13) if row[k] == "yes"] for row in grim.to_dict("records")}
together = sorted(set.intersection(*map(set, allowed.values())))
numbers |= {"grim/fewest items for all means": together[0]}
Markdown(
    f"A single question a person is ruled out for {sum(1 not in ks for ks in allowed.values())} of the "
    f"{len(allowed)} means, and if all scores were averages of the same "
    f"number of ratings, that number is {together[0]} or more. So the published means are averages over several items "
    "(or several traces), as one would expect: GRIM finds **nothing wrong** with them. From "
    f"{ceil(100 / n)} ratings a person on, {n} people can have any mean with two decimals, and the test has no "
    "more to say."
)

# %% [markdown]
# ## 6.4 What each mean implies by itself
#
# A bounded scale leaves a mean little room near its ends: if nearly everybody is at the top, people cannot differ much.

# %%
alone = human_reading.alone(published, n, questionnaire)
numbers |= {f"alone/{row.what}/above the middle": row.above for row in alone.itertuples()}
tables.show(
    alone.set_axis(["what", "mean", "SD at least", "SD at most", f"people of {n} above the middle, at least"], axis=1),
    "Exact: over all ratings, with 1 to 12 of them a person, that give the printed mean",
    "reported",
    decimals=2,
)

# %%
above = alone.set_index("what")["above"]
Markdown(
    " ".join(
        f"At least {count} of {n} people stand above the middle of the scale in *{what}*."
        for what, count in above.items()
    )
    + " For load, one mean is printed and three are not: how much harder R1 traces were than others, the published "
    "numbers do not say."
)

# %% [markdown]
# ## 6.5 What the two means of interpretability imply together
#
# A test statistic divides the difference of means by the spread. The difference is printed; the spread is not, but it
# has a largest possible value (Bhatia and Davis, 2000, sharpened to whole ratings). At that value the statistic is
# smallest, so there is a floor that no ratings go below.

# %%
sure = human_reading.sure(n, questionnaire)
numbers |= {f"interpretability/r1 - correct/{name}": value for name, value in sure.items()}
Markdown(human_reading.sure_text(sure, n, questionnaire))

# %% [markdown]
# That answers the first question of 6.2: yes, one can tell. The bound takes for granted what the paper says of its
# design: people answered independently, and the score is an average of ratings within the scale.
#
# For a known number of ratings the floor is a little higher. SPRITE (Heathers and others, 2018) fills in the picture:
# it *samples* tables of ratings with the right mean. Sampled tables show what is possible. They do not show what is
# probable, since nothing says that real ratings were drawn this way.

# %%
over = possible.over_items(*human_reading.pair_means(), n=n, count=sets, seed=seed)
delta = over[over["statistic"] == "Cliff's delta"].set_index("items")
numbers |= {f"interpretability/r1 - correct/delta at most/{k} items": x for k, x in delta["largest"].items()}
shown = over.assign(label=[f"{k} ratings a person" for k in over["items"]])
figure = human_plots.ranges(shown)
figures.save(
    figure,
    "06_possible_ranges",
    "Interpretability of R1 and rule-based traces: what two printed means leave possible (grey: simulated)",
    shown,
    "reported, simulated (sampled tables)",
    NAME,
    folder,
)

# %%
tables.show(
    human_reading.range_table(over), "R1 against rule-based traces, interpretability", "reported, simulated (sampled p)"
)

# %% [markdown]
# ## 6.6 What the means do not determine
#
# The mean is one summary; the *order* of people is another. Here are two tables of ratings that nobody gave. Both have
# the published means, to the printed decimals.

# %%
extremes = human_reading.extremes(items, n, questionnaire, seed)
figure = human_plots.extremes(extremes, questionnaire)
figures.save(
    figure,
    "06_simulated_extremes",
    "Simulated: two tables of ratings with the same, published, means",
    extremes,
    "simulated (possible ratings, nobody's)",
    NAME,
    folder,
)

# %%
Markdown(human_reading.extremes_text(extremes, over, questionnaire))

# %% [markdown]
# So the second question of 6.2 has the answer: not from the means alone. And rank tests, which use nothing but the
# order, can go either way, significant or not. That holds for all four groups together, too, if all we know of the
# other two means is that they lie between the published ones:

# %%
kruskal = human_reading.four_groups(items, n, questionnaire, sets, seed)
numbers |= {f"interpretability/kruskal {key}": value for key, value in kruskal.items() if key != "note"}
Markdown(
    f"Kruskal-Wallis over four groups, {items} ratings a person: H from {kruskal['h_smallest']:.1f} to "
    f"{kruskal['h_largest']:.1f}, p from {kruskal['p_smallest']:.0e} to {kruskal['p_largest']:.2f} in {sets} sampled "
    "studies. A standard deviation for each group would narrow all this; a table of how many people have which score "
    "would end it. Nothing in it says that the study's conclusion is wrong; it says what a reader can check."
)

# %% [markdown]
# ## 6.7 What can 25 people a group see?
#
# Power: the chance that a test finds a difference that is really there. The closed form assumes normal scores; ratings
# are not normal, so we simulate them as well (whole ratings from a latent normal variable cut into five, 6 items).

# %%
target = 0.8
table = power.power_table(n, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2), draws, seed).assign(draws=draws)
needed = human_reading.people_table((0.2, 0.3, 0.4, 0.6, 0.8), int(reported.number("groups")), n, draws, seed, target)
smallest = power.smallest_effect(n, target)
numbers |= {"power/smallest d": smallest, "power/target": target}
drawn = pd.concat([table.assign(panel="power"), needed.assign(panel="people needed")], ignore_index=True)
figure = human_plots.power(table, needed, smallest, target)
figures.save(
    figure, "06_simulated_power", "Simulated: what groups of a given size can see", drawn, power.EVIDENCE, NAME, folder
)

# %%
renamed = needed.set_axis(
    ["shift of the latent answers", "d that shows in the scores", "people a group (Mann-Whitney, simulated)",
     "people a group (t test, closed form)", "people in four groups"], axis=1)  # fmt: skip
tables.show(renamed, f"People needed for a power of {target:g}", power.EVIDENCE, decimals=2)

# %%
medium = power.people_needed(0.5, target)
numbers |= {"power/people for d 0.5": medium}
first = table.iloc[0]
Markdown(
    f"With {n} people a group the smallest difference that is found {100 * target:.0f} times in 100 is d = "
    f"{smallest:.2f}, a large one; a class that wants to see a medium one (d = 0.5) needs {medium} people a group, "
    f"{4 * medium} in all. Without any difference the simulated tests cry wolf in {100 * first['welch']:.1f} % "
    f"(Welch) and {100 * first['mann_whitney']:.1f} % (Mann-Whitney) of the studies; 5 % are asked for. For R1 "
    "against rule-based traces the study was large enough, as section 6.5 shows. For gaps among R1, summaries and "
    "explanations, whose means are close or unknown, it may not have been: a difference *not* found among them would "
    "mean little."
)

# %% [markdown]
# ## 6.8 The analysis, on simulated ratings or on yours
#
# From here on everything depends on the parameter `responses`. Left empty, ratings are **simulated**: an ordinal latent
# model whose means are the published ones where there are any, and our assumptions where there are none. The results
# then show how the analysis works, and nothing about people.

# %%
report = human_study.report(given, resamples, seed)
is_simulated = given.evidence == ratings.SIMULATED
title = "Simulated ratings" if is_simulated else f"{given.evidence[0].upper()}{given.evidence[1:]}"
Markdown(f"### {report.title}")

# %%
tables.show(human_reading.report_part(report.table, "people", questionnaire), f"{title}: who took part", given.evidence)

# %%
if responses:
    print("read from the file given; there is nothing that these ratings were aimed at")
else:
    aims = human_reading.aimed(report.table, questionnaire)
    display(tables.show(aims, f"{title}: means", "simulated"))
    print(
        f"{(aims['inside'] == 'yes').sum()} of {len(aims)} intervals hold their aim; over many seeds, about 95 % should"
    )

# %% [markdown]
# **The ratings themselves** come before any statistic. Bars are centred on the middle of the scale: what leans to the
# right is agreement, after reverse items have been turned round.

# %%
shares = human_plots.rating_shares(ratings.scored(given), given.evidence)
figure = human_plots.diverging(shares, given.instrument)
figures.save(
    figure,
    "06_simulated_ratings" if is_simulated else "06_ratings",
    f"{title}, by kind of trace",
    shares,
    given.evidence,
    NAME,
    folder,
)

# %% [markdown]
# **Reliability**: do the items of a scale measure one thing? Cronbach's alpha with everybody together is flattered by
# differences between the groups; “within conditions” takes those out first. An item-rest correlation below 0 is most
# often a reverse item that was not turned round.

# %%
tables.show(
    human_reading.report_part(report.table, "reliability", questionnaire), f"{title}: reliability", given.evidence
)

# %% [markdown]
# **Do the groups differ?** Rank tests first, because ratings have an order and nothing more; tests of means beside
# them. Then every pair, with Holm's correction for the ranks and Games-Howell for the means.

# %%
tables.show(human_reading.score_table(report.table, questionnaire), f"{title}: scores", given.evidence)

# %%
tables.show(
    human_reading.report_part(report.table, "all conditions", questionnaire), f"{title}: all groups", given.evidence
)

# %%
pairs = human_reading.pair_effects(given, resamples, seed)
if pairs.empty:
    print("one group only: there is nothing to compare it with")
else:
    figure = human_plots.effects(pairs, given.instrument)
    figures.save(
        figure,
        "06_simulated_effects" if is_simulated else "06_effects",
        f"{title}: every pair of groups",
        pairs,
        given.evidence,
        NAME,
        folder,
    )

# %%
if not pairs.empty:
    display(tables.show(human_reading.pair_table(pairs, questionnaire), f"{title}: every pair", given.evidence))

# %% [markdown]
# The effect sizes carry the message: Cliff's delta is the chance that somebody of the first group scores higher, less
# the chance of the reverse. Intervals are seeded percentile bootstraps over people.
#
# ## 6.9 Bring your own
#
# A file of ratings has one row a rating, in UTF-8, with commas:

# %%
tables.show(
    given.frame.head(4) if is_simulated else human_reading.load("").frame.head(4), "The form, with simulated rows"
)

# %% [markdown]
# ```sh
# python -m lib.human_study my-ratings.csv                                # the report in the terminal
# python -m lib.run notebook 06_human_study -p responses my-ratings.csv  # this notebook as the report
# ```
#
# The second writes the notebook to `build/runs/` and its figures to `build/report/`. Conditions and items are those of
# `data/instrument.yml`; the command takes other ones with `--instrument`. Every cell of the file is checked before
# anything is computed, and the first thing that is wrong ends the reading:


# %%
def complaint(**changes):
    frame = human_reading.load("").frame.astype(object)
    frame.loc[6, list(changes)] = list(changes.values())
    try:
        ratings.from_frame(frame)
    except InputError as error:
        return str(error)


wrong = ({"rating": 6}, {"rating": "agree"}, {"condition": "R1"}, {"item": "predict"}, {"seconds": -1})
tables.show(
    pd.DataFrame([(str(change)[1:-1], complaint(**change)) for change in wrong], columns=["put in", "what is said"]),
    "Five mistakes in a simulated table",
)

# %%
if responses:
    print("the committed numbers of this notebook are left as they are")
else:
    figures.save_numbers(NAME, numbers)

# %% [markdown]
# ## Your turn
#
# 1. Suppose the paper had printed 3.39 for *one* question a person. What would GRIM have told you, and what would you
#    have asked the authors?
# 2. Which one number for each group, had it been published, would narrow the ranges of 6.5 most? Try it:
#    `possible.possible_range(Group("3.39", 25, 6), Group("4.86", 25, 6), sds=(0.8, 0.3))`.
# 3. You can pay 60 people. Would you keep four groups, or drop some? Use `power.closed_power` to defend your choice.
# 4. The simulation gives every item of a scale the same expected mean, and the two scales nothing in common but the
#    group. Which of the tables above would look different for real people?
#
# <details><summary>Hints</summary>
#
# For 1: look at the first column of the table in 6.3. For 2: the standard deviation; compare the sampled ends with and
# without it (the exact ends stay valid for any spread, so they do not move). For 3: four groups of 15 against two of
# 30; how large is the effect you care about? For 4: item-rest correlations would differ from item to item; and load
# and interpretability of the same person would go together.
#
# </details>
