"""What notebook 1 shows: frames that say what the rules say, drawings that show what the frames say."""

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lib import figures
from lib.analysis import agreement, decomposition, decomposition_plots, sizes
from lib.datasets import babi, cotemp, marco
from lib.datasets.cotemp import audit as cotemp_audit
from lib.datasets.cotemp.audit import AGAINST, AMBIGUOUS, DUPLICATE, MISSING, OURS, REASONS
from lib.datasets.cotemp.dates import relation
from lib.errors import InputError
from lib.published import verdicts
from lib.published.agreement import count_sizes
from lib.published.problems import all_cotemp
from lib.published.reported import read
from lib.stats import right_wrong
from tests.made_up import EMPLOYERS, FOOTBALL, PAINTING


@pytest.fixture(autouse=True)
def style():
    figures.use_style()
    yield
    plt.close("all")


JOBS = {
    "Elm Bank": "from 1990 to 1999",
    "Birch College": "from 1990 to 1999",
    "Cedar Society": "in 1993",
    "Dogwood Press": "from 1995 to 2003",
    "Fir Museum": "from May 1, 1999 to 2002",
    "Oak Works": "from 2001 to May, 2004",
}
LIES = dict(zip(JOBS, ("anchor", "equal", "during", "overlap", "unclear", "apart"), strict=True))
FACTS = [f"Ada Moss works for {name} {dates}." for name, dates in JOBS.items()]
ASKED = "While Ada Moss was working for Elm Bank, which employer did Ada Moss work for simultaneously?"
ALL_KINDS = decomposition.own_problem(ASKED, [*reversed(FACTS), "Ada Moss attended Yew School in 1930."])


# --- one problem, step by step --------------------------------------------------------------------------------


def test_timeline_says_how_every_fact_lies_and_puts_the_anchor_first():
    frame = decomposition.timeline(ALL_KINDS)
    assert dict(zip(frame["name"], frame["lies"], strict=True)) == LIES | {"Yew School": "not asked for"}
    assert list(frame["name"]) == [*JOBS, "Yew School"]
    assert frame.set_index("name").loc["Cedar Society", ["point", "when"]].tolist() == [True, "1993"]


def test_timeline_knows_which_days_are_sure():
    row = decomposition.timeline(ALL_KINDS).set_index("name").loc["Oak Works"]
    assert (row["start"], round(row["end"], 2)) == (2001, round(2004 + 152 / 366, 2))  # through May 31
    assert 2001.99 < row["sure_start"] < 2002  # December 31
    assert round(row["sure_end"], 2) == round(2004 + 122 / 366, 2)  # through May 1


def test_a_fact_lies_as_it_does_to_the_closer_of_two_anchors():
    facts = [*FACTS[:1], "Ada Moss works for Elm Bank from 1970 to 1975.", "Ada Moss works for Fir Museum in 1972."]
    frame = decomposition.timeline(decomposition.own_problem(ASKED, facts))
    assert list(frame["lies"]) == ["anchor", "anchor", "during"]


def test_names_are_those_of_the_side_that_is_asked_for():
    facts = ["Ada Moss works for Elm Bank in May 3, 1990.", "Bo Lind works for Elm Bank from 1989 to 1999."]
    asked = "While Ada Moss was working for Elm Bank, who also worked for Elm Bank concurrently?"
    assert list(decomposition.timeline(decomposition.own_problem(asked, facts))["name"]) == ["Ada Moss", "Bo Lind"]


def test_steps_mark_the_gold_facts_of_each_dataset():
    def marked(frame, column):
        return list(frame.loc[frame["gold fact"] == "yes", column])

    assert marked(decomposition.cotemp_steps(EMPLOYERS), "fact") == list(EMPLOYERS.gold_facts)
    assert marked(decomposition.babi_steps(FOOTBALL), "sentence") == list(FOOTBALL.gold_facts)
    assert list(decomposition.babi_steps(FOOTBALL)["sentence"]) == list(FOOTBALL.facts)
    frame = decomposition.marco_steps(PAINTING, width=30)
    assert marked(frame, "passage") == ["Oil paint dries in about two w…"]
    assert list(frame["words shared with the answer"]) == [0, 3, 0]


