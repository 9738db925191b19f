"""A few problems and outputs of our own, small enough to check by eye; they stand in where no release is at hand.

The facts about Churchill are public record; the wording is the study's, the problems are ours.
"""

from lib.datasets import cotemp
from lib.datasets.problem import Problem
from lib.verify.completion import render_completion

_CHURCHILL = {
    "question": "While Winston Churchill was holding the position of Prime Minister of the United Kingdom, "
    "which position did Winston Churchill hold during the same time period?",
    "facts": [
        "Winston Churchill holds the position of President of the Board of Trade "
        "from April 12, 1908 to February 14, 1910.",
        "Winston Churchill holds the position of First Lord of the Admiralty from October 24, 1911 to May 25, 1915.",
        "Winston Churchill holds the position of Minister of Munitions from July 17, 1917 to January 10, 1919.",
        "Winston Churchill holds the position of Chancellor of the Exchequer from November 6, 1924 to June 4, 1929.",
        "Winston Churchill holds the position of Prime Minister of the United Kingdom "
        "from May 10, 1940 to July 26, 1945.",
        "Winston Churchill holds the position of Minister of Defence from May 10, 1940 to July 26, 1945.",
    ],
    "gold": ["Minister of Defence"],
    "triple_element": "S1_R1_O2",
}


def churchill() -> Problem:
    """A CoTempQA-shaped problem of class "equal" with one answer."""
    return cotemp.problem_of(_CHURCHILL, "equal")


def completion(category: str, facts: list[str], answers: list[str]) -> str:
    """A CoTempQA completion in the study's words: the class it names, the facts it cites, the answers it gives."""
    trace = f"{cotemp.CLASS_SENTENCE.format(category)}\n{cotemp.CITING_SENTENCE.format(facts)}"
    return render_completion(trace, cotemp.render_answer(tuple(answers)))
