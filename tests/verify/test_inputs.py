"""Outputs as people have them: one output in every form, its problem found, and one line where it cannot be."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from examples import reward
from examples.lm_eval import metric
from lib.datasets import DATASETS, babi, cotemp, read_outputs
from lib.errors import InputError
from lib.files import ROOT
from lib.published import release
from lib.verify import __main__ as command
from lib.verify import inputs, verify
from lib.verify.join import NotJoined, Problems
from tests.made_up import CARRYING, EMPLOYERS, FOOTBALL, PAINTING, answer_text, completion, trace
from tests.verify.test_cli import told, written

TEXT = completion(EMPLOYERS)
THINK, ANSWER = trace(EMPLOYERS), f"<answer>{answer_text(EMPLOYERS)}</answer>"
APART = f"<think>{THINK}</think> {ANSWER}"
PROMPT = cotemp.render(EMPLOYERS)
FIELDS = cotemp.row_of(EMPLOYERS) | {"category": "during"}
ASKED = {"role": "user", "content": PROMPT}
SAID = {"role": "assistant", "content": TEXT}
PARTS = [{"type": "text", "text": TEXT[:50]}, {"type": "text", "text": TEXT[50:]}]


def batch(*choices: dict, **more) -> dict:
    """A line of vLLM's run-batch and of OpenAI's batches."""
    response = {"status_code": 200, "request_id": "r", "body": {"object": "chat.completion", "choices": list(choices)}}
    return {"id": "vllm-1", "custom_id": "q1", "response": response, "error": None, **more}


def sample(*texts: str, **more) -> dict:
    """A line of lm-evaluation-harness's samples."""
    arguments = {"gen_args_0": {"arg_0": PROMPT, "arg_1": {"until": []}}}
    row = {"doc_id": 0, "doc": FIELDS, "target": "['…']", "arguments": arguments, "resps": [list(texts)]}
    return row | {"filtered_resps": list(texts[:1]), "filter": "none", "metrics": ["answer"], "answer": 1.0} | more


def only(row: dict, *names: str) -> dict:
    return {name: row[name] for name in row if name not in names}


FORMS = {
    "released": FIELDS | {"prediction": TEXT},
    "prompt and completion": {"prompt": PROMPT, "completion": TEXT},
    "TRL, turns": {"prompt": [ASKED], "completion": [SAID]},
    "messages": {"messages": [{"role": "system", "content": "Think."}, ASKED, SAID]},
    "messages, earlier turns": {
        "messages": [{"role": "user", "content": "Hi"}, SAID | {"content": "Hello"}, ASKED, SAID]
    },
    "parts": {"messages": [ASKED | {"content": [{"type": "text", "text": PROMPT}]}, SAID | {"content": PARTS}]},
    "reasoning_content": {"messages": [ASKED, SAID | {"content": ANSWER, "reasoning_content": THINK}]},
    "reasoning": {"messages": [ASKED, SAID | {"content": ANSWER, "reasoning": THINK, "reasoning_content": None}]},
    "reasoning beside a text": {"prompt": PROMPT, "text": ANSWER, "reasoning_content": THINK},
    "pipeline": {"prompt": PROMPT, "generated_text": PROMPT + TEXT},
    "pipeline, prompt not kept": {"generated_text": PROMPT + TEXT},
    "pipeline, turns": {"generated_text": [ASKED, SAID]},
    "text": {"input": {"text": PROMPT}, "text": TEXT},
    "text, list": {"prompt": PROMPT, "text": [PROMPT + TEXT]},
    "harness": sample(TEXT),
    "harness, filtered only": only(sample(TEXT), "resps"),
    "harness, problem by its question": sample(TEXT, doc={"question": EMPLOYERS.question}),
    "harness, problem by its prompt": sample(TEXT, doc={"q": "?"}),
    "harness, a record": sample(TEXT, doc=only(FIELDS, "gold") | {"answer": list(EMPLOYERS.answers)}),
    "vLLM": batch({"index": 0, "message": SAID, "finish_reason": "stop"}),
    "vLLM, reasoning": batch({"message": {"role": "assistant", "content": ANSWER, "reasoning": THINK}}),
    "vLLM, completions": batch({"index": 0, "text": TEXT}),
    "empty columns": {"prediction": None, "completion": TEXT, "prompt": PROMPT, "doc": None},
}
OTHERS = cotemp.generate(20, seed=3)


@pytest.fixture
def problems(tmp_path) -> Problems:
    """EMPLOYERS, named q1, among twenty others."""
    rows = [
        cotemp.row_of(problem) | {"id": f"other{n}", "category": problem.category} for n, problem in enumerate(OTHERS)
    ]
    path = written(tmp_path / "problems.jsonl", *rows, FIELDS | {"id": "q1"})
    found = Problems()
    found.read(path, "cotemp")
    return found


