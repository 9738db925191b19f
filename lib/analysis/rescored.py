"""The re-scored level: what the verdicts on the authors' released outputs say, as tidy tables.

Input is the table of `lib.published.verdicts.load()`. For CoTempQA the paper averages the four classes without weights, so
accuracies do so here, too; bAbI is one test set. 2x2 tables count outputs, as the paper's do. Shares are percent.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib.datasets import cotemp
from lib.published import reported
from lib.stats import right_wrong
from lib.study import DATASET_LABELS, DATASETS, STUDENTS
from lib.verify import PROTOCOLS

STEPS = ("class", "ir", "trace")
TRACE_ARMS = ("correct", "incorrect")
TRAINED_ARMS = ("vanilla", *TRACE_ARMS)
PAIRS = (("correct", "vanilla"), ("incorrect", "vanilla"), ("incorrect", "correct"))


class Analysis:
    """All re-scored tables, with one choice of resampling for every interval."""

    def __init__(self, table: pd.DataFrame, resamples: int = 2000, seed: int = 0):
        """table: `lib.published.verdicts.load()`. resamples and seed: of every bootstrap interval."""
        self.table, self.resamples, self.seed = table, resamples, seed

    def run(self, dataset: str, student: str, arm: str) -> pd.DataFrame:
        """The outputs of one run (for CoTempQA: of its four classes), ordered by class and problem."""
        table = self.table
        rows = table[(table["dataset"] == dataset) & (table["student"] == student) & (table["arm"] == arm)]
        return rows.sort_values(["category", "problem"], ignore_index=True)

    def runs(self, arms: Iterable[str], datasets: Iterable[str] = DATASETS) -> list[tuple[str, str, str]]:
        """(dataset, student, arm) of the runs at hand, in the project's order."""
        present = set(self.table[["dataset", "student", "arm"]].itertuples(index=False, name=None))
        wanted = [(dataset, student, arm) for dataset in datasets for student in STUDENTS for arm in arms]
        return [run for run in wanted if run in present]

    def _mean(self, rows: pd.DataFrame, column: str) -> dict[str, float]:
        """Percent of True in a column with its interval; classes of CoTempQA weigh the same."""
        values = rows[column].fillna(False).to_numpy(bool)
        estimate = right_wrong.stratified_mean(values, _strata(rows), resamples=self.resamples, seed=self.seed)
        return _percent(estimate)

    def accuracy(self) -> pd.DataFrame:
        """Answer accuracy: dataset, student, arm, source, value, low, high (percent)."""
        rows = []
        for dataset, student, arm in self.runs(TRAINED_ARMS):
            run = {"dataset": dataset, "student": student, "arm": arm}
            value = _reported("answer accuracy", **run)
            rows.append(run | {"source": "reported", "value": value, "low": np.nan, "high": np.nan})
            outputs = self.run(**run)
            for protocol in PROTOCOLS[::-1]:
                source = {"source": f"re-scored, {protocol} answers"}
                rows.append(run | source | self._mean(outputs, f"answer_{protocol}"))
        return pd.DataFrame(rows).dropna(subset="value", ignore_index=True)

    def arm_differences(self) -> pd.DataFrame:
        """Arms on the same problems: dataset, student, pair, answers, difference, low, high (points), p, p_holm.

        p is McNemar's exact test; p_holm is corrected over all rows of this table.
        """
        rows = []
        for dataset, student, _ in self.runs(("correct",)):
            outputs = {arm: self.run(dataset, student, arm).set_index("problem") for arm in TRAINED_ARMS}
            for (first, second), protocol in ((pair, p) for pair in PAIRS for p in PROTOCOLS[::-1]):
                one, other = outputs[first], outputs[second].loc[outputs[first].index]
                column = f"answer_{protocol}"
                pair = one[column].to_numpy(bool), other[column].to_numpy(bool)
                gap = right_wrong.stratified_difference(*pair, _strata(one), resamples=self.resamples, seed=self.seed)
                test = right_wrong.mcnemar(*pair)
                key = {"dataset": dataset, "student": student, "pair": f"{first} - {second}", "answers": protocol}
                value = _percent(gap)
                rows.append(
                    key
                    | {
                        "difference": value.pop("value"),
                        **value,
                        "only_first": test.b,
                        "only_second": test.c,
                        "p": test.p,
                    }
                )
        return pd.DataFrame(rows).assign(p_holm=lambda frame: right_wrong.holm(frame["p"]))

    def counts(self, rows: pd.DataFrame, step: str, answers: str, steps: str) -> right_wrong.Table2x2:
        """Answer x step over the outputs that have a trace to judge."""
        judged = rows[rows[f"parsed_{steps}"].fillna(False).astype(bool)]
        right = judged[f"answer_{answers}"].to_numpy(bool)
        return right_wrong.Table2x2.from_booleans(right, judged[f"{step}_{steps}"].to_numpy(bool))

    def cells(self, dataset: str, answers: str, steps: str) -> pd.DataFrame:
        """2x2 tables of a dataset: run, step and the four counts."""
        rows = []
        for _, student, arm in self.runs(TRACE_ARMS, (dataset,)):
            outputs = self.run(dataset, student, arm)
            for step in STEPS:
                table = self.counts(outputs, step, answers, steps)
                rows.append({"run": f"{student},\n{arm} traces", "step": step} | _cells(table))
        return pd.DataFrame(rows)

    def against_published(self, dataset: str) -> pd.DataFrame:
        """Published confusion matrices beside those of the released outputs, released protocol on both axes."""
        rows = []
        published = reported.read("confusion.csv").set_index(["dataset", "student", "arm", "step"])
        for _, student, arm in self.runs(TRACE_ARMS, (dataset,)):
            outputs = self.run(dataset, student, arm)
            for step in STEPS:
                ours = _cells(self.counts(outputs, step, "released", "released"))
                theirs = {cell: int(published.loc[(dataset, student, arm, step), cell]) for cell in ours}
                equal = "yes" if ours == theirs else "no"
                pairs = {cell.replace("_", " & "): f"{theirs[cell]} | {ours[cell]}" for cell in ours}
                rows.append({"student": student, "arm": arm, "step": step} | pairs | {"equal": equal})
        return pd.DataFrame(rows)

    def sensitivity(self, arm: str) -> pd.DataFrame:
        """Joint and conditional shares and phi of trace and answer under the four protocols, with intervals."""
        rows = []
        for dataset, student, _ in self.runs((arm,)):
            outputs = self.run(dataset, student, arm)
            for answers, steps in _PROTOCOL_PAIRS:
                key = {"dataset": dataset, "student": student, "answers": answers, "steps": steps}
                run = f"{DATASET_LABELS[dataset]},\n{student}"
                label = {"run": run, "protocol": f"{answers}\n{steps}"}
                table = self.counts(outputs, "trace", answers, steps)
                rows.append(label | key | _association(table, len(outputs), self.resamples, self.seed))
        return pd.DataFrame(rows)

    def step_association(self, arm: str) -> pd.DataFrame:
        """phi of each step with the answer: dataset, student, step, answers, steps, phi, phi_low, phi_high."""
        rows = []
        for dataset, student, _ in self.runs((arm,)):
            outputs = self.run(dataset, student, arm)
            for step in STEPS:
                for answers, steps in (("released", "released"), ("strict", "strict")):
                    key = {"dataset": dataset, "student": student, "step": step, "answers": answers, "steps": steps}
                    table = self.counts(outputs, step, answers, steps)
                    found = _association(table, len(outputs), self.resamples, self.seed)
                    rows.append(key | {name: found[name] for name in ("phi", "phi_low", "phi_high")})
        return pd.DataFrame(rows)

    def gaps_by_class(self, arm: str) -> pd.DataFrame:
        """P(answer right | step right) - P(answer right | step wrong) inside each CoTempQA class, strict protocol.

        student, category, step, value, low, high (points; Newcombe's interval), n_right, n_wrong. Empty where
        fewer than five outputs have the step right, or wrong.
        """
        rows = []
        for _, student, _ in self.runs((arm,), ("cotemp",)):
            outputs = self.run("cotemp", student, arm)
            for category in cotemp.CATEGORIES:
                for step in STEPS:
                    table = self.counts(outputs[outputs["category"] == category], step, "strict", "strict")
                    key = {"student": student, "category": category, "step": step}
                    rows.append(key | _gap(table))
        return pd.DataFrame(rows)

    def drift(self) -> pd.DataFrame:
        """Every CoTempQA mean that the paper reports beside ours: label, reported, value, low, high, agrees."""
        columns = {
            "answer accuracy": "answer_released",
            "class step accuracy": "class_released",
            "IR step accuracy": "ir_released",
        }
        rows = []
        for dataset, student, arm in self.runs(TRAINED_ARMS, ("cotemp",)):
            outputs = self.run(dataset, student, arm)
            for claim, column in columns.items():
                told = _reported(claim, dataset, student, arm)
                if np.isfinite(told):
                    ours = self._mean(outputs, column)
                    agrees = ours["low"] <= told <= ours["high"]
                    label = f"{student}, {arm}: {claim}"
                    rows.append({"label": label, "reported": told} | ours | {"agrees": agrees})
        return pd.DataFrame(rows)

    def seed_ranges(self) -> pd.DataFrame:
        """Answer accuracy over all released runs of part 1 (this release and the later seeds), beside the paper's."""
        scores = reported.read("published_scores.csv")
        seeds = scores[scores["part"] == 1].groupby(["student", "arm", "seed"])["acc"].agg(["mean", "size"])
        rows = []
        for dataset, student, arm in self.runs(TRAINED_ARMS, ("cotemp",)):
            whole = seeds.loc[(student, arm)].query("size == 4")["mean"]  # runs with all four classes
            here = self._mean(self.run(dataset, student, arm), "answer_released")["value"]
            released = sorted([*whole, here])
            row = {"student": student, "arm": arm, "in the paper": _reported("answer accuracy", dataset, student, arm)}
            row |= {
                "this release": here,
                "released runs": len(released),
                "lowest": released[0],
                "highest": released[-1],
            }
            rows.append(row)
        return pd.DataFrame(rows)


