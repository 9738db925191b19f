# %% [markdown]
# # 2. The traces: what students are supervised with
#
# A student is fine-tuned on pairs: a **prompt** (facts and a question) and a **completion** (a think part, then the
# answer). The study changes only the think part. Each way to write it is an **arm**, and every arm ends in the *same
# correct answer*. So if two students differ, they differ because of what they were shown on the way.
#
# This notebook builds all arms, shows them beside each other, and then does what should come before any training: it
# checks with the verifier that every single example is what its arm promises, that lengths are what we think they
# are, and that nothing of the test set is in the training set.
#
# The verbose traces of the paper were written by DeepSeek-R1. They cost money to make and are the authors', so by
# default **ours are simulated**: a rule-based stand-in that goes through the facts one by one, doubts, takes things
# back and ends right. Name the authors' files in the parameters (`r1_file` needs `problems_file`), and the same cells
# show the real ones.

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

import json

import pandas as pd
from IPython.display import HTML, Markdown

from lib.analysis import integrity, lengths, material, side_by_side, trace_plots
from lib.datasets import DATASETS, split
from lib.files import ROOT
from lib.published import leaks, release
from lib.study import ARM_LABELS, ARMS, CONTROLS, DATASET_LABELS
from lib.traces import arms, teacher
from lib.traces.endpoint import Endpoint, Reply

NAME = "02_traces"
figures.use_style()
given = material.gather(dataset, n_problems, seed, problems_file, r1_file)
count = lengths.counter(tokenizer)
built = {arm: arms.build(given.problems, arm, seed, given.verbose, count) for arm in (*ARMS, *CONTROLS)}
Markdown(
    f"{len(given.problems)} {given.problems_are} problems of {DATASET_LABELS[dataset]}, verbose traces "
    f"{given.verbose_are}: {sum(len(some.examples) for some in built.values()):,} examples in {len(built)} arms, "
    f"{sum(len(some.rejected) for some in built.values()):,} rejected."
)

# %% [markdown]
# ## 2.1 One problem through every arm
#
# Here is one problem as a student gets it:

# %%
problem = min(given.problems, key=lambda problem: len("".join(problem.facts)))
Markdown(f"```text\n{DATASETS[dataset].render(problem)}```\nGold: class `{problem.category}`, "
         f"answer {', '.join(f'`{answer}`' for answer in problem.answers)}.")  # fmt: skip

# %% [markdown]
# And here is what the arms make of it. The first seven are the paper's; the last four are ours: each corruption alone,
# and two controls of length (section 2.3). The last three columns are the verifier's strict verdicts.

# %%
tables.show(
    side_by_side.completions(built, problem),
    f"One problem, every arm (verbose traces: {given.verbose_are})",
    given.level,
)

# %% [markdown]
# Two things to take along. The answer is right in every row, by construction and by verdict. And a verdict on a
# *verbose* trace must be read with care: the strict IR step asks for exactly the gold facts, word for word. Who thinks
# aloud quotes other facts in order to rule them out, who sums up may quote none. “wrong” there does not mean “errs”.
#
# ## 2.2 What an incorrect trace gets wrong
#
# The paper's incorrect traces change both steps at once: a class drawn from the other classes, facts drawn from those
# that the answer does not need. If such a student did worse, we could not say which of the two had done it. So we also
# build each corruption alone. What is wrong is marked with ✗:

# %%
corrupted = {arm: built[arm] for arm in ("correct", "incorrect", "incorrect-class", "incorrect-facts")}
tables.show(side_by_side.differences(corrupted, problem), "The same problem, corrupted three ways", given.level)

# %%
pairing = side_by_side.pairing(built)
Markdown(
    f"The three are paired: of {pairing['n']} problems, {pairing['same_class']} have the same wrong class in “"
    f"{ARM_LABELS['incorrect']}” and “{ARM_LABELS['incorrect-class']}”, and {pairing['same_facts']} the same wrong "
    f"facts in “{ARM_LABELS['incorrect']}” and “{ARM_LABELS['incorrect-facts']}”. A difference between two of these "
    f"arms is then due to the step, not to the luck of the draw. ({pairing['no_facts']} incorrect traces cite no fact "
    "at all: there, every fact of the context is a gold fact, and none is left to cite wrongly.)"
)