def test_summary_sets_rule_beside_label():
    table = decomposition.summary(EMPLOYERS, cotemp.decompose)
    assert list(table["by rule"]) == list(table["label"])
    assert table["label"][2] == "Birch College | Cedar Society"


def test_spans_are_read_as_facts_write_them():
    assert relation(decomposition.span_of("from 1990 to 1999"), decomposition.span_of("in May, 1995")) == "during"
    assert decomposition.span_of("from May 3, 1990 to 1999").dates == "May 3, 1990 to 1999"
    with pytest.raises(InputError, match="expected a dated fact"):
        decomposition.span_of("since 1990")


def test_gold_facts_differ_from_the_evidence_where_one_name_holds_another():
    facts = [*FACTS[:1], "Ada Moss works for Oak in 1993.", "Ada Moss works for Oak Works in 2001."]
    problem = decomposition.own_problem(ASKED, facts, ["Oak"], "during")
    assert decomposition.gold_without_evidence(problem) == [("Oak", facts[2])]
    assert cotemp_audit.gold_against_evidence(problem) == (True, False, False)
    assert cotemp_audit.co_temporal_facts(problem) == (facts[1],)
    fewer = decomposition.own_problem(ASKED, facts, ["Oak Works"])
    assert cotemp_audit.gold_against_evidence(fewer) == (True, True, False)
    anchored = decomposition.own_problem(ASKED, [*facts[:1], "Ada Moss works for Bank in 1993."], ["Bank"])
    assert cotemp_audit.gold_against_evidence(anchored) == (True, False, True)
    assert decomposition.extra_gold_facts([problem, fewer, EMPLOYERS]) == 2


def test_generated_gold_facts_are_the_evidence():
    assert decomposition.extra_gold_facts(cotemp.generate(200, seed=5)) == 0


# --- agreement and audit --------------------------------------------------------------------------------------


def test_agreement_counts_are_those_behind_the_committed_percentages():
    frame = agreement.agreement()
    assert set(frame["dataset"]) == {"cotemp", "babi", "marco"}
    row = frame[(frame["part"] == "after the rules") & (frame["class"] == "all")].iloc[0]
    table = pd.read_csv(agreement.DATA / "marco_class_guess.csv").set_index(["written", "class"])
    right = sum(table.loc[("after the rules", name), name] for name in marco.CATEGORIES)
    assert (row["agree"], row["n"]) == (right, table.loc[("after the rules", "all"), "n"])
    wilson = right_wrong.proportion(row["agree"], row["n"])
    assert [row["value"], row["low"], row["high"]] == pytest.approx(
        [100 * wilson.value, 100 * wilson.low, 100 * wilson.high]
    )


def test_disagreements_on_answers_are_those_of_the_audit():
    audit = pd.read_csv(agreement.DATA / "label_audit.csv")
    frame = agreement.agreement().query("dataset == 'cotemp'")
    for what, flag in (("answers", "answers_differ"), ("class", "class_differs")):
        part = frame[frame["what"] == what].set_index("class")
        expected = audit[audit[flag]].groupby("class").size().reindex(part.index, fill_value=0)
        assert (part["n"] - part["agree"]).to_list() == expected.to_list()


def test_agreement_table_has_a_column_for_each_kind_of_label():
    table = agreement.agreement_table(agreement.agreement().query("dataset == 'babi'"))
    assert list(table.columns) == ["class of the question", "part", "problems", "class", "answers", "supporting facts"]
    assert len(table) == 2 * len(babi.CATEGORIES)
    assert all(re.fullmatch(r"[\d.]+ \([\d.]+ to [\d.]+\)", text) for text in table["supporting facts"])


def test_audit_counts_hold_every_class_and_reason_and_every_finding():
    counts = agreement.audit_counts()
    assert len(counts) == len(cotemp.CATEGORIES) * len(REASONS)
    assert counts["problems"].sum() == len(pd.read_csv(agreement.DATA / "label_audit.csv"))
    assert counts.loc[counts["reason"] == OURS, "problems"].sum() == 0


@pytest.mark.parametrize("reason", [MISSING, AGAINST, DUPLICATE, AMBIGUOUS])
def test_made_up_examples_show_their_reason(reason):
    example = agreement.made_up(reason)
    assert (example.finding.reason, example.source) == (reason, "made up")
    table = example.table().set_index("")
    assert table.loc["label", reason] != table.loc["by rule", reason]
    assert "[anchor] " in table.loc["facts that matter", reason]


