"""Part 2's files on a made-up server: trusted at first sight, then checked, shown only where they give their score."""

import csv
import io
import json

import pytest

from lib.errors import run_cli
from lib.files import ROOT
from lib.published import __main__ as published
from lib.published import part2, release, reported
from lib.verify import verify
from tests.made_up import EMPLOYERS, cotemp_problem

TRADE = cotemp_problem(
    facts=[
        "Ada Moss holds the position of Minister of Trade, Fish and Ships from 1990 to 1995.",
        "Ada Moss holds the position of mayor from 1991 to 1992.",
        "Ada Moss holds the position of judge in 2001.",
    ],
    question="While Ada Moss was holding the position of mayor, which position did Ada Moss at the same time?",
    gold=["Minister of Trade, Fish and Ships"],
)
PROMPT = "Answer the question based on the context:\n{facts}\nQuestion: {question} Only return the answer.\n"
ECHO = "user\n" + PROMPT.format(facts="Bo Hart works for Oak Press in 1999.", question="Where did Bo Hart work?")
WRITTEN = [
    (
        EMPLOYERS,
        "assistant\n<think>\nHmm, 1992 lies within.\n</think>\n\n <answer>Birch College, Cedar Society</answer>",
    ),
    (EMPLOYERS, ECHO),  # the prompt of another problem again, and no answer
    (TRADE, "Judge is later.\n\n**Minister of Trade, Fish and Ships**\n\nAnswer: Minister of Trade, Fish and Ships"),
]
SCORE = "66.7,66.7,66.7,66.7,66.7"  # two of three right, the echo with neither precision nor recall
OUTPUTS, RERUN, UNSCORED, TRAINING, TEACHER = (
    "o/during/a.json",
    "o/during/b.json",
    "o/during/c.json",
    "t.csv",
    "r1.json",
)
REGISTRY = f"""kind,part,category,student,arm,seed,commit,path
outputs,2,during,Qwen3-8B,r1,,abc,{OUTPUTS}
outputs,1,during,Qwen3-1.7B,vanilla,121,abc,{RERUN}
outputs,1,during,Qwen3-1.7B,vanilla,122,abc,{UNSCORED}
training,2,during,,correct,,abc,{TRAINING}
teacher,2,during,,r1,,abc,{TEACHER}
"""
PUBLISHED = f"""part,category,student,arm,seed,acc,f1,p,r,avg,commit
2,during,Qwen3-8B,r1,,{SCORE},abc
1,during,Qwen3-1.7B,vanilla,121,{SCORE},abc
"""


def lines(outputs, **more) -> bytes:
    """A file of outputs in the released form."""
    rows = []
    for problem, text in outputs:
        prompt = PROMPT.format(facts=list(problem.facts), question=problem.question)
        given = {"input": {"text": f"<|im_start|>user\n{prompt}<|im_end|>\n"}, "prediction": text}
        asked = {"gold": list(problem.answers), "triple_element": problem.pattern, "question": problem.question}
        rows.append(json.dumps(given | more | asked | {"facts": list(problem.facts)}))
    return ("\n".join(rows) + "\n").encode()


def tuning(*rows) -> bytes:
    """A training file in the released form: problems in `question`, and those that the messages are of."""
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["index", "question", "reasoning", "answer", "messages"])
    for problem, shown in rows:
        messages = [
            {"content": PROMPT.format(facts=list(shown.facts), question=shown.question), "role": "user"},
            {"content": "<think>It's clear.</think> <answer>['x']</answer>", "role": "assistant"},
        ]
        table.writerow(
            ["", PROMPT.format(facts="\n".join(problem.facts), question=problem.question), "", "x", messages]
        )
    table.writerow(["", "no question", "", "x", "[]"])
    return file.getvalue().encode()


@pytest.fixture
def small(served, monkeypatch, tmp_path):
    """The server with a small part 2, all of it in order."""
    for name, text in (("registry2.csv", REGISTRY), ("published_scores.csv", PUBLISHED)):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(reported, "DATA", tmp_path)
    for name in (OUTPUTS, RERUN, UNSCORED):
        served.put(f"abc/{name}", lines(WRITTEN))
    served.put(f"abc/{TRAINING}", tuning((EMPLOYERS, TRADE), (TRADE, TRADE), (EMPLOYERS, TRADE)))
    served.put(f"abc/{TEACHER}", lines(WRITTEN[2:], r1_trace="Alright, 1991 lies within."))
    return served


def run(capsys, code: int = 0) -> tuple[list[str], str]:
    """Run the command; the lines that it prints, and the one that it tells."""
    try:
        run_cli(published.main, ["part2"])
        ended = 0
    except SystemExit as stop:
        ended = stop.code
    out, error = capsys.readouterr()
    assert ended == code
    return out.splitlines(), error.rpartition("\r")[2]


