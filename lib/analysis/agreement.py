"""Rules against labels: how often they agree, why they do not, and what that means for scores; sizes of the datasets.

The committed tables in data/ carry what was counted on the released problems, so none of this needs the release, but
for real examples (`smallest`).
"""

from dataclasses import dataclass

import pandas as pd

from lib.analysis import sizes
from lib.analysis.decomposition import ANCHOR, length, listed, own_problem, timeline
from lib.datasets import DATASETS, cotemp
from lib.datasets.cotemp import audit as cotemp_audit
from lib.datasets.cotemp.audit import AGAINST, AMBIGUOUS, DUPLICATE, MISSING, REASONS
from lib.datasets.cotemp.dates import CO_TEMPORAL, UNCLEAR
from lib.datasets.problem import Problem
from lib.files import DATA
from lib.published import release
from lib.published.problems import all_cotemp
from lib.published.verdicts import ARM_SUFFIXES
from lib.stats.right_wrong import proportion
from lib.study import DATASET_LABELS
from lib.tables import with_interval

WORDS = {"class": "class", "answers": "answers", "gold_facts": "supporting facts"}  # what is compared with a label

# --- how often rules and labels agree -------------------------------------------------------------------------


def agreement() -> pd.DataFrame:
    """Rules against labels, from the committed tables: one row a dataset, part, class and what is compared.

    Columns: dataset, part (released problems; for bAbI train or test, for MARCO which of our own questions), class,
    what (class, answers, supporting facts), n, agree (counts), value, low, high (percent; Wilson's 95 % interval).
    """
    rows = [*_cotemp_rows(), *_babi_rows(), *_marco_rows()]
    table = pd.DataFrame(rows, columns=["dataset", "part", "class", "what", "n", "percent"])
    table["agree"] = (table["percent"] * table["n"] / 100).round().astype(int)
    shares = [proportion(agree, n) for agree, n in zip(table["agree"], table["n"], strict=True)]
    for end in ("value", "low", "high"):
        table[end] = [100 * getattr(share, end) for share in shares]
    return table.drop(columns="percent")


def _cotemp_rows() -> list[tuple]:
    table = pd.read_csv(DATA / "cotemp_agreement.csv").rename(columns={"class": "category"})
    return [
        ("cotemp", "released", row.category, what, row.n, value)
        for row in table.itertuples()
        for what, value in (("class", row.class_step), ("answers", row.answers))
    ]


def _babi_rows() -> list[tuple]:
    table = pd.read_csv(DATA / "babi_agreement.csv")
    return [
        ("babi", row["split"], row["category"], word, row["problems"], row[what])
        for row in table.to_dict("records")
        for what, word in WORDS.items()
    ]


def _marco_rows() -> list[tuple]:
    table = pd.read_csv(DATA / "marco_class_guess.csv")
    return [
        ("marco", row["written"], row["class"], "class", row["n"], row["accuracy"]) for row in table.to_dict("records")
    ]


def agreement_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of `agreement` for reading: one a class and part, the kinds of label as columns."""
    cells = frame.assign(text=[with_interval(row.value, row.low, row.high) for row in frame.itertuples()])
    cells = cells.rename(columns={"class": "class of the question", "n": "problems"})
    keys = ["class of the question", "part", "problems"]
    table = cells.pivot_table(index=keys, columns="what", values="text", aggfunc="first", sort=False)
    return table.rename_axis(columns=None).reset_index()


# --- the label audit ------------------------------------------------------------------------------------------


def audit_counts() -> pd.DataFrame:
    """Disagreements by class and reason, every reason of the list in it: class, reason, problems, of (all examined)."""
    audit = pd.read_csv(DATA / "label_audit.csv")
    sizes = pd.read_csv(DATA / "cotemp_agreement.csv").set_index("class")["n"]
    counted = audit.groupby(["class", "reason"]).size()
    rows = [(c, r, int(counted.get((c, r), 0)), int(sizes[c])) for c in cotemp.CATEGORIES for r in REASONS]
    return pd.DataFrame(rows, columns=["class", "reason", "problems", "of"])


@dataclass(frozen=True, slots=True)
class Example:
    """A problem whose labels and rules disagree; `source` is "released", or "made up" for one of our own."""

    finding: cotemp_audit.Finding
    source: str

    def table(self) -> pd.DataFrame:
        """Question, the facts that matter, labels, what the rules find, and why, for reading."""
        shown = self.finding.problem
        frame = timeline(shown)
        matter = frame[frame["lies"].isin((ANCHOR, *CO_TEMPORAL, UNCLEAR)) | frame["fact"].isin(shown.gold_facts)]
        found = cotemp.decompose(shown)
        rows = {
            "question": shown.question,
            "facts that matter": listed(tuple(f"[{row.lies}] {row.fact}" for row in matter.itertuples())),
            "label": f"{shown.category}; {', '.join(shown.answers)}",
            "by rule": f"{found.category}; {', '.join(found.answers)}",
            "evidence": self.finding.evidence,
        }
        return pd.DataFrame(rows.items(), columns=["", self.finding.reason])


_ASKED = "While Ada Moss was working for Elm Bank, which employer did Ada Moss work for simultaneously?"


def _ada(answers: list[str], *jobs: str) -> Problem:
    facts = [f"Ada Moss works for {job}." for job in ("Elm Bank from 1990 to 1999", *jobs)]
    return own_problem(_ASKED, facts, answers, "during")


_MADE_UP = {
    MISSING: _ada(["Oak Press"], "Oak Press in May 3, 1995", "Fir Museum from 1991 to 1992"),
    AGAINST: own_problem(
        "While Bo Lind was working for Elm Bank, which employer did Cy Rowe work for simultaneously?",
        [
            "Bo Lind works for Elm Bank from 1990 to 1999.",
            "Cy Rowe works for Oak Press from 1992 to 1994.",
            "Bo Lind works for Oak Press from 1980 to 1985.",
        ],
        ["Oak Press"],
        "overlap",
    ),
    DUPLICATE: _ada(["Oak Press"], "Elm Bank from 1970 to 1975", "Oak Press in 1972", "Fir Museum in 1995"),
    AMBIGUOUS: _ada(["Fir Museum", "Oak Press"], "Fir Museum in 1995", "Oak Press in 1999"),
}


def made_up(reason: str) -> Example:
    """An example of our own for one of the reasons (all but "our error", which has none)."""
    return Example(cotemp_audit.examine(_MADE_UP[reason]), "made up")


def smallest(reason: str) -> Example | None:
    """The shortest released problem with that reason, None where there is none (needs the release)."""
    findings = map(cotemp_audit.examine, all_cotemp())
    found = [finding for finding in findings if finding and finding.reason == reason]
    return Example(min(found, key=lambda finding: length(finding.problem)), "released") if found else None


def example(reason: str) -> Example:
    """The shortest released one where the release is at hand and holds one, else the made-up one."""
    return (smallest(reason) if release.at_hand() else None) or made_up(reason)


def scores_by_finding(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Answers right (percent) on "during" test problems with an answer missing from the gold list, and with no finding.

    verdicts: lib.published.verdicts.load(). Columns: student, arm, and for each protocol two columns of percent; the
    counts of problems stand in the column names.
    """
    audit = pd.read_csv(DATA / "label_audit.csv").set_index("problem")["reason"]
    chosen = (verdicts["dataset"] == "cotemp") & (verdicts["category"] == "during")
    part = verdicts[chosen & verdicts["arm"].isin(ARM_SUFFIXES.values())]
    part = part.assign(finding=part["problem"].map(audit).fillna("no finding"))
    rows = []
    for (student, arm), group in part.groupby(["student", "arm"], sort=False):
        row = {"student": student, "arm": arm}
        for protocol in ("released", "strict"):
            for finding in ("no finding", MISSING):
                right = group.loc[group["finding"] == finding, f"answer_{protocol}"].astype(float)
                row[f"{protocol}: {finding} ({len(right)})"] = 100 * right.mean()
        rows.append(row)
    return pd.DataFrame(rows)


