"""One module a dataset, all of one shape. `DATASETS[name]` is the module.

Each has CATEGORIES (the values of the class step), `gold_facts(...)` (the value of the IR step),
`entities(problem)` (what an answer written as free text may name), `problem_of(row, category)` (a released
output's fields as a Problem) and `parse_literals`-free, typed fields only: no eval of data.
"""

from types import ModuleType

from lib.datasets import babi, cotemp, marco

DATASETS: dict[str, ModuleType] = {"cotemp": cotemp, "babi": babi, "marco": marco}
