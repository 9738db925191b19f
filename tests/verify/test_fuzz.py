"""A hundred thousand made-up completions: what is wrong is never right, what is right is seldom refused.

A grammar of mutations: what is said (a denial, a doubt, a second answer, another name around the gold, …) times how it
is typed (tags, cases, invisible characters, end tokens, …) times problems of all datasets.
"""

import itertools
import random
from collections import Counter

import pytest

from lib.datasets import DATASETS
from lib.datasets.problem import Problem
from lib.verify import verify
from tests.made_up import CITING, CLASS_SENTENCES, babi_problem, cotemp_problem, other_class

N_TEXTS = 100_000
pytestmark = pytest.mark.slow  # less than a minute

# {g} the gold answers in words, {o} another entity of the context, {a} the question's own, {u} an unknown name,
# {h} half of the other one's name, {g4} a part of the gold, {f} a gold fact
WRONG_ANSWERS = {
    "denied": [
        "The answer is not {g}.",
        "It was never {g}.",
        "{g} is wrong.",
        "{g} is not the answer.",
        "It cannot be {g}.",
        "It can't be {g}",
        "It isn't {g}.",
        "Not the answer: {g}",
        "Wrong answer: {g}",
        "{o}. Not the answer: {g}",
        "Anything but {g}",
        "Everyone but {g}",
        "not {g}",
        "No, not {g}.",
        "Neither {g} nor {o}",
        "Everything except {g}.",
        "I reject {g}.",
        "We can exclude {g}.",
        "It is false that the answer is {g}.",
        "{g} is ruled out.",
        "{o} rather than {g}",
        "{o}, not {g}",
        "It is {o} instead of {g}.",
        "It is not {g}; it is {o}.",
        "Far from {g}.",
        "The answer is without doubt not {g}",
        "It is hardly {g}.",
        "{g} would be incorrect.",
        "That the answer is {g} is untrue.",
        "The answer isn't: {g}",
        "Ignore {g}.",
        "{g} does not fit.",
        "Nobody says {g}.",
        "no {g}",
        "Wrong: {g}",
        "False. {g}",
        "{g} (wrong)",
        "{g} - no.",
        "The answer: anything other than {g}",
    ],
    "taken back": [
        "The answer is {g}. No, wait.",
        "{g}. That is wrong.",
        "{g}. Correction: {o}.",
        "{g}\nCorrection: {u}",
        "{g}. Actually, {o}.",
        "{g}... Sorry, I mean {o}.",
        "The answer is {g}. The answer is {o}.",
        "{g}? No, {o}.",
        "{g}. On second thought, {u}.",
        "{g}, or rather {o}",
        "{g}. Wait, it is {o}",
        "{g}. Scratch that.",
        "{g}. I was wrong.",
        "{g}. Not correct.",
    ],
    "doubted": [
        "Maybe {g}.",
        "{g}?",
        "I guess {g}.",
        "It could be {g}.",
        "It might be {g}.",
        "Perhaps {g}",
        "Possibly: {g}",
        "I do not know, maybe {g}.",
        "I am not sure, {g}.",
        "Either {g} or {o}.",
        "If not {o}, {g}.",
        "Is it {g}?",
        "Probably not {g}",
        "I doubt that it is {g}.",
        "{g}, but I am not sure.",
        "Unclear: {g}",
    ],
    "two": [
        "{g}, {o}",
        "{o}, {g}",
        "{g} and {o}",
        "{g} and {u}",
        "{g} or {o}",
        "{g}\n{o}",
        "- {g}\n- {o}",
        "1. {g}\n2. {o}",
        "* {o}\n* {g}",
        "{g} ({o})",
        "{g}/{o}",
        "{g}; {o}",
        "{g} as well as {u}",
        "{g} + {o}",
        "{g} & {o}",
        "{g}, {u}",
        "{g} {o}",
        "The answers are {g} and also {o}.",
        "It is {g}. It is {o}.",
        "It is {g}. Or {o}.",
        "{g} plus {o}",
        "{g} | {o}",
        "{g} and the {h}",
        "{g}, {h}",
        "{g}, and {o} too",
        "both {g} and {o}",
    ],
    "the question's own": [
        "{g}, {a}",
        "{a}, {g}",
        "{g} or {a}",
        "{g} and {a}",
        "- {g}\n- {a}",
        "1. {a}\n2. {g}",
        "{g} + {a}",
        "{g}\n{a}",
        "The answers are {g} and {a}.",
        "{g} / {a}",
        "{a} and {g}",
    ],
    "around": [
        "{g} of {o}",
        "{g} 2",
        "{g} #2",
        "{g} no. 2",
        "{g} II",
        "ex-{g}",
        "{g}-{o}",
        "{g}'s rival",
        "Shadow {g}",
        "New {g}",
        "{g} of music",
        "{g} Junior",
        "{g}s",
        "x{g}",
        "{g}, {g4}",
        "{g4}",
        "{g} B",
        "the rival of {g}",
        "anti-{g}",
        "{g} branch",
        "not{g}",
        "{g}-like",
        "pseudo {g}",
        "{g} the second",
        "former {g}",
        "{g} museum",
        "{g} and co",
    ],
    "elsewhere": [
        "<think>Maybe <answer>{g}</answer></think> {o}",
        "<think>It is {g}.</think> {o}",
        "<think>It is {g}.</think> I do not know.",
        "<think>The answer is {g}",
        "<answer>{g}</answer> Correction: {o}",
        "<answer>{g}</answer> Wait, it is {o}.",
        "<answer>{g}</answer> Actually, {u}.",
        "<answer>{g}</answer> That is wrong.",
        "<answer>{g}</answer>\nThe answer is {o}.",
        "<answer>{g}</answer>\n{o}",
        "<answer>{g}</answer> Sorry, I mean {o}.",
        "<answer>{g}</answer><answer>{o}</answer>",
        "<answer>{o}</answer><answer>{g}</answer>",
        "<think>{g}</think><answer>{o}</answer>",
        "<think>a</think><think>{g}</think>",
        "<answer>{g}</answer> Not {g}.",
        "<answer>{g}</answer> No.",
    ],
    "hearsay": [
        "It is said to be {g}.",
        "They say {g}",
        "It should have been {g}",
        "{g} is one of these",
        "part of {g}",
        "The question is {g}",
        "Based on {g}.",
        "{g} is in question",
        "{g} and so on",
        "{g} + 1 other",
        "He says the answer is {g}",
        "An answer is {g}",
        "Old answer: {g}",
        "Note {g}.",
        "{g} no more",
        "Is the answer {g}.",
        "{g} is mentioned, but the facts do not say",
    ],
    "withdrawn": [
        "<answer>{g}</answer> I made that up.",
        "<answer>{g}</answer> ❌",
        "<answer>{g}</answer> Ignore the above.",
        "<answer>{g}</answer> (guess)",
        "<answer>{g}</answer> Not!",
        "<answer>{g}</answer> ?",
        "{g}. I do not think so.",
        "{g} ✗",
        "{g}. That was a joke.",
        "The answer is {g}. Disregard that.",
        "The answer is {g}. This is unlikely.",
        "{g}\nNever mind.",
    ],
    "asides that give another": [
        "{g}. It is {a}.",
        "{g}, which is {a}.",
        "{g}. Before that it was {o}.",
        "{g} was {o}",
        "For {g}, {o}.",
        "Apart from {g}, it was {o}.",
        "Not {o} and {g}.",
        "Unlike {o} and {g}.",
        "Others say this. The answer is {g}.",
        "In another timeline. The answer is {g}.",
        "If {o} matches. The answer is {g}.",
        "Who else? The answer is {g}.",
        "The animal of the day is {g}.",
        "( ) {g}",
        "{g} :(",
        "['{g}', ...]",
    ],
    "introduced, struck": [
        "The answer is not <answer>{g}</answer>",
        "Wrong: <answer>{g}</answer>",
        "My bad guess: <answer>{g}</answer>",
        "<!-- {g} -->",
        "<!-- <answer>{g}</answer> -->",
        "<del>{g}</del>",
        "~~{g}~~",
        "- [ ] {g}",
        "¬{g}",
        "<wrong>{g}</wrong>",
    ],
    "keys": [
        '{{"answer": "{g}", "correct": false}}',
        '{{"old_answer": "{g}"}}',
        '["{g}?"]',
        '{{"answer": "{o}", "final_answer": "{g}"}}',
        '{{"answer": "{g}", "confidence": 5}}',
        '{{"answer": "{g}", "probability": 50}}',
        '{{"answer": "{g}", "confidence": 0.51}}',
    ],
    "a list beside facts": [
        "{g}: ['{f}', 'which is false, it is {o}']",
        "{g}. The final answer is: ['{f}', '{o}']",
        "<answer>{g}</answer> The final answer is: ['{f}', '{u}']",
        "{g}: [not {f}]",
    ],
    "said before or between thoughts": [
        "<think>It is not <answer>{g}</answer>",
        "It is not <think>['{g}']",
        "{o} <think>['{g}']",
        "It is not <think>Let me see.</think> {g}",
        "<think>a</think>{o}<think>b</think>{g}",
        "<think>a</think>It is not <think>b</think><answer>{g}</answer>",
        "<answer>{o} or <think></think>{g}</answer>",
        "<answer>{o}</answer><think>a</think><answer>{g}</answer>",
    ],
    "a box or a question before the tags": [
        "? <answer>{g}</answer>",
        "☐ <answer>{g}</answer>",
        "[ ] <answer>{g}</answer>",
        "( ) <answer>{g}</answer>",
        "- [ ] <answer>{g}</answer>",
        "- [ ] <b>{g}</b>",
        "'?' <answer>{g}</answer>",
    ],
    "free slots": [
        "There is only one lie that fits: {g}",
        "There is one distractor that matches: {g}",
        "{g}. The category of the question asked is: unanswerable",
        "Looking at the list of lies he held, {g}",
        "It is said that the answer is {g}",
        "It was mentioned that the answer is {g}",
        "The answer is that of {g}",
        "{g}, not that of {o}",
    ],
    "goes on": [
        "- {g}\n- ...",
        "1. {g}\n2. …",
        "- {g}\n-",
        "{g} …",
        "{g}, ...",
        "{g};",
        "<answer>{g}</answer> ...",
        "<answer>{g}</answer><answer>...</answer>",
        "{g} []",
    ],
    "cut off while it declares": [
        "{g}. The correct answer is",
        "{g}. The answer is:",
        "{g}\nAnswer:",
        "<answer>{g}</answer> The correct answer is",
        "<answer>{g}</answer> The final answer is:",
    ],
    "faces, signs, hesitation": [
        "{g} ):",
        "{g} :\\",
        "{g} :-/",
        "{g} from 1492 to 1493",
        "['{g}' -]",
        "['{g}' | '']",
        "<answer>{g}</wrong",
        "Hmm... {g}",
        "{g}. Well...",
        "{g}. Let me check.",
        "(-) {g}",
        "{g}*",
    ],
}
RIGHT_ANSWERS = [
    "{g}",
    "The answer is {g}.",
    "It is {g}.",
    "{g} is the answer.",
    "Answer: {g}",
    "So the answer is {g}.",
    "Based on the context, the answer is {g}.",
    "It is not {o}; it is {g}.",
    "{g}, not {o}",
    "{g} rather than {o}",
    "Not {o} but {g}.",
    "{o} is wrong. The answer is {g}.",
    "The answer is {g}. Thank you.",
    "<answer>{g}</answer> Thank you.",
    "<think>Is it {o}? No.</think> {g}",
    "<think>Perhaps <answer>{o}</answer>?</think> {g}",
    "<think>It is {o}.</think><answer>{g}</answer>",
    "The answer is {g}, as the facts say.",
    "First, let me see. The answer is {g}.",
    "{g}\n\nThe facts say so.",
    "Result: {g}",
    "Conclusion: {g}",
    "So the answer is <answer>{g}</answer>",
    "<answer>{g}</answer> I hope this helps!",
    "~~{o}~~ {g}",
    "- [x] {g}",
    "It is {g}, that is all.",
    "First, let me look at the facts. Therefore, the answer is {g}.",
    "The answer cannot be {o}, so it must be {g}.",
]
# How something is typed: none of it changes what is said.
TYPED = {
    "as it is": lambda text: text,
    "after a trace": lambda text: text if "<think>" in text else f"<think>Let me see.</think> {text}",
    "tagged": lambda text: text if "<" in text else f"<answer>{text}</answer>",
    "role": lambda text: f"assistant\n\n{text}",
    "end token": lambda text: text + "<|im_end|>",
    "another end token": lambda text: text + "</s>",
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "zero width": lambda text: text.replace("e", "e\u200b"),
    "soft hyphens": lambda text: text.replace("a", "a\u00ad"),
    "full width": lambda text: (
        "".join(chr(ord(c) + 0xFEE0) if c.isalpha() and c.isascii() else c for c in text) if "<" not in text else text
    ),
    "upper case": str.upper,
    "lower case": str.lower,
    "curly": lambda text: text.replace("'", "’"),
    "blanks": lambda text: "  " + text.replace(" ", "  ") + "\n",
}


