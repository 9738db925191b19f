# %% [markdown]
# # 1. Decomposition: how a question is split into two steps that can be checked
#
# A reasoning trace is free text. To say whether one is *correct*, the study splits every question **by rule** into two
# steps, each with one right value:
#
# - the **classification step**: which kind of question is it?
# - the **information-retrieval (IR) step**: which of the given facts does the answer need?
#
# Everything later, the traces that students are trained on as well as the verdicts on what they write, rests on these
# rules. So this notebook takes them apart: how they work, how often they agree with the labels of the released data,
# why they sometimes do not, and where they end. No model is asked for anything.

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

import pandas as pd
from IPython.display import Markdown, display

from lib.analysis import agreement, decomposition, decomposition_plots, sizes
from lib.datasets import babi, cotemp, marco
from lib.datasets.cotemp import audit as cotemp_audit
from lib.datasets.cotemp.dates import relation
from lib.files import DATA
from lib.published import release, reported, verdicts
from lib.published.agreement import count_sizes
from lib.published.problems import all_cotemp

NAME = "01_decomposition"
GENERATED = "simulated (generated problems)"
figures.use_style()
numbers = {}
problems = {
    name: module.generate(n_generated, seed) for name, module in (("cotemp", cotemp), ("babi", babi), ("marco", marco))
}

# %% [markdown]
# ## 1.1 CoTempQA: what else was true at that time?
#
# A question names one fact, the **anchor**, and asks which other fact was true while the anchor was. This problem is
# generated, in the dataset's wording; nobody in it exists.

# %%
problem = cotemp.generate(shown + 1, seed)[shown]
Markdown(f"**{problem.question}**")

# %% [markdown]
# Four moves lead to the answer, and none of them needs a model:
#
# 1. read the dates of every fact;
# 2. find the anchor, the fact that the question takes for granted;
# 3. pick the **candidates**: facts of the relation that is asked for, about the person who is asked about;
# 4. compare each candidate's span of time with the anchor's.
#
# Before you look at the figure: which of these candidates were true while the anchor was?

# %%
tables.show(pd.DataFrame({"fact": problem.facts}), "A generated problem: its facts, in the order given")

# %%
frame = decomposition.timeline(problem)
figure = decomposition_plots.timeline(frame)
figures.save(
    figure, "01_timeline", "A generated problem: how each fact lies in time to the anchor", frame, GENERATED, NAME
)

# %% [markdown]
# Black, with the band, is the anchor. Solid is when a fact surely holds; pale is where its dates leave days open
# ("from 1990" may begin in any month of 1990). Arrows point to facts that are not asked for and lie outside the
# picture. The class is the relation that all co-temporal candidates share, and `mix` where they differ:

# %%
tables.show(
    decomposition.summary(problem, cotemp.decompose), "A generated problem: what the rules find, beside its labels"
)

# %% [markdown]
# Here is a real one, the shortest of its class, where the authors' release is at hand (`make release`):

# %%
if release.at_hand():
    real = decomposition.real_cotemp()
    display(Markdown(f"**{real.question}**"))
    display(tables.show(decomposition.cotemp_steps(real), "A released problem, fact by fact", "re-scored"))
    figure = decomposition_plots.timeline(decomposition.timeline(real))
else:
    print("the release is not at hand: make release fetches it, then run this notebook again")

# %% [markdown]
# ## 1.2 bAbI and MS MARCO: the same two steps
#
# **bAbI** tells a short story and asks about it. The class is the type of question, found from its form; the gold facts
# are the sentences that the answer rests on, found by following the story. A generated one:

# %%
story = next(p for p in problems["babi"] if p.category == "time-reasoning")
tables.show(decomposition.babi_steps(story), f"A generated story. {story.question}")

# %%
tables.show(decomposition.summary(story, babi.decompose), "A generated story: what the rules find, beside its labels")

# %%
if release.at_hand():
    real = decomposition.real_babi("time-reasoning")
    display(tables.show(decomposition.babi_steps(real), f"A released story. {real.question}", "re-scored"))
else:
    print("the release is not at hand: make release fetches it, then run this notebook again")

# %% [markdown]
# **MS MARCO** is different in kind: a question that somebody typed into a search engine, web passages, and an answer
# that a person wrote. The class is guessed from the question's form. The gold passage is the one that shares the most
# words *with the given answer* (a punctuation mark counts as a word, as in the study), so here the IR step is not
# derived from the question at all. A generated one:

