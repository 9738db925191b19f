# %% [markdown]
# # Solutions 1. Decomposition
#
# These train to compare dates as the rules do, to tell a gold fact from evidence, and to read a step out of free text.

# %%
import re

from lib.exercises import check

# %% [markdown]
# ### 01.1 · One year, five relations
#
# A date without month or day sorts before every date of its year that has them. So "1999" comes before "May, 1999":
# a span that ends in May, 1999 goes on beyond the anchor, by convention, and overlaps it, where one that ends in 1999
# lies within. Only where that convention alone would say whether two spans touch, as with a start in 1999, is nothing
# decided.

# %%
dates = {
    "equal": "from 1990 to 1999",
    "during": "from 1992 to 1999",
    "overlap": "from 1992 to May, 1999",
    "apart": "from 2000 to 2003",
    "unclear": "from 1999 to 2003",
}
check("01.1", dates)

# %% [markdown]
# ### 01.2 · A gold fact that is no evidence
#
# "Oak Press" stands inside "Oak Press Museum", so the fact about the museum is gold, though it was true years later. A
# trace that cites the evidence alone gets "IR step: missing …" from the strict verifier; to be right it has to cite a
# fact that no reasoning needs. One released problem in twenty is like this (section 1.7).

# %%
problem = {
    "question": "While Ada Moss was working for Elm Bank, which employer did Ada Moss work for at the same time?",
    "facts": [
        "Ada Moss works for Elm Bank from 1990 to 1999.",
        "Ada Moss works for Oak Press from 1992 to 1995.",
        "Ada Moss works for Oak Press Museum from 2003 to 2008.",
    ],
}
check("01.2", problem)

# %% [markdown]
# ### 01.3 · Read the class step
#
# Most of the work is to leave out what must not be read. What remains is counted: one class, or none. This reader fits
# the texts of the check, and would not fit others: "Neither equal nor mix, but overlap", "equal? No, during" and much
# else that students write. `lib/verify/RULES.md` lists what the strict verifier had to learn, case by case, and where a
# text is truly ambiguous, it is not right.

# %%
FORMS = {"equal": "equal(?:ly)?", "during": "during", "overlap": "overlap(?:s|ped|ping)?", "mix": "mix(?:ed|ture)?"}
ANY = "|".join(FORMS.values())


def class_step(text, facts):
    think, closed, _ = text.partition("</think>")
    for fact in facts:
        think = think.replace(fact, " ")
    think = re.sub(r"during the same time (?:interval|period|span)", " ", think.lower())
    think = re.sub(rf"(?:\bnot|n't)\s+(?:{ANY})\b", " ", think)
    named = [name for name, form in FORMS.items() if re.search(rf"\b{form}\b", think)]
    return named[0] if closed and len(named) == 1 else None


check("01.3", class_step)