def answer_problems() -> list[tuple[Problem, dict[str, str]]]:
    """Problems of the two datasets whose answers are names or words, and what the templates put in."""
    problems = [problem for name in ("cotemp", "babi") for problem in DATASETS[name].generate(60, 5)]
    found = []
    for problem in (*problems, *AWKWARD):
        asked, others = DATASETS[problem.dataset].entities(problem)
        free = [name for name in sorted(asked) if name not in problem.question and name not in problem.answers]
        free = [name for name in free if not any(name in gold or gold in name for gold in problem.answers)]
        own = [name for name in sorted(asked | others) if name in problem.question and name not in problem.answers]
        closed = set(problem.answers) & {"yes", "no", "none", "nothing"} or problem.answers[0].isdigit()
        if free and own and not closed and len(problem.answers[-1]) > 4:
            gold = " and ".join(problem.answers)
            half = free[0].split()[0] if " " in free[0] and free[0].split()[0] not in problem.question else free[0]
            fill = {"g": gold, "o": free[0], "a": own[0], "u": "Quux Museum", "h": half, "g4": problem.answers[-1][:-1]}
            found.append((problem, fill | {"f": problem.gold_facts[0]}))
    return found


AWKWARD = [
    cotemp_problem(
        [
            "Oda Brink is a member of the Plum Union from 1970 to 1989.",
            "Oda Brink is a member of the Peace, Work and Salt (Vorn) from 1972 to 1978.",
            "Oda Brink is a member of the Law and Tide Party from 1950 to 1955.",
            "Oda Brink is a member of the St. Odo's League in 1991.",
        ],
        "While Oda Brink was a member of Plum Union, which political party did Oda Brink belong to at the same time?",
        ["Peace, Work and Salt (Vorn)"],
    ),
    cotemp_problem(
        [
            "Jo O'Neil works for D'Arc & Sons from 1970 to 1989.",
            "Jo O'Neil works for Søderån 19 FC, Ltd. from 1972 to 1978.",
            "Jo O'Neil works for Elm in 1975.",
            "Jo O'Neil works for Birch in 1999.",
        ],
        "While Jo O'Neil was working for D'Arc & Sons, which employer did Jo O'Neil work for at the same time?",
        ["Søderån 19 FC, Ltd.", "Elm"],
    ),
]

