# %% [markdown]
# # Solutions 3. Distillation
#
# These train to say which tokens a student learns from, to compute its loss by hand, and to foresee what a mask does.

# %%
import numpy as np

from lib.exercises import check
from teaching.checks import toy

# %% [markdown]
# ### 03.1 · Labels
#
# What is supervised is decided by place. Where the pad token is the end token, a mask by token also hides the one end
# token that ends the completion, and the student never learns to stop: it answers, and goes on writing.


# %%
def targets(prompt, completion, end, pad, length):
    ids = [*prompt, *completion, end]
    padding = length - len(ids)
    return ids + [pad] * padding, [-100] * len(prompt) + ids[len(prompt) :] + [-100] * padding


check("03.1", targets)

# %% [markdown]
# ### 03.2 · The loss of an update
#
# The cost of a token is the logarithm of the sum of exponentials, minus its own logit, in the row *before* it; equally
# likely tokens cost the logarithm of their number. Tokens are pooled over the batch, so a long trace
# weighs more than a short one: in an arm of verbose traces most of the loss is on the longest of them.


# %%
def update_loss(batch):
    costs = []
    for logits, ids, start in batch:
        rows = logits[start - 1 : len(ids) - 1]
        rows = rows - rows.max(axis=1, keepdims=True)
        chosen = rows[np.arange(len(rows)), ids[start:]]
        costs.append(np.log(np.exp(rows).sum(axis=1)) - chosen)
    return np.concatenate(costs).mean()


check("03.2", update_loss)

# %% [markdown]
# ### 03.3 · Supervise the answer alone
#
# Both students' answers get cheaper, those of the student of the answer alone the more: every update is about them,
# where most supervised tokens of a completion are trace. But its traces cost *more* than before training:
# nothing holds it to them. It can be used only where somebody hands it a correct trace, and where does that come from?
# Low loss on the answer *given the right trace* is not accuracy.


# %%
def start_of_answer(ids, tokenizer):
    return next(place for place in range(1, len(ids)) if "</think>" in tokenizer.decode(ids[:place]))


costs = toy.compare(start_of_answer)  # (trace, answer)
assert costs["answer alone"][1] < costs["completion"][1] < costs["untrained"][1], "03.3, answers: read it again"
assert costs["completion"][0] < costs["untrained"][0] < costs["answer alone"][0], "03.3, traces: read it again"
check("03.3", start_of_answer)
