# %% [markdown]
# # 5. R1's traces: readable or useful?
#
# **The paper's claim.** In its second part the paper trains students on four kinds of trace for the same problems: the
# raw traces of DeepSeek-R1, *summaries* of them, *post-hoc explanations* of them, and the short rule-based ones of part
# 1. R1's traces, which people find hardest to read, give the best students.
#
# **What this notebook adds.** How sure are the released scores of that part: how many problems and how many seeds do
# they rest on, and what were the students trained on? What else do the kinds of trace differ in, besides being
# readable? And what do students of our own show, with *simulated* verbose traces, on a laptop?
#
# Two levels of evidence meet here, and never in one picture. **Reported**: the authors' score files, CoTempQA, R1's
# traces. **Re-trained**: our students, another dataset, and verbose traces that a program of ours wrote
# (`lib/traces/simulate.py`). The second can show how things hang together; it cannot confirm or refute a number of the first.

# %% tags=["parameters"]
profile = "laptop"  # whose trained cells are the re-trained level: smoke, laptop or paper (profiles.yml)
seed = 0  # of the problems and traces that are shown as examples

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import pandas as pd
from IPython.display import Markdown

from lib.analysis import budgets, lengths, material, part2, part2_plots, rescored, retrained, seeds, side_by_side
from lib.analysis import part2_reading as reading
from lib.published import reported
from lib.run import profiles, results
from lib.study import ARM_LABELS, DATASET_LABELS
from lib.traces import arms

NAME = "05_r1_traces"
figures.use_style()
numbers = {}

# %% [markdown]
# ## 5.1 Predict first
#
# 1. Order the four kinds of trace, and plain answers without any trace, by how well a student of one billion parameters
#    answers after training on them. And a student of eight billion?
# 2. Two students are trained in exactly the same way; only the seed differs. How many percentage points apart do you
#    expect their scores to be?
# 3. Give every problem the R1 trace of *another* problem, and keep the right answer. What does the student learn?
#
# ## 5.2 What the authors report
#
# The score files of part 2: percent right, unweighted mean over the four classes of CoTempQA. The test set holds only
# problems that R1 solved, so these numbers compare with each other and not with part 1. One released run each.

# %%
scores = part2.scores()
sizes = part2.sizes(scores)
n = {category: possible[0] for category, possible in sizes.items()}
released = part2.accuracies(scores, n)
numbers |= {f"reported/{row.student}/{row.arm}": row.value for row in released.itertuples()}
tables.show(reading.wide(released), "Students of part 2: answers right, percent", "reported")

# %%
gaps = part2.incomplete(scores)
missing = "; ".join(f"{student}, {ARM_LABELS[arm]}: class {category}" for student, arm, _, category in gaps)
Markdown(
    "**How many problems?** The files do not say. But k right of n problems can print only certain percentages, and "
    f"all printed ones must be among them. That leaves {reading.sizes(sizes)}. (The same sum on part 1's scores leaves "
    f"{reading.sizes(part2.sizes(part2.scores(1)))}: just what the paper gives.) Intervals below take the smallest.\n\n"
    f"**What is missing?** {missing or 'Nothing'}. Where a class is missing (\\*), the mean is over the others, and "
    "differences are taken over the classes that both runs have."
)

# %%
figure = part2_plots.reported(released, len(part2.CLASSES))
figures.save(
    figure,
    "05_reported",
    "CoTempQA, as reported: students of each kind of trace (bars: 95 %, chance of the test problems alone)",
    released,
    "reported",
    NAME,
)

# %%
best = part2.best(released)
kinds = released[released["arm"].isin(["r1", "summary", "posthoc", "correct"])]
against = part2.differences(scores, "r1", n)
numbers |= {f"r1 - {row.arm}/{row.student}": row.value for row in against.itertuples()}
plain = against[against["arm"] == "vanilla"]
Markdown(
    f"**Best of all arms.** {reading.winners(best)}.\n\n**Best of the four kinds of trace.** "
    f"{reading.winners(part2.best(kinds))}.\n\n**R1's traces minus plain answers**, percentage points: "
    + "; ".join(f"{row.student} {reading.around(row)}" for row in plain.itertuples())
    + ". The brackets hold the chance of the test problems, and nothing of a training run's luck: see 5.3."
)

