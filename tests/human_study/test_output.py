"""Sentences, tables, figures and pages say the report's numbers; plans agree with published examples."""

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import human_study
from lib.errors import InputError, run_cli
from lib.human_study import output, plan
from lib.human_study.__main__ import main
from lib.stats import ratings
from tests.human_study.test_report import ODD, check_nothing_is_nan_without_a_note
from tests.stats.made_up import SIMULATED

REPORT = human_study.report(SIMULATED)


def within() -> ratings.Responses:
    """The same ratings as if 25 people had rated all four conditions."""
    numbers = SIMULATED.frame["participant"].str[-3:].astype(int)
    names = [f"simulated-{(n - 1) % 25:03d}" for n in numbers]
    return ratings.from_frame(SIMULATED.frame.assign(participant=names), complete=False)


def test_numbers_are_written_as_apa_writes_them():
    assert [output.number(x) for x in (-0.654, 0.0, -0.001, 12.345)] == ["−0.65", "0.00", "0.00", "12.35"]
    assert [output.number(x, bounded=True) for x in (-0.654, 0.05, 1.0, -1.0)] == ["−.65", ".05", "1.00", "−1.00"]
    assert [output.p_value(p) for p in (0.0004, 0.0234, 0.9999, 1.0)] == [
        "p < .001",
        "p = .023",
        "p > .999",
        "p > .999",
    ]
    assert output.interval(-0.5, 0.25) == "95% CI [−0.50, 0.25]" and output.interval(math.nan, math.nan) == ""


def test_sentences_hold_the_numbers_of_the_report():
    people, interpretability, load = output.sentences(REPORT)
    assert people.startswith("These ratings are simulated. 100 people took part; the 100 analysed each rated one")
    table = REPORT.table[REPORT.table["scale"] == "interpretability"].set_index(["what", "who"])
    mean, spread = table.loc[("mean", "r1"), "value"], table.loc[("standard deviation", "r1"), "value"]
    assert f"R1 traces (M = {mean:.2f}, SD = {spread:.2f}, n = 25)" in interpretability
    h = table.loc[("Kruskal-Wallis (3 df)", "all"), "value"]
    assert f"Interpretability differed between conditions, H(3) = {h:.2f}, p < .001" in interpretability
    delta = table.loc[("Cliff's delta", "r1 - correct")]
    ends = ", ".join(output.number(delta[end], bounded=True) for end in ("low", "high"))
    words = f"Cliff's δ = {output.number(delta['value'], bounded=True)}, 95% CI [{ends}]"
    assert "R1 traces scored lower than correct traces" in interpretability and words in interpretability
    assert "R1 traces scored higher than correct traces" in load and load.startswith("Cognitive load was scored for")


def test_pairs_without_a_difference_say_whether_they_are_equivalent():
    frame = SIMULATED.frame
    twin = frame[frame["condition"] == "r1"].assign(condition="summary")
    twin["participant"] = "simulated-twin" + twin["participant"].str[-3:]
    both = ratings.from_frame(pd.concat([frame[frame["condition"] == "r1"], twin]))
    text = output.sentences(human_study.report(both, margin=1.5))[1]
    assert "No difference in interpretability was found between conditions" in text
    assert "no difference was found between R1 traces and R1 summaries, difference 0.00" in text
    assert "equivalence within ±1.5 points was shown, TOST p < .001, 90% CI [" in text
    text = output.sentences(human_study.report(both, margin=0.01))[1]
    assert "equivalence within ±0.01 points was not shown either" in text


def test_people_who_rated_every_condition_are_compared_with_themselves():
    given = within()
    report = human_study.report(given)
    whats = set(report.table["what"])
    assert {
        "Friedman (3 df)",
        "Mixed model, Wald F (3, 72 df)",
        "Wilcoxon W (p: Holm)",
        "difference (mixed model)",
    } <= whats
    assert not any(what.startswith(("Mann", "Kruskal", "Welch", "Games")) for what in whats)
    text, method = " ".join(output.sentences(report)), output.methods(report)
    assert "25 analysed each rated several conditions" in text and "χ²(3) = " in text and "W = " in text
    assert "within people: by Friedman's test" in method and "random intercept per participant;" in method
    twice = pd.concat([given.frame.assign(problem=p) for p in ("a", "b")])
    report = human_study.report(ratings.from_frame(twice, complete=False))
    assert "per participant and per participant and condition" in output.methods(report)
    assert "over the traces rated" in output.methods(report)


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_computed_is_left_out_of_sentences_and_pages(case):
    keep, columns = ODD[case]
    report = human_study.report(ratings.from_frame(SIMULATED.frame[keep].assign(**columns)))
    page = re.sub(r'base64,[^"]*', "", output.page(report))
    text = " ".join([*output.sentences(report), output.methods(report), page])
    assert not re.search(r"\bnan\b", text) and "None" not in text
    assert ("attention" in output.methods(report)) == (case != "no attention")


