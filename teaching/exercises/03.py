# %% [markdown]
# # Exercises 3. Distillation
#
# These train to say which tokens a student learns from, to compute its loss by hand, and to foresee what a mask does.

# %%
from lib.exercises import check
from teaching.checks import toy

# %% [markdown]
# ### 03.1 · Labels
# *15 minutes · easy · after section 3.1*
#
# Most libraries for training take an example as two lists of one length: the token ids, and the **labels**, which are
# the ids again where a token is supervised and -100 where it is not. Write the function that makes both: prompt,
# completion, end token, then padding on the right up to `length`. Supervised are completion and end token.
#
# Predict first: in many tokenizers the pad token *is* the end token. What would a student never learn if its labels
# were masked "wherever there is a pad token"?
#
# <details><summary>Hint 1</summary>
#
# Decide by place, not by token: you know how long each of the four pieces is.
#
# </details>

# %% tags=["starter"]
IGNORED = -100


def targets(prompt, completion, end, pad, length):
    """(ids, labels), two lists of `length` numbers; prompt and completion are lists of ids."""
    ...


check("03.1", targets)

# %% [markdown]
# ### 03.2 · The loss of an update
# *25 minutes · medium · after section 3.4 · build*
#
# Compute the loss of an update with numpy alone. A batch is a list of examples, each `(logits, ids, start)`: the
# model's scores as an array (length × vocabulary), the token ids, and the place of the first supervised token. The loss
# is the mean cost, in nats, over *all* supervised tokens of the batch. The check compares with `lib/train/loop.py`'s
# definition on made-up logits, on those of an untrained toy student, and on very large ones.
#
# Predict first: if all 50 tokens of a vocabulary are equally likely, what does a token cost?
#
# <details><summary>Hint 1</summary>
#
# The logits at one place are about the token at the *next* one. Which rows do you need, if the first supervised token
# is at `start`?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Batches hold examples of different lengths. A mean of means weighs their tokens differently.
#
# </details>
# <details><summary>Hint 3</summary>
#
# exp(2000) is no number. The cost stays the same when a row's largest logit is taken from all of the row.
#
# </details>


# %% tags=["starter"]
def update_loss(batch):
    """Mean cost of the supervised tokens, in nats; batch: a list of (logits, ids, start)."""
    ...


check("03.2", update_loss)

# %% [markdown]
# ### 03.3 · Supervise the answer alone
# *30 minutes · hard · after section 3.8 · build*
#
# If a trace is only there to be read, one need not train a student to *write* it. Keep the examples of correct traces
# as they are, and put the loss on the answer part alone. Write the function that says where that part begins: the
# place of the first token after `</think>`.
#
# Before you run the comparison, predict four numbers, each "falls", "stays" or "rises" against the untrained student:
# the cost of a trace's token and of an answer's token, after training on the whole completion, and after training on
# the answer alone. Which of the two students could be used as it is? (*Re-trained*, a toy: 0.3 million weights and
# 40 generated problems; less than a minute.)
#
# <details><summary>Hint 1</summary>
#
# `tokenizer.decode(ids[:place])` is the text up to a place. Which is the first place at which it holds `</think>`?
#
# </details>
# <details><summary>Hint 2</summary>
#
# There may be no token `</think>`: most tokenizers cut it into several. So look for the text, not for an id.
#
# </details>


# %% tags=["starter"]
student = toy.untrained()
example = toy.encoded(student, "babi")[0]
print([student.tokenizer.decode([token]) for token in example.supervised])


def start_of_answer(ids, tokenizer):
    """The place of the first token after the think part."""
    ...


# toy.compare(start_of_answer)  # when the check says right, for your predictions
check("03.3", start_of_answer)