# Released on both axes first, strict on both last.
_PROTOCOL_PAIRS = (("released", "released"), ("strict", "released"), ("released", "strict"), ("strict", "strict"))
MEASURES = ("joint", "answer_if_right", "answer_if_wrong", "phi")
_FEWEST = 5  # outputs on either side of a gap


def _strata(rows: pd.DataFrame) -> np.ndarray:
    """The class of each row for CoTempQA, whose classes weigh the same; one stratum for bAbI."""
    categories = rows["category"].to_numpy(str)
    return categories if (rows["dataset"] == "cotemp").all() else np.zeros(len(rows), dtype=int)


def _reported(claim: str, dataset: str, student: str, arm: str) -> float:
    table = reported.read("paper.csv").set_index(["claim", "dataset", "student", "arm"])["value"]
    key = (claim, dataset, student, arm)
    return float(table[key]) if key in table.index else np.nan


def _percent(estimate: right_wrong.Estimate) -> dict[str, float]:
    return {"value": 100 * estimate.value, "low": 100 * estimate.low, "high": 100 * estimate.high}


def _cells(table: right_wrong.Table2x2) -> dict[str, int]:
    return dict(zip(reported.CELLS, table.cells, strict=True))


def _association(table: right_wrong.Table2x2, n: int, resamples: int, seed: int) -> dict[str, float]:
    found = {}
    for name, share in right_wrong.shares(table, n).items():
        found |= share.columns(name, 100)
    return found | right_wrong.phi(table, resamples, seed).columns("phi")