# %%
search = next(p for p in problems["marco"] if p.category == "numeric" and p.gold_facts)
tables.show(
    decomposition.marco_steps(search),
    f"A generated search question: {search.question}. Answer given: {search.answers[0]}",
)

# %% [markdown]
# MARCO itself may be used for research only and is not part of the release; `python -m lib.published
# agreement --marco FILE` reads a copy that you have.
#
# ## 1.3 The rules for time, and where they fall silent
#
# Dates come in three precisions: a year, a month, a day. Two spans are compared as the benchmark's own construction
# compares them, and where an open month or day alone would decide, nothing is decided: the relation is **unclear**, and
# the fact neither counts as an answer nor rules one out. Cover the last two columns and predict:

# %%
PAIRS = [
    ("from 1990 to 1999", "from 1990 to 1999", "the same dates"),
    ("from 1990 to 1999", "from 1992 to 1995", "one within the other"),
    ("from 1992 to 1995", "from 1990 to 1999", "the same seen from the other side: the rules are symmetric"),
    ("from 1990 to 1999", "from 1995 to 2003", "neither contains the other"),
    ("from 1990 to 1999", "from 2001 to 2004", "no day in common"),
    ("from 1990 to 1999", "from 1999 to 2003", "one begins in the year in which the other ends: before or after?"),
    ("from 1990 to 1999", "from May, 1999 to 2003", "the same, one month better known: still open"),
    ("from 1990 to May 3, 1999", "from June, 1999 to 2003", "now the month decides"),
    ("from 1990 to 1999", "in June 5, 1997", "a point well inside"),
    ("from 1990 to 1999", "in 1990", "a point in the first year: before or after the start?"),
    ("in May 3, 1997", "in May 3, 1997", "the same day"),
    ("in 1997", "in 1997", "the same year, perhaps two days"),
    ("in 1997", "in May 3, 1998", "two years"),
]
span_of = decomposition.span_of
rows = [(first, second, relation(span_of(first), span_of(second)), why) for first, second, why in PAIRS]
tables.show(pd.DataFrame(rows, columns=["anchor", "candidate", "relation", "why"]), "Made-up pairs of spans")

# %% [markdown]
# **Try it yourself.** One problem with four candidates, one of them unclear. Change any date in the cell, or run the
# notebook with another `dates_to_try` for Dogwood Press, and see the class follow. What must Dogwood Press's dates be
# for the class to stop being `mix`? (There is no one answer.)

# %%
facts = [
    "Ada Moss works for Alder Institute from 1990 to 1999.",  # the anchor
    "Ada Moss works for Birch College from March, 1992 to June 3, 1995.",
    f"Ada Moss works for Dogwood Press {dates_to_try}.",
    "Ada Moss works for Elm Laboratory from 2001 to 2004.",
    "Ada Moss works for Fir Museum from May 1, 1999 to 2002.",
]
asked = "While Ada Moss was working for Alder Institute, which employer did Ada Moss work for simultaneously?"
mine = decomposition.own_problem(asked, facts)
tables.show(decomposition.cotemp_steps(mine), f"Made up. Class by rule: {cotemp.decompose(mine).category}")

# %%
figure = decomposition_plots.timeline(decomposition.timeline(mine))
title = figure.suptitle("Made up: four candidates, one of them unclear", x=0, y=1.12, ha="left", fontsize=12)

# %%
TRIES = (dates_to_try, "from 1990 to 1999", "from 1991 to 1998", "in May, 1995", "from 1999 to 2003", "in 2010")
rows = []
for dates in TRIES:
    found = cotemp.decompose(
        decomposition.own_problem(asked, [*facts[:2], f"Ada Moss works for Dogwood Press {dates}."])
    )
    rows.append((dates, found.category, ", ".join(found.answers)))
tables.show(pd.DataFrame(rows, columns=["Dogwood Press", "class", "answers"]), "Made up: one date changes the class")

# %% [markdown]
# ## 1.4 How often do the rules agree with the released labels?
#
# The rules read facts and question only, never a label. That makes the labels a test of the rules, and the rules a test
# of the labels. For CoTempQA we compare class and answers; for bAbI class, answers and supporting facts; for MARCO only
# the class can be compared, and, as its questions may not be passed on, on questions of **our own**.