def read(path: Path, problems: Problems | None = None, dataset: str = "cotemp") -> list[inputs.Row]:
    return list(inputs.read(path, dataset, problems=problems))


@pytest.mark.parametrize("row", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_output(tmp_path, problems, row):
    [found] = read(written(tmp_path / "during" / "out.jsonl", row), problems)
    assert found.fault is None
    assert found.output.problem == EMPLOYERS
    assert found.output.text in (TEXT, APART)
    verdict = verify(found.output.problem, found.output.text)
    assert verdict.answer and verdict.trace
    assert found.id == ("q1" if "custom_id" in row else "0" if "doc_id" in row else EMPLOYERS.id)


def test_several_texts_of_a_row_are_several_outputs(tmp_path, problems):
    rows = [batch({"message": SAID}, {"message": SAID | {"content": "Elm"}}), sample(TEXT, "Elm", "Fir")]
    found = read(written(tmp_path / "out.jsonl", *rows), problems)
    assert [row.output.text for row in found] == [TEXT, "Elm", TEXT, "Elm", "Fir"]
    assert found[4].place.endswith("out.jsonl, line 2, text 3")


def test_of_a_harness_with_several_filters_the_first_is_read(tmp_path):
    rows = [sample(TEXT, doc_id=n, filter=name) for name in ("strict", "flexible") for n in range(2)]
    assert [row.id for row in read(written(tmp_path / "out.jsonl", *rows))] == ["0", "1"]


def lines(rows: list) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


CONTAINERS: dict[str, Callable[[list], bytes]] = {
    "lines": lines,
    "Windows": lambda rows: b"\xef\xbb\xbf" + lines(rows).replace(b"\n", b"\r\n") + b"\r\n\r\n",
    "array": lambda rows: json.dumps(rows, indent=1).encode(),
    "a list per prompt": lambda rows: json.dumps([[row] for row in rows]).encode(),
    "gzip": lambda rows: gzip.compress(lines(rows)),
    "gzip, array, mark": lambda rows: gzip.compress(b"\xef\xbb\xbf" + json.dumps(rows).encode()),
}


@pytest.mark.parametrize("pack", CONTAINERS.values(), ids=CONTAINERS)
def test_every_container_from_a_file_and_from_standard_input(tmp_path, problems, pack, monkeypatch):
    content = pack([FORMS["messages"], FORMS["pipeline"]])
    path = tmp_path / "out.json.gz"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    for name in (path, Path("-")):
        assert [row.output.text for row in read(name, problems)] == [TEXT, TEXT]


def test_parquet(tmp_path, problems, monkeypatch):
    path = tmp_path / "out.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        InputError, match=r"out.parquet: parquet is read with pyarrow; pip install pyarrow, or give JSON"
    ):
        read(path, problems)
    monkeypatch.undo()
    arrow = pytest.importorskip("pyarrow", reason="no pyarrow here")
    with pytest.raises(InputError, match=r"out.parquet: cannot be read as parquet"):
        read(path, problems)
    rows = [FORMS["messages"], FORMS["prompt and completion"]]  # as columns: what a row lacks is null
    table = arrow.table({name: [row.get(name) for row in rows] for name in ("messages", "prompt", "completion")})
    arrow.parquet.write_table(table, path)
    assert [row.output.text for row in read(path, problems)] == [TEXT, TEXT]


def test_csv_of_babi(tmp_path):
    row = babi.row_of(FOOTBALL) | {"prediction": "garden"}
    path = tmp_path / "out.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in cells) for cells in (row, row.values())))
    [found] = read(path, dataset="babi")
    assert (found.output.problem, found.output.text) == (FOOTBALL, "garden")


# Joining


def rows_of(*found: dict, dataset: str = "cotemp") -> Problems:
    problems = Problems()
    for row in found:
        problems.add(row, inputs.problem_of(row, dataset, ""))
    return problems


ELM = FIELDS | {"question": EMPLOYERS.question.replace("during the same time period", "at the same time")}


