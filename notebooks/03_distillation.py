# %% [markdown]
# # 3. Distillation: how a student learns from a trace
#
# So far nothing was trained. Here a small model is fine-tuned on question → trace → answer, on this machine, by a loop
# that you can read line by line: what one example looks like in tokens, which of them the loss is on, what a training
# run does, and what the student says before and after. The verifier of the other notebooks is the judge.
#
# By default the student is SmolLM2-135M-Instruct, a real pretrained model that comes as a Python package, trained on
# generated bAbI stories for a few minutes. The same code trains the paper's students on a GPU. `tiny`, a student with
# random weights, makes everything run in seconds.

# %% tags=["parameters"]
student = "smollm2-135m"  # tiny, smollm2-135m, Qwen3-1.7B, Llama-3.2-1B, … or a folder with a model
dataset = "babi"  # cotemp, babi or marco
arm = "correct"  # what the live run is supervised with
categories = "single-supporting-fact"  # classes to draw from, separated by commas; empty: all
seed = 0  # of adapter, order and dropout
steps = 20  # optimizer steps of the live run
batch_size = 4  # examples a step
n_train = 80  # training problems
n_test = 12  # test problems
max_new_tokens = 90  # how long the student may go on
profile = "laptop"  # whose cells section 3.6 shows (profiles.yml)

# %%
try:
    from lib.run import cells, profiles, records, results, train_cell
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import inspect
import json

import pandas as pd
from IPython.display import Markdown

from lib import figures, tables
from lib.analysis import budgets, evidence, supervision, training_plots
from lib.files import BUILD, write_text
from lib.study import ARM_LABELS, DATASET_LABELS
from lib.train import loop as training

NAME = "03_distillation"
figures.use_style()
numbers = {}
classes = tuple(name for name in categories.split(",") if name)
budget = cells.Budget(n_train, n_test, classes, steps=steps, batch_size=batch_size, max_new_tokens=max_new_tokens)
cell = cells.Cell(dataset, student, arm, seed, budget)
untrained, examples, test = train_cell.prepare(cell)
example = min(examples, key=lambda example: len(example.prompt) + len(example.completion))
weights = untrained.model.num_parameters() / 1e6
Markdown(f"The student: {student}, {weights:.1f} M weights. {' '.join(untrained.notes).capitalize()}.")

# %% [markdown]
# ## 3.1 One example, in tokens
#
# A model does not read letters. Prompt and completion become tokens; the prompt goes through the student's own chat
# template, the completion follows, and an end token says that it is over. **Only the completion is supervised**: the
# student is to learn to write traces and answers, not to write questions.
#
# (The released scripts put the loss on the whole text, prompt included. That is a choice, not a mistake; our loop has
# it as a switch, and the list of known differences names it.)

# %%
tables.show(supervision.token_table(untrained, example), "The border between prompt and completion, and the last token")

# %% [markdown]
# ## 3.2 The loss, by hand
#
# For every supervised token the student gives a probability. The token costs its negative logarithm: nothing if the
# student was sure, a lot if it was surprised. The loss is the mean cost. Before you look: which tokens of a rule-based
# trace will a pretrained model find surprising, and which not at all?

# %%
by_hand = supervision.loss_by_hand(untrained, example)
tables.show(by_hand.head(24), "The first supervised tokens, for the untrained student", decimals=2)

# %%
encoded = supervision.encoded_of(untrained, example)
by_loop = training.evaluate(untrained, [encoded], 1)
numbers["loss/by hand"], numbers["loss/by the loop"] = round(by_hand["cost"].mean(), 2), round(by_loop, 2)
Markdown(
    f"Mean cost by hand: **{by_hand['cost'].mean():.2f}** nats per token, over {len(by_hand)} supervised tokens of "
    f"{len(encoded.ids)}. The training loop's own loss on the same example: **{by_loop:.2f}**."
)

# %% [markdown]
# ## 3.3 The loop
#
# This is all of it, as it stands in `lib/train/loop.py`:

# %%
loop = inspect.getsource(training.fit)
Markdown(f"```python\n{loop[loop.index('        for step in') :]}```")

# %% [markdown]
# Two things make it fast on a small machine. The vocabulary is large, so computing a score for every word at every
# position would cost more than the rest of a small model: scores are computed only where a token is supervised. And
# examples of similar length share a batch, so that little is spent on padding.
#
# ## 3.4 A live run
#
# The next cell trains the student, here and now. Processors round differently, and a student may then say other words.
# So this page, its figure and its numbers show the *committed record* of the same run, wherever there is one; what your
# own run gave, and where it differs, goes to `build/live/`.

# %%
ran = [train_cell.run(one) for one in (cell.untrained(), cell)]
live = [cells.ROOT / one.id for one in (cell.untrained(), cell)]
committed = [records.recorded(one) for one in (cell.untrained(), cell)]
recorded = all(committed)
before_folder, folder = committed if recorded else live
before, after = records.metrics(before_folder), records.metrics(folder)
apart = {one.name: records.differences(one, other) for one, other in zip(live, committed, strict=True) if other}
told = {"before": ran[0], "after": ran[1], "differs from the record in": apart}
write_text(BUILD / "live" / f"{NAME}.json", json.dumps(told, indent=1) + "\n")
print(f"done: what it gave is in build/live/{NAME}.json")

# %%
log = pd.DataFrame([json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()])
log = log[["step", "loss", "learning_rate", "tokens"]]
title = f"Training {student} on {DATASET_LABELS[dataset]} ({ARM_LABELS[arm]}, generated problems): loss by step"
where = None if recorded else BUILD / "live"
figures.save(training_plots.curve(log), "03_curve", title, log, "re-trained", NAME, where)

