"""What a paper can use of a report: sentences and methods in APA style, tables, figures, all of it in one HTML file."""

import base64
import html
import io
import math
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from lib import figures, tables
from lib.files import whole, write_text
from lib.human_study import EQUIVALENT, SCORED, Report
from lib.human_study.merge import TRACES
from lib.stats import ratings
from lib.stats.ratings import ATTENTION, SCALE_LABELS, SIMULATED, Responses

ALPHA = 0.05
TESTS = {"Kruskal-Wallis": "H", "Friedman": "χ²", "Welch ANOVA": "F", "Mixed model": "F", "Ordinal regression": "F"}
# What a pair's sentence says, by the report's row: symbol, decimals, whether it lies between -1 and 1
PAIR_NUMBERS = {
    "Mann-Whitney U (p: Holm)": ("U", 1, False),
    "Wilcoxon W (p: Holm)": ("W", 1, False),
    "Cliff's delta": ("Cliff's δ", 2, True),
    "rank-biserial correlation": ("r", 2, True),
    "Hedges' g": ("Hedges' g", 2, False),
    "odds ratio (ordinal regression)": ("OR", 2, False),
}


def number(value: float, decimals: int = 2, bounded: bool = False) -> str:
    """APA style: a true minus, no leading zero where a number cannot exceed 1."""
    text = f"{abs(value):.{decimals}f}"
    minus = "−" if value < 0 and float(text) else ""
    return minus + (text.removeprefix("0") if bounded and text.startswith("0.") else text)


def p_value(p: float) -> str:
    """p < .001, p = .023, p > .999."""
    return "p < .001" if p < 0.001 else "p > .999" if p > 0.999 else f"p = {number(p, 3, bounded=True)}"


def interval(low: float, high: float, decimals: int = 2, bounded: bool = False, level: int = 95) -> str:
    """95% CI [−0.71, −0.13]; "" where there is none."""
    if math.isnan(low):
        return ""
    return f"{level}% CI [{number(low, decimals, bounded)}, {number(high, decimals, bounded)}]"


def sentences(report: Report) -> list[str]:
    """The results, one paragraph on the people and one per scale."""
    people = report.given.frame["participant"].nunique()
    out = report.given.excluded.drop_duplicates("participant")["reason"].value_counts()
    left = f", {out.sum()} left out ({', '.join(f'{what}: {n}' for what, n in out.items())})" if len(out) else ""
    seen = report.given.frame.groupby("condition", sort=False)["participant"].nunique()
    sizes = _list(f"{_label(report, name)}: {seen[name]}" for name in report.given.conditions)
    design = "each rated several conditions" if report.given.within else "each rated one condition"
    made_up = _simulated(report.given)
    which = {"ratings": "These ratings", "traces": "The traces rated"}.get(made_up, "Some of the traces rated")
    start = f"{which} are simulated. " if made_up else ""
    said = [f"{start}{people + len(set(report.given.excluded['participant']))} people took part{left}; the {people} "
            f"analysed {design} ({sizes})."]  # fmt: skip
    return said + [" ".join(_on_scale(report, scale)) for scale in SCALE_LABELS]


def _simulated(given: Responses) -> str:
    """Behind what nobody real stands: "ratings"; "traces" that people rated, or "some traces" of them; or ""."""
    if given.evidence.startswith(SIMULATED):
        return "ratings"
    traces = set(given.frame.get(TRACES, ()))
    return "traces" if traces == {SIMULATED} else "some traces" if SIMULATED in traces else ""


def _on_scale(report: Report, scale: str) -> list[str]:
    rows, name = report.table[report.table["scale"] == scale], SCALE_LABELS[scale]
    means = rows[rows["part"] == "scores"].pivot(index="who", columns="what", values="value")
    each = _list(
        f"{_label(report, who)} (M = {number(means.loc[who, 'mean'])}"
        + ("" if math.isnan(spread := means.loc[who, "standard deviation"]) else f", SD = {number(spread)}")
        + f", n = {means.loc[who, SCORED]:.0f})"
        for who in dict.fromkeys(rows.loc[rows["part"] == "scores", "who"])
    )
    said = [f"{name.capitalize()} was scored for {each}.", *_reliability(rows, name)]
    tests = rows[(rows["part"] == "all conditions") & rows["p"].notna()]
    shown = [f"{_test(row.what)} = {number(row.value)}, {p_value(row.p)}" for row in tests.itertuples()]
    if shown:
        found = tests["p"].iloc[0] < ALPHA
        what = f"{name.capitalize()} differed" if found else f"No difference in {name} was found"
        more = f" ({'; '.join(shown[1:])})" if shown[1:] else ""
        said.append(f"{what} between conditions, {shown[0]}{more}.")
    for note in rows.loc[(rows["part"] == "all conditions") & rows["p"].isna(), ["what", "note"]].itertuples():
        said.append(f"{note.what} was not computed: {note.note}.")
    return said + [_pair(report, pair, name) for _, pair in rows[rows["part"] == "pairs"].groupby("who", sort=False)]