def test_the_longest_question_in_the_prompt_is_the_row_s():
    longer = FIELDS | {"question": "Please tell me: " + EMPLOYERS.question}
    problems = rows_of(FIELDS, longer)
    assert (
        problems.find({"prompt": f"Facts … please TELL me — {EMPLOYERS.question} Answer:"}).question
        == longer["question"]
    )
    assert problems.find({"prompt": PROMPT}).question == EMPLOYERS.question


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"prompt": "What else?"}, "no problem has its id or its question"),
        ({}, "no problem has its id or its question"),
        ({"id": "q3"}, "no problem has its id or its question"),
        ({"index": "q1"}, "no problem has its id"),  # the third row of one file is not the id of another's
        ({"prompt": PROMPT + ELM["question"]}, "2 problems fit its question"),  # examples before the question
        ({"id": "q1", "prompt": ELM["question"]}, "id 'q1' is that of a problem with another question"),
        ({"text": f"So: {EMPLOYERS.question}"}, "no problem has its id"),  # what a model says is no prompt
        ({"id": True, "custom_id": 1.5, "prompt": None}, "no problem has its id"),
    ],
)
def test_what_cannot_be_joined_is_not(row, why):
    problems = rows_of(FIELDS | {"id": "q1"}, ELM | {"id": "q2", "index": 3})
    with pytest.raises(NotJoined, match=why):
        problems.find(row)


def test_ids_join_by_name_then_by_value():
    problems = rows_of(FIELDS | {"index": 0, "id": "a"}, ELM | {"index": 1, "id": "b"})
    assert problems.find({"index": 1}).question == ELM["question"]
    assert problems.find({"custom_id": "1"}).question == ELM["question"]
    assert problems.find({"question_id": "a", "prompt": "?"}).question == EMPLOYERS.question
    assert problems.find({"problem_id": EMPLOYERS.id}) == EMPLOYERS
    assert problems.find({"doc": {"id": "b"}, "doc_id": 0}).question == ELM["question"]
    twice = rows_of(FIELDS | {"id": "a"}, ELM | {"id": "a"})
    assert twice.find({"id": "a", "prompt": PROMPT}) == EMPLOYERS
    with pytest.raises(NotJoined):
        twice.find({"id": "a"})


def test_a_question_of_many_stories_is_told_by_its_story():
    stories = [replace(FOOTBALL, facts=FOOTBALL.facts[:n], id=str(n)) for n in (4, 5)]
    problems = rows_of(*map(babi.row_of, (*stories, CARRYING)), dataset="babi")
    for story in stories:
        assert problems.find({"prompt": babi.render(story)}).facts == story.facts
        assert problems.find({"question": story.question, "passage": str(list(story.facts))}).facts == story.facts
    with pytest.raises(NotJoined, match="2 problems fit its question"):
        problems.find({"prompt": FOOTBALL.question})


@pytest.mark.slow
@pytest.mark.release
@pytest.mark.parametrize("dataset", ["cotemp", "babi"])
def test_released_prompts_are_joined_with_their_own_problem(local, dataset):
    files = [release.fetch(run.name) for run in release.runs() if run.dataset == dataset and run.arm == "vanilla"][:4]
    outputs, problems = [output for file in files for output in read_outputs(file, dataset)], Problems()
    for output in outputs:
        problems.add({}, output.problem)
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    for row, output in zip(rows, outputs, strict=True):
        assert problems.find({"input": row["input"]}) == output.problem


# The command line


def test_problems_verdicts_and_what_was_not_joined(tmp_path, capsys):
    problems = written(tmp_path / "during.json", *[{**FIELDS, "answer": FIELDS["gold"], "index": 7}, {"question": "?"}])
    rows = [
        batch({"message": SAID}),
        {"index": 7, "text": "Elm \ud800 é"},
        {"prompt": "?", "completion": "Elm"},
        FORMS["pipeline"],
    ]
    path, out = written(tmp_path / "out.jsonl", *rows), tmp_path / "new" / "verdicts.jsonl"
    argv = [path, "--dataset", "cotemp", "--problems", problems, "--out", out, "--format", "json"]
    command.main(list(map(str, argv)))
    shown = capsys.readouterr()
    score = json.loads(shown.out)
    assert (score["n"], score["not_joined"], score["broken"], score["scores"]["acc"]) == (2, 2, 0, 50.0)
    left_out, lost = shown.err.splitlines()
    assert "1 rows left out" in left_out and "during.json, line 2: field 'facts' is missing" in left_out
    assert f"2 rows not joined with a problem: {path}, line 1 (id q1): no problem has" in lost
    verdicts = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["place"].rpartition(", ")[2] for row in verdicts] == ["line 1", "line 2", "line 3", "line 4"]
    assert [(row["id"], row["answer"], row["trace"]) for row in verdicts[1:]] == [
        ("7", False, False),
        ("", None, None),
        (EMPLOYERS.id, True, True),
    ]
    assert verdicts[0]["reasons"] == ["no problem has its id or its question; the row is not joined"]
    assert any("missing" in reason for reason in verdicts[1]["reasons"])
    assert verdicts[3]["reasons"] == []