def test_all_in_order(small, capsys):
    told, _ = run(capsys)
    assert told == [
        f"agrees     abc/{OUTPUTS}",
        f"agrees     abc/{RERUN}",
        f"no published score abc/{UNSCORED}",
        "2 of 3 files of outputs give their published score; "
        "every hash was trusted at first sight, and is checked from now on",
    ]
    asked = len(small.asked)
    assert (run(capsys)[0], len(small.asked), asked) == (told, 5, 5)  # nothing is fetched twice


def test_what_agrees_is_rescored_output_by_output(small, capsys):
    run(capsys)
    checks, outputs = part2.rescore()
    assert list(checks["status"]) == ["agrees", "agrees", "no published score"]
    assert list(outputs.columns) == [*part2.KEYS, "problem", "answer_released", "answer_strict"]
    first = outputs[outputs["part"] == "2"]
    ids = [EMPLOYERS.id, f"{EMPLOYERS.id}-2", TRADE.id]  # a problem that comes again is an output of its own
    strictly = [verify(problem, text).answer for problem, text in WRITTEN]
    assert list(zip(first["problem"], first["answer_released"], first["answer_strict"], strict=True)) == list(
        zip(ids, [True, False, True], strictly, strict=True)
    )
    assert strictly[:2] == [True, False]


def test_a_wrong_score_is_told_and_not_shown(small, capsys, tmp_path):
    (tmp_path / "published_scores.csv").write_text(PUBLISHED.replace(f"r1,,{SCORE}", "r1,,66.7,66.7,66.7,66.7,66.8"))
    told, error = run(capsys, code=2)
    assert told[0] == (f"disagrees  abc/{OUTPUTS}: published 66.7 66.7 66.7 66.7 66.8, found 66.7 66.7 66.7 66.7 66.7")
    assert error.startswith("error: part 2: 0 files did not come, 1 do not give their score (named above)")
    assert set(part2.rescore()[1]["part"]) == {"1"}


def test_a_missing_file_is_named_and_the_others_are_used(small, capsys):
    (small.folder / "abc" / OUTPUTS).unlink()
    told, error = run(capsys, code=2)
    assert told[-2].startswith(f"refused    abc/{OUTPUTS}: expected to download it from http://127.0.0.1")
    assert "404 Not Found" in told[-2] and told[-1].startswith("1 of 2 files of outputs")
    assert error.startswith("error: part 2: 1 files did not come, 0 do not give")


def test_an_altered_byte_in_the_cache_is_fetched_again(small, capsys):
    run(capsys)
    path = release.CACHE / "abc" / OUTPUTS
    path.write_bytes(path.read_bytes().replace(b"Hmm", b"Hum"))
    assert [file.path for file in part2.at_hand("outputs")] == [RERUN, UNSCORED]  # not used meanwhile
    assert run(capsys)[0][0] == f"agrees     abc/{OUTPUTS}"


def test_a_byte_altered_at_the_source_is_refused_ever_after(small, capsys):
    run(capsys)
    (release.CACHE / "abc" / OUTPUTS).unlink()
    small.put(f"abc/{OUTPUTS}", lines(WRITTEN).replace(b"Hmm", b"Hum"))  # it would give the same score
    told, error = run(capsys, code=2)
    assert "does not match the known hash" in told[-2] and error.startswith("error: part 2: 1 files did not come")
    assert OUTPUTS not in [file.path for file in part2.at_hand()]


def test_a_broken_download_goes_on(small, capsys, monkeypatch):
    many = lines(WRITTEN * 300)  # 600 kB
    small.put(f"abc/{OUTPUTS}", many)
    small.breaks = 3  # each try gets half of what lacks, then the run ends
    told, error = run(capsys, code=2)
    assert told == [] and "found ChunkedEncodingError" in error
    assert run(capsys)[0][0] == f"agrees     abc/{OUTPUTS}"
    assert (release.CACHE / "abc" / OUTPUTS).read_bytes() == many


def test_no_network(small, capsys, monkeypatch):
    monkeypatch.setattr(release, "URL", "http://127.0.0.1:9/")
    told, error = run(capsys, code=2)
    assert told == [] and error.startswith(f"error: abc/{OUTPUTS}: ") and error.count("\n") == 1


def test_a_server_that_is_asked_too_often_ends_the_run(small, capsys):
    small.busy = True
    told, error = run(capsys, code=2)
    assert told == [] and "found HTTPError: 429 Client Error" in error and len(small.asked) == 3


