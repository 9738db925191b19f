"""Problems and completions of our own that the verifier's tests share; nothing here is released text."""

from lib.datasets import DATASETS, babi, cotemp, marco
from lib.datasets.problem import Problem

# The study's class sentences and citing phrases, per dataset.
CLASS_SENTENCES = {name: module.CLASS_SENTENCE for name, module in DATASETS.items()}
CITING = {name: module.CITING_SENTENCE.removesuffix("{}") for name, module in DATASETS.items()}


def cotemp_problem(facts: list[str], question: str, gold: list[str], pattern="S1_R1_O2", category="during") -> Problem:
    row = {"question": question, "facts": facts, "gold": gold, "triple_element": pattern}
    return cotemp.problem_of(row, category)


def babi_problem(facts: list[str], question: str, gold: str, gold_facts: list[str], category: str) -> Problem:
    row = {"question": question, "passage": str(facts), "answer_passage": str(gold_facts), "gold": gold}
    return babi.problem_of(row, category)


def marco_problem(facts: list[str], question: str, gold: list[str], category: str) -> Problem:
    return marco.problem_of({"question": question, "passages": facts, "answers": gold, "query_type": category}, "")


EMPLOYERS = cotemp_problem(
    facts=[
        "Ada Moss works for Alder Institute from 1990 to 1999.",
        "Ada Moss works for Birch College from 1992 to 1995.",
        "Ada Moss worked for Cedar Society in 1993.",
        "Ada Moss attended Dogwood School from May, 1980 to June, 1984.",
        "Ada Moss works for Elm Laboratory from 2001 to 2004.",
        "Otto Finn works for Alder Institute from 1991 to 1992.",
    ],
    question="While Ada Moss was working for Alder Institute, which employer did Ada Moss work for during the same "
    "time period?",
    gold=["Birch College", "Cedar Society"],
)

FOOTBALL = babi_problem(
    facts=[
        "Mary went to the kitchen.",
        "John took the apple there.",
        "Mary got the football.",
        "Mary went to the garden.",
        "Daniel moved to the office.",
    ],
    question="Where is the football?",
    gold="garden",
    gold_facts=["Mary got the football.", "Mary went to the garden."],
    category="two-supporting-facts",
)

CARRYING = babi_problem(
    facts=["Mary took the apple.", "Mary got the football.", "John went to the garden."],
    question="What is Mary carrying?",
    gold="apple,football",
    gold_facts=["Mary took the apple.", "Mary got the football."],
    category="lists-sets",
)

PAINTING = marco_problem(
    facts=[
        "A canvas is primed with gesso before painting.",
        "Oil paint dries in about two weeks, acrylic paint within one hour.",
        "The painter lived by the sea.",
    ],
    question="how long does oil paint take to dry",
    gold=["about two weeks", "Oil paint dries in about two weeks."],
    category="numeric",
)

UNANSWERED = marco_problem(
    facts=["A canvas is primed with gesso before painting."],
    question="who invented gesso",
    gold=[marco.NO_ANSWER],
    category="person",
)


def answer_text(problem: Problem) -> str:
    """The gold answer as the study's completions write it: a list for CoTempQA, plain text elsewhere."""
    if problem.dataset == "cotemp":
        return str(list(problem.answers))
    return ",".join(problem.answers) if problem.dataset == "babi" else problem.answers[0]


def trace(problem: Problem, category: str | None = None, cited: list[str] | None = None) -> str:
    """The think part's content in the study's words: gold, but for what is given."""
    sentence = CLASS_SENTENCES[problem.dataset].format(problem.category if category is None else category)
    facts = list(problem.gold_facts) if cited is None else cited
    return f"{sentence}\n{CITING[problem.dataset]}{facts}"


def completion(problem: Problem, think: str | None = None, answer: str | None = None) -> str:
    """A whole completion: gold, but for what is given."""
    think = trace(problem) if think is None else think
    return f"<think>{think}</think> <answer>{answer_text(problem) if answer is None else answer}</answer>"


def other_class(problem: Problem) -> str:
    return next(name for name in DATASETS[problem.dataset].CATEGORIES if name != problem.category)
