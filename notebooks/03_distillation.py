# %% [markdown]
# # 3. Distillation: how a student learns from a trace
#
# **You will be able to** point at the tokens that the loss is on; read a training loop and LoRA line by line; say what
# a short training changes in a student, and what it does not; and find out whether its answer follows its trace.
#
# **35 minutes**, of which the live run takes two to twenty: it depends on the processor (`teaching/README.md`). You need:
# the arms (notebook 2), a little PyTorch. *Nat*: the unit of a loss in natural logarithms. *LoRA*: training a small
# addition to frozen weights. An **update** is one
# step of the optimizer; a *step* in these notebooks is a step of a trace. *Wilson's interval*: a 95 % interval for
# a share. Paper: part 1, training. Evidence: *re-trained*, on generated problems and, in 3.8, on the authors' own.
#
# The student is SmolLM2-135M-Instruct, a real pretrained model that comes as a Python package, trained on generated
# bAbI stories. The same code trains the paper's students on a GPU. `tiny`, a student with random weights, makes
# everything run in seconds.

# %% tags=["parameters"]
student = "smollm2-135m"  # tiny, smollm2-135m, Qwen3-1.7B, Llama-3.2-1B, … or a folder with a model
dataset = "babi"  # cotemp, babi or marco
arm = "correct"  # what the live run is supervised with
categories = "conjunction"  # classes to draw from, separated by commas; empty: all
seed = 0  # of adapter, order and dropout
steps = 20  # updates of the live run
batch_size = 4  # examples per update
n_train = 80  # training problems
n_test = 24  # test problems
max_new_tokens = 90  # how long the student may go on
profile = "committed"  # whose cells section 3.8 shows (profiles.yml)

# %%
try:
    from lib import figures, progress, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

import json
import os
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import torch
from transformers import get_cosine_schedule_with_warmup

from lib.datasets import read_outputs
from lib.files import BUILD, DATA, write_text
from lib.run import cells, records, train_cell
from lib.stats import right_wrong, seeds
from lib.study import ARM_LABELS, DATASET_LABELS, FORCED_LABELS, STUDENT_LABELS
from lib.train import encoding, loop, students
from lib.verify import verify

NAME = "03_distillation"
figures.use_style()
numbers = {}
classes = tuple(name for name in categories.split(",") if name)
budget = cells.Budget(
    n_train, n_test, classes, steps=steps, batch_size=batch_size, max_new_tokens=max_new_tokens, intervene=True
)
cell = cells.Cell(dataset, student, arm, seed, budget)
untrained, examples, test = train_cell.prepare(cell)
example = min(examples, key=lambda example: len(example.prompt) + len(example.completion))
is_default = student == "smollm2-135m" and (dataset, arm, categories, steps) == ("babi", "correct", "conjunction", 20)

# %% [markdown]
# ## 3.1 One example, in tokens
#
# A model does not read letters. Prompt and completion become tokens; the prompt goes through the student's own chat
# template, the completion follows, and an end token says that it is over. **Only the completion is supervised**: the
# student is to learn to write traces and answers, not to write questions. (The released scripts put the loss on the
# whole text, prompt included. That is a choice, not a mistake; our loop has it as a switch.)

# %%
encoded = encoding.encode(untrained.tokenizer, [example], max_length=4096).examples[0]
places = [*range(encoded.start - 8, encoded.start + 8), len(encoded.ids) - 1]
rows = [(n, repr(untrained.tokenizer.decode([encoded.ids[n]])), "yes" if n >= encoded.start else "no") for n in places]
tables.show(
    pd.DataFrame(rows, columns=["position", "token", "supervised"]),
    "The border between prompt and completion, and the last token",
)

# %% [markdown]
# ## 3.2 The loss, by hand
#
# For every supervised token the student gives a probability. The token costs its negative logarithm: nothing if the
# student was sure, a lot if it was surprised. The loss is the mean cost. Predict: how many nats per token does a
# pretrained model pay for a completion in a form that it has never seen? (A token to which it gives a probability of
# one in ten costs 2.3 nats.)

# %%
my_guess = 1.0


# %%
@torch.no_grad()
def cost_by_token(student, encoded):
    """Every supervised token and what it costs, in nats."""
    student.model.eval()
    logits = student.model(torch.tensor([encoded.ids], device=student.device)).logits[0].float()
    chances = logits[encoded.start - 1 : -1].log_softmax(-1)  # the logits at one position are about the next token
    costs = -chances[torch.arange(len(encoded.supervised)), torch.tensor(encoded.supervised)].cpu()
    return pd.DataFrame(
        {"token": [repr(student.tokenizer.decode([t])) for t in encoded.supervised], "cost": costs.tolist()}
    )