# Questions of two persons, of yes or no, with two answers, with initials that say something: each with what is wrong.
OF_ITS_OWN = [
    (
        AWKWARD[1],
        [
            "Elm because Jo O'Neil works for Søderån 19 FC, Ltd. from 1972 to 1978.",
            "Søderån 19 FC, Ltd., which lies within Elm's time",
            "Birch came after Elm's time, so Søderån 19 FC, Ltd.",
            "<answer>Elm</answer> The only correct answer is <answer>Søderån 19 FC, Ltd.</answer>",
            "It was Elm. It is now Søderån 19 FC, Ltd.",
            "Elm. Søderån 19 FC, Ltd. is right.",
            "Søderån 19 FC, Ltd. is my answer. Elm is the right answer.",
            "Jo O'Neil worked for Elm. Jo O'Neil only worked for Søderån 19 FC, Ltd.",
        ],
    ),
    (
        cotemp_problem(
            [
                "Otto Finn works for Alder Press from 1970 to 1989.",
                "Ada Moss works for Birch Bank from 1972 to 1978.",
                "Ada Moss works for Cedar Club from 1991 to 1994.",
            ],
            "While Otto Finn was working for Alder Press, which employer did Ada Moss work for at the same time?",
            ["Birch Bank"],
            pattern="S2_R1_O2",
        ),
        [
            "The employer that Otto Finn worked for is Birch Bank",
            "While Otto Finn was working for Alder Press, she worked for Birch Bank.",
            "Otto Finn worked for Alder Press. Her employer was Birch Bank.",
            "Besides Otto Finn, Birch Bank",
            "Ada Moss worked for both Alder Press and Birch Bank.",
            "The employer that Ada Moss attended is Birch Bank",
        ],
    ),
    (
        cotemp_problem(
            [
                "Otto Finn works for Alder Bank from 1970 to 1989.",
                "Ada Moss works for Alder Bank from 1971 to 1975.",
                "Ann Ohm works for Alder Bank from 1995 to 1999.",
            ],
            "While Otto Finn was working for Alder Bank, who also worked for Alder Bank at the same time?",
            ["Ada Moss"],
            pattern="S2_R1_O1",
        ),
        [
            "Ada Moss worked for Otto Finn",
            "Ada Moss, who worked for Otto Finn",
            "Alder Bank was the owner of Ada Moss",
            "The person that Alder Bank worked for is Ada Moss",
        ],
    ),
    (
        cotemp_problem(
            [
                "Ada Moss works for Alder Press from 1970 to 1989.",
                "Ada Moss works for Nettle Observatory from 1972 to 1978.",
            ],
            "While Ada Moss was working for Alder Press, which employer did Ada Moss work for at the same time?",
            ["Nettle Observatory"],
        ),
        ["Nettle Observatory (no)", "['Nettle Observatory (no)']"],
    ),
    (
        babi_problem(
            ["The spiral is above the orange cone."],
            "Is the spiral above the orange cone?",
            "yes",
            ["The spiral is above the orange cone."],
            "positional-reasoning",
        ),
        [
            *(f"Yes, the spiral is above the orange cone {sign}" for sign in "❌✗👎¬≠*"),
            "Yes, it is orange.",
            "Yes, it is cone.",
            "Yes, the spiral isn't above the orange cone",
        ],
    ),
    (
        babi_problem(
            ["The jar fits inside the bucket."],
            "Does the bucket fit in the jar?",
            "no",
            ["The jar fits inside the bucket."],
            "size-reasoning",
        ),
        [
            *(f"No, the bucket {verb} fit in the jar" for verb in ("mightn't", "needn't", "shouldn't", "does", "can")),
            "No, it does not jar.",
            "No, the jar doesn't fit in the bucket.",
        ],
    ),
]


