# %% [markdown]
# # 2. The traces: what students are supervised with
#
# **You will be able to** tell the arms apart and say what each holds fixed; check that a training set is what it claims
# to be; and find what a test set shares with its training set.
#
# **30 minutes.** You need: the two steps (notebook 1). *Median*: half of the values lie below it. Paper: parts 1 and 2,
# the supervision. Evidence: generated problems are *simulated*; counts on the released problems are *re-scored*.
#
# A student is fine-tuned on pairs: a **prompt** (facts and a question) and a **completion** (a think part, then the
# answer). Each way to write the think part is an **arm**. Here nothing else changes, and every arm ends in the *same
# correct answer* (the authors' files depart from this in places: `DIFFERENCES.md`). So a difference between two
# students beyond the noise of seeds comes from what they were shown on the way.
#
# The verbose traces of the paper were written by DeepSeek-R1. They cost money to make and are the authors', so by
# default **ours are simulated**: a program that goes through the facts one by one, doubts, takes things
# back and ends right. Name the authors' files in the parameters, and the same cells show the real ones.

# %% tags=["parameters"]
dataset = "cotemp"  # cotemp, babi or marco
n_problems = 400  # how many problems
seed = 0  # of problems, corruptions, simulated traces, swaps and splits
problems_file = ""  # a file of the benchmark; empty: problems are generated
r1_file = ""  # the authors' R1 outputs, JSON lines, for problems of problems_file; empty: verbose traces are simulated
tokenizer = ""  # a folder with a student's tokenizer; empty: words and punctuation marks are counted

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from lib.datasets import DATASETS, split
from lib.errors import InputError
from lib.files import BUILD, DATA
from lib.published import release
from lib.study import ARM_LABELS, ARMS, CONTROLS, DATASET_LABELS
from lib.traces import arms, verbose_traces
from lib.verify.completion import split_completion

NAME = "02_traces"
figures.use_style()
ALL_ARMS = (*ARMS, *CONTROLS)

# %% [markdown]
# Problems and verbose traces, generated and simulated unless files are named:

# %%
module = DATASETS[dataset]
if r1_file and not problems_file:
    raise InputError("r1_file is set: expected problems_file, too, with the problems that R1 was asked; found none")
problems = module.load(Path(problems_file)).problems if problems_file else module.generate(n_problems, seed)
verbose = verbose_traces.released(Path(r1_file)) if r1_file else verbose_traces.simulated(problems, seed)
if r1_file:  # as in the paper: only problems that R1 answered
    problems = [problem for problem in problems if problem.id in verbose]
problems = problems[:n_problems]
if not problems:
    raise InputError(f"{r1_file}: expected traces of problems in {problems_file}, found none of the same problem")
origin = f"{'released' if problems_file else 'generated'} problems, verbose traces {'R1’s' if r1_file else 'simulated'}"
level = (
    "re-scored"
    if r1_file
    else "re-scored, simulated verbose traces"
    if problems_file
    else "simulated (generated problems)"
)

# %%
if tokenizer:
    from transformers import AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(tokenizer, local_files_only=True)
count = (lambda text: len(tokens.encode(text, add_special_tokens=False))) if tokenizer else arms.count_words
unit = "tokens" if tokenizer else "words and punctuation marks"
built = {arm: arms.build(problems, arm, seed, verbose, count) for arm in ALL_ARMS}
examples = {arm: {e.problem.id: e for e in some.examples} for arm, some in built.items()}
rows = [(ARM_LABELS[arm], len(some.examples), len(some.rejected)) for arm, some in built.items()]
tables.show(pd.DataFrame(rows, columns=["arm", "examples", "rejected"]), f"{len(problems)} {origin}", level)

# %% [markdown]
# ## 2.1 One problem through every arm
#
# Here is one problem as a student gets it, and what the arms make of it. The first seven follow the paper's (we swap
# among all problems, the authors within a class); the last four are ours: each corruption alone, and two controls of
# length. The last columns are the verifier's strict verdicts.

# %%
problem = min(problems, key=lambda problem: len("".join(problem.facts)))
print(module.render(problem), f"gold: class {problem.category}, answer {', '.join(problem.answers)}", sep="\n")


# %%
def excerpt(text, head=55, tail=15):
    words = (text or "–").split()
    return " ".join(
        words
        if len(words) <= head + tail
        else [*words[:head], f"[… {len(words) - head - tail} words …]", *words[-tail:]]
    )