# %%
agree = agreement.agreement()
agree["part"] = agree["part"].replace("after the rules", "our own questions, after the rules")
numbers |= {
    f"agreement/{row.dataset}/{row.part}/{row.category}/{row.what}": round(row.value, 2)
    for row in agree.rename(columns={"class": "category"}).itertuples()
}
drawn = agree[
    (agree["part"] != "before the rules") & ((agree["dataset"] != "babi") | (agree["what"] == "supporting facts"))
]
figure = decomposition_plots.agreement(drawn)
figures.save(
    figure,
    "01_agreement",
    "Rules against labels: released labels of CoTempQA and bAbI, our own of MARCO's kind",
    drawn,
    "re-scored",
    NAME,
)

# %%
tables.show(
    agreement.agreement_table(agree[agree["dataset"] == "cotemp"]).drop(columns="part"),
    "CoTempQA: rules and released labels agree, percent (Wilson's 95 % interval)",
    "re-scored",
)

# %%
tables.show(
    agreement.agreement_table(agree[agree["dataset"] == "babi"]),
    "bAbI: rules and released labels agree, percent (Wilson's 95 % interval)",
    "re-scored",
)

# %%
stories = pd.read_csv(DATA / "babi_agreement.csv")
other, alike = int(stories["other_gold_facts"].sum()), int(stories["equally_short"].sum())
least = stories[["class", "answers"]].min().min()
Markdown(
    f"Class and answers of bAbI agree in at least {least:g} % of every type and are not drawn. Of "
    f"{stories['problems'].sum():,} problems, {other} have other supporting facts by rule than by label. In {alike} of "
    f"these {other}, several chains of sentences of the same length prove the answer, and the release names one of "
    "them; we count none of these as agreement. A high share here says that the labels follow from rules, as "
    "bAbI was itself made by a program. It does not say that the rules would read other people's stories."
)

# %% [markdown]
# Intervals say what could be expected of more problems of the same kind. They do not know that the rules were written
# with the released data's wordings in view. Nowhere does that matter more than for MARCO:

# %%
marco_rows = agree[agree["dataset"] == "marco"]
tables.show(
    agreement.agreement_table(marco_rows).rename(columns={"part": "questions written"}),
    "MARCO's classes, guessed on our own questions (none of MARCO's): percent right (Wilson's 95 % interval)",
)

# %%
fresh = marco_rows[(marco_rows["part"] != "before the rules") & (marco_rows["class"] == "all")].iloc[0]
shaped = marco_rows[(marco_rows["part"] == "before the rules") & (marco_rows["class"] == "all")].iloc[0]
Markdown(
    f"**The number is {fresh.value:.1f} %** ({fresh.low:.1f} to {fresh.high:.1f}; {fresh.agree} of {fresh.n}): "
    "questions written *after* the rules were finished, which no rule has seen. The "
    f"{shaped.value:.1f} % on the other {shaped.n} says nothing about new questions: those were written first, and "
    "they shaped the rules. Such a number shows no more than that the rules remember where they came from. "
    "And both numbers are about our own idea of the five classes; MARCO's were assigned by a model of its makers."
)

# %% [markdown]
# ## 1.5 Where rule and label disagree: an audit
#
# For CoTempQA we asked of every disagreement *why*, and let a second rule check the reason:
#
# | reason | meaning |
# |---|---|
# | answer missing from the gold list | a further fact was true at the time, whatever days are meant |
# | label against its own definition | the label fits other facts than those of the relation that is asked for |
# | duplicate fact | the anchor, or an answer, holds twice, with two spans |
# | ambiguous precision | a date without month or day decides |
# | our error | no rule explains it |

# %%
audit = agreement.audit_counts()
numbers |= {
    f"audit/{row.category}/{row.reason}": row.problems
    for row in audit.rename(columns={"class": "category"}).itertuples()
}
figure = decomposition_plots.reasons(audit)
figures.save(
    figure, "01_label_audit", "CoTempQA: why rule and released label disagree, by class", audit, "re-scored", NAME
)

# %%
wide = audit.pivot_table(index="reason", columns="class", values="problems", sort=False)[list(cotemp.CATEGORIES)]
tables.show(
    wide.astype(int).assign(all=wide.sum(axis=1).astype(int)).reset_index(),
    "Disagreements by reason and class",
    "re-scored",
)

