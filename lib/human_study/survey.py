"""A survey in one file: `python -m lib.human_study survey --problems 6 --out survey.html` writes a page to hand out.

The page (survey.html, filled in here) needs no server and no network. Everybody sees traces of one kind, for the same
problems, and ends with a CSV file in the tidy form: COLUMNS of lib/stats/ratings.py, `problem`, and `traces`, simulated
or released. One row per person, problem and item, in the order shown; the rating of what was passed over is empty.
Attention items are asked with one of the problems only, so each problem's rows are complete in themselves.
"""

import base64
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lib.datasets import cotemp
from lib.datasets.problem import Problem
from lib.errors import InputError, Parser
from lib.files import ROOT, json_rows, write_text
from lib.human_study.merge import TRACES
from lib.stats import ratings
from lib.stats.ratings import ATTENTION, PROBLEM, Instrument
from lib.traces import arms, verbose_traces
from lib.traces.verbose_traces import Verbose
from lib.verify.completion import split_completion

PAGE, CONSENT = (Path(__file__).with_name(name) for name in ("survey.html", "consent.txt"))
COLUMNS = (*ratings.COLUMNS, PROBLEM, TRACES)
LARGEST = 300_000  # bytes of a page: opens at once on a phone, and passes through any mail
KINDS = ("correct", "r1", "summary", "posthoc")  # the page tells at its end what each was


def sequence(conditions: Sequence[str], seed: int, blocks: int = 25) -> list[str]:
    """Conditions in permuted blocks, each once per block: whoever has link ?n=K is in sequence[K % len(sequence)]."""
    rng = random.Random(f"survey-{seed}")
    return [one for _ in range(blocks) for one in rng.sample(list(conditions), len(conditions))]


def texts(problems: Sequence[Problem], verbose: dict[str, Verbose], n: int, seed: int) -> list[dict]:
    """The first n problems that have a trace of each of KINDS, as the page takes them. InputError where fewer have."""
    kinds, rejected = {}, []
    for kind in KINDS:
        built = arms.build(problems, kind, seed, verbose)
        kinds[kind] = {one.problem.id: split_completion(one.completion).think for one in built.examples}
        rejected += built.rejected
    whole = [problem for problem in problems if all(problem.id in texts for texts in kinds.values())]
    if len(whole) < n:
        why = f"; first of the others: {rejected[0]}" if rejected else ""
        raise InputError(f"--problems {n}: expected at most {len(whole)}, which have a trace of each kind{why}")
    return [
        {"id": p.id, "question": p.question, "facts": p.facts, "answer": "; ".join(p.answers)}
        | {"traces": {kind: kinds[kind][p.id] for kind in KINDS}}
        for p in whole[:n]
    ]