def test_keep_going_counts_broken_rows(tmp_path, capsys):
    rows = [FORMS["released"], "{", FIELDS | {"prediction": 5}, *["[]"] * 3, FORMS["released"]]
    path, out = written(tmp_path / "out.jsonl", *rows), tmp_path / "verdicts.jsonl"
    assert "line 2: not a JSON object" in told(capsys, path, "--dataset", "cotemp", "--out", out)
    assert not out.exists()
    command.main([str(path), "--dataset", "cotemp", "--keep-going", "--out", str(out)])
    shown = capsys.readouterr()
    assert shown.out.splitlines()[2].split()[:6] == ["100.0", "100.0", "100.0", "100.0", "100.0", "2"]
    assert "5 rows broken: " in shown.err and "line 3: field 'prediction': expected a string, found 5" in shown.err
    assert shown.err.endswith(" …\n")
    assert len(out.read_text().splitlines()) == 7
    written(path, "{")
    assert "no output to verify; " in told(capsys, path, "--dataset", "cotemp", "--keep-going")


BROKEN = [
    ({"a": 1, "b": 2}, "expected a text in one of prediction, response"),
    (FIELDS | {"messages": [ASKED]}, "'messages': expected a turn of the assistant, found none"),
    (FIELDS | {"messages": "Elm"}, "'messages': expected turns, found"),
    (FIELDS | {"messages": [SAID | {"content": None}]}, "'content': expected a string, found null"),
    (FIELDS | {"messages": [SAID | {"content": [{"type": "image"}]}]}, "expected parts {'type': 'text'"),
    (FIELDS | {"messages": [SAID | {"reasoning_content": 5}]}, "'reasoning_content': expected a string, found 5"),
    (FIELDS | {"prediction": "Elm", "reasoning_content": ["x"]}, "'reasoning_content': expected a string"),
    (FIELDS | {"text": []}, "'text': expected a string, found []"),
    (FIELDS | {"completion": {"text": "Elm"}}, "'completion': expected a string"),
    (FIELDS | sample(), "'resps': expected a string, found []"),
    (sample(["-3.1", "False"]), """'resps': expected a string, found ["-3.1", "False"]"""),
    (FIELDS | batch(), "expected response.body.choices, found none; the request's error: null"),
    (FIELDS | batch(response=None, error={"code": 400}), """the request's error: {"code": 400}"""),
    (FIELDS | batch(response={"body": {"error": "too long"}}), """the request's error: "too long\""""),
    (FIELDS | batch({"message": {"content": None}}), "'content': expected a string, found null"),
    (FIELDS | batch("Elm", {"index": 0}), "'text': expected a string, found null"),
    (FIELDS | {"prediction": "Elm", "category": None}, "'category': expected a string, found null"),
    (FIELDS | {"prediction": "Elm", "category": ["during"]}, "'category': expected a string"),
    (FIELDS | {"prediction": "Elm", "triple_element": "S9"}, "'triple_element': expected one of S1_R1_O2"),
    (FIELDS | {"prediction": "Elm", "gold": ["Birch college"]}, "no fact holds the gold answer 'Birch college'"),
    (FIELDS | {"prediction": "Elm", "gold": [*FIELDS["gold"], "Fir"]}, "no fact holds the gold answer 'Fir'"),
    ({"prompt": PROMPT, "text": "Elm"}, "Or are the problems in a file of their own (--problems)?"),
    (sample("Elm", doc={"question": "?"}), "'facts' is missing"),
    (FIELDS | {"prediction": float("nan")}, "'prediction': expected a string, found NaN"),
    (FIELDS | {"prediction": {"a": [{"b": 10**4000}]}}, "'prediction': expected a string"),
    ('{"prediction": "Elm", "gold": ' + "[" * 480 + "]" * 480 + "}", "is missing"),
]