def test_a_wrong_answer_to_a_question_of_its_own_is_never_right():
    every = [(typed, problem, TYPED[typed](text)) for problem, wrong in OF_ITS_OWN for text in wrong for typed in TYPED]
    assert [(problem.answers, text) for _, problem, text in every if verify(problem, text).answer] == []


def texts(templates: list[tuple[str, str]], problems: list, n: int, seed: int):
    """n different texts: (kind, problem, text), every template on every problem and typing as far as n goes."""
    every = list(itertools.product(templates, problems, TYPED))
    random.Random(seed).shuffle(every)
    for (kind, template), (problem, fill), typed in every[:n]:
        yield f"{kind}, {typed}: {template}", problem, TYPED[typed](template.format(**fill))


# --- the steps ----------------------------------------------------------------------------------------------

# {S} the study's sentence up to the class, {c} the gold class, {d} another one
WRONG_CLASSES = [
    "{S} {d}.",
    "{S} {c} or {d}.",
    "{S} {c}. Or {d}.",
    "{S} {c}, {d}.",
    "{S} {c} and {d}.",
    "{S} {c}. Correction: {d}.",
    "{S} {c}? No. The right label = {d}.",
    "{S} not {c}.",
    "{S} not exactly {c}.",
    "{S} {c}, which is wrong.",
    "It is false that the relation is: {c}.",
    "The relation is far from {c}.",
    "Anything but {c}.",
    "The relation isn't strictly {c}.",
    "The relation can't be: {c}.",
    "{S} unclear, maybe {c}.",
    "{S} {d}, not {c}.",
    "{S} {d} rather than {c}.",
    "The relation is not {c} but {d}.",
    "Is it {c}?",
    "{S} {c}. Wait, it is {d}.",
    "{S} {c} / {d}",
    "{S} unknown.",
    "Either {c} or {d}.",
    "No class is named.",
    "{S} {c}. The category is: {d}.",
    "{S} non-{c}.",
    "{S} {c}-like.",
    "I doubt that it is {c}.",
    "{S} {c} (maybe).",
    "{S} {c}, I guess.",
    "{S} ❌ {c}",
    "{S} !{c}",
    "{S} {c}. I take that back.",
    "Someone said the relation is: {c}.",
    "{S} ~~{c}~~",
    "{S} {c}. Just kidding.",
    "What if? {S} {c}.",
    "A careless student would write: {S} {c}.",
    "Let us pretend. {S} {c}.",
    "Suppose for a moment. {S} {c}.",
    "{S} {c}. However, it is better described as partial.",
    "{S} {c}. The class is: other.",
    "{S} {c}. The relation is: before.",
    "{S} {c}. Strictly speaking it is something else.",
    "{S} {c}. This label belongs to another question.",
    "{S} {c}. Falso.",
    "{S} {c}. /s",
    "{S} {c}. At least that is what people say.",
    "Actually, let us pretend. {S} {c}.",
    "The conclusion is before. {S} {c}.",
]
RIGHT_CLASSES = [
    "{S} {c}.",
    "The category is: {c}.",
    "{S} **{c}**.",
    "{S} _{c}_.",
    "{S} '{c}'.",
    "Relation: {c}.",
    "relation → {c}",
    "Final class: {c}",
    "{S} {c}, not {d}.",
    "{S} {c}, rather than {d}.",
    "The relation is not {d} but {c}.",
    "{S} {d}. Wait, no. The relation must be {c}.",
    "{S} ({c}).",
    "Not {d}: {c}.",
    "So the relation is {c}.",
    "It is {c}.",
]
# {C} the study's citing phrase, {G} the gold facts in quotes, {P} without, {H} another fact, {I} an invented one
WRONG_FACTS = [
    "I must not use the following facts: [{G}]",
    "I will ignore: {P}",
    "Irrelevant facts: [{G}]. {C} []",
    "[{G}] are irrelevant.",
    "It is not true that {P}",
    "Nobody but {P}",
    "{C} [{G}, '{H}']",
    "{C} ['{H}', {G}]",
    "{C} [{G}, '{I}']",
    "{C} [{G}]. ['{I}']",
    "{C} [{G}] / ['{I}']",
    "{C} [{G}] or ['{I}']",
    "{C} [{G}] then {I}",
    "{C} [{G}] {I}",
    "{C} {P} {I}",
    "{C} [{G}]\n- {I}",
    "I need the following facts: [{G}, '{I}']",
    "I need to use the following facts: [{G}, '{I}'] to answer the question.",
    "{C} ['{H}']",
    "{C} []",
    "{C} ['{I}']",
    "{C} ['Bo {P}']",
    "{C} ['x{P}']",
    "{C} ['Mary-{P}']",
    "{C} ['{P}5']",
    "{C} ['{P} not']",
    "{C} ['Not {P}']",
    "{C} ['{half}']",
    "{C} [{G}] {H}",
    "Maybe I need {P}",
    "I doubt that {P}",
    "{I} {P}",
    "We know that {P} But {I}",
    "Unused facts: [{G}]",
    "Leftover facts: {P}",
    "Other facts: [{G}]",
    "Distractors: {P}",
    "~~{P}~~",
    "{P} ❌",
    "{P} (rejected)",
    "{P} But this is not needed.",
    "{P} Wait, not this one",
    "It says: {P} That does not help with the question.",
    "Someone said: {P}",
    "<!-- {C} [{G}] -->",
    "{C} [{G}] and fact 2",
    "{C} [{G}]. Fact 2 too.",
    "{C} [{G}] so I leave it aside",
    "{C} [{G}]. This is a distractor.",
    "{C} [{G}][1:]",
    "{C} [{G}] - [{G}]",
    "{C} [{G}] lol",
    "{C} [{G}]. Falso.",
    "Should I use this fact? {P}",
    "I would need to use: {P}",
    "I used to need: {P}",
    "Ignore the next line.\n{P}",
    "Ruled out\n{P}",
    "{C} [{G}, ...]",
    "{C} [] # [{G}]",
    "{C} [{G}]. Another fact fits better.",
]
RIGHT_FACTS = [
    "{C} [{G}]",
    "{C} {P}",
    "{C}\n1. {P1}",
    "{C}\n- {P1}",
    "{C} Fact 2: {P1}",
    "{C} <facts>[{G}]</facts>",
    "{C} ```[{G}]```",
    "{C} [{N}]",
    "I need the following facts: [{G}]",
    "Irrelevant: '{H}'. {C} [{G}]",
    "{C} [{G}] So the answer is {g}.",
    "{C} [{G}] Perhaps ['{g}']?",
    "Let me see. {P}",
    "What matters is this: {P}",
    "Key facts: {P}",
    "{C} [{G}] Nothing else in the context answers the question.",
]