# %% [markdown]
# ## 2.3 How long the supervision is
#
# Predict first: how many times as long as a correct rule-based trace is a verbose one? And which arm is the shortest?

# %%
unit = "tokens" if tokenizer else "words and punctuation marks"
measured = lengths.measure(built, count)
summary = lengths.summarize(measured)
figure = trace_plots.lengths(summary, unit, f"({given.verbose_are})")
figures.save(
    figure,
    "02_lengths",
    f"How long completions are, arm by arm ({DATASET_LABELS[dataset]}, problems {given.problems_are}, "
    f"verbose traces {given.verbose_are})",
    summary,
    given.level,
    NAME,
)

# %%
median = summary.set_index("arm")["median"]
Markdown(
    f"At the median, completions of “{ARM_LABELS['r1']}” ({given.verbose_are}) have {median['r1']:,.0f} {unit}, those "
    f"of “{ARM_LABELS['correct']}” {median['correct']:,.0f}: **{median['r1'] / median['correct']:.1f} times** as many. "
    f"“{ARM_LABELS['vanilla']}” has {median['vanilla']:,.0f}. Even the two arms of part 1 need not be of one length: "
    f"“{ARM_LABELS['incorrect']}” has {median['incorrect']:,.0f}. "
    + ("(As released, it cites one fact, where a correct one cites all that are needed.)" * (dataset == "cotemp"))
)

# %% [markdown]
# Length matters twice. First, it is **compute**: the cost of training, and of every answer afterwards, grows with the
# tokens. Second, it is a **confound**. Readable traces (rules, summaries) are short, unreadable ones (R1's) are long.
# So a student of R1 traces saw many more supervised tokens for each problem. If it does better: is it because of *what*
# the trace says, or *how much* of it there is?
#
# Two controls pull the two apart. One has the content of the short arm at the length of the long one (neutral sentences
# are added that name no class, no fact and no answer), the other the content of the long arm at the length of the short
# one (it is cut). This is how near they come, problem by problem:

# %%
tables.show(
    lengths.controls(measured).rename(
        columns={
            "without": "median distance without the control",
            "with": "median distance with it",
            "largest": "largest distance with it",
        }
    ),
    f"Distance in length to the arm that is matched ({unit})",
    given.level,
)

# %% [markdown]
# The cut one is no reasoning any more: it stops in mid-thought, and then gives the right answer. That is on purpose; it
# asks whether the beginning of a verbose trace is worth as much as a short trace of the same length.
#
# ## 2.4 Is every example what its arm promises?
#
# `arms.build` passes every example through the verifier. What does not come out as promised is rejected with the
# reason, never passed on. Here all arms of all three datasets are built now, and judged once more:

# %%
new = {name: module.generate(n_problems, seed) for name, module in DATASETS.items()}
live = integrity.build({(name, "all"): problems for name, problems in new.items()}, seed=seed)
tables.show(
    side_by_side.compact(live),
    "Steps that the verifier finds right, percent: class step / IR step (generated problems, verbose traces simulated)",
    "simulated (generated problems)",
)

# %%
Markdown(side_by_side.in_words(live))

# %% [markdown]
# What was promised: the answer is right everywhere; both steps are right in the correct arms, both wrong in the
# incorrect one, one of them wrong where only one was to be. Verbose arms promise nothing about their steps, and two of
# them are worth a look. *Swapped* traces name the right class now and then, when two problems happen to be of one
# class. And *cut* traces hardly ever get to the class: they end before.
#
# The same with the **released problems** and simulated verbose traces. This table is committed (counts and percent,
# none of the authors' text); `python -m lib.analysis.integrity` makes it again from the release.

# %%
committed = integrity.load("integrity").query("origin == 'released'").drop(columns="origin").reset_index(drop=True)
tables.show(
    side_by_side.compact(committed),
    "Steps that the verifier finds right, percent: class step / IR step (released problems, verbose traces simulated)",
    "re-scored, simulated verbose traces",
)