def _gap(table: right_wrong.Table2x2) -> dict[str, float]:
    n_right, n_wrong = (int(n) for n in table.matrix.sum(axis=0))
    enough = min(n_right, n_wrong) >= _FEWEST
    gap = _percent(right_wrong.risk_difference(table)) if enough else dict.fromkeys(("value", "low", "high"), np.nan)
    return gap | {"n_right": n_right, "n_wrong": n_wrong}


def published_association(dataset: str, resamples: int, seed: int) -> pd.DataFrame:
    """What the published counts of a dataset alone say: shares (percent), phi and the chi-squared test, per step."""
    published, criterion = reported.read("confusion.csv"), reported.number("chi-squared criterion")
    rows = []
    for row in published[published["dataset"] == dataset].itertuples():
        table = right_wrong.Table2x2(*(int(getattr(row, cell)) for cell in reported.CELLS))
        found = _association(table, table.n, resamples, seed)
        test = right_wrong.chi_squared(table)
        rows.append(
            {
                "student": row.student,
                "arm": row.arm,
                "step": row.step,
                "both right": found["joint"],
                "answer right, step right": found["answer_if_right"],
                "answer right, step wrong": found["answer_if_wrong"],
                "phi": f"{found['phi']:+.2f}",
                "chi-squared": test.statistic,
                f"above {criterion:g}": "yes" if test.statistic > criterion else "no",
            }
        )
    return pd.DataFrame(rows)


def flatten(frame: pd.DataFrame, keys: list[str], values: list[str], prefix: str) -> dict[str, float]:
    """{"prefix/key/key/…/value": number}: a frame as flat names, for figures/<notebook>.json. NaN is left out."""
    flat = {}
    for row in frame.to_dict("records"):
        name = "/".join([prefix, *(str(row[key]) for key in keys)])
        flat |= {f"{name}/{value}": float(row[value]) for value in values if np.isfinite(row[value])}
    return flat