rows = []
for arm in [arm for arm in ALL_ARMS if problem.id in examples[arm]]:
    example = examples[arm][problem.id]
    parts, verdict = split_completion(example.completion), arms.judge(example)
    steps = [
        ("right" if right else "wrong") if verdict.parsed else "–" for right in (verdict.class_step, verdict.ir_step)
    ]
    rows.append(
        (ARM_LABELS[arm], excerpt(parts.think), excerpt(parts.answer), "right" if verdict.answer else "wrong", *steps)
    )
tables.show(
    pd.DataFrame(rows, columns=["arm", "think part", "answer part", "answer", "class step", "IR step"]),
    f"One problem, every arm ({origin})",
    level,
)

# %% [markdown]
# The answer is right in every row, by construction and by verdict. And a verdict on a *verbose* trace must be read with
# care: the strict IR step asks for exactly the gold facts, word for word. A trace that thinks aloud quotes other facts
# to rule them out; a summary may quote none. “Wrong” in this column does not mean that the trace is mistaken.

# %% tags=["guard"]
assert all(row[3] == "right" for row in rows), '2.1 "right in every row": read it again'

# %% [markdown]
# ## 2.2 What an incorrect trace gets wrong
#
# The paper's incorrect traces change both steps at once: a class drawn from the other classes, facts drawn from those
# that the answer does not need. If such a student did worse, we could not say which of the two had done it. So we also
# build each corruption alone. They are paired: the three corruptions of a problem share their wrong class and their
# wrong facts, so that a difference between two of these arms is due to the step, not to which class or fact was drawn.

# %%
corrupted = ("incorrect", "incorrect-class", "incorrect-facts")
shared = [p for p in problems if all(p.id in examples[arm] for arm in corrupted)]
traces = {
    arm: [split_completion(examples[arm][p.id].completion).think.partition("\n") for p in shared] for arm in corrupted
}
same_class = sum(a[0] == b[0] for a, b in zip(traces["incorrect"], traces["incorrect-class"], strict=True))
same_facts = sum(a[2] == b[2] for a, b in zip(traces["incorrect"], traces["incorrect-facts"], strict=True))
tables.show(
    pd.DataFrame([(len(shared), same_class, same_facts)], columns=["problems", "same wrong class", "same wrong facts"]),
    "Pairs",
    level,
)

# %% tags=["guard"]
assert same_class == same_facts == len(shared), '2.2 "share their wrong class and their wrong facts": read it again'

# %% [markdown]
# ## 2.3 How long the supervision is
#
# Predict first: how many times as long as a correct trace is a verbose one?

# %%
my_guess = 3.0

# %%
lengths = pd.DataFrame([(arm, e.problem.id, count(e.completion)) for arm, some in built.items() for e in some.examples],
                       columns=["arm", "problem", "length"])  # fmt: skip
order = figures.arm_order(lengths["arm"])
median = lengths.groupby("arm")["length"].median().loc[order]
ratio = median["r1"] / median["correct"]
tables.show(
    pd.DataFrame(
        [("R1 traces, times correct traces (median)", my_guess, ratio)], columns=["", "your guess", "counted"]
    ),
    origin,
    level,
)

# %% tags=["slide"]
figure, axis = plt.subplots(figsize=(8.5, 4.6))
sns.boxplot(lengths, x="length", y="arm", order=order, hue="arm", palette=figures.ARM_COLORS, log_scale=True, width=0.6,
            whis=(5, 95), fliersize=0, linecolor="black", legend=False, ax=axis)  # fmt: skip
for y, arm in enumerate(order):
    top = lengths.loc[lengths["arm"] == arm, "length"].quantile(0.95)
    axis.annotate(f"{median[arm]:,.0f}", (top, y), (6, 0), textcoords="offset points", va="center", fontsize=9)
figures.name_rows(axis, [ARM_LABELS[arm] for arm in order])
axis.set(xlabel=f"length of a completion ({unit}; box: quartiles, whiskers: 5 and 95 %, number: median)", ylabel="")
axis.set_xticks([10, 20, 50, 100, 200, 500, 1000], minor=False)
axis.xaxis.set_major_formatter("{x:,.0f}")
axis.minorticks_off()
figure.tight_layout()
title = "R1's kind of trace is several times as long as a correct one" + ("" if r1_file else " (simulated)")
figures.save(figure, "02_lengths", title, median.rename("median").reset_index(), level, NAME)

# %% [markdown]
# Length matters twice. It is **compute**: the cost of training, and of every answer afterwards, grows with the tokens.
# And it is a **confound**: readable traces are short, unreadable ones (R1's) are long. So a student of R1 traces saw
# many more supervised tokens for each problem. If it does better: is it because of *what* the trace says, or *how much*
# of it there is? Two controls pull the two apart, one with the content of the short arm at the length of the long one,
# the other the reverse. This is how near they come, problem by problem:

# %% tags=["guard"]
assert ratio > 3 or dataset != "cotemp", "2.3, the figure's title: read it again"

# %%
wide = lengths.pivot(index="problem", columns="arm", values="length")
rows = [(ARM_LABELS[control], ARM_LABELS[content], ARM_LABELS[length], (wide[content] - wide[length]).abs().median(),
         (wide[control] - wide[length]).abs().median())
        for control, content, length in (("correct-padded", "correct", "r1"), ("r1-cut", "r1", "correct"))]  # fmt: skip
tables.show(
    pd.DataFrame(
        rows, columns=["control", "content of", "length of", "median distance in length without it", "with it"]
    ),
    unit,
    level,
)

# %% [markdown]
# The cut one is no reasoning any more: it stops in mid-thought, and then gives the right answer. That is on purpose; it
# asks whether the beginning of a verbose trace is worth as much as a short trace of the same length.
#
# ## 2.4 Is every example what its arm promises?
#
# `arms.build` passes every example through the verifier. What does not come out as promised is rejected with the
# reason, never passed on. Here all arms of all three datasets are built now, and judged once more. Which arm's traces
# name the right class *by accident*? Guess before you look.

# %%
my_guess = "swapped"


# %%
def promises_kept(problems, seed=0):
    """Build every arm and judge every example anew; one row per arm: counts, and percent that are as they should be."""
    verbose, rows = verbose_traces.simulated(problems, seed), []
    for arm in ALL_ARMS:
        built = arms.build(problems, arm, seed, verbose)
        verdicts = [arms.judge(example) for example in built.examples]
        broken = sum("the verifier says" in message for message in built.rejected)
        kept = [not arms.broken_promise(verdict, arm) for verdict in verdicts] + [False] * broken
        steps = [verdict for verdict in verdicts if verdict.parsed]  # others have no trace
        shares = ([v.answer for v in verdicts], [v.class_step for v in steps], [v.ir_step for v in steps], kept)
        percents = [round(100 * sum(right) / len(right), 2) if right else float("nan") for right in shares]
        rows.append((arm, len(problems), len(verdicts), len(built.rejected) - broken, broken, *percents))
    return pd.DataFrame(rows, columns="arm problems built no_trace broken answer class ir kept".split())


new = {name: other.generate(n_problems, seed) for name, other in DATASETS.items()}
checked = pd.concat([promises_kept(some, seed).assign(dataset=DATASET_LABELS[name]) for name, some in new.items()])
steps = checked.assign(
    steps=[f"{c:.0f} / {i:.0f}" if c == c else "–" for c, i in zip(checked["class"], checked["ir"], strict=True)]
)
steps = steps.pivot(index="arm", columns="dataset", values="steps").loc[list(ALL_ARMS)].rename(index=ARM_LABELS)
tables.show(steps.rename_axis(None, axis=1).reset_index(), "Steps that the verifier finds right, percent: class step / IR step",
            "simulated (generated problems)")  # fmt: skip

# %%
at = checked.set_index(["dataset", "arm"])
by_accident = checked[checked["arm"].isin(["swapped", "r1-cut"])].groupby("arm")["class"].max()
total = checked[["problems", "built", "no_trace", "broken"]].sum()
rows = [
    ("arm that names the right class by accident", ARM_LABELS.get(my_guess, my_guess), ARM_LABELS[by_accident.idxmax()])
]
tables.show(
    pd.DataFrame(rows, columns=["", "your guess", "counted"]),
    f"{total['built']:,} of {total['problems']:,} examples built",
    "simulated (generated problems)",
)

# %% [markdown]
# What was promised is kept: the answer is right everywhere; both steps are right in the correct arms, both wrong in the
# incorrect one, one of them wrong where only one was to be. Verbose arms promise nothing about their steps. *Swapped*
# traces name the right class now and then, when two problems happen to be of one class (the authors' always do), and
# *cut* traces never get to the class: they end before.
#
# The same for the **released problems** and simulated verbose traces: counted here and now where the release is at
# hand, elsewhere read from `data/` (counts and percent, none of the authors' text).

# %% tags=["guard"]
assert (checked["answer"] == 100).all() and (checked["kept"] == 100).all() and total["broken"] == 0, (
    "2.4, promises: read it again"
)
assert by_accident["swapped"] > 5 and by_accident["r1-cut"] == 0, '2.4 "now and then … never": read it again'

