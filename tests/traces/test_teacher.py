"""The teacher's command line: which replies are used, what is told and what is written."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.errors import run_cli
from lib.files import ROOT
from lib.traces import teacher
from lib.traces.endpoint import Reply
from tests.made_up import EMPLOYERS, FOOTBALL, PAINTING, answer_text
from tests.traces.conftest import KEY, Step, completion

# --- which replies are used ---------------------------------------------------------------------------------


def reply(answer: str, trace: str = "Some thought.", finish: str = "stop") -> Reply:
    return Reply(trace, answer, finish, 10, 20, "teacher")


@pytest.mark.parametrize("problem", [EMPLOYERS, FOOTBALL, PAINTING], ids=lambda problem: problem.dataset)
def test_a_right_answer_is_used(problem):
    gold = answer_text(problem)
    for answer in (gold, f"<answer>{gold}</answer>", f"So it is.\n<answer>\n{gold}\n</answer>", f"Answer: {gold}"):
        row = teacher.row_of(problem, reply(answer))
        assert (row["used"], row["reason"], row["answer"]) == (True, "", gold)
    talkative = reply(gold, "I shall write <answer>, then </answer>, and close </think> before.")
    assert teacher.row_of(problem, talkative)["used"]


UNUSED = [
    (reply("['Birch College']"), "answer: "),
    (reply("Birch College, Cedar Society and Elm Laboratory"), "answer: "),
    (reply("I do not know."), "answer: "),
    (reply(""), "answer: "),
    (reply("['Birch College', 'Cedar Society"), "answer: the list is never closed"),
    (reply("['Birch College', 'Cedar Society']", trace=""), "trace: there is none"),
    (reply("['Birch College', 'Cedar Society']", finish="length"), "the reply is cut off (length)"),
    (reply("", trace="While", finish="length"), "the reply is cut off (length)"),
]


@pytest.mark.parametrize(("given", "reason"), UNUSED)
def test_other_replies_are_kept_with_the_reason_why_they_are_not_used(given, reason):
    row = teacher.row_of(EMPLOYERS, given)
    assert (row["used"], row["trace"], row["finish_reason"]) == (False, given.trace, given.finish_reason)
    assert row["reason"].startswith(reason)


# --- the command line ---------------------------------------------------------------------------------------

ROW = {
    "question": EMPLOYERS.question,
    "facts": list(EMPLOYERS.facts),
    "gold": list(EMPLOYERS.answers),
    "triple_element": EMPLOYERS.pattern,
    "category": "during",
}
RIGHT = completion("<answer>['Birch College', 'Cedar Society']</answer>", "They overlap.", usage=(1000, 3000))
WRONG = completion("<answer>['Elm Laboratory']</answer>", "They follow.", usage=None)
COLUMNS = ["problem", "question", "trace", "answer", "used", "reason", "finish_reason", "tokens", "model"]


@dataclass
class Cli:
    """The command line in this process, with its files and settings."""

    source: Path
    out: Path
    capsys: pytest.CaptureFixture

    def run(self, *words: str) -> str:
        teacher.main([str(self.source), "--dataset", "cotemp", "--out", str(self.out), *words])
        return self.capsys.readouterr().out

    def told(self, *words: str) -> str:
        with pytest.raises(SystemExit) as stop:
            run_cli(teacher.main, [str(self.source), "--dataset", "cotemp", "--out", str(self.out), *words])
        error = self.capsys.readouterr().err
        lines = [line for line in error.splitlines() if line.startswith("error: ")]
        assert (stop.value.code, len(lines)) == (2, 1), error
        return lines[0]

    def rows(self) -> list[dict]:
        return [json.loads(line) for line in self.out.read_text().splitlines()]


@pytest.fixture
def cli(endpoint, tmp_path, monkeypatch, capsys) -> Cli:
    """Two problems, of which the second lacks the first's last fact."""
    settings = {"BASE_URL": endpoint.base_url, "MODEL": "teacher", "API_KEY": KEY, "PRICE_IN": "1", "PRICE_OUT": "10"}
    for name, value in settings.items():
        monkeypatch.setenv(f"TEACHER_{name}", value)
    source = tmp_path / "problems.jsonl"
    source.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW | {"facts": ROW["facts"][:-1]}) + "\n")
    return Cli(source, tmp_path / "traces.jsonl", capsys)