def _reliability(rows: pd.DataFrame, name: str) -> list[str]:
    apart = rows[(rows["part"] == "reliability") & (rows["who"] != "all") & rows["value"].notna()]
    said = []
    for what, symbol in (("Cronbach's alpha", "α"), ("McDonald's omega", "ω")):
        found = apart[apart["what"] == what]
        if len(found) == 1:
            row = found.iloc[0]
            said.append(f"{symbol} = {number(row['value'], 2, True)}, {interval(row['low'], row['high'], 2, True)}")
        elif len(found):
            ends = (number(end, 2, True) for end in (found["value"].min(), found["value"].max()))
            said.append(f"{symbol} = {' to '.join(ends)}")
    return [f"Its internal consistency within conditions was {'; '.join(said)}."] if said else []


def _test(what: str) -> str:
    """H(3), or Welch ANOVA, F(3, 45.9), of a row's "Kruskal-Wallis (3 df)"."""
    test, _, df = what.removesuffix(" df)").partition(" (")
    test = test.removesuffix(", Wald F")
    return f"{'' if test in ('Kruskal-Wallis', 'Friedman') else f'{test}, '}{TESTS[test]}({df})"


def _pair(report: Report, pair: pd.DataFrame, scale: str) -> str:
    rows = pair.set_index("what")
    first, second = (_label(report, name) for name in pair["who"].iloc[0].split(" - "))
    difference, test = rows.loc["difference of means"], rows[rows["p"].notna()]
    if math.isnan(difference["value"]):
        return f"On {scale}, {first} and {second} could not be compared: {difference['note']}."
    parts = [f"difference {number(difference['value'])}", interval(difference["low"], difference["high"])]
    for what, (symbol, decimals, bounded) in PAIR_NUMBERS.items():
        if what in rows.index and not math.isnan(rows.loc[what, "value"]):
            row = rows.loc[what]
            parts.append(f"{symbol} = {number(row['value'], decimals, bounded)}")
            parts.append(p_value(row["p"]) if symbol in "UW" else interval(row["low"], row["high"], decimals, bounded))
    tested = [what for what in PAIR_NUMBERS if what in test.index and what[0] in "MW"]
    words = ", ".join(filter(None, parts))
    if tested and rows.loc[tested[0], "p"] < ALPHA:
        ranks = rows["value"].get("Cliff's delta", rows["value"].get("rank-biserial correlation"))
        way = "lower" if ranks < 0 else "higher"
        return f"On {scale}, {first} scored {way} than {second}, {words}."
    equal = rows[rows.index.str.startswith(EQUIVALENT)].iloc[0]
    said = f"On {scale}, no difference was found between {first} and {second}, {words}"
    if math.isnan(equal["p"]):
        return f"{said}; equivalence could not be tested: {equal['note']}."
    shown = "was shown" if equal["p"] < ALPHA else "was not shown either"
    ends = interval(equal["low"], equal["high"], level=90)
    return f"{said}; equivalence within ±{report.margin:g} points {shown}, TOST {p_value(equal['p'])}, {ends}."


def methods(report: Report, min_seconds: float = 0.0, line: str = "") -> str:
    """One paragraph on what was done, in the order in which it was done."""
    given, instrument = report.given, report.given.instrument
    items = {label: instrument.scale(scale) for scale, label in SCALE_LABELS.items()}
    counts = _list(f"{name} ({len(of)} items, {sum(i.reverse for i in of)} reversed)" for name, of in items.items())
    ends = f"{instrument.low} ({instrument.anchors[instrument.low]}) to {instrument.high}"
    said = [
        f"Ratings from {ends} ({instrument.anchors[instrument.high]}) give {counts}; reversed items were turned round, "
        f"and a score is the mean of a scale's items where at least {given.least:.0%} of them were rated."
    ]
    if given.frame["item"].isin([item.id for item in instrument.scale(ATTENTION)]).any():
        said.append("Participants who failed an attention item were left out.")
    if min_seconds:
        said.append(f"Those whose median item took less than {min_seconds:g} s were left out, too.")
    cluster = "by proportional odds regression on condition and item, with standard errors clustered by participant, "
    cluster += "which allows for one person's ratings being alike, in whatever way"
    if given.within:
        said.append(
            "Participants rated several conditions, so conditions were compared within people: by Friedman's test and "
            "Wilcoxon's signed rank tests; by a linear mixed model (REML) of the scores with a random intercept per "
            f"participant{' and per participant and condition' if _repeated(given) else ''}; and {cluster}."
        )
    else:
        model = "by a linear mixed model (REML) with a random intercept per participant; " if _repeated(given) else ""
        said.append(
            "Participants rated one condition each, so independent groups were compared: by Kruskal and Wallis' test "
            f"and Mann-Whitney tests; by Welch's ANOVA and Games-Howell tests; {model}and {cluster}."
        )
    if _repeated(given):
        said.append("Rank tests use a person's mean over the traces rated; results hold for these problems.")
    said.append(
        "p values of pairs have Holm's correction (Games-Howell its own); intervals are 95 % unless another level is "
        f"given. Equivalence was tested by two one-sided t tests within ±{report.margin:g} points, each pair at 5 % by "
        "itself, so p says the same as the 90 % interval. Reliability is "
        "Cronbach's alpha with Feldt's interval and McDonald's omega of one factor with a bootstrap interval."
    )
    used = ", ".join(f"{name} {version(name)}" for name in ("pandas", "scipy", "statsmodels", "pingouin"))
    return " ".join([*said, f"Computed with {used}.", *([f"File read as: {line}."] if line else [])])