def test_examples_are_made_up_without_the_release(monkeypatch):
    monkeypatch.setattr(agreement.release, "at_hand", lambda: False)
    assert agreement.example(MISSING).source == "made up"


@pytest.mark.release
def test_examples_are_real_where_the_release_holds_one(local, monkeypatch):
    problems = all_cotemp()
    for module in (agreement, decomposition):
        monkeypatch.setattr(module, "all_cotemp", lambda: problems)
    real = agreement.example(DUPLICATE)
    assert (real.source, real.finding.reason) == ("released", DUPLICATE)
    lengths = [
        decomposition.length(f.problem) for f in map(cotemp_audit.examine, problems) if f and f.reason == DUPLICATE
    ]
    assert decomposition.length(real.finding.problem) == min(lengths)
    assert agreement.example(AMBIGUOUS).source == "made up"
    assert decomposition.real_cotemp().category == "mix"
    assert decomposition.real_babi("counting").category == "counting"


VERDICTS = pd.DataFrame(
    [
        (category, student, arm, problem, right, right)
        for student, right in (("A", True), ("B", False))
        for arm in ("vanilla", "prompted")
        for category, problem in (("equal", "e"), ("during", "d"), ("during", "m"), ("overlap", "o"), ("mix", "x"))
    ],
    columns=["category", "student", "arm", "problem", "answer_released", "answer_strict"],
).assign(dataset="cotemp")


@pytest.fixture
def tiny_audit(monkeypatch, tmp_path):
    rows = [("m", "during", "S1_R1_O2", True, False, MISSING), ("x", "mix", "S1_R1_O2", False, True, AGAINST)]
    columns = ["problem", "class", "pattern", "answers_differ", "class_differs", "reason"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "label_audit.csv", index=False)
    monkeypatch.setattr(agreement, "DATA", tmp_path)


def test_scores_can_move_by_the_share_of_answers_in_doubt(tiny_audit):
    table = agreement.most_that_scores_can_move(VERDICTS).set_index("class")
    assert table["test problems"].to_dict() == {"equal": 1, "during": 2, "overlap": 1, "mix": 1}
    assert table["percent"].to_dict() == {"equal": 0, "during": 50, "overlap": 0, "mix": 0}  # mix: only its class


def test_scores_by_finding_leave_prompted_students_out(tiny_audit):
    frame = VERDICTS.copy()
    frame.loc[(frame["student"] == "A") & (frame["problem"] == "m"), "answer_strict"] = False
    table = agreement.scores_by_finding(frame).set_index("student")
    assert list(table["arm"]) == ["vanilla", "vanilla"]
    assert table.loc["A", "strict: no finding (1)"] == 100
    assert table.loc["A", f"strict: {MISSING} (1)"] == 0
    assert table.loc["A", f"released: {MISSING} (1)"] == 100


def test_class_balance_sets_reported_beside_counted():
    table = agreement.class_balance(verdicts.load(), read("paper.csv"))
    assert list(table["test problems (reported)"]) == list(table["test problems (counted)"])
    assert table["percent of tests"].sum() == pytest.approx(100)
    assert list(agreement.class_counts(verdicts.load(), "babi")["class"]) == list(babi.CATEGORIES)


# --- sizes ----------------------------------------------------------------------------------------------------


def test_sizes_are_counted_and_averaged():
    counts = count_sizes([EMPLOYERS, FOOTBALL])
    assert counts.query("dataset == 'cotemp'")[["what", "size", "problems"]].to_numpy().tolist() == [
        ["answers", 2, 1],
        ["facts", 6, 1],
        ["gold_facts", 2, 1],
    ]
    stories = babi.generate(40, seed=2, category="counting")
    row = sizes.means(count_sizes(stories)).iloc[0]
    assert row["problems"] == 40
    assert row["facts"] == pytest.approx(sum(len(story.facts) for story in stories) / 40)
    pooled = agreement.pooled_sizes(count_sizes(stories), "generated")
    assert pooled.groupby("what")["percent"].sum().to_list() == pytest.approx([100, 100, 100])


def test_sizes_table_is_in_the_projects_order():
    table = agreement.sizes_table(count_sizes([*babi.generate(22, seed=1), *cotemp.generate(20, seed=1)]))
    assert list(table["class"]) == [*cotemp.CATEGORIES, *babi.CATEGORIES]
    assert list(table["dataset"].unique()) == ["CoTempQA", "bAbI"]