# %% [markdown]
# ### What the students of part 2 were trained on
#
# Two of these arms are not quite what their names say, as far as the authors' public scripts and training files show
# (`scripts/cotempqa_create_r1_vanilla_custom_sft_datasets.py`, and the files below). We say this with care: we read a
# few rows of each file, by hand, and cannot know that just these files trained the students with the released scores.
#
# - **Rule-based (and incorrect) traces.** For every problem that R1 solved, the script looks for the first example of
#   part 1 whose answer contains R1's reply *as a substring*, and takes that example whole, question and all. Where R1's
#   reply is a sentence, no answer contains it, and the example found last is taken once more. So many rows repeat one
#   example, of another problem and another class. (The *test* is not touched: `scripts/cotempqa_sft_inference_r1.py`
#   asks every arm the same problems, each with its own question and answers.)
# - **“Answer only”.** The completion is R1's final reply. That is often the bare answer, and often a short explanation
#   that ends in the answer.

# %%
read = reported.read("part2_training.csv")
totals = read.groupby("arm")[["rows_read", "another_problem", "reply_explains"]].sum()
numbers |= {f"training/{arm}/{key}": int(value) for arm, row in totals.iterrows() for key, value in row.items()}
tables.show(
    read.assign(arm=read["arm"].map(ARM_LABELS), commit=read["commit"].str[:12]).rename(
        columns={
            "rows_read": "rows that we read",
            "another_problem": "with an example of another problem",
            "distinct_examples": "different examples among them",
            "reply_explains": "in which R1's reply explains itself",
        }
    ),
    "Rows of the authors' training files for part 2 (data/cotempqa/ in their repository), read by hand",
    "reported",
)

# %%
zero = scores[scores["arm"].isin(["correct", "incorrect"]) & (scores["acc"] == 0)]
rule, bare = totals.loc["correct"], totals.loc["vanilla"]
Markdown(
    f"Of the {rule['rows_read']} rows that we read for “{ARM_LABELS['correct']}”, {rule['another_problem']} teach "
    "another problem than the one that R1 solved. Scores of 0.0 % in these arms ("
    + "; ".join(f"{row.student}, {ARM_LABELS[row.arm]}, class {row.category}" for row in zero.itertuples())
    + f") would fit that. And in {bare['reply_explains']} of {bare['rows_read']} rows for “{ARM_LABELS['vanilla']}” "
    "the supposedly bare answer explains itself.\n\n"
    "**What follows.** If these files trained the students, the gap between R1's and rule-based traces is also one "
    "between many different problems and fewer, repeated ones, and should not be read as an effect of readability or "
    "of correctness alone. R1's traces, their summaries and the explanations come from another script, which takes "
    "each problem with its own text and R1's own reply: comparisons among *these* three are sound in this respect. "
    "And “plain answers” are, in part 2, R1's short replies. Notebook 8 (8.4) shows how much of that gap hangs on one "
    "class."
)

# %% [markdown]
# ## 5.3 Seeds: how far do equal students lie apart?
#
# Each score of part 2 is one run. For part 1 the authors later released runs that differ in their seed only. They serve
# as a ruler.

# %%
part1 = part2.scores(1)
runs = seeds.runs(part1)
tables.show(
    reading.seed_table(runs, seeds.spread(runs), len(part2.CLASSES)),
    "Part 1, CoTempQA: answers right by seed, percent, mean over four classes (–: a class is missing)",
    "reported",
    decimals=2,
)

# %%
paper, one_more = reading.paper_means(runs), seeds.one_more(runs)
figure = part2_plots.seeds(seeds.whole(runs), one_more, paper)
figures.save(
    figure,
    "05_seeds",
    "Part 1, CoTempQA: released runs that differ in their seed, and the paper",
    pd.concat(
        [seeds.whole(runs), paper.assign(seed="paper").merge(one_more, on=["student", "arm"])], ignore_index=True
    ),
    "reported",
    NAME,
)

