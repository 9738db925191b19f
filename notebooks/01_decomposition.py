# %% [markdown]
# # 1. Decomposition: how a question is split into two steps that can be checked
#
# **You will be able to** derive class, gold facts and answer of a CoTempQA question by hand; say how often rules and
# released labels agree, and why not always; and name where the rules end.
#
# **30 minutes.** Nothing to know beforehand. *Wilson's interval*: where the true share may lie (95 %), given k of n.
# Paper: part 1. Evidence: *re-scored* (our rules on the released problems); generated problems are *simulated*.
#
# A reasoning trace is free text. To say whether one is *correct*, the study splits every question **by rule** into two
# steps, each with one right value: the **classification step** (which kind of question is it?) and the
# **information-retrieval (IR) step** (which of the given facts does the answer need?). Everything later rests on these
# rules: the traces that students are trained on, and the verdicts on what they write. No model is asked for anything.

# %% tags=["parameters"]
n_generated = 1000  # generated problems of each dataset, for the statistics
seed = 0  # of the generated problems
shown = 16  # which generated CoTempQA problem is shown step by step
dates_to_try = "from 1995 to 2003"  # section 1.3: the dates of one fact, for example "in May, 1999"

# %%
try:
    from lib import figures, tables
except ModuleNotFoundError as error:
    raise SystemExit(f"{error}: this notebook needs the project's environment; `make lab` opens it there") from None

from collections import Counter
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from lib.datasets import DATASETS, babi, cotemp, marco
from lib.datasets.cotemp import audit
from lib.datasets.cotemp.dates import relation
from lib.datasets.cotemp.grammar import parse_fact, parse_question
from lib.datasets.marco.rules import overlaps
from lib.errors import InputError
from lib.files import DATA
from lib.published import release, reported, verdicts
from lib.stats import right_wrong
from lib.study import ARM_LABELS, DATASET_LABELS

NAME = "01_decomposition"
GENERATED = "simulated (generated problems)"
CLASSES = list(cotemp.CATEGORIES)
figures.use_style()
numbers = {}
problems = {name: module.generate(n_generated, seed) for name, module in DATASETS.items()}

# %% [markdown]
# ## 1.1 CoTempQA: what else was true at that time?
#
# A question names one fact, the **anchor**, and asks which other fact was true while the anchor was. This problem is
# generated, in the dataset's wording; nobody in it exists.

# %%
problem = cotemp.generate(shown + 1, seed)[shown]
tables.show(pd.DataFrame({"fact": problem.facts}), problem.question, GENERATED)

# %% [markdown]
# Four moves lead to the answer, and none of them needs a model:
#
# 1. read the dates of every fact;
# 2. find the anchor, the fact that the question takes for granted;
# 3. pick the **candidates**: facts of the relation that is asked for, about the person who is asked about;
# 4. compare each candidate's span of time with the anchor's.
#
# Before you go on: how many of the candidates were true while the anchor was?

# %%
my_guess = 1


# %%
def step_by_step(problem):
    """What the rules make of each fact: fact, lies (anchor, equal, during, overlap, unclear, apart, not asked for), span."""
    lies = dict.fromkeys(problem.facts, "not asked for")
    for candidate in cotemp.solve(problem):
        lies[candidate.anchor.text] = "anchor"
        lies[candidate.fact.text] = candidate.relation
    order = ["anchor", "equal", "during", "overlap", "unclear", "apart", "not asked for"]
    rows = [(fact, lies[fact], parse_fact(fact).span) for fact in lies]
    return pd.DataFrame(rows, columns=["fact", "lies", "span"]).sort_values(
        "lies", key=lambda c: c.map(order.index), kind="stable"
    )


def found_by_rule(problem, decompose):
    """Class, gold facts and answers by rule, beside the labels."""
    found = decompose(problem)
    both = [
        (part.category, " | ".join(part.gold_facts) or "none", ", ".join(part.answers)) for part in (found, problem)
    ]
    return pd.DataFrame({"": ["class", "gold facts", "answers"], "by rule": both[0], "label": both[1]})