def test_traces_in_the_problems_order_with_what_they_cost(server, cli):
    server.script = [Step(WRONG), Step(RIGHT)]
    out = cli.run("--yes", "--max-tokens", "4000")
    rows = cli.rows()
    assert [list(row) for row in rows] == [COLUMNS, COLUMNS]
    assert [(row["used"], row["tokens"], row["trace"]) for row in rows] == [
        (False, None, "They follow."),
        (True, 3000, "They overlap."),
    ]
    assert rows[0]["problem"] == EMPLOYERS.id
    assert {path.name for path in cli.out.parent.iterdir()} == {"problems.jsonl", "traces.jsonl", "traces.jsonl.cache"}
    assert rows[0]["reason"].startswith("answer: ")
    table = {words[0]: words[1:] for line in out.splitlines() if (words := line.split())}
    tokens = sum(-(-len(body["messages"][0]["content"]) // 4) for _, body, _ in server.asked)
    assert table["expected"] == ["2", f"{tokens}", "3,000", f"{tokens / 1e6 + 0.03:.2f}"]
    assert table["at"] == ["most", "2", f"{tokens}", "8,000", f"{tokens / 1e6 + 0.08:.2f}"]
    assert table["real"] == ["2", "1,000", "3,000", "0.03"]
    assert "characters / 4" in out
    assert "\n1 of these replies came without counts" in out
    assert out.endswith(f"1 of 2 replies to be used -> {cli.out}\n")
    assert server.asked[0][1] | {"messages": []} == {
        "model": "teacher",
        "messages": [],
        "temperature": 0.6,
        "top_p": 0.95,
        "max_tokens": 4000,
    }


def test_a_second_run_asks_only_what_is_missing_and_writes_the_same_bytes(server, cli):
    server.otherwise = Step(RIGHT)
    cli.run("--yes", "--limit", "1")
    assert (len(cli.rows()), len(server.asked)) == (1, 1)
    out = cli.run("--yes")
    assert "1 of 2 problems have no reply" in out
    assert "3,000 per reply, the mean of 1 replies so far" in out
    assert (len(cli.rows()), len(server.asked)) == (2, 2)
    before = cli.out.read_bytes()
    cli.out.unlink()
    assert cli.run() == f"2 of 2 replies to be used -> {cli.out}\n"  # nothing to pay: nothing to confirm
    assert (cli.out.read_bytes(), len(server.asked)) == (before, 2)


def test_a_run_that_fails_keeps_what_it_has_and_the_old_traces(server, cli):
    cli.out.write_text("from before")
    server.script = [Step(RIGHT), Step({"error": KEY}, 401)]
    message = cli.told("--yes")
    assert f"1 replies are kept in {cli.out}.cache, run again to go on" in message
    assert cli.out.read_text() == "from before"
    server.otherwise = Step(RIGHT)
    cli.run("--yes")
    assert (len(cli.rows()), len(server.asked)) == (2, 3)


def test_nothing_is_asked_without_a_yes(server, cli, monkeypatch):
    assert "expected --yes" in cli.told()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    assert "nothing was asked: not confirmed" in cli.told()
    assert server.asked == []
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    cli.run()
    assert len(server.asked) == 2


def test_prices_that_are_not_known_are_not_made_up(server, cli, monkeypatch):
    monkeypatch.delenv("TEACHER_PRICE_OUT")
    lines = cli.run("--yes").splitlines()
    assert [line.endswith("not known") for line in lines if line.startswith(("exp", "at m", "real"))] == [True] * 5


def test_rows_that_cannot_be_used_are_named_and_left_out(server, cli):
    rows = [ROW, "{", ROW, ROW | {"category": "before"}, ROW | {"gold": []}, {**ROW, "category": 3}]
    cli.source.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    out = cli.run("--yes")
    assert "1 problems kept, 5 rows left out" in out
    for place, words in ((2, "not a JSON object"), (3, "the same question"), (4, "'before'"), (5, "gold answer")):
        assert any(f"line {place}: " in line and words in line for line in out.splitlines())
    assert len(cli.rows()) == len(server.asked) == 1


BAD_ARGUMENTS = [
    ("--max-tokens many", "argument --max-tokens: invalid int value: 'many'"),
    *(
        (words, "expected positive numbers")
        for words in ("--limit 0", "--limit -1", "--per-minute -1", "--per-minute nan")
    ),
    ("--out problems.jsonl", "expected a file of its own"),
    ("--out .", "expected a file of its own"),
    ("--out nowhere/traces.jsonl", "cannot be used"),
]


@pytest.mark.parametrize(("words", "told"), BAD_ARGUMENTS)
def test_bad_arguments(server, cli, monkeypatch, words, told):
    monkeypatch.chdir(cli.source.parent)
    assert told in cli.told(*words.split())
    assert server.asked == []


def test_no_problems(server, cli):
    cli.source.unlink()
    assert "cannot be read" in cli.told()


def test_from_the_shell_the_key_is_in_no_line(server, cli):
    """One real process with all logging on."""
    code = (
        "import logging, runpy; logging.basicConfig(level=0); runpy.run_module('lib.traces.teacher', None, '__main__')"
    )
    server.script = [Step(RIGHT), Step({"error": {"message": f"bad key {KEY}"}}, 400)]
    argv = [sys.executable, "-c", code, str(cli.source), "--dataset", "cotemp", "--out", str(cli.out), "--yes"]
    cli.source.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW | {"question": "Who else?"}))
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "found HTTP status 400, 'bad key …'" in process.stderr.splitlines()[-1]
    assert "DEBUG" in process.stderr
    kept = Path(f"{cli.out}.cache").read_text()
    assert KEY not in process.stdout + process.stderr + kept