@pytest.mark.parametrize(("row", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_a_broken_row_is_told_in_one_line(tmp_path, capsys, row, message):
    path = written(tmp_path / "during" / "out.jsonl", FORMS["released"], row)
    error = told(capsys, path, "--dataset", "cotemp")
    assert f"{path}, line 2: " in error and message in error, error


def test_files_and_names_that_cannot_be(tmp_path, capsys):
    good = written(tmp_path / "during" / "out.jsonl", FORMS["released"])

    def tell(*argv: object) -> str:
        return told(capsys, *argv, "--dataset", "cotemp")

    assert "standard input can be read once" in tell("-", "-")
    assert "expected a file of its own" in tell(good, "--out", good.parent / ".." / "during" / "out.jsonl")
    assert "expected a file, found a folder" in tell(good, "--out", tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "pipe: expected a file, found a device" in tell(good, "--out", tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    assert "verdicts.jsonl: cannot be written (" in tell(good, "--out", good / "verdicts.jsonl")
    assert "no usable problem; " in tell(good, "--problems", written(tmp_path / "none.json", "{}"))
    assert "no usable problem; the file is empty" in tell(good, "--problems", written(tmp_path / "none.json", "[]"))
    assert "the file is empty" in tell(written(tmp_path / "empty.json", "[]"))
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(gzip.compress(lines([FORMS["released"]] * 9))[:-20])
    assert "cut.json.gz: cannot be read" in tell(cut)
    assert "record 2: not a JSON object" in tell(
        written(tmp_path / "during" / "mixed.json", json.dumps([FORMS["released"], 5]))
    )


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii:strict"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_names_that_standard_output_cannot_encode(tmp_path, environment):
    folder = tmp_path / "during"
    folder.mkdir()
    name = os.fsencode(folder) + b"/\xff \xc3\xa9\n.jsonl"
    Path(os.fsdecode(name)).write_text(json.dumps(FORMS["released"]))
    argv = [sys.executable, "-m", "lib.verify", name, "--dataset", "cotemp"]
    run = subprocess.run(argv, cwd=ROOT, env=os.environ | environment, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"") and b"100.0" in run.stdout
    Path(os.fsdecode(name)).write_text("{")
    run = subprocess.run(argv, cwd=ROOT, env=os.environ | environment, capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr.count(b"\n")) == (2, b"", 1)
    assert run.stderr.startswith(b"error: ")


# The examples


def test_the_reward_as_trl_calls_it():
    wrong = completion(EMPLOYERS, trace(EMPLOYERS, category="equal"), "['Elm Laboratory']")
    texts = [TEXT, wrong, "", completion(PAINTING)]
    asked = [EMPLOYERS, EMPLOYERS, EMPLOYERS, PAINTING]
    columns = {"problem": [json.loads(json.dumps(reward.column(problem))) for problem in asked], "source": ["x"] * 4}
    prompts = [[{"role": "user", "content": DATASETS[problem.dataset].render(problem)}] for problem in asked]
    turns = [[{"role": "assistant", "content": text}] for text in texts]
    for completions in (texts, turns):
        given = {"prompts": prompts, "completions": completions, "completion_ids": [[1]] * 4, "trainer_state": None}
        assert reward.reward(**given, **columns) == [1.0, 0.0, 0.0, 1.0]
        assert reward.trace_reward(**given, **columns) == [1.0, 0.5, 0.0, 1.0]
    assert all(type(one) is float for one in reward.trace_reward(texts, columns["problem"]))


def test_the_readme_s_ten_lines_run(capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    right, trace, *_, last = capsys.readouterr().out.splitlines()
    assert (right, trace, last) == ("True", "False", "[1.0]")
    assert code.count("\n") <= 10


class _Task(yaml.SafeLoader):
    """Reads a task as the harness does: `!function module.name` is that function of the file beside it."""


_Task.add_constructor("!function", lambda loader, node: getattr(metric, node.value.removeprefix("metric.")))


def test_the_harness_s_task_and_its_log_say_the_same(tmp_path, capsys):
    task = yaml.load((ROOT / "examples/lm_eval/trace_cotemp.yaml").read_text(), _Task)
    metric.main(["3", str(tmp_path / "test.jsonl")])
    docs = [json.loads(line) for line in (tmp_path / "test.jsonl").read_text().splitlines()]
    asked = cotemp.generate(3, seed=1)
    texts = [completion(asked[0]), completion(asked[1], answer="['Nobody']"), "I do not know."]
    rows = []
    for doc, problem, text in zip(docs, asked, texts, strict=True):
        assert task["doc_to_text"](doc) == cotemp.render(problem)
        assert task["doc_to_target"](doc) == answer_text(problem)
        said = task["process_results"](doc, [text])
        assert list(said) == [entry["metric"] for entry in task["metric_list"]]
        rows.append(sample(text, doc=doc) | said)
    assert [row["answer"] for row in rows] == [1.0, 0.0, 0.0] and [row["trace"] for row in rows] == [1.0, 1.0, 0.0]
    command.main([str(written(tmp_path / "samples.jsonl", *rows)), "--dataset", "cotemp", "--format", "json"])
    again = json.loads(capsys.readouterr().out)
    assert again["scores"]["acc"] == pytest.approx(100 / 3, abs=0.1)
    assert again["accuracy"]["trace"] == pytest.approx(200 / 3, abs=0.1)