# %%
if release.at_hand():
    released = {("cotemp", part): release.cotemp_problems(part) for part in release.PARTS}
    released["babi", "train"] = release.babi_problems("train")
    parts = pd.concat({key: promises_kept(some) for key, some in released.items()}, names=["dataset", "part"])
    tables.keep("integrity", parts.reset_index(["dataset", "part"]))
committed = pd.read_csv(DATA / "integrity.csv")
counted = (
    committed.groupby(["dataset", "part"], sort=False)[["problems", "built", "no_trace", "broken"]].sum().reset_index()
)
counted[["answer right, least of the arms, %", "promise kept, least, %"]] = (
    committed.groupby(["dataset", "part"], sort=False)[["answer", "kept"]].min().to_numpy()
)
tables.show(counted.assign(dataset=counted["dataset"].map(DATASET_LABELS)).rename(columns={"part": "problems of", "problems": "examples wanted",
            "no_trace": "rejected: no trace", "broken": "rejected: promise broken"}), "Eleven arms of the released problems at hand (CoTempQA without during, bAbI train)",
            "re-scored, simulated verbose traces")  # fmt: skip

# %% [markdown]
# No promise is broken on the released problems either. Rejected are only examples without a *simulated* trace: our
# reasoner must end where the labels do, and for these problems the rules find other answers or another class (the audit
# of 1.5). R1's own traces need no such rule.

# %% tags=["guard"]
assert committed["broken"].sum() == 0 and (committed["kept"] == 100).all(), '2.4 "No promise is broken": read it again'
lacking = committed.loc[committed["no_trace"] > 0, "arm"]
assert set(lacking) <= set(arms.NEEDS_VERBOSE), '2.4 "only examples without a simulated trace": read it again'

# %% [markdown]
# ## 2.5 Leaks: what the test set shares with the training set
#
# A student that has seen a test problem in training may remember its answer. Our `split.split` keeps problems, contexts
# and anchors on one side; `split.find_leaks` looks for what came through all the same, by kind. In the authors' bAbI
# split, how many of the 375 distinct test problems stand word for word in the training file? Guess.

# %%
my_guess = 0


# %%
def shared(train, test):
    """What test problems share with the training set, by kind (lib/datasets/split.py)."""
    found, rows = split.find_leaks(train, test), []
    for kind in split.KINDS if any(p.dataset == "cotemp" for p in test) else split.KINDS[:3]:  # others have no anchor
        classes = Counter(sorted(p.category for p in found[kind])).most_common()
        rows.append((kind, len(train), len(test), len(found[kind]), ", ".join(f"{c} {n}" for c, n in classes)))
    return pd.DataFrame(rows, columns=["kind", "train", "test", "shared", "classes"])


ours = {DATASET_LABELS[name]: shared(*split.split(some, test_share=0.2, seed=seed)) for name, some in new.items()}
ours = pd.concat(ours, names=["dataset"]).reset_index("dataset").drop(columns="classes")
tables.show(
    ours, "Our split: test problems that share something with the training set", "simulated (generated problems)"
)

# %%
if release.at_hand():  # CoTempQA: against the training problems of the three classes at hand
    train = [p for part in release.PARTS for p in release.tuning_problems(part, "train")]
    found = {("cotemp", part): shared(train, release.tuning_problems(part, "test")) for part in release.PARTS}
    found["babi", "all"] = shared(release.babi_problems("train"), release.babi_problems("test"))
    tables.keep("leaks", pd.concat(found, names=["dataset", "part"]).reset_index(["dataset", "part"]))
found = pd.read_csv(DATA / "leaks.csv", keep_default_na=False)
tables.show(found.assign(dataset=found["dataset"].map(DATASET_LABELS)).drop(columns="classes").rename(columns={"part": "class"}),
            "The released splits", "re-scored")  # fmt: skip

# %%
babi = found[found["dataset"] == "babi"].set_index("kind")["shared"]
cotemp = found[found["dataset"] == "cotemp"].groupby("kind")["shared"].sum()
tables.show(pd.DataFrame([("bAbI test problems that recur in training", my_guess, int(babi["same problem"]))], columns=["", "your guess", "counted"]),
            "Your guess", "re-scored")  # fmt: skip

# %% [markdown]
# “Where is Mary?” is asked in story after story, so *the same question* is no leak by itself. Whatever else is above
# zero deserves a look.
#
# - **bAbI.** 18 distinct test problems of 375 stand word for word in the training file, and 70 share their whole story
#   with it. Every arm is trained on the same split, so arms compare like with like.
# - **CoTempQA.** 61 of 331 test problems share the *while* of their question, a fact with its dates, with a training
#   question (counted on the three classes whose training files are at hand, so these are lower bounds). Whether it
#   helps a student is open, and cheap to find out.
# - **Ours** share nothing but questions.

