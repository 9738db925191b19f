"""Our own scoring, "strict": right are the gold set of answers, the gold class, the gold facts, and nothing beside.

The rules, with an example of each, are in lib/verify/RULES.md. `answer` and `steps` hold them; `wording` says what a
sentence does with what it names, `plain` how a text is typed.
"""

from lib.verify.strict.answer import check_answer
from lib.verify.strict.prose import NOT_CLEAR
from lib.verify.strict.steps import check_steps

__all__ = ["NOT_CLEAR", "check_answer", "check_steps"]
