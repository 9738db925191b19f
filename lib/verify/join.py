"""The problem of a row: that of its own fields, else one that its id or its question names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lib.datasets import DATASETS, problem_of
from lib.datasets.problem import Problem, expect_class
from lib.errors import InputError
from lib.files import rows

_NAMES = ("custom_id", "problem_id", "id", "uid", "qid", "question_id", "query_id", "key")
_POSITIONS = ("index", "idx")  # name a row of one file only: never held against an id


class NotJoined(InputError):
    """A row whose problem could not be found."""


def own_problem(row: dict, dataset: str, category: str) -> Problem | None:
    """The problem of the fields of a row, or of its `doc`: an output's or a record's. None where they are not there."""
    module = DATASETS[dataset]
    for fields in (row, row.get("doc")):
        if isinstance(fields, dict) and fields.keys() >= module.FIELDS.keys():
            return problem_of(fields, dataset, category)
        if isinstance(fields, dict) and fields.keys() >= module.RECORD.keys():
            problem = module.of_record(fields, str(fields.get("category", category)))
            expect_class(problem.category, module.CATEGORIES)
            return problem
    return None


@dataclass(slots=True)
class Problems:
    """Problems to be found by a row's id, else by its question. `left_out`: a message per row that was not usable."""

    by_id: dict[tuple[str, str], set[Problem]] = field(default_factory=dict)
    by_question: dict[str, set[Problem]] = field(default_factory=dict)
    starts: dict[str, set[str]] = field(default_factory=dict)  # a question's first three words: the questions
    left_out: list[str] = field(default_factory=list)

    def read(self, path: Path, dataset: str, category: str | None = None) -> None:
        """Add the problems of a file: records of the dataset, or rows of outputs. InputError where none is usable.

        The class of rows that do not name their own is `category`, else the file's name, else that of its folder.
        """
        names = (path.name.partition(".")[0], path.resolve().parent.name.partition("_")[0])
        category = category or next((name for name in names if name in DATASETS[dataset].CATEGORIES), names[0])
        used, left_out = 0, []
        for place, row in rows(path):
            try:
                if isinstance(row, InputError):
                    raise row
                self.add(row, own_problem(row, dataset, category) or problem_of(row, dataset, category))
                used += 1
            except InputError as error:
                left_out.append(f"{place}: {error}")
        if not used:
            raise InputError(f"{path}: no usable problem; {left_out[0] if left_out else 'the file is empty'}")
        self.left_out += left_out

    def add(self, row: dict, problem: Problem) -> None:
        """Add a problem, which the row's ids name, too."""
        for name, value in (*_ids(row), ("", problem.id)):
            for key in ((name, value), ("", value)):
                self.by_id.setdefault(key, set()).add(problem)
        if question := _words(problem.question):
            self.by_question.setdefault(question, set()).add(problem)
            self.starts.setdefault(_start(question), set()).add(question)

    def find(self, row: dict) -> Problem:
        """The row's problem. Raises NotJoined where there is none, or more than one: nothing is guessed."""
        ids = _ids(row)
        keys = ids + [("", value) for name, value in ids if name not in _POSITIONS]
        named = next((found for key in keys if len(found := self.by_id.get(key, ())) == 1), None)
        asked = self._asked(row)
        if named and asked and not named & asked:
            raise NotJoined(f"id {id_of(row)!r} is that of a problem with another question than the row's; correct one")
        found = named or _with_context(asked, row)
        if len(found) != 1:
            known = f"{len(found)} problems fit its question" if found else "no problem has its id or its question"
            raise NotJoined(f"{known}; the row is not joined")
        return next(iter(found))

    def _asked(self, row: dict) -> set[Problem]:
        """The problems whose question the row's own question holds, else its prompt, else a text that repeats it."""
        for text in (_first(row, ("question", "query")), prompt_of(row)):
            if found := self._with_question_in(text):
                return found
        texts = [row[name] for name in ("generated_text", "text") if isinstance(row.get(name), str)]
        return {problem for text in texts for problem in self._with_question_in(text) if _begins(text, problem)}

    def _with_question_in(self, text: str) -> set[Problem]:
        words, held = _words(text), set()
        for match in _THREE_WORDS.finditer(words):
            for start in (match[1], " ".join(match[1].split()[:2]), match[1].split()[0]):
                for question in self.starts.get(start, ()):
                    end = match.start() + len(question)
                    if words.startswith(question, match.start()) and words[end : end + 1] in ("", " "):
                        held.add(question)
        longest = [one for one in held if not any(one != other and f" {one} " in f" {other} " for other in held)]
        return {problem for question in longest for problem in self.by_question[question]}


def _with_context(problems: set[Problem], row: dict) -> set[Problem]:
    """Of problems with one question (bAbI asks it of many stories) that whose facts all stand in the row's context."""
    if len({_words(problem.question) for problem in problems}) != 1 or len(problems) == 1:
        return problems
    shows = _words(" ".join([prompt_of(row), *(_first(row, (name,)) for name in ("facts", "passage", "passages"))]))
    fit = [problem for problem in problems if all(_words(fact) in shows for fact in problem.facts)]
    return {one for one in fit if all(set(other.facts) <= set(one.facts) for other in fit)} or problems


_THREE_WORDS = re.compile(r"(?<!\S)(?=(\S+(?: \S+)?(?: \S+)?))")


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _start(question: str) -> str:
    return " ".join(question.split()[:3])


def _begins(text: str, problem: Problem) -> bool:
    return text.startswith(DATASETS[problem.dataset].render(problem))


def _first(row: dict, names: Iterable[str]) -> str:
    """The first text, or list of texts, that a row or its `doc` has under these names."""
    for fields in (row, row.get("doc")):
        for value in (fields.get(name) for name in names) if isinstance(fields, dict) else ():
            if isinstance(value, list):
                value = " ".join(item for item in value if isinstance(item, str))
            if isinstance(value, str):
                return value
    return ""


def prompt_of(row: dict) -> str:
    """What the model was asked: a text, or the user's last turn; "" where the row does not say."""
    for name in ("prompt", "input", "messages", "generated_text", "arguments"):
        value = "" if name == "generated_text" and isinstance(row.get(name), str) else row.get(name)
        turns = [turn for turn in value if isinstance(turn, dict)] if isinstance(value, list) else []
        users = [turn.get("content") for turn in turns if turn.get("role") == "user"]
        value = users[-1] if users else value
        while isinstance(value, dict | list) and value:  # {"text": …}, {"gen_args_0": {"arg_0": …}}, [[…]]
            value = value.get("text", next(iter(value.values()))) if isinstance(value, dict) else value[0]
        if isinstance(value, str) and value:
            return value
    return ""


def _ids(row: dict) -> list[tuple[str, str]]:
    """(name, id) of all ids of a row and its `doc`."""
    sources = [fields for fields in (row, row.get("doc")) if isinstance(fields, dict)]
    found = [(name, fields.get(name)) for fields in sources for name in (*_NAMES, *_POSITIONS)]
    return [(name, str(value)) for name, value in found if type(value) in (str, int)]


def id_of(row: dict) -> str:
    """The first id of a row; "" where it has none."""
    ids = _ids(row)
    return ids[0][1] if ids else str(row["doc_id"]) if "doc_id" in row else ""