table = step_by_step(problem)
together = table["lies"].isin(["equal", "during", "overlap"]).sum()
tables.show(pd.DataFrame([("candidates true at the time", my_guess, together)], columns=["", "your guess", "by rule"]))


# %%
def year(date, last=False):
    """A date as a year with its fraction: the first day that it may mean, or the end of the last."""
    y, month, day = date
    month, day = month or (12 if last else 1), day or (31 if last else 1)
    return y + (month - 1 + (day - (0 if last else 1)) / 31) / 12


COLORS = {
    "anchor": "#000000",
    "equal": "#0072B2",
    "during": "#009E73",
    "overlap": "#E69F00",
    "unclear": "#CC79A7",
    "apart": "#BBBBBB",
}


def draw(problem):
    """The anchor and its candidates in time; the anchor is the grey band."""
    asked = step_by_step(problem).query("lies != 'not asked for'")
    figure, axis = plt.subplots(figsize=(8.5, 0.4 * len(asked) + 1))
    for y, row in enumerate(asked.itertuples()):
        start, end = year(row.span.start), year(row.span.end, last=True)
        axis.barh(y, max(end - start, 0.15), 0.6, start, color=COLORS[row.lies], edgecolor="black", linewidth=0.6)
        axis.text(
            1.01, y, f"{row.lies}: {row.span.dates}", transform=axis.get_yaxis_transform(), va="center", fontsize=9
        )
        if row.lies == "anchor":
            axis.axvspan(start, end, color="black", alpha=0.08, zorder=0)
    by_subject = not parse_question(problem.question).asked_subject
    facts = map(parse_fact, asked["fact"])
    figures.name_rows(axis, [fact.subject if by_subject else fact.object for fact in facts])
    axis.set_xlabel("year")
    axis.xaxis.get_major_locator().set_params(integer=True)
    figure.tight_layout()
    return figure, asked


figure, asked = draw(problem)
title = "A fact counts if it was true while the anchor was (simulated problem)"
figures.save(figure, "01_timeline", title, asked.assign(span=[span.dates for span in asked["span"]]), GENERATED, NAME)

# %% [markdown]
# The class is the relation that all co-temporal candidates share, and `mix` where they differ:

# %%
tables.show(found_by_rule(problem, cotemp.decompose), "What the rules find, beside the labels", GENERATED)

# %% [markdown]
# And a real one, the shortest of class `mix`, where the authors' release is at hand (`make release`):


# %%
def shortest(many):
    return min(many, key=lambda p: len(p.question) + sum(map(len, p.facts)))


at_hand = release.at_hand()
everything = release.all_cotemp() if at_hand else []
if at_hand:
    real = shortest(p for p in everything if p.category == "mix" and audit.examine(p) is None)
    display(tables.show(step_by_step(real)[["fact", "lies"]], real.question, "re-scored"))
else:
    print("the release is not at hand: make release fetches it, then run this notebook again")

# %% [markdown]
# ## 1.2 bAbI and MS MARCO: the same two steps
#
# **bAbI** tells a short story and asks about it. The class is the type of question, found from its form; the gold facts
# are the sentences that the answer rests on, found by following the story.

# %%
story = next(p for p in problems["babi"] if p.category == "time-reasoning")
gold = babi.decompose(story).gold_facts
marks = ["yes" if fact in gold else "" for fact in story.facts]
tables.show(
    pd.DataFrame({"sentence": story.facts, "gold fact": marks}),
    f"{story.question} {', '.join(story.answers)}",
    GENERATED,
)

# %% [markdown]
# **MS MARCO** is different in kind: a question typed into a search engine, web passages, and an answer that a person
# wrote. The class is guessed from the question's form. The gold passage is the one that shares the most words *with the
# given answer*, so here the IR step is not derived from the question at all. MARCO itself may be used for research only
# and is not part of the release; this problem is generated:

# %%
search = next(p for p in problems["marco"] if p.category == "numeric" and p.gold_facts)
rows = zip((fact[:110] for fact in search.facts), overlaps(search.facts, search.answers[0]), strict=True)
tables.show(pd.DataFrame(rows, columns=["passage (beginning)", "words shared with the answer"]),
            f"{search.question}: {search.answers[0]}", GENERATED)  # fmt: skip

# %% [markdown]
# ## 1.3 The rules for time, and where they fall silent
#
# Dates come in three precisions: a year, a month, a day. Two spans are compared as the benchmark's own construction
# compares them: a missing month or day sorts before every given one (“1986” before “May, 1986”). Only where that
# convention alone would decide whether two spans *touch* is nothing decided: the relation is **unclear**, and the fact
# neither counts as an answer nor rules one out. Predict the relation (equal, during, overlap, apart or unclear) of each
# of these six pairs, in order:

# %%
PAIRS = [
    ("from 1990 to 1999", "from 1992 to 1995"),
    ("from 1990 to 1999", "from 1995 to 2003"),
    ("from 1990 to 1999", "from 1999 to 2003"),
    ("from 1990 to May 3, 1999", "from June, 1999 to 2003"),
    ("in May 3, 1997", "in May 3, 1997"),
    ("in 1997", "in 1997"),
]
my_guess = ["during", "overlap", "overlap", "overlap", "equal", "equal"]


# %%
def span_of(when):
    return parse_fact(f"Ada works for Elm {when}.").span


why = ["one within the other", "neither contains the other", "one begins in the year in which the other ends",
       "now the month decides", "the same day", "the same year, perhaps two days"]  # fmt: skip
rows = [
    (a, b, guess, relation(span_of(a), span_of(b)), reason)
    for (a, b), guess, reason in zip(PAIRS, my_guess, why, strict=True)
]
tables.show(
    pd.DataFrame(rows, columns=["anchor", "candidate", "your guess", "relation", "why"]), "Made-up pairs of spans"
)

# %% [markdown]
# **Try it yourself.** Four candidates, one of them unclear. Change any date, or run the notebook with another
# `dates_to_try` for Dogwood Press, and see the class follow. What must its dates be for the class to stop being `mix`?


# %%
def own_problem(facts):
    asked = "While Ada Moss was working for Alder Institute, which employer did Ada Moss work for simultaneously?"
    return cotemp.problem_of({"question": asked, "facts": facts, "gold": [], "triple_element": "S1_R1_O2"}, "")


facts = [
    "Ada Moss works for Alder Institute from 1990 to 1999.",  # the anchor
    "Ada Moss works for Birch College from March, 1992 to June 3, 1995.",
    f"Ada Moss works for Dogwood Press {dates_to_try}.",
    "Ada Moss works for Elm Laboratory from 2001 to 2004.",
    "Ada Moss works for Fir Museum from May 1, 1999 to 2002.",
]
mine = own_problem(facts)
tables.show(step_by_step(mine)[["fact", "lies"]], f"Made up. Class by rule: {cotemp.decompose(mine).category}")

# %%
rows = []
for dates in (dates_to_try, "from 1990 to 1999", "from 1991 to 1998", "in May, 1995", "from 1999 to 2003", "in 2010"):
    found = cotemp.decompose(own_problem([*facts[:2], f"Ada Moss works for Dogwood Press {dates}."]))
    rows.append((dates, found.category, ", ".join(found.answers)))
tables.show(pd.DataFrame(rows, columns=["Dogwood Press", "class", "answers"]), "Made up: one date changes the class")

# %% [markdown]
# ## 1.4 How often do the rules agree with the released labels?
#
# The rules read facts and question only, never a label. That makes the labels a test of the rules, and the rules a test
# of the labels. Where the release is at hand everything is counted here and now; elsewhere the committed counts of
# `data/` are read. What is your guess for CoTempQA: in which class do the *answers* differ most often?

# %%
my_guess = "mix"


