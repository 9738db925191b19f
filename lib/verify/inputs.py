"""Outputs as people have them: the text and the problem of every row, whatever program wrote it.

A text is looked for under these names, in this order; turns give the assistant's last.

prediction              the released form, prompt excluded
response                vLLM's run-batch and OpenAI's batches: body.choices, each a message or a text
resps, filtered_resps   lm-evaluation-harness --log_samples; of several filters the first one's rows
completion              a text or turns: TRL
generated_text          a text or turns: the pipeline of transformers
messages                turns
text                    a text or several

What servers keep apart as `reasoning_content` (vLLM today: `reasoning`) is put in front as <think>…</think>.
A problem is that of the row's own fields, or of its `doc`, else one of `Problems`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.datasets import DATASETS, Output, problem_of
from lib.datasets.problem import Problem
from lib.errors import InputError
from lib.files import rows, shown
from lib.verify.join import Problems, id_of, own_problem, prompt_of

FORMS = ("prediction", "response", "resps", "filtered_resps", "completion", "generated_text", "messages", "text")
_HARNESS = ("resps", "filtered_resps")
_WITH_PROMPT = ("generated_text", "text")  # these programs give back the prompt, too, unless told otherwise


@dataclass(frozen=True, slots=True)
class Row:
    """One text of a file: its place ("FILE, line 3"), its id, the output, or the fault for which there is none."""

    place: str
    id: str
    output: Output | None
    fault: InputError | None = None


def read(path: Path, dataset: str, category: str | None = None, problems: Problems | None = None) -> Iterator[Row]:
    """The texts of a file. Raises InputError where it cannot be read at all; a row's own fault is in the Row.

    `category` is the class of rows that do not name their own; by default the name of the file's folder.
    """
    category, first_filter = category or path.resolve().parent.name.partition("_")[0], None
    for place, row in rows(path):
        if isinstance(row, InputError):
            yield Row(place, "", None, row)
            continue
        first_filter = first_filter or row.get("filter")
        if row.keys() & _HARNESS and row.get("filter") != first_filter:
            continue
        try:
            name, texts = _texts(row)
            problem = own_problem(row, dataset, category) or _joined(row, dataset, category, problems)
        except InputError as fault:
            yield Row(place, id_of(row), None, fault)
            continue
        for number, text in enumerate(texts, start=1):
            if name in _WITH_PROMPT:
                text = text.removeprefix(prompt_of(row)).removeprefix(DATASETS[dataset].render(problem))
            which = f", text {number}" if len(texts) > 1 else ""
            yield Row(place + which, id_of(row) or problem.id, Output(problem, text))


# The text of a row


def _texts(row: dict) -> tuple[str, list[str]]:
    """(the name that its texts stand under, the texts): several where a model was asked several times."""
    name = next((name for name in FORMS if row.get(name) is not None), None)
    name = name or next((name for name in FORMS if name in row), None)
    if name is None:
        raise InputError(f"expected a text in one of {', '.join(FORMS)}, found the fields {shown(list(row))}")
    value, reasoning = row[name], row.get("reasoning_content")
    if name == "response" and not isinstance(value, str):
        return name, [_choice(choice) for choice in _choices(row)]
    if name in _HARNESS and isinstance(value, list):
        value = [text for request in value for text in (request if isinstance(request, list) else [request])]
    several = isinstance(value, list) and name in (*_HARNESS, "text")
    return name, [text_of(one, name, reasoning) for one in (value if several and value else [value])]


def text_of(value: object, name: str, reasoning: object = None) -> str:
    """A text, or the assistant's last of turns, its reasoning in front."""
    if isinstance(value, list) and name in ("completion", "generated_text", "messages"):
        turns = [turn for turn in value if isinstance(turn, dict) and turn.get("role") in ("assistant", "model")]
        if not turns:
            raise InputError(f"field {name!r}: expected a turn of the assistant, found none")
        return _message(turns[-1], reasoning)
    if not isinstance(value, str) or name == "messages":
        expected = "turns" if name == "messages" else "a string"
        raise InputError(f"field {name!r}: expected {expected}, found {shown(value)}")
    if not isinstance(reasoning, str | None):
        raise InputError(f"field 'reasoning_content': expected a string, found {shown(reasoning)}")
    return f"<think>{reasoning}</think> {value}" if reasoning else value


def _message(message: dict, reasoning: object = None) -> str:
    reasoning = message.get("reasoning_content") or message.get("reasoning") or reasoning
    content = _content(message)
    return text_of("" if content is None and reasoning else content, "content", reasoning)


def _content(message: dict) -> object:
    """A message's content, its parts put together where it has several."""
    content = message.get("content")
    if not isinstance(content, list):
        return content
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise InputError(f"field 'content': expected parts {{'type': 'text', 'text': …}}, found {shown(part)}")
    return "".join(part["text"] for part in content)


def _choices(row: dict) -> list:
    response = row["response"]
    body = response.get("body") if isinstance(response, dict) else None
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list) or not choices:
        error = row.get("error") or (body.get("error") if isinstance(body, dict) else None)
        raise InputError(f"expected response.body.choices, found none; the request's error: {shown(error)}")
    return choices


def _choice(choice: object) -> str:
    if isinstance(choice, dict) and isinstance(choice.get("message"), dict):
        return _message(choice["message"])
    return text_of(choice.get("text") if isinstance(choice, dict) else choice, "text")


def _joined(row: dict, dataset: str, category: str, problems: Problems | None) -> Problem:
    if problems is not None:
        return problems.find(row)
    try:
        return problem_of(row.get("doc") if isinstance(row.get("doc"), dict) else row, dataset, category)
    except InputError as error:
        raise InputError(f"{error} Or are the problems in a file of their own (--problems)?") from None