by_hand = cost_by_token(untrained, encoded)
assert abs(by_hand["cost"].mean() - loop.evaluate(untrained, [encoded], 1)) < 1e-3  # as the training loop computes it
tables.show(by_hand.head(24), "The first supervised tokens, untrained student: cost in nats", decimals=1)

# %%
tables.show(
    pd.DataFrame(
        [("mean cost, nats per token", my_guess, by_hand["cost"].mean())],
        columns=["", "your guess", "untrained student"],
    )
)

# %% [markdown]
# ## 3.3 LoRA: one equation, ten lines
#
# The frozen weight $W$ gets an addition of low rank, and only $A$ and $B$ are trained:
#
# $$y = xW^\top + \frac{\alpha}{r}\,(xA^\top)B^\top$$


# %%
class LoRA(torch.nn.Module):
    def __init__(self, linear, rank, alpha):
        super().__init__()
        self.linear, self.scale = linear.requires_grad_(False), alpha / rank
        self.A = torch.nn.Parameter(torch.randn(rank, linear.in_features) / rank)
        self.B = torch.nn.Parameter(torch.zeros(linear.out_features, rank))  # zero: at first, nothing is added

    def forward(self, x):
        return self.linear(x) + self.scale * (x @ self.A.T) @ self.B.T


layer, x = torch.nn.Linear(64, 48), torch.randn(5, 64)
mine = LoRA(layer, rank=16, alpha=32)
trained, frozen = (sum(p.numel() for p in mine.parameters() if p.requires_grad is r) for r in (True, False))
assert torch.equal(mine(x), layer(x))  # B is zero
print(f"this layer: {frozen:,} frozen weights, {trained:,} trained; an untrained LoRA changes nothing")

# %% [markdown]
# `lib` uses peft's LoRA, the same function (`lib/train/fast_cpu.py` computes it with less moving of memory on a CPU).
#
# ## 3.4 The loop: seventeen lines
#
# This is supervised fine-tuning. It takes the examples in the order in which `lib` takes them:

# %%
recipe = loop.Recipe(max_steps=3, batch_size=2, accumulation=1, learning_rate=1e-3, dropout=0.0, seed=seed)


def fresh():
    copy = train_cell.load_student(cell, [*train_cell.material(cell)[0], *test])
    students.add_adapter(copy, recipe.rank, recipe.alpha, recipe.dropout, recipe.seed)
    return copy


def plain_losses(student):
    data = encoding.encode(student.tokenizer, examples, recipe.max_length).examples
    tensors = list(students.trained_tensors(student).values())
    optimizer = torch.optim.AdamW(tensors, lr=recipe.learning_rate, weight_decay=0.0)
    schedule = get_cosine_schedule_with_warmup(optimizer, round(recipe.warmup * recipe.max_steps), recipe.max_steps)
    student.model.train()
    for batch in encoding.batches(data, recipe.batch_size, recipe.seed * 1000)[: recipe.max_steps]:
        total = sum(len(e.supervised) for e in batch)
        loss = 0.0
        for e in batch:  # one example at a time: no padding to think about
            logits = student.model(torch.tensor([e.ids], device=student.device)).logits[0, e.start - 1 : -1].float()
            target = torch.tensor(e.supervised, device=student.device)
            loss = loss + torch.nn.functional.cross_entropy(logits, target, reduction="sum") / total
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tensors, recipe.clip)
        optimizer.step(), schedule.step(), optimizer.zero_grad()
        yield loss.item()


# %%
mine = list(plain_losses(fresh()))
with tempfile.TemporaryDirectory() as folder:
    theirs = [line["loss"] for line in loop.fit(fresh(), examples, recipe, Path(folder)).steps]
assert max(abs(a - b) for a, b in zip(mine, theirs, strict=True)) < 2e-3, (mine, theirs)
print("three updates of the plain loop and of lib/train/loop.py: the same losses, to rounding")

# %% [markdown]
# What `lib/train/loop.py` adds: whole batches with padding, scores of the vocabulary only where a token is supervised
# (that is where most of a small model's time would go), dropout, a log, and checkpoints from which a killed run goes on
# to the very same numbers.
#
# ## 3.5 A live run
#
# Predict first: the task is to say where somebody is, in stories in which two people move together. Before training the
# student is asked as it is. How many of the test problems will it answer rightly before, and how many after 20 updates?