# %%
def share(percent, n):
    found = right_wrong.proportion(round(percent * n / 100), n)
    return tables.with_interval(100 * found.value, 100 * found.low, 100 * found.high)


def gold_against_evidence(problem):
    """Whether the study's gold facts hold more than the evidence (co-temporal facts of the asked relation), less, or the anchor."""
    gold, found = set(problem.gold_facts), {candidate.fact.text for candidate in cotemp.co_temporal(problem)}
    anchors = {candidate.anchor.text for candidate in cotemp.solve(problem)}
    return not gold <= found, not found <= gold, not gold.isdisjoint(anchors)


if at_hand:
    found = [(p, audit.examine(p) or (False, False, ""), gold_against_evidence(p)) for p in everything]
    rows = [(p.category, not answers, not category, *odd) for p, (answers, category, _), odd in found]
    seen = pd.DataFrame(rows, columns=["class", "answers", "class_step", "gold_more", "gold_fewer", "gold_anchor"])
    classes = seen.groupby("class")
    shares = (100 * classes[["answers", "class_step"]].mean()).round(1)
    counts = pd.concat(
        [classes.size().rename("n"), shares, classes[["gold_more", "gold_fewer", "gold_anchor"]].sum()], axis=1
    )
    tables.keep("cotemp_agreement", counts.loc[CLASSES].reset_index())
    reasons = [(p.id, p.category, p.pattern, *why) for p, why, _ in found if why[2]]
    tables.keep("label_audit", pd.DataFrame(reasons, columns=["problem", "class", "pattern", *audit.Finding._fields]))

# %%
agree = pd.read_csv(DATA / "cotemp_agreement.csv")
rows = [
    (r["class"], r["n"], share(r["class_step"], r["n"]), share(r["answers"], r["n"])) for r in agree.to_dict("records")
]
for row in agree.to_dict("records"):
    numbers |= {
        f"agreement/cotemp/released/{row['class']}/{what}": row[key]
        for what, key in (("class", "class_step"), ("answers", "answers"))
    }
tables.show(
    pd.DataFrame(rows, columns=["class", "problems", "class agrees, %", "answers agree, %"]),
    "CoTempQA, Wilson's 95 % interval",
    "re-scored",
)


# %%
def compare(problem):
    """Whether class, answers and supporting facts agree; whether other supporting facts would do as well as ours."""
    found = babi.decompose(problem)
    agree = found.gold_facts == problem.gold_facts
    as_short = not agree and len(found.gold_facts) == len(problem.gold_facts)
    try:  # the labelled facts by themselves
        alone = babi.decompose(replace(problem, facts=problem.gold_facts)) if as_short else None
    except InputError:
        alone = None
    would_do = alone is not None and (alone.gold_facts, alone.answers) == (problem.gold_facts, problem.answers)
    return found.category == problem.category, found.answers == problem.answers, agree, would_do


if at_hand:
    told = [(split, p, compare(p)) for split in ("train", "test")
            for p in sorted(release.babi_problems(split), key=lambda p: babi.CATEGORIES.index(p.category))]  # fmt: skip
    seen = pd.DataFrame([(split, p.category, *same) for split, p, same in told],
                        columns=["split", "category", "class", "answers", "gold_facts", "equally_short"])  # fmt: skip
    types = seen.groupby(["split", "category"], sort=False)
    counts = (100 * types[["class", "answers", "gold_facts"]].mean()).round(2)
    counts.insert(0, "problems", types.size())
    counts["other_gold_facts"] = types.size() - types["gold_facts"].sum()
    tables.keep("babi_agreement", counts.assign(equally_short=types["equally_short"].sum()).reset_index())
    sizes = Counter((p.dataset, p.category, what, len(getattr(p, what))) for p in [*everything, *(p for _, p, _ in told)]
                    for what in ("facts", "answers", "gold_facts"))  # fmt: skip
    keys = ["dataset", "class", "what", "size"]
    tables.keep("dataset_sizes", pd.Series(sizes).rename_axis(keys).sort_index().reset_index(name="problems"))