def most_that_scores_can_move(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Share of each class's test problems whose answer labels the rules do not confirm: class, n, problems, percent."""
    audit = pd.read_csv(DATA / "label_audit.csv")
    doubtful = set(audit.loc[audit["answers_differ"], "problem"])
    tests = _test_problems(verdicts, "cotemp")
    counts = tests["problem"].isin(doubtful).groupby(tests["category"]).agg(["size", "sum"])
    counts = counts.loc[list(cotemp.CATEGORIES)].set_axis(["test problems", "answer label in doubt"], axis=1)
    counts["percent"] = 100 * counts["answer label in doubt"] / counts["test problems"]
    return counts.rename_axis("class").reset_index()


# --- statistics -----------------------------------------------------------------------------------------------


def class_balance(verdicts: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """Test problems of CoTempQA by class: counted in the released outputs, and reported (data/paper.csv)."""
    counted = _test_problems(verdicts, "cotemp").groupby("category").size()
    claims = paper[paper["dataset"] == "cotemp"].set_index("claim")["value"]
    rows = []
    for name in cotemp.CATEGORIES:
        reported, whole = (int(float(claims[f"{kind}, class {name}"])) for kind in ("test problems", "problems"))
        share = 100 * counted[name] / counted.sum()
        rows.append((name, whole, reported, int(counted[name]), share))
    columns = [
        "class",
        "problems (reported)",
        "test problems (reported)",
        "test problems (counted)",
        "percent of tests",
    ]
    return pd.DataFrame(rows, columns=columns)


def class_counts(verdicts: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Test problems by class, counted in the released outputs: class, test problems, percent."""
    counted = _test_problems(verdicts, dataset).groupby("category").size()[list(DATASETS[dataset].CATEGORIES)]
    shares = 100 * counted.to_numpy() / counted.sum()
    return pd.DataFrame({"class": counted.index, "test problems": counted.to_numpy(), "percent": shares})


def _test_problems(verdicts: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """One row a test problem: those of the first student's vanilla run (every trained run has the same)."""
    run = verdicts[(verdicts["dataset"] == dataset) & (verdicts["arm"] == "vanilla")]
    return run[run["student"] == run["student"].iloc[0]]


def sizes_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Means of counts for reading (lib.published.agreement.count_sizes), in the project's order."""
    table = sizes.means(counts).set_index(["dataset", "class"])
    order = [(name, category) for name in DATASETS for category in DATASETS[name].CATEGORIES]
    table = table.loc[[key for key in order if key in table.index]].reset_index()
    table["dataset"] = table["dataset"].map(DATASET_LABELS)
    return table.rename(columns={"gold_facts": "gold facts"})


def pooled_sizes(counts: pd.DataFrame, source: str) -> pd.DataFrame:
    """Counts (lib.published.agreement.count_sizes) over all classes: dataset, what, size, percent, and the source."""
    pooled = counts.groupby(["dataset", "what", "size"], sort=False)["problems"].sum().reset_index()
    total = pooled.groupby(["dataset", "what"])["problems"].transform("sum")
    return pooled.assign(percent=100 * pooled["problems"] / total, source=source)