def _repeated(given: Responses) -> bool:
    return bool(given.frame.duplicated(["participant", "condition", "item"]).any())


def _label(report: Report, condition: str) -> str:
    return str(report.given.instrument.conditions[condition])


def _list(words: Iterable[str]) -> str:
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


# Tables and figures


def wide(report: Report) -> dict[str, pd.DataFrame]:
    """Name -> table of text, a row per group or pair and a column per number with its interval and p."""
    found = {}
    for part, name in (
        ("scores", "scores"),
        ("reliability", "reliability"),
        ("all conditions", "tests"),
        ("pairs", "pairs"),
    ):
        rows = report.table[report.table["part"] == part].copy()
        numbers = zip(rows["what"], rows["value"], rows["low"], rows["high"], rows["p"], rows["note"], strict=True)
        rows["cell"] = [_cell(*row) for row in numbers]
        rows["scale"] = rows["scale"].map(SCALE_LABELS)
        who = [" – ".join(_label(report, n) for n in w.split(" - ")) if w.split(" - ")[0] in report.given.conditions
               else w for w in rows["who"]]  # fmt: skip
        rows["who"] = who
        if part == "all conditions":
            found[name] = rows[["scale", "what", "cell"]].set_axis(["scale", "test", "result"], axis=1)
            continue
        table = rows.pivot_table(index=["scale", "who"], columns="what", values="cell", aggfunc="first", sort=False)
        found[name] = table.rename_axis(columns=None).reset_index().fillna("")
    return {name: table for name, table in found.items() if len(table)}


def _cell(what: str, value: float, low: float, high: float, p: float, note: str) -> str:
    if math.isnan(value):
        return f"– ({note})" if note else "–"
    ends = "" if math.isnan(low) else f" [{number(low)}, {number(high)}]"
    return (f"{value:.0f}" if what == SCORED else number(value)) + ends + ("" if math.isnan(p) else f", {p_value(p)}")


def bars(given: Responses) -> mpl.figure.Figure:
    """Diverging bars of the ratings of each scale, reverse items turned round, centred on the middle of the scale."""
    scored, points = ratings.scored(given), sorted(given.instrument.anchors)
    shares = 100 * pd.crosstab([scored["scale"], scored["condition"]], scored["score"], normalize="index")
    shares = shares.reindex(columns=points, fill_value=0.0)
    colors, middle = mpl.colormaps["BrBG"](np.linspace(0.12, 0.88, len(points))), (points[0] + points[-1]) / 2
    figure, axes = plt.subplots(2, 1, figsize=(7, 1.6 + 0.75 * len(given.conditions)), sharex=True)
    for axis, (scale, name) in zip(axes, SCALE_LABELS.items(), strict=True):
        part = shares.loc[scale].reindex(given.conditions).fillna(0.0)
        left = -sum(part[point] * (0.5 if point == middle else 1) for point in points if point <= middle)
        for point, color in zip(points, colors, strict=True):
            label = f"{point} {given.instrument.anchors[point]}"
            drawn = axis.barh(range(len(part)), part[point], left=left, color=color, edgecolor="#555555",
                              linewidth=0.5, label=label)  # fmt: skip
            texts = [f"{width:.0f}" if width >= 7 else "" for width in part[point]]
            dark = point in (points[0], points[-1])
            axis.bar_label(drawn, texts, label_type="center", fontsize=9, color="w" if dark else "k")
            left = left + part[point]
        figures.name_rows(axis, [str(given.instrument.conditions[name]) for name in part.index])
        axis.axvline(0, color="#555555", linewidth=1, zorder=0)
        axis.set_title(name)
    axes[1].set_xlabel("percent of ratings, centred on the middle of the scale")
    axes[1].xaxis.set_major_formatter(lambda x, _: f"{abs(x):.0f}")
    handles, names = axes[0].get_legend_handles_labels()
    figure.tight_layout()
    figure.legend(handles, names, loc="lower center", ncols=3, bbox_to_anchor=(0.5, 1.0), frameon=False)
    return figure