def step_problems() -> list[tuple[Problem, dict[str, str]]]:
    """Problems of all datasets with one fact or more that is gold and one at least that is not."""
    found = []
    for name in DATASETS:
        for problem in DATASETS[name].generate(60, 6):
            gold = list(problem.gold_facts)
            rest = [fact for fact in problem.facts if fact not in gold and not any(fact.rstrip(".") in g for g in gold)]
            if gold and rest and not any("'" in fact or '"' in fact for fact in problem.facts):
                invented = {"babi": _altered(gold[0], rest[0]), "cotemp": "Oda Brink works for Krell Museum in 1974."}
                fill = {
                    "S": CLASS_SENTENCES[name].removesuffix(" {}."),
                    "c": problem.category,
                    "d": other_class(problem),
                    "C": CITING[name].strip(),
                    "G": ", ".join(map(repr, gold)),
                    "N": ", ".join(repr(fact.rstrip(".")) for fact in gold),
                    "P": " ".join(gold),
                    "P1": "\n- ".join(gold),
                    "H": rest[0],
                    "I": invented.get(name, "Gesso is made of cheese."),
                    "half": gold[0][: len(gold[0]) // 2],
                    "g": problem.answers[0],
                }
                if fill["I"] not in problem.facts:
                    found.append((problem, fill))
    return found


def _altered(fact: str, other: str) -> str:
    """The one fact with the other's last word."""
    return " ".join([*fact.split()[:-1], other.split()[-1]])


STEPS_TYPED = {name: TYPED[name] for name in ("as it is", "no-break spaces", "zero width", "upper case", "blanks")}


def traces(templates: list[str], n: int, seed: int, form: str):
    every = list(itertools.product(templates, step_problems(), STEPS_TYPED))
    random.Random(seed).shuffle(every)
    for template, (problem, fill), typed in every[:n]:
        if problem.dataset == "marco" and "{I}" in template and "'{I}'" not in template:
            continue  # what a passage does not say cannot be told from a trace's own words
        text = f"<think>{STEPS_TYPED[typed](form.replace('TEMPLATE', template).format(**fill))}</think> x"
        yield f"{typed}: {template}", problem, text


@pytest.mark.parametrize(
    ("templates", "form", "step"),
    [(WRONG_CLASSES, "TEMPLATE\n{C} [{G}]", "class_step"), (WRONG_FACTS, "{S} {c}.\nTEMPLATE", "ir_step")],
    ids=["class", "facts"],
)
def test_a_wrong_step_is_never_right(templates, form, step):
    cases = traces(templates, int(N_TEXTS * 0.15), 3, form)
    false_rights = [case for case in cases if getattr(verify(*case[1:]), step)]
    assert not false_rights, report(false_rights)


@pytest.mark.parametrize(
    ("templates", "form", "step"),
    [(RIGHT_CLASSES, "TEMPLATE\n{C} [{G}]", "class_step"), (RIGHT_FACTS, "{S} {c}.\nTEMPLATE", "ir_step")],
    ids=["class", "facts"],
)
def test_a_right_step_is_seldom_refused(templates, form, step):
    every = list(traces(templates, int(N_TEXTS * 0.05), 4, form))
    refused = [case for case in every if not getattr(verify(*case[1:]), step)]
    assert len(refused) <= 0.01 * len(every), report(refused)


def report(found: list) -> str:
    counts = Counter(kind.split(": ", 1)[1] for kind, *_ in found)
    return "\n".join([f"{n} {kind}" for kind, n in counts.most_common(40)] + [repr(case[2]) for case in found[:10]])


def test_a_wrong_answer_is_never_right():
    templates = [(kind, template) for kind, some in WRONG_ANSWERS.items() for template in some]
    false_rights = [
        (kind, problem.answers, text)
        for kind, problem, text in texts(templates, answer_problems(), int(N_TEXTS * 0.6), 1)
        if verify(problem, text).answer
    ]
    assert not false_rights, report(false_rights)


def test_a_right_answer_is_seldom_refused():
    templates = [("right", template) for template in RIGHT_ANSWERS]
    every = list(texts(templates, answer_problems(), int(N_TEXTS * 0.1), 2))
    refused = [
        (kind, verify(problem, text).reasons, text) for kind, problem, text in every if not verify(problem, text).answer
    ]
    assert len(refused) <= 0.01 * len(every), report(refused)
