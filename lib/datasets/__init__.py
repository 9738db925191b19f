"""The three datasets, one package each and all of one shape: `DATASETS[name]` is the module.

CATEGORIES       the values of the class step
ANSWER_TYPE      how an answer is written: "list", "word" or "text"
CLASS_SENTENCE   the study's sentence for the class step, with {} for the class
CITING_SENTENCE  the study's sentence for the IR step, with {} for a list of facts
FIELDS           an output's fields for a problem, and the type of each

generate(n, seed, category)   new problems whose gold values are known
load(path)                    problems of a file as its makers give it
decompose(problem)            class, gold facts and answers by rule
entities(problem)             (what an answer may name, what else the context names)
problem_of(row, category)     the Problem of an output's fields; they are parsed, never run
row_of(problem)               the fields of a Problem: what `problem_of` reads
render(problem)               the prompt
render_answer(answers)        the answer part of a completion
"""

from types import ModuleType

from lib.datasets import babi, cotemp, marco

DATASETS: dict[str, ModuleType] = {"cotemp": cotemp, "babi": babi, "marco": marco}