# %%
stories = pd.read_csv(DATA / "babi_agreement.csv")
counts = stories.groupby("category", sort=False)[["problems", "other_gold_facts", "equally_short"]].sum().reset_index()
fewest = stories.groupby("category", sort=False)[["class", "answers"]].min().min(axis=1).to_numpy()
tables.show(counts.assign(least=fewest).set_axis(["type", "problems", "other supporting facts by rule", "of these equally short",
            "class and answers agree, % (least of train and test)"], axis=1), "bAbI: rules and released labels", "re-scored")  # fmt: skip

# %%
questions = pd.read_csv(DATA / "marco_questions.csv")
questions["right"] = questions["question"].map(marco.guess_class) == questions["class"]
guessed = (100 * questions.groupby("written", sort=False)["right"].mean()).round(1).to_frame("accuracy")
guessed["n"] = questions.groupby("written").size()
rows = [(written, int(row["n"]), share(row["accuracy"], row["n"])) for written, row in guessed.iterrows()]
tables.show(pd.DataFrame(rows, columns=["questions of ours, written", "n", "class guessed rightly, %"]),
            "MARCO's classes, guessed on our own questions (none of MARCO's)")  # fmt: skip

# %%
least = agree.set_index("class")[["answers", "class_step"]].idxmin()
tables.show(
    pd.DataFrame(
        [("class whose answers agree least", my_guess, least["answers"])], columns=["", "your guess", "counted"]
    ),
    "Your guess",
    "re-scored",
)

# %% [markdown]
# - **CoTempQA.** Rules and labels agree on more than 95 % of the classes and on more than 90 % of the answers in every
#   class; answers agree least in `during`, classes in `mix`. (Of `during`, only the test problems are at hand.)
# - **bAbI.** Class and answers agree everywhere. The supporting facts differ only in size reasoning, and there several
#   chains of the same length prove the answer, of which the release names one.
# - **MARCO.** The number that counts is the one for questions written *after* the rules were finished: about six in
#   ten. The 100 % on the others says no more than that the rules remember where they came from.
#
# A high share says that the labels follow from rules, as both benchmarks were made by programs. It does not say that
# the rules would read other people's texts.

# %% tags=["guard"]
assert agree["class_step"].min() > 95 and agree["answers"].min() > 90 and least.tolist() == ["during", "mix"], (
    "1.4, CoTempQA: read it again"
)
assert fewest.min() == 100 and set(counts.loc[counts["other_gold_facts"] > 0, "category"]) == {"size-reasoning"}, (
    "1.4, bAbI"
)
assert (counts["other_gold_facts"] == counts["equally_short"]).all(), (
    '1.4 "several chains of the same length": read it again'
)
assert 55 < guessed.loc["after the rules", "accuracy"] < 67 and guessed.loc["before the rules", "accuracy"] == 100, (
    "1.4, MARCO"
)

# %% [markdown]
# ## 1.5 Where rule and label disagree: an audit
#
# For CoTempQA we asked of every disagreement *why*. Each reason is given by a rule of its own (`audit.examine`):
#
# | reason | meaning |
# |---|---|
# | answer missing from the gold list | a further fact was true at the time, whatever days are meant |
# | label against its own definition | the label is right only if facts of another relation are counted (another kind of post) |
# | duplicate fact | the anchor, or an answer, holds twice, with two spans |
# | ambiguous precision | a date without month or day decides |
# | our error | no rule explains it |