# %%
train = after["train"]
if recorded:
    numbers |= {f"live/{key}": train[key] for key in ("examples", "steps", "tokens", "loss")}
Markdown(
    f"{train['steps']} steps, {train['tokens']:,} tokens, {train['examples']} examples. The cell is `{cell.id}`; "
    f"its `config.json` has the command that repeats it. "
    + ("" if recorded else "There is no committed record of it: this is what your machine told.")
)

# %% [markdown]
# ## 3.5 Before and after
#
# What the student says for the same test problems, and what the verifier says to that:

# %%
tables.show(
    supervision.before_and_after(before_folder, folder, dataset, n=2),
    "The same problems, before and after training",
    "re-trained",
)

# %%
compared = pd.DataFrame(
    [
        row
        for when, scores in (("before", before), ("after", after))
        for row in supervision.score_rows(scores["test"], when=when)
    ]
)
if recorded:
    numbers |= {f"live/{row.when}/{row.what}": row.value for row in compared.itertuples()}
tables.show(
    compared.rename(columns={"what": "right"}),
    f"{student} on {n_test} generated test problems: percent right, Wilson's 95 % interval",
    "re-trained",
)

# %% [markdown]
# The form is learnt first: a class sentence, cited facts, tags. What to cite and what to answer comes later. That is
# worth remembering when outputs of a student *look* like reasoning. And compare the answers before and after: does
# learning to write a trace make them better? Then take the same examples in half as many steps (batch_size = 8,
# steps = 10), and compare again.
#
# ## 3.6 The arms side by side
#
# Correct and incorrect traces, and the answer alone: the paper's three arms, and each corruption by itself. Same
# problems, same steps, same everything but the arm and the seed. Before you look: the incorrect traces carry the right
# final answer. Will their student answer worse?

# %%
planned = profiles.load(profile)
settings = f"What the students of the profile “{profile}” are trained on and asked"
tables.show(budgets.settings(planned), settings, "re-trained")

# %% [markdown]
# The last column is what guessing brings: a student whose IR step and answer are about as often right has learned the
# form of a trace and not which facts count. Two such arms may differ by little because neither has learned the task.

# %%
table = results.load(profile)
drawn = table[table["arm"].isin(("prompted", *evidence.ARMS, "incorrect-class", "incorrect-facts"))]
means = results.mean_over_seeds(drawn)
missing = results.missing(profile)
one_class = dict.fromkeys(DATASET_LABELS[cell.dataset] for cell in planned if len(cell.budget.categories) == 1)
if len(drawn):
    figures.save(
        training_plots.arms(drawn, means),
        "03_arms",
        "Our own students, arm by arm: what they get right",
        drawn,
        "re-trained",
        NAME,
    )
Markdown(
    f"Profile `{profile}`: {table['cell'].nunique()} cells finished or recorded, {len(missing)} missing "
    f"(`make paper PROFILE={profile}` trains what is missing). The interval is over seeds where there are three "
    "or more, otherwise over test problems (dotted), which says nothing of seeds."
    + f" {', '.join(one_class)}: all problems are of one class, so to name it right is no achievement."
    * bool(one_class)
)

# %%
tables.show(
    means.assign(arm=means["arm"].map(ARM_LABELS), dataset=means["dataset"].map(DATASET_LABELS)),
    "Percent right, mean over seeds; tokens: written a problem",
    "re-trained",
)

# %%
numbers |= {
    f"accuracy/{row.dataset}/{row.student}/{row.arm}/re-trained/{end}": round(getattr(row, end), 2)
    for row in means[means["what"] == "answer"].itertuples()
    for end in ("value", "low", "high")
}
levels = evidence.answers(means, figures.load_numbers("04_trace_vs_answer"))
tables.show(
    levels.assign(arm=levels["arm"].map(ARM_LABELS)),
    "Answer accuracy at each level of evidence (percent, 95 % interval): compare within a level, not across",
    "reported, re-scored, re-trained",
)

# %% [markdown]
# A student learns the steps that it is shown, right or wrong. Whether the *answer* suffers from wrong steps is the
# paper's question; the next notebook takes it up, with every output of these students and of the authors'.
#
# ## 3.7 What it costs

# %%
bench = json.loads((figures.FOLDER.parent / "data" / "bench_training.json").read_text())
speed = bench["training"]["correct"]
per_run = train["tokens"] / speed["tokens_per_second"] / 60
rows = [
    ("machine", bench["machine"]),
    ("training, tokens a second", f"{speed['tokens_per_second']:.0f}"),
    ("of the machine's matrix-multiply peak", f"{100 * speed['gflops'] / speed['peak_gflops']:.0f} %"),
    ("so a live run as above with SmolLM2 takes, minutes of training", f"{per_run:.1f}"),
]
tables.show(
    pd.DataFrame(rows, columns=["SmolLM2-135M with LoRA", ""]), "Measured by make bench (data/bench_training.json)"
)

# %% [markdown]
# ## 3.8 Exercises
#
# 1. Put the loss on the whole text (`training.released("correct")`). The loss of section 3.4 will look much lower or
#    much higher: which, and why does that say nothing about the answers?
# 2. Train on `incorrect` instead of `correct`. Which of the three accuracies of section 3.5 falls to nothing, and why
#    must it?
# 3. Shuffle the words of every trace (write the arm in `lib/traces/arms.py`). Predict the loss curve first.
# 4. Take a tenth of the steps and ten times the learning rate. What does the log say, and what does the loop do about a
#    loss that is no number?

# %%
figures.save_numbers(NAME, numbers)