# %%
my_guess = {"before": 4, "after": 8}

# %% [markdown]
# The next cell trains the student here. What is drawn and said below comes from the *committed record* of the same run,
# so that this page is the same on every machine; `build/live.txt` has what your machine said, and how the two compare.

# %%
live = [train_cell.run(one) for one in (cell.untrained(), cell)]
home = [records.FOLDER / one.id for one in (cell.untrained(), cell)]
recorded = all(folder.is_dir() for folder in home)
before, after = (records.metrics(folder) for folder in home) if recorded else live
where = home if recorded else [cells.ROOT / one.id for one in (cell.untrained(), cell)]
told = [
    f"{name}: {one['test']['scores']['acc']:.1f} % of the answers right"
    for name, one in zip(("before", "after"), live, strict=True)
]
if recorded:
    apart = records.differences(cells.ROOT / cell.id, home[1])
    told.append(
        f"differs from the record in {', '.join(apart)}: processors round differently"
        if apart
        else "the same as the record, times aside"
    )
write_text(BUILD / "live.txt", "\n".join(told) + "\n")
print("\n".join(told) if not os.environ.get(progress.FILE) else "done; build/live.txt has the numbers of this machine")

# %% tags=["slide"]
log = pd.DataFrame([json.loads(line) for line in (where[1] / "log.jsonl").read_text().splitlines()])[
    ["step", "loss", "tokens"]
]
figure, axis = plt.subplots(figsize=(7, 2.8))
axis.plot(log["step"], log["loss"], color=figures.ARM_COLORS[arm], marker="o", markersize=4)
axis.set(xlabel="update", ylabel="training loss (nats per token)", ylim=(0, None))
axis.xaxis.get_major_locator().set_params(integer=True)
figure.tight_layout()
title = (
    "The loss falls by nine tenths within ten updates"
    if is_default
    else f"Training {STUDENT_LABELS.get(student, student)}: loss by update"
)
if recorded:
    figures.save(figure, "03_curve", title, log, "re-trained", NAME)

# %%
rows = []
for name, metrics in (("before", before["test"]), ("after", after["test"])):
    for what, percent in (
        ("answer", metrics["scores"]["acc"]),
        ("class step", metrics["accuracy"]["class"]),
        ("IR step", metrics["accuracy"]["ir"]),
    ):
        found = right_wrong.proportion(round(percent * metrics["n"] / 100), metrics["n"])
        shown = tables.with_interval(100 * found.value, 100 * found.low, 100 * found.high)
        rows.append((name, what, round(percent * metrics["n"] / 100), metrics["n"], shown))
scores = pd.DataFrame(rows, columns=["when", "right", "problems", "of", "percent (95 %)"])
right = scores[scores["right"] == "answer"].set_index("when")["problems"]
numbers |= {f"live/{row.when}/{row.right}": row.problems for row in scores.itertuples()}
tables.show(
    scores,
    f"{STUDENT_LABELS.get(student, student)}, {DATASET_LABELS[dataset]} (generated): before and after {steps} updates",
    "re-trained",
)

# %%
tables.show(
    pd.DataFrame(
        [(when, my_guess[when], right[when]) for when in right.index],
        columns=["answers right", "your guess", "recorded"],
    ),
    "",
    "re-trained",
)

# %% [markdown] tags=["slide-more"]
# After 20 updates 23 of 24 completions name the right class (none before: it did not know the form), 16 cite the right
# facts, and 16 answers are right (1 before). So form and class are learned from eighty examples, and a third of the
# traces still cites wrong facts.

# %% tags=["guard"]
if is_default and recorded:
    at = scores.set_index(["when", "right"])["problems"]
    assert at["after"].tolist() == [16, 23, 16] and at["before"].tolist() == [1, 0, 0], (
        '3.5 "After 20 updates": read it again'
    )
    assert log["loss"].iloc[9] < 0.1 * log["loss"].iloc[0], "3.5, the figure's title: read it again"

# %% [markdown]
# ## 3.6 Before and after, word for word

# %%
rows = []
for name, folder in zip(("before", "after"), where, strict=True):
    for output in read_outputs(folder / "outputs.json", dataset)[:2]:
        reasons = "; ".join(verify(output.problem, output.text).reasons) or "all right"
        rows.append((output.problem.question, ", ".join(output.problem.answers), name, output.text[:400], reasons))