def test_a_page_needs_no_other_file_and_escapes_what_it_shows():
    labels = SIMULATED.instrument.conditions | {"r1": "<script>alert(1)</script>"}
    given = replace(SIMULATED, instrument=replace(SIMULATED.instrument, conditions=labels))
    page = output.page(human_study.report(given), line="read <i>so</i>")
    assert "<script" not in page and "&lt;script&gt;" in page and "read &lt;i&gt;so" in page
    sources = re.findall(r'(?:src|href|url)\s*[=(]\s*"?([^">]{0,30})', page)
    assert len(sources) == 2 and all(source.startswith("data:image/png;base64,") for source in sources)
    assert "http" not in re.sub(r"base64,[^\"]*", "", page) and page.count("<img alt=") == 2
    assert "evidence: simulated" in page and "Mann-Whitney" in page


def test_the_command_writes_tables_figures_and_a_page_the_same_each_time(tmp_path, capsys):
    path, tidy = tmp_path / "ratings.csv", tmp_path / "tidy.csv"
    wide = SIMULATED.frame.pivot(index=["participant", "condition"], columns="item", values="rating").reset_index()
    wide.assign(condition=wide["condition"].replace({"r1": "A"})).to_csv(path, index=False)
    told = [str(path), "--conditions", "A=r1", "--min-seconds", "1", "--sentences", "--as", str(tidy)]
    main([*told, "--out", str(tmp_path / "a"), "--html", str(tmp_path / "a.html")])
    said = capsys.readouterr().out
    main([*told, "--out", str(tmp_path / "b"), "--html", str(tmp_path / "b.html")])
    assert said.startswith(
        "ratings.csv: one row per person, one column per item (commas, UTF-8, people by 'participant')"
    )
    assert "less than 1 s were left out" in said and "Interpretability was scored for" in said
    names = sorted(file.name for file in (tmp_path / "a").iterdir())
    tables = [f"{name}.{kind}" for name in ("pairs", "reliability", "scores", "tests") for kind in ("csv", "md", "tex")]
    figures = [f"{name}.{kind}" for name in ("effects", "ratings") for kind in ("pdf", "png")]
    assert names == sorted([*tables, *figures, "report.csv", "results.txt", "methods.txt"])
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    pairs = pd.read_csv(tmp_path / "a" / "pairs.csv")
    assert len(pairs) == 12 and pairs["Cliff's delta"].str.contains("[", regex=False).all()
    latex = (tmp_path / "a" / "pairs.tex").read_text(encoding="utf-8")
    assert latex.count("\\\\\n") == 13 and latex.startswith("\\begin{tabular}") and "simulated" not in latex
    again = ratings.read_responses(tidy)  # what is written as understood passes the strict check
    assert len(again.frame) == 1100 and again.evidence == "simulated"