# %% [markdown]
# Building a benchmark of thousands of questions from a knowledge base means making such choices by program, and a small
# share of odd cases is only to be expected. The smallest example of each reason, real where the release is at
# hand and holds one, otherwise made up and labelled so:


# %%
def example(reason):
    found = agreement.example(reason)
    return tables.show(found.table(), found.source, "re-scored" if found.source == "released" else "")


example(cotemp_audit.MISSING)

# %%
example(cotemp_audit.AGAINST)

# %%
example(cotemp_audit.DUPLICATE)

# %%
example(cotemp_audit.AMBIGUOUS)

# %% [markdown]
# **What it means for scores.** Where a right answer is missing from the gold list, a student that gives *all* right
# answers is marked wrong by any judge that does not allow extra answers, our strict one included, and a student that
# happens to stop early is marked right. This is the most that the answer labels in doubt could move the accuracy of a
# class:

# %%
table = verdicts.load()
doubt = agreement.most_that_scores_can_move(table)
numbers["audit/mean of classes, percent in doubt"] = round(float(doubt["percent"].mean()), 2)
tables.show(doubt, "CoTempQA test problems whose answer label the rules do not confirm", "re-scored")

# %%
Markdown(
    f"So the mean over the four classes, which the paper reports, can move by at most {doubt['percent'].mean():.1f} "
    "points for this reason. Keep it in mind when arms differ by less, as some do in notebook 04."
)

# %%
tables.show(
    agreement.scores_by_finding(table),
    "Class “during”: answers right, percent, by protocol and finding (number of problems)",
    "re-scored",
)

# %% [markdown]
# Students score lower on the problems with a missing answer, under both protocols. Part of that is the label, part will
# be that several facts were true at once, which is harder; these counts cannot tell the two apart.
#
# ## 1.6 What the datasets look like
#
# First the balance of classes. CoTempQA's test problems were drawn class by class, 20 % of each, so they are as uneven
# as the whole; the paper averages over classes to make up for it.

# %%
balance = agreement.class_balance(table, reported.read("paper.csv"))
tables.show(balance, "CoTempQA: problems and test problems by class", "reported, re-scored")

# %%
tables.show(
    agreement.class_counts(table, "babi"), "bAbI: test problems by class, counted in the released outputs", "re-scored"
)

# %% [markdown]
# Then the sizes: facts in the context, answers, gold facts. Generated problems are made to be checked and to train on,
# with every class equally frequent; this shows how far they look like the released ones (for CoTempQA three classes
# whole, and of `during` the test problems). MARCO has generated ones only.

# %%
made = count_sizes([problem for name in problems for problem in problems[name]])
counted = pd.concat(
    [agreement.pooled_sizes(sizes.load(), "released"), agreement.pooled_sizes(made, "generated")], ignore_index=True
)
counted = counted.sort_values(["dataset", "what", "size"], key=lambda column: column.replace({"cotemp": "a"}))
figure = decomposition_plots.sizes(counted)
figures.save(
    figure,
    "01_sizes",
    "How large problems are: released (CoTempQA, bAbI) and generated",
    counted,
    f"re-scored, {GENERATED}",
    NAME,
)

# %%
tables.show(
    agreement.sizes_table(sizes.load()),
    "Released problems: means (of “during”, the test problems)",
    "re-scored",
    decimals=2,
)

# %%
tables.show(agreement.sizes_table(made), f"Generated problems (seed {seed}): means", decimals=2)

# %% [markdown]
# Generated CoTempQA contexts all have the same number of facts unless you ask for another (`n_facts`), and generated
# MARCO problems include some that no passage answers, which have no gold fact.
#
# ## 1.7 Where the rules end
#
# **Gold facts are not quite the evidence.** For CoTempQA, the study calls a fact gold if it *contains an answer
# string*. Reasoning over dates finds something slightly different: the co-temporal facts. The two part where one name
# stands inside another ("Liberal Party" in "leader of the Liberal Party"), or where the same name turns up at another
# time. Generated names never hold one another; released ones do:

# %%
extra = decomposition.extra_gold_facts(problems["cotemp"])
numbers["gold facts against evidence/generated"] = extra
counts = pd.read_csv(DATA / "cotemp_agreement.csv")
numbers |= {f"gold facts against evidence/{row['class']}/more": row["gold_more"] for row in counts.to_dict("records")}
tables.show(
    counts[["class", "n", "gold_more", "gold_fewer", "gold_anchor"]].set_axis(
        ["class", "problems", "gold facts hold more than the evidence", "… hold less", "… hold the anchor"], axis=1
    ),
    "Released problems: the study's gold facts against the evidence found by reasoning",
    "re-scored",
)

# %%
share = 100 * counts["gold_more"].sum() / counts["n"].sum()
anchors, n = counts["gold_anchor"].sum(), counts["n"].sum()
missing = audit.loc[audit["reason"] == cotemp_audit.MISSING, "problems"].sum()
Markdown(
    f"Among {n_generated:,} generated problems the two differ in {extra}. Among {n:,} released ones, "
    f"{counts['gold_more'].sum()} ({share:.1f} %) have a gold fact that is no evidence, and "
    f"{counts['gold_fewer'].sum()} lack a piece of evidence: the {missing} missing answers of section 1.5, and little "
    "else. "
    "There is a larger point in the last column: to compare two spans one must read both, yet the **anchor** is among "
    f"the gold facts of only {anchors} problems, and there by accident of its name. A trace that cites the anchor, as "
    "a careful reasoner would, cites more than the gold facts. Keep that in mind wherever an IR step is judged by "
    "exact match."
)

# %%
if release.at_hand():
    released = all_cotemp()
    more = [pair for problem in released for pair in decomposition.gold_without_evidence(problem)]
    few = sorted(more, key=lambda pair: len(pair[1]))[:5]
    display(tables.show(pd.DataFrame(few, columns=["answer", "gold, but no evidence"]), "Released", "re-scored"))
else:
    print("the release is not at hand: make release fetches it, then run this notebook again")

# %%
equal = balance.set_index("class").loc["equal", "problems (reported)"]
read = int(counts.set_index("class").loc["equal", "n"])
Markdown(
    f"**Facts that contradict themselves.** The rules refuse to guess: of {equal} problems of class `equal`, {read} "
    f"can be read. What is left out ({equal - read}) has a fact that ends before it starts.\n\n"
    "**“During” is at hand in part.** Of that class the release holds the test problems, in the students' outputs, and "
    "not the whole file; what is said about it here is about those.\n\n"
    "**MARCO's answers cannot be derived.** They are sentences that people wrote after reading; `marco.decompose` "
    "hands on the answers that it was given. A passage with many common words can share more with the answer than the "
    "one it was taken from, and then the rule calls the wrong one gold. Of MARCO's decomposition only the class is a "
    "finding, and section 1.4 says how good it is."
)

# %%
figures.save_numbers(NAME, numbers)

# %% [markdown]
# All agreement numbers again from the release, in one go: `make agreement`.
#
# ## Your turn
#
# 1. In the cell of section 1.3, make Fir Museum an answer by giving its start one more piece of information. Which
#    class results, and why?
# 2. Write five search questions of your own with the class that you would give them, and run `marco.guess_class` on
#    each. Which rule in `lib/datasets/marco/rules.py` decided? Change a rule so that all five come out right: what is
#    your accuracy now worth?
# 3. Suppose the gold facts were the evidence *and the anchor*. Which of the three arms of the study would change, and
#    would you expect students to find the IR step easier or harder?

# %%
unsure = "from May 1, 1999 to 2002"  # Fir Museum's dates
print(relation(span_of("from 1990 to 1999"), span_of(unsure)))

# %% [markdown]
# <details><summary>Hints, then a solution</summary>
#
# For 1: it is the *anchor's* end that is open; no date of Fir Museum in 1999 helps. Let Fir Museum begin in 1998, or
# write the anchor's end as a day after May 1, 1999; then the spans surely share days, neither contains the other, and
# the relation is `overlap`. For 2: whatever you reach on questions that shaped a rule is the number of section 1.4 that
# says nothing; ask a friend for five more. For 3: correct and incorrect traces would cite one fact more (the answers
# stay); a student would have to copy the fact that the question itself describes, which is easy to find.
#
# </details>

# %%
assert relation(span_of("from 1990 to 1999"), span_of("from 1998 to 2002")) == "overlap"
assert relation(span_of("from 1990 to December 31, 1999"), span_of(unsure)) == "overlap"