def test_a_file_of_another_form_is_told(small, capsys):
    small.put(f"abc/{OUTPUTS}", b'{"prediction": "x"}\n')
    told, error = run(capsys, code=2)
    assert "line 1: field" in told[0] and error.startswith("error: part 2: 0 files did not come, 1 do not give")


def test_training_files_are_counted(small, capsys):
    run(capsys)
    [row] = part2.training().to_dict("records")
    counts = {"rows": 4, "unread": 1, "problems": 2, "taught": 1, "another": 2}
    assert row == {"arm": "correct", "category": "during", **counts}


def section() -> dict:
    """Run the cells of notebook 5's section 5.7, after its imports; what they leave."""
    source = (ROOT / "notebooks" / "05_r1_traces.py").read_text(encoding="utf-8")
    imports = source[source.index("import matplotlib") : source.index("figures.use_style()")]
    cells = source[source.index("# ## 5.7 ") : source.index("# ## 5.8 ")].removesuffix("# %% [markdown]\n")
    space = {"resamples": 20, "seed": 0}
    exec(f"from lib import figures, tables\n{imports}\n{cells}", space)  # the repository's own text
    return space


def test_notebook_5_shows_what_agrees(small, capsys, tmp_path):
    wanted = [("2", "Qwen3-8B", arm, "") for arm in ("r1", "vanilla")]
    wanted += [("1", "Qwen3-1.7B", arm, seed) for arm in ("vanilla", "correct", "incorrect") for seed in ("121", "122")]
    registry, published = REGISTRY.splitlines()[:1], PUBLISHED.splitlines()[:1]
    for number, (part, student, arm, seed) in enumerate(wanted):
        for category in ("during", "mix"):
            small.put(f"abc/{category}/{number}.json", lines(WRITTEN if arm != "vanilla" else WRITTEN[:2]))
            score = SCORE if arm != "vanilla" else "50.0,50.0,50.0,50.0,50.0"
            registry.append(f"outputs,{part},{category},{student},{arm},{seed},abc,{category}/{number}.json")
            published.append(f"{part},{category},{student},{arm},{seed},{score},abc")
    (tmp_path / "registry2.csv").write_text("\n".join(registry + REGISTRY.splitlines()[-2:]) + "\n")
    (tmp_path / "published_scores.csv").write_text("\n".join(published) + "\n")
    run(capsys)
    tables = section()["rescored"]
    assert capsys.readouterr().out == "16 of 16 files of outputs at hand give their published score\n"
    arms, gaps, over_seeds, training, replies = tables.values()
    strictly = 100 * sum(verify(problem, text).answer for problem, text in WRITTEN) / 3
    answered = {"answer only": "50.0 | 50.0 (2 classes)", "R1 traces": f"66.7 | {strictly:.1f} (2 classes)"}
    assert arms.to_dict("records") == [{"student": "Qwen3-8B", **answered}]
    assert gaps["− answer only"].str.startswith("+0.0 (").all()  # on the two problems that both answered
    assert list(over_seeds["answers"]) == ["released", "strict"] and over_seeds.notna().all(axis=None)
    assert training.to_numpy().tolist() == [["correct traces", 4, 1, 2, 1, 2]]
    assert replies["class"].tolist() == ["during"] and replies["as released"].tolist() == [100]


def test_notebook_5_says_what_would_be_added(cache, capsys):
    assert section()["rescored"] == {}
    assert capsys.readouterr().out.startswith("Part 2's files are not at hand: `make release PART=2` fetches them")


def test_nothing_at_hand(cache):
    assert part2.at_hand() == []
    assert [len(table) for table in part2.rescore()] == [0, 0] and part2.training().empty


def test_the_registry_names_a_file_for_every_published_score():
    outputs = part2.files("outputs")
    keys = {tuple(getattr(file, key) for key in part2.KEYS): file for file in outputs}
    scores = reported.read("published_scores.csv").astype(str)
    known = {tuple(row[part2.KEYS]): row["commit"] for _, row in scores.iterrows()}
    assert len(keys) == len(outputs) and known.keys() < keys.keys()
    assert {key[1:] for key in keys.keys() - known.keys()} == {
        ("equal", "Qwen3-1.7B", "vanilla", "122"), ("equal", "Qwen3-1.7B", "swapped", ""),
    }  # fmt: skip
    every = part2.files()
    assert len({file.name for file in every}) == len(every) == 223
    assert all(len(file.commit) == 40 and file.category in file.path for file in every)
    reruns = [file for file in outputs if file.seed]
    assert all(file.commit.startswith(known.get(key, file.commit)) for key, file in keys.items() if file in reruns)
