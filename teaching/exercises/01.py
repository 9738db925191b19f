# %% [markdown]
# # Exercises 1. Decomposition
#
# These train to compare dates as the rules do, to tell a gold fact from evidence, and to read a step out of free text.

# %%
from lib.datasets.cotemp.grammar import parse_fact
from lib.exercises import check

# %% [markdown]
# ### 01.1 · One year, five relations
# *15 minutes · easy · after section 1.3*
#
# Ada Moss worked for Elm Bank from 1990 to 1999. Give Fir Museum dates for each of the five relations to that. To make
# the precision of dates matter:
#
# - *during* and *overlap* both **end in 1999**;
# - *apart* **begins in 2000**.
#
# Predict first: can two spans that end in the same year as the anchor be of different relations? Then say in one
# sentence what a date without month or day is taken for.
#
# <details><summary>Hint 1</summary>
#
# A missing month sorts before every given one. So which comes later: "1999", or "January, 1999"?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Nothing is decided where the convention alone would say whether the two *touch*. When does Fir Museum begin, then?
#
# </details>

# %% tags=["starter"]
print(parse_fact("Ada Moss works for Fir Museum from May, 1991 to 1992.").span)

dates = {
    "equal": ...,  # such as "from May, 1991 to 1992", or "in 1991"
    "during": ...,
    "overlap": ...,
    "apart": ...,
    "unclear": ...,
}
check("01.1", dates)

# %% [markdown]
# ### 01.2 · A gold fact that is no evidence
# *20 minutes · medium · after section 1.7*
#
# The study calls a fact gold if it *contains an answer string*. Write a problem in the dataset's words, about people of
# your own, that the rules decompose into **one** answer, and in which **exactly one** gold fact is no evidence: it was
# not true at the time, it is about another name, and it is gold all the same.
#
# Then ask: a student cites the evidence and nothing else, as a careful reasoner would. What does the IR step say?
#
# <details><summary>Hint 1</summary>
#
# "Contains" knows no words. Which name could hold another one?
#
# </details>
# <details><summary>Hint 2</summary>
#
# You need three facts: the one that the question takes for granted, the answer's, and one more, at another time.
#
# </details>

# %% tags=["starter"]
problem = {
    "question": "While Ada Moss was working for Elm Bank, which employer did Ada Moss work for at the same time?",
    "facts": [
        "Ada Moss works for Elm Bank from 1990 to 1999.",
        "Ada Moss works for Oak Press from 1992 to 1995.",
    ],
}
check("01.2", problem)

# %% [markdown]
# ### 01.3 · Read the class step
# *40 minutes · hard · after section 1.7 · build*
#
# A trace is free text, and somebody has to say which class it names. Write that reader: from a completion and the
# problem's facts to one of "equal", "during", "overlap", "mix", or None where none is named clearly. The rules:
#
# - only the think part counts, and only where it is closed with `</think>`;
# - a class may be inflected (overlaps, overlapping, mixed, equally), in capitals, in quotes or in bold;
# - a name inside a cited fact is no class ("Equal Rights Institute"), nor is "during the same time interval";
# - a class that is denied ("not equal", "isn't equal") is not named; two different ones are not clear.
#
# The check holds it against the strict verifier on about a hundred texts and says which is the first that differs.
# Predict first: which of these rules does `next((c for c in classes if c in text), None)` break?
#
# <details><summary>Hint 1</summary>
#
# First cut away all that must not be read: what stands after `</think>`, then every fact, then the phrase about time.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then take out what is denied: one pattern, from a word of denial to the class. What is left is named, and you
# need only count the different ones.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `\b` is where a word begins or ends. One pattern for each class, with its endings, keeps "unequal" out.
#
# </details>


# %% tags=["starter"]
def class_step(text, facts):
    """The class that a completion names, or None."""
    ...


check("01.3", class_step)