def simulated(n: int, seed: int) -> tuple[list[Problem], dict[str, Verbose]]:
    """n new problems, every class and every pattern of question in turn, and the simulated reasoner's texts on them."""
    classes, patterns = len(cotemp.CATEGORIES), len(cotemp.PATTERNS)
    kinds = classes * patterns  # which come one after the other: class by class, pattern by pattern
    pool = cotemp.generate(-(-n // kinds) * kinds, seed)
    problems = [pool[i - i % kinds + i % classes * patterns + i % patterns] for i in range(n)]
    return problems, verbose_traces.simulated(problems, seed)


def released(paths: Sequence[Path], seed: int) -> tuple[list[Problem], dict[str, Verbose]]:
    """Problems, shuffled, and R1's own texts from the authors' files; one file may have what another lacks."""
    problems, verbose = {}, {}
    for path in paths:
        for name, one in verbose_traces.released(path).items():
            known = verbose.get(name, one)
            parts = (known.summary or one.summary, known.explanation or one.explanation)
            verbose[name] = Verbose(known.trace, known.source, *parts)
        problems |= {problem.id: problem for problem in _problems(path)}
    return random.Random(f"survey-{seed}").sample(list(problems.values()), len(problems)), verbose


def _problems(path: Path) -> Iterator[Problem]:
    """The problems that the rules solve as labelled; their class is not in the file, and follows from the dates."""
    for _, row in json_rows(path):
        try:
            problem = cotemp.problem_of(row, "")
            solved = cotemp.decompose(problem)
        except (InputError, KeyError, TypeError):
            continue
        if set(solved.answers) == set(problem.answers):  # else there is no right rule-based trace of it
            yield replace(problem, category=solved.category)


def page(problems: list[dict], instrument: Instrument, seed: int, consent: list[str], post: str, real: bool) -> str:
    """The page as HTML. problems: of `texts`; consent: paragraphs; post: a URL or ""; real: R1's texts are its own."""
    if unknown := [name for name in instrument.conditions if name not in KINDS]:
        raise InputError(f"condition {unknown[0]!r} of the instrument: expected some of {', '.join(KINDS)}")
    content = {
        "consent": consent,
        "anchors": list(instrument.anchors.items()),
        "items": [{"id": i.id, "text": i.text, "once": i.scale == ATTENTION} for i in instrument.items],
        "conditions": list(instrument.conditions),
        "real": real,
        "sequence": sequence(instrument.conditions, seed),
        "problems": problems,
        "once": problems[len(problems) // 2]["id"],  # the problem that attention items are asked with
        "columns": COLUMNS,
        "post": post,
    }
    content["id"] = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]  # answers are kept under this name
    template = PAGE.read_text(encoding="utf-8")
    allowed = {tag: _hash(re.search(f"<{tag}>(.*?)</{tag}>", template, re.DOTALL)[1]) for tag in ("style", "script")}
    policy = "".join(f"{tag}-src '{value}'; " for tag, value in allowed.items())
    address = _address(post) if post else "'none'"
    policy += f"connect-src {address}; default-src 'none'; base-uri 'none'; form-action 'none'"
    return template.replace("{{policy}}", policy).replace("{{data}}", escaped(content))


def escaped(content: object) -> str:
    """JSON that ends no <script> and opens no comment, whatever texts it holds."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _address(post: str) -> str:
    """The URL without its query, as a policy names it; InputError for one that is not safe to send answers to."""
    host = r"https://[\w.-]+|http://localhost|http://127\.0\.0\.1"
    if not (found := re.fullmatch(rf"((?:{host})(?::\d+)?(?:/[\w./~%-]*)?)(?:\?[\w=&%.-]*)?", post, re.ASCII)):
        raise InputError(f"--post: expected an address that begins with https://, found {post[:80]!r}")
    return found[1]


def main(argv: list[str]) -> None:
    """Write the page, and say what is in it."""
    template = CONSENT.relative_to(ROOT)
    parser = Parser(prog="python -m lib.human_study survey", description="Write a survey on traces as one HTML file.")
    add = parser.add_argument
    add("--problems", type=int, default=6, help="how many everybody rates the traces of (6)")
    add("--out", type=Path, default=Path("survey.html"), help="the page (survey.html)")
    add("--seed", type=int, default=0, help="decides the problems and the sequence of conditions (0)")
    add("--consent", type=Path, default=CONSENT, help=f"your consent text; {template} is a template of one")
    add("--instrument", type=Path, default=ratings.FILE, help="items and conditions, as data/instrument.yml")
    add("--r1", type=Path, nargs="+", metavar="FILE", help="R1's own texts, as the authors released them")
    add("--post", default="", metavar="URL", help="where answers may be sent to, beside the download")
    given = parser.parse_args(argv)
    if given.problems < 1:
        raise InputError(f"--problems {given.problems}: expected at least 1")
    consent, instrument = _paragraphs(given.consent), ratings.load(given.instrument)
    problems, verbose = released(given.r1, given.seed) if given.r1 else simulated(given.problems, given.seed)
    chosen = texts(problems, verbose, given.problems, given.seed)
    html = page(chosen, instrument, given.seed, consent, given.post, bool(given.r1))
    if (size := len(html.encode())) > LARGEST:
        raise InputError(f"the page would have {size // 1000} KB: expected at most {LARGEST // 1000}; fewer --problems")
    write_text(given.out, html)
    print(f"{given.out}: {len(chosen)} problems, {len(instrument.items)} items, {-(-size // 1000)} KB")
    print("R1's texts are the authors' own" if given.r1 else "R1's texts are simulated; the page says so at its end")
    print(f"Links that balance the conditions: {given.out.name}?n=1, ?n=2, …; without ?n it is drawn at random")
    if given.consent == CONSENT:
        print(f"Its consent text is only a template: copy {template}, edit it, give it with --consent")


def _paragraphs(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    if paragraphs := [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]:
        return paragraphs
    raise InputError(f"{path}: expected a consent text, found none")
