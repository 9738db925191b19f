"""The released procedure as one would write it first: pandas, row by row, nothing kept from one output to the next.

Our own code, written from the description of the procedure. It is plain, not slow on purpose. `make bench` measures
lib/verify/released.py against it, and tests/verify/test_naive.py uses it as an independent second opinion.
"""

import ast
import json
import re
import string
from collections import Counter

import pandas as pd

CATEGORIES = ("during", "equal", "overlap", "mix")
BABI = (
    "single-supporting-fact two-supporting-facts two-arg-relations counting lists-sets conjunction time-reasoning "
    "basic-deduction basic-induction positional-reasoning size-reasoning"
).split()
RELATIONS = {
    " the position of ": "holds the position of",
    " a member of ": "is a member of the",
    " the chair of ": "is the chair of",
    " the head of ": "is the head of",
    " owned by ": "is owned by",
    "attend": "attended",
    "work": "works for",
    "play": "plays for",
}


def clean(text):
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(text.split())


def extract(prediction):
    text = prediction.lower()
    if "<answer>" in text:
        text = text.split("<answer>")[1].split("</answer>")[0]
    elif "answer the question based on" in text:
        text = text.split("answer the question based on")[0]
    elif " answer " in text:
        text = text.split(" answer ")[1]
    elif "answer:" in text:
        text = text.split("answer:")[1]
    return text.replace("assistant", "").replace("think", "")


def sides(fact):
    for key, relation in RELATIONS.items():
        if key not in fact:
            continue
        for past, present in (
            (" was ", " is "),
            (" held ", " holds "),
            (" worked ", " works "),
            (" played ", " plays "),
        ):
            fact = fact.replace(past, present)
        for dates in (r" from (.+?) to (.+?)\.", r" in (.+?)\.", r" from (.+?)", r"\."):
            match = re.match(f"(.+?) {relation} (.+?){dates}", fact)
            if match:
                return match.group(1).lower(), match.group(2).lower()
    return None


def score(row, dataset):
    """(exact, precision, recall) of one output."""
    prediction = extract(row["prediction"])
    if dataset == "babi":
        gold = [clean(row["gold"])]
        given = [clean(prediction)] if row["gold"].lower() in prediction else []
    else:
        side = 1 if row["triple_element"] == "S2_R1_O1" else 0
        names = {answer.lower() for answer in row["gold"]}
        for fact in row["facts"]:
            found = sides(fact)
            if found:
                names.add(found[side])
        given, dropped = [], False
        for name in sorted(names, key=lambda name: (len(name), name), reverse=True):
            if name in prediction:
                prediction = prediction.replace(name, "")
                if name in row["question"].lower() and not dropped:
                    dropped = True
                else:
                    given.append(name)
        given = [clean(name) for name in given or [prediction]]
        gold = [clean(answer) for answer in {answer.lower() for answer in row["gold"]}]
    same = sum((Counter(given) & Counter(gold)).values())
    return sorted(given) == sorted(gold), same / len(given) if given else 0.0, same / len(gold)


def find_gold(row, golds, dataset, before):
    """The first gold row whose answer holds this answer; where there is none, the row found before."""
    answer = row["gold"][0] if dataset == "cotemp" else row["gold"]
    for i in range(len(golds)):
        if answer in golds.iloc[i]["answer"]:
            return golds.iloc[i]
    return before


def steps(row, gold, dataset):
    """(class right, IR right) of one output, or None where it has no think part."""
    trace = row["prediction"].split("</think>")[0]
    if "think" not in row["prediction"] or trace == "":
        return None
    names = CATEGORIES if dataset == "cotemp" else BABI
    category = next(name for name in names if name in gold["reasoning"].lower())
    sentences = trace.split(".")
    sentence = sentences[0] if dataset == "cotemp" else sentences[1 if len(sentences) > 1 else 0].lower()
    facts = ast.literal_eval(gold["facts" if dataset == "cotemp" else "passages"])
    return category in sentence, any(fact in trace for fact in facts)


def rescore(outputs, gold_file, dataset, every=1):
    """One verdict an output: (exact, precision, recall, steps). `every` takes each k-th output only."""
    golds = pd.read_csv(gold_file)
    verdicts, gold = [], None
    with outputs.open(encoding="utf-8") as lines:
        for i, line in enumerate(lines):
            if i % every == 0:
                row = json.loads(line)
                gold = find_gold(row, golds, dataset, gold)
                verdicts.append((*score(row, dataset), steps(row, gold, dataset)))
    return verdicts