# %% tags=["guard"]
assert babi["same problem"] == 18, '2.5 "18 distinct test problems": read it again'
assert (babi["same facts"], cotemp["same entity and interval"]) == (70, 61), '2.5 "70 … 61": read it again'
assert found.query("dataset == 'cotemp' and kind == 'same facts'")["test"].sum() == 331, '2.5 "of 331": read it again'
assert ours.loc[ours["kind"] != "same question", "shared"].sum() == 0, '2.5 "nothing but questions": read it again'

# %% [markdown]
# ## 2.6 Export: take the examples elsewhere
#
# One file of JSON lines per split, in TRL's prompt–completion form, for which its trainer takes the loss over the
# completion only. `datasets.load_dataset("json", data_files=…)` reads them.

# %%
folder = BUILD / "export"
folder.mkdir(parents=True, exist_ok=True)
for name, some in zip(("train", "test"), split.split(problems, test_share=0.2, seed=seed), strict=True):
    rows = [{"prompt": e.prompt, "completion": e.completion, "problem": e.problem.id, "arm": e.arm, "source": e.source}
            for e in arms.build(some, "correct", seed).examples]  # fmt: skip
    pd.DataFrame(rows).to_json(folder / f"correct_{name}.jsonl", orient="records", lines=True, force_ascii=False)
    back = pd.read_json(folder / f"correct_{name}.jsonl", lines=True, dtype=False)
    assert back.to_dict("records") == rows  # what is read back is what was written
    print(f"build/export/correct_{name}.jsonl: {len(rows)} rows")

# %% [markdown]
# ## 2.7 Bring your own teacher
#
# Simulated traces show how things work; findings about readability need a real teacher. Any server that speaks the
# OpenAI protocol will do, on your machine or elsewhere:
#
# ```sh
# export TEACHER_BASE_URL=http://127.0.0.1:8000/v1 TEACHER_MODEL=deepseek-r1
# export TEACHER_API_KEY=…                           # where one is needed
# export TEACHER_PRICE_IN=… TEACHER_PRICE_OUT=…      # per million tokens; costs are then shown in money, too
# python -m lib.traces.teacher PROBLEMS.jsonl --dataset cotemp --out TRACES.jsonl --limit 20
# ```
#
# What it will take is shown **before** anything is asked, and nothing is asked before you say yes. Replies are kept as
# they come, so a run that is stopped goes on where it was. As in the paper, only traces that solved their problem are
# used; `verbose_traces.taught(path)` reads TRACES.jsonl, and its result goes into `arms.build(…)` where the simulated
# traces went above.

# %%
flat = {f"lengths|{arm}|median": value for arm, value in median.items()}
flat |= {f"leaks|{row.dataset}|{row.part}|{row.kind}": row.shared for row in found.itertuples()}
figures.save_numbers(NAME, flat)

# %% [markdown]
# **In short.** Eleven arms of the same problems end in the same right answers and differ in what comes before. Every
# example was checked by the verifier. Our simulated R1 traces are several times as long as correct ones, which is a
# cost and a confound.
#
# ## Your turn
#
# Three exercises that check your answer are in `teaching/exercises/02.py`. Beyond them:
#
# 1. **Break a promise.** Take one correct example, change one digit of a cited fact with `dataclasses.replace`, and
#    give it to `arms.judge`. Which step fails, and what does the reason say?
# 2. **Another dataset.** Run this notebook with `dataset = "babi"`. Are verbose traces still as many times as long as
#    correct ones? Explain the difference from what the two have to go through.
# 3. **A length control of your own.** Write a control with the *incorrect* trace at the verbose length. What would you
#    compare it with, and which result would tell you that content matters beyond length?
# 4. **A stricter split.** Keep all questions about one *person* on one side, whatever is asked about them. What happens
#    to the size of the test set, and what would you expect of test accuracy?
#
# <details><summary>Where these go</summary>
#
# 1. The IR step: the altered sentence is no fact of the context any more, so the reason lists it as such and the
#    original as missing. Class and answer stay right.
# 2. The ratio falls: bAbI's stories are shorter, and their verbose traces have no dates to put into words and compare.
# 3. `arms.pad` on the incorrect trace. Compare with the padded correct one: same length, same wording, only class and
#    facts differ. If the two students differ, content matters at equal length.
# 4. It shrinks, or must be drawn person by person. Expect accuracy to fall if students profit from knowing a person
#    from training, and to stay if they read the context.
#
# </details>
#
# **Next:** [3. Distillation](03_distillation.ipynb): how a student learns from a trace.