# %%
found = pd.read_csv(DATA / "label_audit.csv")
reasons = pd.crosstab(found["class"], found["reason"]).reindex(index=CLASSES, columns=audit.REASONS, fill_value=0)
numbers |= {f"audit/{c}/{reason}": int(reasons.loc[c, reason]) for c in CLASSES for reason in audit.REASONS}
figure, axis = plt.subplots(figsize=(8.5, 2.8))
left = pd.Series(0, index=CLASSES)
palette = dict(zip(audit.REASONS, ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#000000"), strict=True))
for reason in [r for r in audit.REASONS if reasons[r].sum()]:
    axis.barh(
        range(4),
        reasons[reason],
        0.6,
        left,
        color=palette[reason],
        edgecolor="black",
        label=f"{reason}: {reasons[reason].sum()}",
    )
    left += reasons[reason]
for y, c in enumerate(CLASSES):
    axis.text(left[c] + 1, y, f"{left[c]} of {agree.set_index('class').loc[c, 'n']}", va="center", fontsize=9)
figures.name_rows(axis, CLASSES)
axis.set(xlabel="released problems whose label and rule disagree", xlim=(0, 1.2 * left.max()))
axis.legend(frameon=False, loc="lower right")
figure.tight_layout()
figures.save(
    figure,
    "01_label_audit",
    "Most disagreements are answers missing from a gold list",
    reasons.reset_index(),
    "re-scored",
    NAME,
)

# %% [markdown]
# Every disagreement has an explanation, and none of them is an error of ours that we could find. (The last two reasons
# never occur.) The smallest example of the commonest reason, real where the release is at hand, otherwise made up:

# %% tags=["guard"]
assert reasons.sum().idxmax() == audit.MISSING and reasons[audit.MISSING].sum() > reasons.to_numpy().sum() / 2, (
    "1.5, the figure's title"
)
assert reasons["ambiguous precision"].sum() == 0, '1.5 "never occur": read it again'
assert reasons["our error"].sum() == 0, '1.5 "none of them is an error of ours": read it again'

# %%
if at_hand:
    odd = shortest(p for p in everything if (f := audit.examine(p)) and f.reason == audit.MISSING)
else:
    row = {"question": "While Ada Moss was working for Elm Bank, which employer did Ada Moss work for simultaneously?",
           "facts": [f"Ada Moss works for {job}." for job in ("Elm Bank from 1990 to 1999", "Oak Press in May 3, 1995", "Fir Museum from 1991 to 1992")],
           "gold": ["Oak Press"], "triple_element": "S1_R1_O2"}  # fmt: skip
    odd = cotemp.problem_of(row, "during")
shown_facts = step_by_step(odd).query("lies not in ['apart', 'not asked for']")[["fact", "lies"]]
tables.show(
    shown_facts,
    f"{'Released' if at_hand else 'Made up'}. {odd.question} Gold: {', '.join(odd.answers)}",
    "re-scored" if at_hand else "",
)

# %% [markdown]
# **What it means for scores.** Where a right answer is missing from the gold list, a student that gives *all* right
# answers is marked wrong by any judge that does not allow extra answers, our strict one included. This is the most that
# the answer labels in doubt could move the accuracy of a class:

# %%
table = verdicts.load()
tests = table[(table["dataset"] == "cotemp") & (table["arm"] == "vanilla")].drop_duplicates("problem")
doubt = (
    tests["problem"]
    .isin(found.loc[found["answers_differ"], "problem"])
    .groupby(tests["category"])
    .agg(["size", "sum"])
    .loc[CLASSES]
)
doubt["percent"] = 100 * doubt["sum"] / doubt["size"]
numbers["audit/mean of classes, percent in doubt"] = round(float(doubt["percent"].mean()), 2)
tables.show(doubt.reset_index().set_axis(["class", "test problems", "answer label in doubt", "percent"], axis=1),
            f"CoTempQA; mean of the four classes: {doubt['percent'].mean():.1f} %", "re-scored")  # fmt: skip

# %%
missing = found.set_index("problem")["reason"].eq(audit.MISSING)
part = table.query("dataset == 'cotemp' and category == 'during' and arm in ['vanilla', 'correct', 'incorrect']")
part = part.assign(finding=part["problem"].map(missing).fillna(False).map({True: "answer missing", False: "others"}))
scores = (
    100 * part.groupby(["student", "arm", "finding"], sort=False)[["answer_released", "answer_strict"]].mean().unstack()
)
scores.columns = [f"{protocol.removeprefix('answer_')}: {finding}" for protocol, finding in scores.columns]
tables.show(
    scores.reset_index().assign(arm=lambda t: t["arm"].map(ARM_LABELS)),
    "Class “during”: answers right, percent",
    "re-scored",
)

# %% [markdown]
# So the mean over the four classes, which the paper reports, can move by 3 points at most for this reason. Keep it in
# mind when arms differ by less, as some do in notebook 4. In `during`, every student is right less often on the 49
# problems with a missing answer, under both protocols; whether the label or a harder question makes the gap, these
# counts cannot tell.

# %% tags=["guard"]
assert round(doubt["percent"].mean()) == 3, '1.5 "by 3 points at most": read it again'
assert part.loc[part["finding"] == "answer missing", "problem"].nunique() == 49, '1.5 "the 49 problems": read it again'
assert all((scores[f"{p}: answer missing"] < scores[f"{p}: others"]).all() for p in ("released", "strict")), (
    '1.5 "right less often": read it again'
)

# %% [markdown]
# ## 1.6 What the datasets look like
#
# CoTempQA's test problems were drawn class by class, 20 % of each, so they are as uneven as the whole; the paper
# averages over classes to make up for it. Generated problems are made to be checked and to train on, with every class
# equally frequent.

# %%
paper = reported.read("paper.csv").query("dataset == 'cotemp'").set_index("claim")["value"]
rows = [
    (
        c,
        int(paper[f"problems, class {c}"]),
        int(paper[f"test problems, class {c}"]),
        int((tests["category"] == c).sum()),
    )
    for c in CLASSES
]
tables.show(pd.DataFrame(rows, columns=["class", "problems (reported)", "test problems (reported)", "test problems (counted)"]),
            "CoTempQA: the balance of classes", "reported, re-scored")  # fmt: skip


# %%
def mean_size(counts):
    return (counts["size"] * counts["problems"]).sum() / counts["problems"].sum()


sizes = (
    pd.read_csv(DATA / "dataset_sizes.csv")
    .groupby(["dataset", "what"], sort=False)[["size", "problems"]]
    .apply(mean_size)
    .unstack()
)
made = pd.DataFrame({name: {what: sum(len(getattr(p, what)) for p in some) / len(some) for what in sizes}
                     for name, some in problems.items()}).T  # fmt: skip
both = pd.concat({"released": sizes, f"generated, seed {seed}": made}, names=["problems", "dataset"]).reset_index()
tables.show(both.assign(dataset=both["dataset"].map(DATASET_LABELS)).rename(columns={"gold_facts": "gold facts"}),
            "Means per problem (of released “during”, the test problems)", f"re-scored, {GENERATED}", decimals=2)  # fmt: skip

# %% [markdown]
# Generated CoTempQA problems have little more than half as many facts as released ones, so they are easier to search.
# Some generated MARCO problems have no gold passage, as in MARCO.

# %% tags=["guard"]
assert 0.5 < made.loc["cotemp", "facts"] / sizes.loc["cotemp", "facts"] < 0.6, (
    '1.6 "little more than half": read it again'
)
assert made.loc["marco", "gold_facts"] < 1, '1.6 "no gold passage": read it again'
assert all(row[2] == row[3] for row in rows), "1.6: the counted test problems are not those of the paper"

# %% [markdown]
# ## 1.7 Where the rules end
#
# **Gold facts are not quite the evidence.** For CoTempQA, the study calls a fact gold if it *contains an answer
# string*. Reasoning over dates finds something slightly different: the co-temporal facts. The two differ where one name
# stands inside another ("Liberal Party" in "leader of the Liberal Party"), or where the same name turns up at another
# time.

# %%
extra = sum(any(gold_against_evidence(p)[:2]) for p in problems["cotemp"])
numbers["gold facts against evidence/generated"] = extra
numbers |= {f"gold facts against evidence/{row['class']}/more": row["gold_more"] for row in agree.to_dict("records")}
total = agree[["n", "gold_more", "gold_fewer", "gold_anchor"]].sum()
shown_counts = pd.concat([agree[["class", *total.index]], pd.DataFrame([{"class": "all"} | total.to_dict()])])
tables.show(shown_counts.set_axis(["class", "problems", "gold facts hold more than the evidence", "hold less", "include the anchor"], axis=1),
            f"Released problems (of {n_generated:,} generated ones, {extra} differ)", "re-scored")  # fmt: skip

# %% [markdown]
# About one released problem in twenty has a gold fact that is no evidence; few lack a piece of evidence. The larger
# point is in the last column: to compare two spans one must read both, yet the **anchor** is hardly ever among the gold
# facts, and there by accident of its name. A trace that cites the anchor, as a careful reasoner would, cites more than
# the gold facts. Keep that in mind wherever an IR step is judged by exact match.
#
# **Facts that contradict themselves.** One released problem has a fact that ends before it starts; the rules refuse to
# guess and leave it out. **“During” is at hand in part**: its test problems stand in the students' outputs, the whole
# file is not in the release. **MARCO's answers cannot be derived**: they are sentences that people wrote after reading.

# %% tags=["guard"]
assert extra == 0 or n_generated != 1000, "1.7, generated problems: read it again"
assert 4 < 100 * total["gold_more"] / total["n"] < 6, '1.7 "one released problem in twenty": read it again'
assert total["gold_anchor"] / total["n"] < 0.02, '1.7 "hardly ever": read it again'
assert paper["problems, class equal"] - agree.set_index("class").loc["equal", "n"] == 1, (
    '1.7 "One released problem": read it again'
)

# %%
figures.save_numbers(NAME, numbers)

# %% [markdown]
# **In short.** Class, gold facts and answer of a question follow by rule, and the rules agree with nearly all released
# labels. Where they do not, our audit found an oddity of the released problem each time, and no error of ours. Two
# things to remember: the gold facts hold the answer but not the anchor, and some right answers are missing from the
# gold lists.
#
# ## Your turn
#
# Three exercises that check your answer are in `teaching/exercises/01.py`. Beyond them:
#
# 1. In the cell of section 1.3, make Fir Museum an answer by changing its dates, or by saying more about the anchor's.
#    Which relation results, which class, and why?
# 2. Write five search questions of your own with the class that you would give them, and run `marco.guess_class` on
#    each. Which rule in `lib/datasets/marco/rules.py` decided? Change a rule so that all five come out right: what is
#    your accuracy now worth?
# 3. Suppose the gold facts were the evidence *and the anchor*. Which of the arms of the study would change, and would
#    you expect students to find the IR step easier or harder?

# %%
unsure = "from May 1, 1999 to 2002"  # Fir Museum's dates
print(relation(span_of("from 1990 to 1999"), span_of(unsure)))

# %% [markdown]
# <details><summary>Hints, then a solution</summary>
#
# For 1: it is the *anchor's* end that is open; no date of Fir Museum in 1999 helps. Let Fir Museum begin in 1998, or
# write the anchor's end as a day after May 1, 1999; then the spans surely share days, neither contains the other, and
# the relation is `overlap`; the class stays `mix`, as Birch College lies `during` the anchor. For 2: whatever you reach
# on questions that shaped a rule is the number of section 1.4 that says nothing; ask a friend for five more. For 3:
# correct and incorrect traces would cite one fact more (the answers stay); a student would have to copy the fact that
# the question itself describes, which is easy to find.
#
# </details>

# %% tags=["guard"]
assert relation(span_of("from 1990 to 1999"), span_of("from 1998 to 2002")) == "overlap", "solution 1: read it again"
assert relation(span_of("from 1990 to December 31, 1999"), span_of(unsure)) == "overlap", "solution 1: read it again"

# %% [markdown]
# **Next:** [2. The traces](02_traces.ipynb): what students are supervised with, arm by arm.