# %%
noise, yardstick = seeds.noise(runs), seeds.yardstick(runs)
numbers |= {f"seeds/{row.student}/{key}": getattr(row, key) for row in noise.itertuples() for key in ("sd", "two_runs")}
lost = "; ".join(f"{s}, {ARM_LABELS[arm]}, seed {x}, class {c}" for s, arm, x, c in part2.incomplete(part1))
other = sorted(set(scores["seed"]) - {""})
far = reading.outside(paper, one_more)
borrowers = yardstick.loc[yardstick["student"] != yardstick["lender"], "student"]
numbers |= {"paper's means beyond the seeds": len(far)}
Markdown(
    f"**Covered.** Part 1: seeds {', '.join(sorted(runs['seed'].unique()))}, {reading.listed(noise['student'])}, arms "
    f"{reading.listed(figures.arm_order(runs['arm']))}; missing: {lost or 'nothing'}. Part 2: "
    f"{', '.join(other) or 'no seed is named, and there is one run of each arm'}. No second run of "
    f"{reading.listed(borrowers)} is public.\n\n"
    "**How large.** Pooled over its arms, the standard deviation of one run is "
    + "; ".join(f"{row.sd:.2f} points for {row.student} ({row.df} degrees of freedom)" for row in noise.itertuples())
    + ". Two single runs of *one and the same* arm then lie farther apart than "
    + " and ".join(f"{row.two_runs:.1f} points ({row.student})" for row in noise.itertuples())
    + " in one case of twenty. This is the ruler for every comparison of two single runs.\n\n"
    f"**The paper's own means.** {len(far)} of {len(paper)} lie where one more run should not, by seed alone"
    + (f" ({'; '.join(far)}). Something else than the seed must differ there." if far else ".")
)

# %% [markdown]
# The effects of part 1, now with seeds: is a gap between arms larger than what the seed does?

# %%
seeded = reading.with_paper(seeds.effects(runs))
numbers |= {f"effect/{row.student}/{row.first} - {row.second}": row.value for row in seeded.itertuples()}
tables.show(reading.effects_table(seeded), "Part 1: arms against each other, percentage points", "reported")

# %%
Markdown(reading.effects_in_words(seeded))

# %% [markdown]
# And part 2 on the same ruler. This assumes that seeds matter in part 2 as much as in part 1; a student of whom no
# second run is public borrows the noisier small student's.

# %%
ruled = against.merge(yardstick, on="student")
figure = part2_plots.effects(against, yardstick, "r1")
figures.save(
    figure,
    "05_effects",
    "CoTempQA, as reported: R1's traces against every other arm, on the ruler of seeds (bars: 95 %, test problems)",
    ruled,
    "reported",
    NAME,
)

# %%
numbers |= {"within seeds": len(reading.within(ruled)), "comparisons with r1": len(ruled)}
Markdown(reading.on_the_ruler(ruled))

# %% [markdown]
# ## 5.4 Token budgets
#
# Readable kinds of trace are short and R1's are long. So a student of R1's traces is trained to write many more tokens
# for the same problems, and pays for them again with every answer. Notebook 2 draws the lengths; here is what they come
# to, relative to rule-based traces:

# %%
medians = figures.load_numbers("02_traces")
length = {
    arm: medians[f"lengths|{arm}|median"] for arm in ("vanilla", "correct", "summary", "posthoc", "r1", "swapped")
}
times = {arm: value / length["correct"] for arm, value in length.items()}
numbers |= {f"length ratio/{arm}": value for arm, value in times.items()}
tables.show(
    pd.DataFrame(
        [(ARM_LABELS[arm], int(length[arm]), times[arm]) for arm in length],
        columns=["arm", "words and punctuation marks of a completion (median)", f"times “{ARM_LABELS['correct']}”"],
    ),
    "What students are trained to write: generated CoTempQA problems, SIMULATED verbose traces (from notebook 2)",
    "simulated (generated problems)",
)

# %%
Markdown(
    f"A student of the simulated R1 traces writes {times['r1']:.1f} times as much as one of rule-based traces, and "
    f"{times['r1'] / times['vanilla']:.0f} times as much as one of plain answers. *Accuracy per token* of the reported "
    "students is not given: the real traces are no part of this project, and to divide reported accuracies by the "
    "lengths of *our* traces would mix levels. For our own students, where both numbers are ours, it stands in 5.7."
)

# %% [markdown]
# ## 5.5 Controls of length
#
# If R1's traces teach more: is it *what* they say, or *how much* of it there is? Content and length go together in the
# paper's arms. Two arms of ours take them apart:
#
# | | as short as a rule-based trace | as long as R1's |
# |---|---|---|
# | **says what the rules say** | correct traces | correct traces, padded |
# | **says what R1 says** | R1 traces, cut | R1 traces |
#
# Down a column length is equal, and content differs; along a row it is the other way round (but a cut trace has lost
# content as well: its end). If length did it, the padded students would be as good as R1's. If content did it, padding
# would change nothing. One problem in all four cells:

# %%
given = material.gather("cotemp", 60, seed)
shown = ("correct", "correct-padded", "r1-cut", "r1", "swapped")
built = {arm: arms.build(given.problems, arm, seed, given.verbose) for arm in shown}
problem = min(given.problems, key=lambda one: (len("".join(one.facts)), one.id))
example = side_by_side.completions(built, problem)[["arm", "think part", "answer part"]]
tables.show(
    example[example["arm"] != ARM_LABELS["swapped"]],
    f"“{problem.question}” (verbose traces: {given.verbose_are})",
    given.level,
)

# %%
measured = lengths.summarize(lengths.measure(built, arms.count_words)).set_index("arm")["median"]
planned = profiles.load(profile)
controls = [cell for cell in planned if cell.arm in lengths.CONTROLLED]
own, own_level = budgets.retrained(profile), "re-trained, simulated verbose traces"
gaps = retrained.differences(retrained.verdicts(profile), reading.pairs(own["arm"]))
numbers |= rescored.flatten(
    gaps, ["dataset", "student", "first", "second"], ["difference", "low", "high"], "retrained arms"
)
Markdown(
    f"Median lengths over {len(given.problems)} problems, in words and punctuation marks: "
    + "; ".join(f"{ARM_LABELS[arm]} {measured[arm]:.0f}" for arm in shown[:4])
    + ".\n\n**Re-trained.** "
    + reading.controls_in_words(
        len(controls),
        own[own["arm"].isin(lengths.CONTROLLED)],
        profile,
        max((cell.budget.max_new_tokens for cell in controls), default=0),
    )
)

# %%
sides = reading.sides_table(gaps)
caption = "Content against length: the sides of the table above, verbose traces SIMULATED"
tables.show(sides, caption, own_level) if len(sides) else None

# %% [markdown]
# ## 5.6 Swapped traces
#
# The sharpest control is the authors' own. Length, style and vocabulary stay; what goes is that the trace is about
# *this* problem. Every problem gets the R1 trace of another one and keeps its own answer. (The authors' script swaps
# within a class; ours, among all problems of a training set.)

# %%
tables.show(
    example[example["arm"].isin([ARM_LABELS["r1"], ARM_LABELS["swapped"]])],
    f"“{problem.question}” (verbose traces: {given.verbose_are})",
    given.level,
)

# %%
fallen, low = against[against["arm"] == "swapped"], released[released["arm"] == "swapped"]
lowest = [
    s for s, part in released.groupby("student", sort=False) if part.loc[part["value"].idxmin(), "arm"] == "swapped"
]
Markdown(
    f"**Reported.** Students of swapped traces are right for {low['value'].min():.1f} to {low['value'].max():.1f} %, "
    f"{fallen['value'].min():.0f} to {fallen['value'].max():.0f} points below students of the same traces in their "
    f"places: the worst arm for {len(lowest)} of {len(low)} students. The answers that they were trained on were right "
    "all the same. So *what a trace says does matter*, in this sense: it has to be about the problem. Length and style "
    "alone do not do it. One reading is that the student learns to write a page about something else, and then has to "
    "answer after it; the outputs could tell.\n\n"
    "This does not contradict the finding on incorrect traces. As designed, those still name the problem's own people "
    f"and facts, and are short.\n\n**Re-trained.** {reading.swap_in_words(gaps, profile)}"
)

# %% [markdown]
# ## 5.7 Our own students (SIMULATED verbose traces)
#
# Everything below is another experiment than the one above: small students, generated problems, and verbose traces that
# a program wrote. It goes through facts one by one, doubts and takes things back, as R1 does, but it has no ideas. Look
# at the order of the arms and at the cost, not at the heights.

# %%
not_yet = results.missing(profile)
problems_are = f"generated {', '.join(dict.fromkeys(DATASET_LABELS[cell.dataset] for cell in planned))} problems"
Markdown(
    (
        f"Re-trained: **nothing yet**. None of the {len(planned)} cells of the profile `{profile}` is finished; "
        "`make paper` trains them."
        if own.empty
        else f"Re-trained: {len(planned) - len(not_yet)} of the {len(planned)} cells of the profile `{profile}`."
    )
    + (
        f" Not yet trained, for some seed at least: {reading.listed(dict.fromkeys(c.arm for c in not_yet))}."
        * bool(not_yet)
    )
)

# %%
settings = f"What the students of the profile “{profile}” are trained on and asked"
tables.show(budgets.settings(planned), settings, own_level)