# %%
Markdown(side_by_side.in_words(committed))

# %% [markdown]
# Swapping is within a column of this table, and the problems of `equal`, `overlap` and `mix` are of one class each:
# there a swapped trace is bound to name the right class. Where do the missing examples come from?

# %%
untold = committed[committed["arm"] == "r1"].query("no_trace > 0")
audit = pd.read_csv(ROOT / "data" / "label_audit.csv")
reasons = audit[audit["class"].isin(untold["part"])]["reason"].value_counts()
Markdown(
    "They have no *simulated* trace: "
    + ", ".join(f"{row.no_trace} of {row.problems} problems of `{row.part}`" for row in untold.itertuples())
    + ". Our simulated reasoner must end where the labels do, and for these problems the rules find other answers, or "
    "another class. The label audit of the same classes gives the reasons: "
    + "; ".join(f"{reason} ({n})" for reason, n in reasons.items())
    + ". R1's own traces need no such rule."
)

# %%
NAMES = {
    "part": "problems of",
    "problems": "n",
    "no_trace": "rejected: no trace",
    "broken": "rejected: promise broken",
    "answer": "answer right",
    "class": "class right",
    "ir": "IR right",
    "kept": "promise kept",
}
full = integrity.stack({("generated",): live, ("released",): committed}, ["origin"])
full["arm"], full["dataset"] = full["arm"].map(ARM_LABELS), full["dataset"].map(DATASET_LABELS)
level = "re-scored, simulated verbose traces, simulated (generated problems)"
whole = tables.show(full.rename(columns=NAMES), "Counts, then percent", level)
HTML(f"<details><summary>The full table: {len(full)} rows, click to open</summary>{whole.data}</details>")

# %%
if release.at_hand():
    again = integrity.build(integrity.released())
    pd.testing.assert_frame_equal(again, committed, check_dtype=False)
    told = "The release is at hand: the released problems were built again just now, and every number is the same."
else:
    told = "The release is not at hand, so the numbers were read, not made again. (`make release` fetches it.)"
Markdown(told)

# %% [markdown]
# ## 2.5 Leaks: what the test set shares with the training set
#
# A student that has seen a test problem in training may remember its answer. `leaks.split` keeps problems, contexts and
# anchors on one side; `leaks.find_leaks` looks for what came through all the same, by kind.

# %%
ours = {(name,): leaks.shared(*split.split(problems, test_share=0.2, seed=seed)) for name, problems in new.items()}
ours = integrity.stack(ours, ["dataset"]).drop(columns="classes")
tables.show(
    ours.assign(dataset=ours["dataset"].map(DATASET_LABELS)),
    "Our split of generated problems: test problems that share something with the training set",
    "simulated (generated problems)",
)

# %% [markdown]
# “Where is Mary?” is asked in story after story, so *the same question* is no leak by itself. Whatever else is above
# zero deserves a look. Now the authors' own splits, from their released training and test files:

# %%
found = integrity.load("leaks")
tables.show(
    found.assign(dataset=found["dataset"].map(DATASET_LABELS))
    .drop(columns="classes")
    .rename(columns={"part": "class"}),
    "The released splits: test problems that share something with the training set",
    "re-scored",
)

# %%
babi = found[found["dataset"] == "babi"].set_index("kind")
cotemp = found[found["dataset"] == "cotemp"].groupby("kind")[["test", "shared"]].sum()
same, stories = babi.loc["same problem"], babi.loc["same facts"]
whole, anchors = cotemp.loc["same problem"], cotemp.loc["same entity and interval"]
Markdown(
    f"**bAbI.** {same.shared} of {same.test} distinct test problems stand word for word in the training file "
    f"({same.classes}), and {stories.shared} share their story with a training problem ({stories.classes}). Such "
    "things happen in any random split of stories about a small world: a short story comes up more than once. "
    "Every arm is trained on the same split, so comparisons between arms compare like with like; it is absolute "
    "accuracies that may be a little high.\n\n"
    f"**CoTempQA.** {whole.shared} of {whole.test} test problems stand in the training files that are at hand (three "
    f"classes of four, so all these counts are lower bounds). {anchors.shared} share the *while* of their question, a "
    "fact with its dates, with some training question. Often the two then ask about different people, so that the "
    "answer does not carry over. Whether it helps a student nevertheless is open, and cheap to find out: leave these "
    "problems out and score again."
)