# --- drawings -------------------------------------------------------------------------------------------------


def widths(axis) -> dict[int, list[tuple[float, float]]]:
    """Row -> (from, to) of its horizontal bars."""
    found: dict[int, list] = {}
    for bar in axis.patches:
        if hasattr(bar, "get_width") and round(bar.get_height(), 2) < 1:
            row = round(bar.get_y() + bar.get_height() / 2)
            found.setdefault(row, []).append((bar.get_x(), bar.get_x() + bar.get_width()))
    return found


def test_timeline_draws_spans_points_and_the_anchors_band():
    frame = decomposition.timeline(ALL_KINDS)
    axis = decomposition_plots.timeline(frame).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == list(frame["name"])
    bars = widths(axis)
    for y, row in enumerate(frame.itertuples()):
        if not row.point:
            assert bars[y][0] == pytest.approx((row.start, row.end))
            assert bars[y][1] == pytest.approx((row.sure_start, row.sure_end))
    markers = {(line.get_marker(), line.get_ydata()[0]) for line in axis.lines if line.get_marker() != "None"}
    assert markers == {("s", 2), ("<", 6)}  # Cedar Society; an arrow to Yew School, long before
    edges = [line.get_xdata()[0] for line in axis.lines if line.get_linestyle() == "--"]
    assert edges == [1990, 2000]
    assert axis.texts[4].get_text() == "unclear:  May 1, 1999 to 2002"


def test_relations_are_told_apart_without_colour():
    styles = [(hatch, marker) for _, hatch, marker in decomposition_plots._STYLES.values()]
    assert len({marker for _, marker in styles}) == len(styles)
    together = [decomposition_plots._STYLES[lies][1] for lies in ("equal", "during", "overlap", "unclear")]
    assert len(set(together)) == len(together)


def test_agreement_draws_every_share_with_its_interval():
    rows = [
        ("babi", "train", "counting", "answers", 90.0, 80.0, 95.0),
        ("babi", "test", "counting", "answers", 70.0, 50.0, 85.0),
        ("marco", "ours", "person", "class", 60.0, 40.0, 75.0),
    ]
    frame = pd.DataFrame(rows, columns=["dataset", "part", "class", "what", "value", "low", "high"])
    figure = decomposition_plots.agreement(frame)
    assert [axis.get_title(loc="left") for axis in figure.axes] == [
        "bAbI (train: filled, test: hollow)",
        "MS MARCO (ours)",
    ]
    points = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert [(p.get_xdata()[0], p.get_markerfacecolor() == "white") for p in points] == [(90.0, False), (70.0, True)]
    intervals = [tuple(line.get_xdata()) for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert intervals == [(80.0, 95.0), (50.0, 85.0)]
    assert "percent" in figure.axes[-1].get_xlabel()


def test_reasons_stack_to_the_number_of_disagreements():
    frame = agreement.audit_counts()
    axis = decomposition_plots.reasons(frame).axes[0]
    bars = widths(axis)
    for y, name in enumerate(cotemp.CATEGORIES):
        part = frame[frame["class"] == name]
        assert max(end for _, end in bars[y]) == part["problems"].sum()
        assert f"   {part['problems'].sum()} of {part['of'].iloc[0]}" in [text.get_text() for text in axis.texts]
    assert [text.get_text() for text in axis.get_legend().get_texts()][-1] == f"{OURS}: 0"


def test_sizes_draw_both_sources_side_by_side_and_one_in_the_middle():
    rows = [
        ("cotemp", what, 3, 100.0, source)
        for what in ("facts", "answers", "gold_facts")
        for source in ("released", "generated")
    ] + [("marco", what, 2, 100.0, "generated") for what in ("facts", "answers", "gold_facts")]
    frame = pd.DataFrame(rows, columns=["dataset", "what", "size", "percent", "source"])
    axes = decomposition_plots.sizes(frame).axes
    assert len(axes) == 6
    centres = [[bar.get_x() + bar.get_width() / 2 for bar in axis.patches] for axis in (axes[0], axes[3])]
    assert centres[0] == pytest.approx([2.8, 3.2])
    assert centres[1] == pytest.approx([2])