# %%
if len(own):
    figure = part2_plots.retrained(own)
    figures.save(
        figure,
        "05_retrained",
        f"Our own students, {problems_are}, verbose traces SIMULATED (bars: 95 %)",
        own,
        own_level,
        NAME,
    )

# %%
trained = budgets.gains(own)
keys = ("value", "low", "high", "words", "read", "written")
numbers |= {
    f"retrained/{r.dataset}/{r.student}/{r.arm}/{key}": getattr(r, key) for r in own.itertuples() for key in keys
}
caption = f"Our own students, {problems_are}, verbose traces SIMULATED: what supervision cost and brought"
tables.show(reading.cost_table(trained), caption, own_level) if len(trained) else None

# %%
Markdown(reading.own_in_words(trained, gaps))

# %% [markdown]
# Every arm of a profile trains for the same number of steps on the same problems. So an arm with long completions gets
# more supervised tokens *and* more compute; nothing here holds compute equal. Exercise 3 does.
#
# And the simulated trace differs from a rule-based one in more than length. It *works the answer out*: it takes each
# fact in turn (in CoTempQA, it puts the fact's dates beside those asked about), and says whether it counts. A
# rule-based trace names the facts that count, and leaves the search out. Where R1's arm is ahead here, this is the
# first explanation to try. Readability is none that can be tried here: nobody has rated our simulated traces.
#
# ## 5.8 How we read it

# %%
kin = ruled[ruled["arm"].isin(["summary", "posthoc"])]
near = reading.within(kin)
clear = [row.student for row in ruled.itertuples() if row.arm == "vanilla" and row.value > row.two_runs]
Markdown(
    "- **R1's traces give the best small students**: in the released scores, for "
    f"{reading.listed(s for s, arm in best.items() if arm == 'r1')}. Against plain answers the lead is clear of seed "
    f"noise for {reading.listed(clear)}.\n"
    "- **For large students they do not**: R1's plain replies are better for "
    f"{reading.listed(s for s, arm in best.items() if arm == 'vanilla')}.\n"
    "- **Readable against useful** is not settled by R1 and rule-based traces in part 2: besides being readable or "
    "not, they differ in length and, as far as the training files show, in the problems that were taught. Where "
    f"problems are shared (R1 against summaries and explanations), {len(near)} of {len(kin)} "
    "differences are within seed noise.\n"
    "- **What a trace says matters**: swapping traces between problems is the largest effect of all.\n"
    "- **How sure?** The scores are the authors' own. The sizes of the test sets are worked out, and come out right "
    "where they are known. That seeds matter in part 2 as in part 1 is an assumption. The training files were read in "
    "a few places only; to count all rows is exercise 2."
)

# %%
figures.save_numbers(NAME, numbers)

# %% [markdown]
# ## Your turn
#
# 1. **How many seeds?** Say you want to tell two arms apart that differ by three points. With the standard deviations
#    of 5.3, how many seeds of each do you need? Use the cell below.
# 2. **Count it.** The authors' repository holds `data/cotempqa/sft_dataset_r1_set_custom_traces/`. For each of the four
#    train files, count how many rows teach the question that stands in their own `question` column, and how many
#    different examples there are. Do the same for `sft_dataset_r1_traces/`. How would you repair the comparison?
# 3. **Equal compute.** Write a profile in which every arm reads the same number of tokens in training (more steps for
#    short completions). Which arms do you expect to change places?
# 4. **The four cells.** Fill in the table of 5.5 for a profile of your own, with `correct-padded` and `r1-cut` at three
#    seeds. Which difference would convince you that content matters beyond length, and how large must it be?
# 5. **Worse than nothing?** A student of swapped traces answers worse than one of plain answers. Find an explanation
#    that does not need the student to “reason” at all.

# %%
gap, sd = 3.0, noise["sd"].max()  # try others
for k in (2, 3, 5, 8, 12):
    error = seeds.quantile(2 * k - 2) * sd * (2 / k) ** 0.5
    print(f"{k:2} seeds of each arm: 95 % interval of the difference ±{error:.1f} points (the gap: {gap})")

# %% [markdown]
# <details><summary>Hints</summary>
#
# For 1: an interval narrower than the gap is not yet power; half the gap is a better aim. For 2: compare the question
# with what the first message says after “Question:”. For 3: `steps` is the only field to change; the table of 5.7 has
# the tokens read. For 4: in the profile `smoke` a student of random weights learns the form at most. For 5: think of
# what the probability of the answer is conditioned on, once a page about someone else stands before it; and of an
# answer cut off after so many tokens.
#
# </details>