shown = pd.DataFrame(rows, columns=["question", "gold", "when", "the student says", "the verifier says"])
tables.show(
    shown.sort_values(["question", "when"], ascending=[True, False]),
    "The same problems, before and after training",
    "re-trained",
)

# %% [markdown]
# ## 3.7 An intervention: does the answer follow the trace?
#
# A student that cites the right fact and answers rightly may have used the fact, or may have had the answer anyway.
# Counting right answers cannot tell the two apart. So we intervene: we write the think part ourselves, as if the student
# had written it, and let it write the answer. Two readings, and what each predicts:
#
# - *It works the answer out from what it cites:* another fact in the trace brings another answer, the one of that fact.
# - *It has the answer anyway:* whatever the trace says, the answer stays.
#
# *The fact altered*: the right sentence with another place in it, which the story does not hold. Predict for each line
# how many of 24 answers will be right:

# %%
my_guess = {"gold": 24, "class": 12, "altered": 12, "none": 12}

# %%
forced = records.interventions([(cell, where[1])])
forced["condition"] = pd.Categorical(forced["condition"], list(FORCED_LABELS))
rows = []
for condition, part in forced.groupby("condition", observed=True):
    right_, follow = (right_wrong.proportion(int(part[name].sum()), len(part)) for name in ("right", "follows"))
    other = condition in ("fact", "altered")
    rows.append((FORCED_LABELS[condition], len(part), int(part["right"].sum()), str(my_guess.get(condition, "–")),
                 tables.with_interval(100 * right_.value, 100 * right_.low, 100 * right_.high),
                 tables.with_interval(100 * follow.value, 100 * follow.low, 100 * follow.high) if other else "–"))  # fmt: skip
    numbers |= {f"forced/{condition}/{k}": float(part[k].sum()) for k in ("right", "follows")}
columns = [
    "forced trace",
    "problems",
    "right",
    "your guess",
    "right, % (95 %)",
    "answers what the trace says instead, % (95 %)",
]
tables.show(pd.DataFrame(rows, columns=columns), "What the student answers after a trace that it did not choose", "re-trained")  # fmt: skip

# %% [markdown]
# With the correct trace all 24 answers are right, 8 more than with the student's own traces. With another fact, or an
# altered one, not one is: every time the answer is the place that the forced trace names. The class does not matter to
# the answer: with a wrong one, all 24 are right. After an empty trace 15 are right: the student can also find the answer
# without citing, but where there is a trace, it answers from that. (Another problem's trace names a place, too, and now and
# then that is the right one.) So this student's answer follows the cited fact wholly, and the class not at all, which no
# correlation could have told. Notebook 4 asks this of students of correct and of incorrect traces.

# %% tags=["guard"]
if is_default and recorded:
    at = forced.groupby("condition", observed=True)[["right", "follows"]].sum()
    n = forced.groupby("condition", observed=True).size()
    assert at["right"][["gold", "class", "own", "none"]].tolist() == [24, 24, 16, 15], '3.7 "all 24": read it again'
    assert at["right"][["fact", "altered"]].tolist() == [0, 0], '3.7 "not one is": read it again'
    assert (at["follows"] == n)[["fact", "altered"]].all(), '3.7 "every time": read it again'
    assert 0 < at["right"]["other"] < 6, '3.7 "now and then": read it again'

# %% [markdown]
# ## 3.8 The arms side by side
#
# Correct and incorrect traces and answer only: the same problems, the same passes over them, everything the same but the
# arm and the seed. The incorrect traces carry the right final answer. Will their student
# answer worse than that of correct traces? By how many points?

# %%
my_guess = -20

# %% [markdown]
# *Guessing* in the table below: one fact picked at random is the gold fact. A student is judged only if the lower end
# of Wilson's interval over all its answers lies 5 points above that; the interval in brackets also covers other seeds.
# The CoTempQA problems here are all of one class, so their class step tests nothing but the form.

# %%
own = records.verdicts(profile)
planned = [one for one in cells.profile(profile) if one.arm != "prompted"]
whose = cells.problems(planned)
guess = records.guessing(records.finished(profile))
part1 = own[own["arm"].isin(["prompted", "vanilla", "correct", "incorrect", "incorrect-class", "incorrect-facts"])]
rows = [seeds.accuracy(part1, what).assign(what=what) for what in ("answer", "class", "ir")]
found = pd.concat(rows).set_index(["dataset", "student", "arm", "what"]) if len(own) else pd.DataFrame()

