"""The command line: what good input prints, and one line with exit code 2 for whatever is not usable."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lib.errors import run_cli
from lib.files import ROOT
from lib.verify import __main__ as verify
from tests.made_up import CITING, CLASS_SENTENCES, EMPLOYERS

GOLD_TRACE = (
    f"<think>{CLASS_SENTENCES['cotemp'].format('during')}\n{CITING['cotemp']}{list(EMPLOYERS.gold_facts)}</think> "
    "<answer>['Birch College', 'Cedar Society']</answer>"
)
LINE = {
    "prediction": GOLD_TRACE,
    "question": EMPLOYERS.question,
    "facts": list(EMPLOYERS.facts),
    "gold": list(EMPLOYERS.answers),
    "triple_element": EMPLOYERS.pattern,
}
KEYS = ["file", "n", "unparsed", "unclear", "not_joined", "broken", "answers", "steps", "scores", "accuracy", "tables"]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A file of three outputs in the folder of its class: right throughout, right answer only, and no trace."""
    texts = [GOLD_TRACE, GOLD_TRACE.replace("during", "equal"), "<answer>['Birch College']</answer>"]
    return written(tmp_path / "during" / "student.json", *(LINE | {"prediction": text} for text in texts))


def written(path: Path, *lines: dict | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def told(capsys, *argv: object) -> str:
    """Run the verifier's command line on bad input; the one line that it tells."""
    with pytest.raises(SystemExit) as stop:
        run_cli(verify.main, [str(word) for word in argv])
    out, error = capsys.readouterr()
    assert (stop.value.code, out, error.count("\n")) == (2, "", 1), error
    assert error.startswith("error: ")
    return error


def test_json_has_one_object_a_file_with_the_documented_keys(good, capsys):
    verify.main([str(good), str(good), "--dataset", "cotemp", "--format", "json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == rows[1]
    assert list(rows[0]) == KEYS
    assert rows[0] == {
        "file": str(good),
        "n": 3,
        "unparsed": 1,
        "unclear": 0,
        "not_joined": 0,
        "broken": 0,
        "answers": "strict",
        "steps": "strict",
        "scores": {"acc": 66.7, "f1": 88.9, "p": 100.0, "r": 83.3, "avg": 77.8},
        "accuracy": {"class": 33.3, "ir": 66.7, "trace": 33.3},
        "tables": {"class": [1, 1, 0, 0], "ir": [2, 0, 0, 0], "trace": [1, 1, 0, 0]},
    }


def test_the_table_names_every_file_and_the_protocol(good, capsys):
    verify.main([str(good), "--dataset", "cotemp"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "answers: strict, steps: strict; percent of all outputs"
    assert lines[2].split() == ["66.7", "88.9", "33.3", "66.7", "33.3", "3", "1", "0", str(good)]


def test_the_category_is_the_folder_s_unless_given(good, capsys):
    verify.main([str(good), "--dataset", "cotemp", "--category", "equal", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["tables"]["class"] == [1, 1, 0, 0]  # now the second line's is right


def test_released_steps_read_the_gold_file(good, tmp_path, capsys):
    gold = tmp_path / "gold.csv"
    facts = "[" + ", ".join(repr(fact) for fact in EMPLOYERS.facts) + "]"
    sentence = CLASS_SENTENCES["cotemp"].format("during")
    gold.write_text(f'answer,facts,reasoning\n"[\'Birch College\']","{facts}","{sentence}"\n')
    argv = [str(good), "--dataset", "cotemp", "--steps", "released", "--gold", str(gold), "--format", "json"]
    verify.main(argv)
    row = json.loads(capsys.readouterr().out)
    assert (row["steps"], row["tables"]["class"], row["unparsed"]) == ("released", [1, 1, 0, 0], 1)


BAD_LINES = [
    # what, lines of the file, words that the message must have
    ("broken JSON", [LINE, '{"prediction": '], ["line 2", "not a JSON object", "expected one per line"]),
    ("no object", [LINE, "", "[1, 2]"], ["line 3", "not a JSON object in UTF-8: '[1, 2]'"]),
    ("nested too deeply", ['{"prediction": ' + "[" * 100_000], ["line 1", "not a JSON object"]),
    ("a number without end", ['{"prediction": ' + "1" * 5000 + "}"], ["line 1", "not a JSON object"]),
    ("a field is missing", [{k: v for k, v in LINE.items() if k != "facts"}], ["line 1", "'facts' is missing"]),
    ("a field of another kind", [LINE | {"gold": "Birch"}], ["line 1", "'gold'", "a list of strings", '"Birch"']),
    ("a list of other things", [LINE | {"facts": [1]}], ["line 1", "'facts'", "a list of strings", "[1]"]),
    ("no text", [LINE | {"prediction": None}], ["line 1", "'prediction'", "a string", "null"]),
    ("no gold answer", [LINE | {"gold": [" "]}], ["line 1", "expected a gold answer, found none"]),
    ("empty", [""], ["the file is empty"]),
    ("blank", [" ", "\t", ""], ["the file is empty"]),
]


@pytest.mark.parametrize(("lines", "words"), [case[1:] for case in BAD_LINES], ids=[case[0] for case in BAD_LINES])
def test_bad_files(tmp_path, capsys, lines, words):
    path = written(tmp_path / "during" / "bad.json", *lines)
    message = told(capsys, path, "--dataset", "cotemp")
    assert all(word in message for word in [str(path), *words]), message


def test_a_bad_file_among_good_ones_prints_no_scores(good, tmp_path, capsys):
    assert "bad.json" in told(capsys, good, written(tmp_path / "during" / "bad.json", "{"), "--dataset", "cotemp")


def test_no_file_a_folder_a_binary_file_a_wrong_dataset(good, tmp_path, capsys):
    assert "nowhere.json: cannot be read (No such file or directory)" in told(
        capsys, tmp_path / "nowhere.json", "--dataset", "cotemp"
    )
    assert "cannot be read (Is a directory)" in told(capsys, tmp_path, "--dataset", "cotemp")
    binary = tmp_path / "model.bin"
    binary.write_bytes(b"\x80\x02\xff\x00" * 9)
    assert "line 1: not a JSON object in UTF-8" in told(capsys, binary, "--dataset", "cotemp", "--category", "during")
    assert "'passage' is missing; is this a file of another dataset?" in told(capsys, good, "--dataset", "babi")
    assert "invalid choice: 'triviaqa'" in told(capsys, good, "--dataset", "triviaqa")


def test_bad_arguments(good, capsys):
    assert "required: FILE, --dataset" in told(capsys)
    assert "unrecognized arguments: --fast" in told(capsys, good, "--dataset", "cotemp", "--fast")
    assert "invalid choice: 'lenient'" in told(capsys, good, "--dataset", "cotemp", "--answers", "lenient")
    unknown = told(capsys, good, "--dataset", "cotemp", "--category", "before")
    assert "'before': expected one of equal, during, overlap, mix" in unknown
    elsewhere = written(good.parent.parent / "runs" / "student.json", LINE)
    assert "unknown class 'runs'" in told(capsys, elsewhere, "--dataset", "cotemp")


def test_released_steps_without_a_usable_gold_file(good, tmp_path, capsys):
    def tell(*gold: object) -> str:
        return told(capsys, good, "--dataset", "cotemp", "--steps", "released", *gold)

    assert "expected --gold FILE, found none" in tell()
    assert "cannot be read" in tell("--gold", tmp_path / "nowhere.csv")
    assert "is empty" in tell("--gold", written(tmp_path / "empty.csv", ""))
    assert "line 2: field 'answer' is missing" in tell("--gold", written(tmp_path / "other.csv", "reasoning,x", "a,b"))
    rows = ["answer,facts,reasoning", "a,\"['b']\",it is equal", "a,\"['b'\",it is equal"]
    assert "line 3: expected a list of facts" in tell("--gold", written(tmp_path / "cut.csv", *rows))
    rows[2] = "a,\"['b']\",it is so"
    assert "line 3: expected a class in column 'reasoning'" in tell("--gold", written(tmp_path / "vague.csv", *rows))


def test_from_the_shell_without_the_training_half(good):
    """One real process: exit codes, and an import that draws in neither torch nor transformers nor pandas."""
    code = (
        "import sys; from lib import errors; from lib.verify import __main__ as verify; "
        "errors.run_cli(verify.main); print(*sys.modules)"
    )
    argv = [sys.executable, "-c", code, str(good), "--dataset", "cotemp"]
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "pandas", "numpy"} & set(process.stdout.split())
    argv[-1] = "triviaqa"
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (process.returncode, process.stdout, process.stderr.count("\n")) == (2, "", 1)