def effects(report: Report) -> mpl.figure.Figure:
    """Every pair's effect size with its 95 % interval: Cliff's delta, or Hedges' g of differences within people."""
    what = "Hedges' g" if report.given.within else "Cliff's delta"
    rows = report.table[(report.table["part"] == "pairs") & (report.table["what"] == what)]
    pairs = list(dict.fromkeys(rows["who"]))
    figure, axes = plt.subplots(1, 2, figsize=(8, 1.4 + 0.35 * max(len(pairs), 1)), sharey=True)
    for axis, (scale, name) in zip(axes, SCALE_LABELS.items(), strict=True):
        part = rows[rows["scale"] == scale].set_index("who").reindex(pairs)
        reach = [part["value"] - part["low"], part["high"] - part["value"]]
        axis.errorbar(part["value"], range(len(part)), xerr=reach, fmt="o", color="black", capsize=3)
        axis.axvline(0, color="black", linewidth=1.2, zorder=1)
        figures.name_rows(axis, [" – ".join(_label(report, n) for n in pair.split(" - ")) for pair in pairs])
        axis.set_title(name)
        axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
    figure.supxlabel(
        f"{what}{' of differences within people' if report.given.within else ''} (95 % interval)", fontsize=10
    )
    figure.tight_layout()
    return figure


def _drawn(report: Report) -> dict[str, mpl.figure.Figure]:
    figures.use_style()
    drawn = {"ratings": bars(report.given)}
    if len(report.given.conditions) > 1:
        drawn["effects"] = effects(report)
    if made_up := _simulated(report.given):
        for figure in drawn.values():
            figure.text(0, -0.02, f"simulated: {made_up}", fontsize=9, va="top")
    return drawn


# Files


def write(report: Report, folder: Path, min_seconds: float = 0.0, line: str = "") -> list[Path]:
    """Tables as CSV, LaTeX and Markdown, figures as PNG and PDF, results and methods as text; the paths of all."""
    texts = {"report.csv": report.table.to_csv(index=False, lineterminator="\n", float_format="%.6g")}
    texts["results.txt"] = "\n\n".join(sentences(report)) + "\n"
    texts["methods.txt"] = methods(report, min_seconds, line) + "\n"
    for name, table in wide(report).items():
        texts[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n")
        texts[f"{name}.tex"] = table.to_latex(index=False, escape=True)
        texts[f"{name}.md"] = table.to_markdown(index=False, disable_numparse=True) + "\n"
    for name, text in texts.items():
        write_text(folder / name, text)
    paths = [folder / name for name in texts]
    for name, figure in _drawn(report).items():
        for kind, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None, "Producer": None})):
            paths.append(folder / f"{name}.{kind}")
            with whole(paths[-1]) as temporary:
                figure.savefig(temporary, format=kind, metadata=metadata)
        plt.close(figure)
    return paths


STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; font-size: 13px; margin: 1em 0; display: block; overflow-x: auto }
td, th { padding: 2px 8px; border-bottom: 1px solid #ddd } img { max-width: 100% }"""


def page(report: Report, min_seconds: float = 0.0, line: str = "") -> str:
    """The whole report as one HTML page that needs no other file."""
    parts = [f"<h1>{html.escape(report.title)}</h1>", f"<p>{html.escape(line)}</p>", "<h2>Results</h2>"]
    parts += [f"<p>{html.escape(said)}</p>" for said in sentences(report)]
    for name, figure in _drawn(report).items():
        image = io.BytesIO()
        figure.savefig(image, format="png", metadata={"Software": None})
        plt.close(figure)
        data = base64.b64encode(image.getvalue()).decode()
        parts.append(
            f'<p><img alt="{name}, drawn; the numbers are in the tables" src="data:image/png;base64,{data}"></p>'
        )
    parts += [f"<h2>Methods</h2><p>{html.escape(methods(report, min_seconds, line))}</p>", "<h2>Tables</h2>"]
    parts += [tables.show(table, name, report.given.evidence).data for name, table in wide(report).items()]
    people = ratings.exclusion_table(report.given)
    parts.append(tables.show(people, "people by condition", report.given.evidence).data)
    head = f'<meta charset="utf-8"><title>{html.escape(report.title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"