# %%
if len(own):
    shown = (
        found["value"]
        .unstack("what")
        .join(found.xs("answer", level="what")[["seeds", "low", "high", "low_problems"]])
        .reset_index()
    )
    shown["learned"] = [seeds.learned(r.low_problems, guess.get((r.dataset, r.student), 0)) for r in shown.itertuples()]
    display_table = pd.DataFrame({"dataset": shown["dataset"].map(whose), "arm": shown["arm"].map(ARM_LABELS),
        "seeds": shown["seeds"], "answers right, % (95 %)": [tables.with_interval(r.answer, r.low, r.high) for r in shown.itertuples()],
        "class step right, %": shown["class"], "IR step right, %": shown["ir"],
        "Wilson's lower end": shown["low_problems"], "guessing, %": [guess.get((r.dataset, r.student), 0) for r in shown.itertuples()],
        "clearly above guessing": shown["learned"].map({True: "yes", False: "no: not judged"})})  # fmt: skip
    for r in shown.itertuples():
        numbers |= {
            f"accuracy/{r.dataset}/{r.student}/{r.arm}/re-trained/{k}": round(v, 2)
            for k, v in (("value", r.answer), ("low", r.low), ("high", r.high))
        }
tables.show(
    display_table if len(own) else pd.DataFrame({"": ["no cell of this profile is trained yet"]}),
    f"Profile {profile}",
    "re-trained",
)

# %%
if len(own):
    groups = list(part1.groupby(["dataset", "student"], sort=False))
    figure, axes = plt.subplots(1, len(groups), figsize=(4.6 * len(groups), 3.2), squeeze=False, sharex=True)
    for axis, ((name, who), part) in zip(axes[0], groups, strict=True):
        order, each = figures.arm_order(part["arm"]), 100 * part.groupby(["arm", "seed"])["answer"].mean()
        for y, one in enumerate(order):
            color, row = figures.ARM_COLORS[one], found.loc[(name, who, one, "answer")]
            axis.plot(
                [row["low"], row["high"]], [y, y], color=color, linewidth=2, linestyle="-" if row["seeds"] > 2 else ":"
            )
            axis.plot(
                each[one],
                [y] * len(each[one]),
                figures.ARM_MARKERS[one],
                color=color,
                markerfacecolor="white",
                markersize=7,
            )
        axis.axvline(guess[name, who], color="black", linestyle="--", linewidth=1)
        figures.name_rows(axis, [ARM_LABELS[one] + (" (one seed)" if len(each[one]) == 1 else "") for one in order])
        axis.set(xlim=(0, 100), xlabel="answers right (%; lines: 95 %)", title=whose[name])
    axes[0, 0].text(guess[groups[0][0]] + 1.5, -0.15, "guessing", va="center", fontsize=9)
    figure.tight_layout()
    title = (
        "On bAbI incorrect traces cost this student answers, and correct ones some, too"
        if profile == "committed"
        else f"Profile {profile}: answers right by arm"
    )
    drawn = (
        part1.groupby(["dataset", "student", "arm", "seed"], sort=False)["answer"]
        .mean()
        .mul(100)
        .rename("percent")
        .reset_index()
    )
    figures.save(figure, "03_arms", title, drawn, "re-trained", NAME)

# %%
gap = seeds.differences(own, [("incorrect", "correct")])
rows = [
    (whose[r.dataset], my_guess, tables.with_interval(r.difference, r.low, r.high, "+.1f")) for r in gap.itertuples()
]
tables.show(
    pd.DataFrame(rows, columns=["incorrect − correct traces, points", "your guess", "found (95 %)"]), "", "re-trained"
)

# %% [markdown]
# A student takes over the *class* that it is shown, right or wrong: students of incorrect traces name a wrong one nearly
# always. They take over the *facts*, too: on bAbI those of correct traces cite the gold facts for three problems in
# four, those of incorrect traces, which were never shown them, for one in sixteen. Whether the *answer* suffers is the
# paper's question. On bAbI it does here: students of incorrect traces are right 11 points less often than those of correct
# ones (two seeds; the runs differ, −7 and −15), and even correct traces cost 9 points against answers alone (three seeds).
# On CoTempQA the students of these three arms are near guessing, and nothing can be told. This is one small student;
# the next notebook asks the authors'.