def test_switches_take_several_pairs_and_names_with_commas(tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    names = {"r1": "long, and winding", "summary": "B", "posthoc": "C", "correct": "D"}
    frame = SIMULATED.frame.assign(condition=SIMULATED.frame["condition"].map(names))
    wide = frame.pivot(index=["participant", "condition"], columns="item", values="rating").reset_index()
    wide = wide.rename(columns={"predict": "Before, after = when?", "condition": "What, please?"})
    wide.to_csv(path, index=False)
    columns = ["--columns", "predict=Before, after = when?", "--columns", "condition=What, please?"]
    main([str(path), *columns, "--conditions", "long, and winding=r1", "--conditions", "B=summary,C=posthoc,D=correct"])
    assert "(r1 25, summary 25, posthoc 25, correct 25); 1100 ratings" in capsys.readouterr().out


@pytest.fixture
def refused(capsys):
    """The one line that a command ends with."""

    def run(*argv) -> str:
        with pytest.raises(SystemExit) as stop:
            run_cli(main, [str(word) for word in argv])
        out, error = capsys.readouterr()
        assert (stop.value.code, out, error.count("\n")) == (2, "", 1), error
        return error

    return run


def test_bad_switches_end_in_one_line(refused, tmp_path):
    path = tmp_path / "ratings.csv"
    SIMULATED.frame.to_csv(path, index=False)
    assert "--at-least 0.0: expected a share above 0" in refused(path, "--at-least", "0")
    assert "margin -1.0: expected a number of points above 0" in refused(path, "--margin", "-1")
    assert "--conditions A: expected A=B, or A=B,C=D" in refused(path, "--conditions", "A")
    assert "--d 0.0: expected 0.01 to 5" in refused("plan", "--d", "0")
    assert "--groups 1" in refused("plan", "--groups", "1")
    SIMULATED.frame.query("item in ['demand', 'predict', 'surprise', 'follow']").to_csv(path, index=False)
    assert "no load score: nobody rated enough of the scale's items; see --at-least" in refused(path)


def test_plans_agree_with_whitehead_and_with_simulated_studies():
    # Whitehead (1993), his example: controls' shares 0.2, 0.5, 0.2, 0.1, a log odds ratio of 0.887 (an improvement from
    # 70 % to 85 %), power 0.9 at 5 %: 94 patients per group
    odds, cumulative = math.exp(0.887), np.array([0.2, 0.7, 0.9])
    treated = np.diff([0, *(1 / (1 + np.exp(-(np.log(cumulative / (1 - cumulative)) + 0.887)))), 1])
    shares = (np.array([0.2, 0.5, 0.2, 0.1]) + treated) / 2
    assert plan.per_group_ordinal(odds, 0.9, 0.05, shares) == 94
    assert plan.per_group(0.5, 0.8, 0.05) == math.ceil(63.77 * math.pi / 3)  # 64 for a t test (Cohen, 1988)
    assert plan.per_group(0.5, 0.8, 0.05, correlation=0.5) == math.ceil(33.37 * math.pi / 3)  # 34 pairs for a t test
    rng, n = np.random.default_rng(2), plan.per_group_ordinal(math.exp(1.7 * 0.5), 0.8, 0.05, plan.shares_of(5, 0.5))
    x, y = (np.digitize(rng.normal(at, 1, (2000, n)), [-1.5, -0.5, 0.5, 1.5]) for at in (0.25, -0.25))
    power = (stats.mannwhitneyu(x, y, axis=1, method="asymptotic").pvalue < 0.05).mean()
    assert abs(power - 0.8) < 0.03
    x, y = (rng.normal(at, 1, (2000, plan.per_group(0.5, 0.8, 0.05))) for at in (0.5, 0))
    assert abs((stats.mannwhitneyu(x, y, axis=1, method="asymptotic").pvalue < 0.05).mean() - 0.8) < 0.03


def test_a_plan_is_printed_and_preregistered(tmp_path, capsys):
    path = tmp_path / "plan.md"
    main(["plan", "--d", "0.8", "--groups", "2", "--lost", "0", "--preregister", str(path)])
    n = plan.per_group(0.8, 0.8, 0.05)
    said = capsys.readouterr().out
    assert f"{n} people per condition after exclusions; ask {2 * n} over all conditions" in said
    text = path.read_text(encoding="utf-8")
    assert "Mann-Whitney" in text and "surprise (reversed)" in text and "--min-seconds 2 --margin 0.5" in text
    assert not re.search(r"[{}]", text)
    main(["plan", "--within", "--ordinal", "--preregister", str(path)])
    assert "Friedman" in path.read_text(encoding="utf-8") and "in all after exclusions" in capsys.readouterr().out


def with_holes(rng: np.random.Generator) -> pd.DataFrame:
    """A small table: one to eight people, some or all conditions, one problem or two, ratings missing at random."""
    people, within = rng.integers(1, 9), rng.random() < 0.5
    names = list(SIMULATED.instrument.conditions)[: rng.integers(1, 5)]
    spread, missing, problems = rng.choice([1, 2, 5]), rng.choice([0, 0.3, 0.6]), rng.integers(1, 3)
    rows = [
        (f"p{person}", name, item.id, rng.integers(1, spread + 1), "", f"q{problem}")
        for person in range(people)
        for name in (names if within else [names[person % len(names)]])
        for problem in range(problems)
        for item in SIMULATED.instrument.items
        if rng.random() >= missing
    ]
    return pd.DataFrame(rows, columns=[*ratings.COLUMNS, "problem"])


@pytest.mark.slow
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_tables_with_holes_give_a_number_or_a_note_and_whole_sentences():
    rng, reports = np.random.default_rng(1), 0
    for _ in range(40):
        frame = with_holes(rng)
        try:
            report = human_study.report(ratings.from_frame(frame, complete=False))
        except InputError as error:
            assert "nobody rated enough" in str(error) or "no rating in it" in str(error)
            continue
        check_nothing_is_nan_without_a_note(report.table)
        text = " ".join([*output.sentences(report), output.methods(report), report.text()])
        assert not re.search(r"\b(nan|inf)\b", text)
        reports += 1
    assert reports > 25