# %% [markdown]
# ## 2.6 Export: take the examples elsewhere
#
# One file of JSON lines per split, in TRL's prompt–completion form, for which its trainer takes the loss over the
# completion only. `datasets.load_dataset(folder)` reads the folder; it knows the splits by the names of the files.

# %%
train, test = split.split(given.problems, test_share=0.2, seed=seed)
sides = {name: arms.build(problems, "correct", seed).examples for name, problems in (("train", train), ("test", test))}
folder = ROOT / "build" / "export" / "correct"
folder.mkdir(parents=True, exist_ok=True)
for name, examples in sides.items():
    rows = [(e.prompt, e.completion, e.problem.id, e.arm, e.source) for e in examples]
    frame = pd.DataFrame(rows, columns=["prompt", "completion", "problem", "arm", "source"])
    frame.to_json(folder / f"{name}.jsonl", orient="records", lines=True, force_ascii=False)
    print((folder / f"{name}.jsonl").relative_to(ROOT).as_posix())

# %% [markdown]
# The first row:

# %%
rows = [json.loads(line) for line in (folder / "train.jsonl").read_bytes().splitlines()]
tables.show(pd.DataFrame(rows[0].items(), columns=["field", "value"]))

# %% [markdown]
# What was read back is what was written:

# %%
assert [(row["prompt"], row["completion"]) for row in rows] == [(e.prompt, e.completion) for e in sides["train"]]
assert {row["problem"] for row in rows}.isdisjoint(example.problem.id for example in sides["test"])
Markdown(f"{len(rows)} rows read back, each as it was built; none of their problems is in the test file.")

# %% [markdown]
# ## 2.7 Bring your own teacher
#
# Simulated traces show how things work; findings about readability need a real teacher. Any server that speaks the
# OpenAI protocol will do, on your machine or elsewhere:
#
# ```sh
# export TEACHER_BASE_URL=http://127.0.0.1:8000/v1 TEACHER_MODEL=deepseek-r1
# export TEACHER_API_KEY=…                           # where one is needed
# export TEACHER_PRICE_IN=… TEACHER_PRICE_OUT=…      # of a million tokens: then costs are told in money, too
# python -m lib.traces.teacher PROBLEMS.jsonl --dataset cotemp --out TRACES.jsonl --limit 20
# ```
#
# What it will take is shown **before** anything is asked, and nothing is asked before you say yes. Replies are kept as
# they come, so a run that is stopped goes on where it was. The estimate for the problems above, with prices that we
# made up (put in yours; nothing is sent anywhere here):

# %%
endpoint = Endpoint("http://127.0.0.1:8000/v1", "your-model", price_in=0.5, price_out=2.0)
prompts = [example.prompt for example in built["vanilla"].examples]
print(teacher.HEAD, teacher.estimate(endpoint, prompts), sep="\n")

# %% [markdown]
# As in the paper, only traces that solved their problem are used. Of two replies that we made up, one is:

# %%
made_up = {answer: Reply("Let me see …", answer, "stop", None, None, "your-model") for answer in
           (DATASETS[dataset].render_answer(problem.answers), "I cannot tell.")}  # fmt: skip
tables.show(pd.DataFrame(teacher.row_of(problem, reply) for reply in made_up.values())[["answer", "used", "reason"]])

# %% [markdown]
# `verbose_traces.taught(path)` reads TRACES.jsonl, and its result goes into `arms.build(…, verbose=…)` where the
# simulated traces went above.

# %%
flat = {f"lengths|{row.arm}|median": row.median for row in summary.itertuples()}
flat |= {f"leaks|{row.dataset}|{row.part}|{row.kind}": row.shared for row in found.itertuples()}
figures.save_numbers(NAME, flat)

# %% [markdown]
# ## Your turn
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