# %% tags=["guard"]
if profile == "committed":
    assert found.xs(("incorrect", "class"), level=("arm", "what"))["value"].max() < 10, (
        '3.8 "a wrong one nearly always": read it again'
    )
    right_class = found.xs(("correct", "class"), level=("arm", "what"))["value"]
    assert right_class.min() > 70, '3.8 "takes over the class": read it again'
    cited = found.xs(("babi", "ir"), level=("dataset", "what"))["value"].droplevel("student")
    assert 72 < cited["correct"] < 78 and 5.5 < cited["incorrect"] < 7, '3.8 "for one in sixteen": read it again'
    gap = seeds.differences(own, [("incorrect", "correct"), ("correct", "vanilla")]).set_index(["dataset", "first"])
    told = gap.loc["babi"]
    assert told["difference"].round().tolist() == [-11, -9] and (told["high"] < 0).all(), "3.8, bAbI: read it again"
    assert told["seeds"].tolist() == [2, 3] and told.loc["incorrect", ["least", "most"]].round().tolist() == [
        -15,
        -7,
    ], '3.8 "the runs differ": read it again'
    near = shown.set_index(["dataset", "arm"])["learned"]
    assert not near["cotemp"].any() and near["babi"][["vanilla", "correct", "incorrect"]].all(), (
        '3.8 "near guessing": read it again'
    )

# %% [markdown]
# ## 3.9 What it costs
#
# Measured by `make bench` on the machine that the table names, and by `examples/gpu_day.py` on a GPU;
# `docs/performance.md` has more.

# %%
bench = json.loads((DATA / "bench_training.json").read_text())
speed = bench["training"]["correct"]["tokens_per_second"]
rows = [("machine", bench["machine"]), ("training, tokens per second", f"{speed:.0f}"),
        ("so the training of a live run as above, minutes (the rest is generation)", f"{after['train']['tokens'] / speed / 60:.1f}")]  # fmt: skip
day = json.loads((DATA / "gpu_day.json").read_text())
alone = day["speed"]["SmolLM2-135M, training"]["examples per second"] / 16
there = [r for c, f in records.finished("gpu") if (r := records.metrics(f)["train"]) and c.dataset == "babi"]
shared = [one["steps"] / one["seconds"] for one in there]
rows += [("a GPU", day["card"]["card"]), ("updates of 16 stories per second there, alone", f"{alone:.1f}"),
         ("the same, each of eleven students at once (3.8)", f"{min(shared):.1f} to {max(shared):.1f}")]  # fmt: skip
tables.show(pd.DataFrame(rows, columns=["SmolLM2-135M with LoRA", ""]), "")

# %% [markdown]
# A student this small leaves such a card waiting: an update takes 0.3 s, nearly all of which is Python telling the GPU
# what to do next. So students share the card (`make paper PROFILE=gpu WORKERS=11`): eleven at once are eight times as fast
# as one after the other.

# %% tags=["guard"]
assert 0.27 < 1 / alone < 0.33, '3.9 "0.3 s": read it again'
assert 7.5 < 11 * sum(shared) / len(shared) / alone < 8.5, '3.9 "eight times": read it again'

# %%
if is_default and recorded:
    figures.save_numbers(NAME, numbers)

# %% [markdown]
# **In short.** The loss is the mean surprise over the completion's tokens; LoRA and the loop fit on a page. Twenty
# updates teach the form and part of the task. A student takes over the class that it is shown, right or wrong. What it
# answers follows the fact that its trace cites, and not the class.
#
# ## Your turn
#
# Three exercises that check your answer are in `teaching/exercises/03.py`. Beyond them:
#
# 1. Put the loss on the whole text (in `train_cell.recipe`, `whole_text=True`). The loss of 3.5 will look much lower or
#    much higher: which, and why does that say nothing about the answers?
# 2. **What short training costs.** Take `categories = "single-supporting-fact"`, which the untrained student answers
#    well, and run the notebook again. Does writing a trace make its answers better? Then `steps = 10, batch_size = 8`.
# 3. Train on `incorrect` instead of `correct`. Which of the three accuracies of 3.5 falls to nothing, and why must it?
# 4. Shuffle the words of every trace (write the arm in `lib/traces/arms.py`). Predict the loss curve first.
#
# <details><summary>Hints</summary>
#
# For 1: the prompt's text is easy to predict after a few examples. For 2: compare the answers before and after; form
# comes first. For 3: look at what the class sentence says. For 4: the words are the same, their order is not: which
# part of the loss can fall?
#
# </details>
#
# **Next:** [4. Trace and answer](04_trace_vs_answer.ipynb): does a correct trace go with a correct answer?
