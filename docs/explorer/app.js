// The page at work. Its state is the address after "#": every view can be linked to.
import { cellOf, count, judgesDiffer, unpack, verdict } from "./data.js";
import { agreement } from "./kappa.js";
import { take } from "./release.js";
import { html, mark, problemView, STEPS, table, traceView, verdictView } from "./view.js";

const $ = (id) => document.getElementById(id);
const show = (id, piece) => ($(id).innerHTML = piece);
const hint = (text) => html`<p class="hint">${text}</p>`;
const ASKED = { answer: "the final answer", class: "the class step", ir: "the IR step" };
const CELLS = ["right-right", "right-wrong", "right-none", "wrong-right", "wrong-wrong", "wrong-none"];
const CHOICES = ["set", "student", "arm", "seed", "answers", "steps", "step"];
const votes = new Map(); // run and id -> {run, place, said}: what the reader has judged
let data,
  state,
  listed,
  drawn = 0;

// The state of an address; what it does not say, or says wrongly, is the first that there is.
function read() {
  const asked = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const options = {},
    chosen = {};
  const choose = (name, values) => {
    options[name] = [...new Set(values)];
    return (chosen[name] = options[name].includes(asked[name]) ? asked[name] : options[name][0]);
  };
  choose(
    "set",
    data.sets.map((one) => one.key),
  );
  const set = data.sets.find((one) => one.key === chosen.set);
  choose(
    "student",
    set.runs.map((run) => run.student),
  );
  const runs = set.runs.filter((run) => run.student === chosen.student);
  asked.arm ??= "correct";
  choose(
    "arm",
    runs.map((run) => run.arm),
  );
  choose(
    "seed",
    runs.filter((run) => run.arm === chosen.arm).map((run) => run.seed),
  );
  const run = runs.find((one) => one.arm === chosen.arm && one.seed === chosen.seed);
  choose("answers", run.answers);
  choose("steps", run.steps.length ? run.steps : ["strict"]);
  choose("step", ["trace", "class", "ir"]);
  const cell = CELLS.includes(asked.cell) ? asked.cell : "",
    differ = asked.differ === "1",
    judge = asked.mode === "judge";
  const wanted = (flags, place) =>
    judge
      ? run.texts?.[place] != null && set.problems[run.ids[place]].question
      : (!cell || cellOf(flags, chosen) === cell) && (!differ || judgesDiffer(flags));
  const places = [...run.ids.keys()].filter((place) => wanted(run.flags[place], place));
  const place = places.find((one) => run.ids[one] === asked.problem) ?? -1;
  return { set, run, options, chosen, cell, differ, judge, places, place };
}

// Goes to another view: `changes` of the address, null to leave something out. Steps along a list leave no history.
function go(changes) {
  const address = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) value ? address.set(name, value) : address.delete(name);
  history[Object.keys(changes).join() === "problem" ? "replaceState" : "pushState"](null, "", `#${address}`);
  render();
}

function label(name, value) {
  if (name === "set") return data.sets.find((one) => one.key === value).label;
  const labels = { student: data.students, arm: data.arms, step: STEPS }[name] ?? {};
  return labels[value] ?? value;
}

function render() {
  state = read();
  for (const name of CHOICES) {
    const values = state.options[name];
    show(name, html`${values.map((value) => html`<option value="${value}">${label(name, value)}</option>`)}`);
    $(name).value = state.chosen[name];
    $(name).disabled = values.length < 2 || (name.startsWith("step") && !state.run.steps.length);
  }
  for (const mode of ["explore", "judge"]) $(mode).setAttribute("aria-pressed", (mode === "judge") === state.judge);
  $("table").hidden = $("choose").hidden = state.judge;
  state.judge ? judgeFirst() : explore();
  document.documentElement.dataset.drawn = drawn += 1;
}

function explore() {
  const { run, chosen, cell, differ, places, place, set } = state,
    counts = count(run, chosen),
    step = label("step", chosen.step);
  show(
    "caption",
    html`${run.ids.length} outputs of ${label("student", run.student)}, ${label("arm", run.arm)}.
      <i
        >Evidence: ${run.level}. Answers judged ${chosen.answers}, steps
        ${run.steps.length ? chosen.steps : "not at all"}.</i
      >`,
  );
  $("second").textContent = step;
  for (const name of CELLS) {
    const button = document.querySelector(`[data-cell=${name}]`),
      [first, second] = name.split("-"),
      n = counts[name] ?? 0;
    button.textContent = n;
    button.disabled = !n;
    button.setAttribute("aria-pressed", name === cell);
    button.setAttribute(
      "aria-label",
      `answer ${first}, ${second === "none" ? "no trace" : `${step} ${second}`}: ${n} outputs`,
    );
  }
  $("differ").checked = differ;
  $("differ").disabled = run.answers.length < 2 && !differ;
  $("clear").disabled = !cell && !differ;
  $("count").textContent = `${places.length} of ${run.ids.length} outputs${cell || differ ? "" : " (all cells)"}`;
  const named = (id) => [id, set.problems[id].category, set.problems[id].question].filter(Boolean).join(" · ");
  const list = html`${places.map((one) => html`<option value="${run.ids[one]}">${named(run.ids[one])}</option>`)}`;
  if (`${list}` !== listed) show("list", (listed = `${list}`));
  $("list").value = run.ids[place] ?? "";
  $("back").disabled = places.indexOf(place) < 1;
  $("next").disabled = places.indexOf(place) >= places.length - 1;
  show(
    "detail",
    place >= 0 ? output(chosen) : hint(places.length ? "Choose an output above." : "No output is in this cell."),
  );
}

const along = (by) => go({ problem: state.run.ids[state.places[state.places.indexOf(state.place) + by]] });

// One output whole: id, problem, text, verdicts; marks as traceView takes them.
function output(marks) {
  const { run, place, set } = state,
    id = run.ids[place],
    problem = set.problems[id];
  return html`<h2 tabindex="-1" id="shown">Problem ${id}<small>${marks ? ` · ${problem.category}` : ""}</small></h2>
    ${problemView(problem, Boolean(marks))}${traceView(run, place, problem, data.leads[set.dataset], marks)}
    ${marks ? verdictView(run, place) : ""}`;
}

// --- you judge first ---

const voteKey = (place) =>
  [state.chosen.set, state.run.student, state.run.arm, state.run.seed, state.run.ids[place]].join(" ");

// The next output that the reader has not judged, in an order that looks like chance and is always the same.
function another() {
  const turn = (place) => (place * 7919 + 101) % 997;
  return state.places.filter((place) => !votes.has(voteKey(place))).sort((a, b) => turn(a) - turn(b))[0];
}

function judgeFirst() {
  const { places, place, run, chosen } = state,
    next = another();
  if (!places.length)
    return show(
      "detail",
      hint(
        "The texts of this student are the authors'. Choose simulated problems above, or load a file of the release below.",
      ),
    );
  if (place < 0 && next === undefined)
    return show("detail", html`${hint("You have judged every output of this student.")}${tally()}`);
  if (place < 0) return go({ problem: run.ids[next] });
  const vote = votes.get(voteKey(place));
  if (!vote) return show("detail", html`${output(null)}${ballot()}`);
  const rows = Object.entries(vote.said).map(([what, said]) => [ASKED[what], mark(said), mark(theirs(vote, what))]);
  show(
    "detail",
    html`<section class="result">
        <h2 tabindex="-1" id="told">You and the verifier</h2>
        ${table(["judged", "you", "the verifier"], rows)}${tally()}<button class="main" id="again">Next trace</button>
      </section>
      ${output(chosen)}`,
  );
}

function theirs({ run, place }, what) {
  const [judges, wanted] = what === "answer" ? [run.answers, state.chosen.answers] : [run.steps, state.chosen.steps];
  return verdict(run.flags[place], what, judges.includes(wanted) ? wanted : "strict");
}

function ballot() {
  const asked = Object.entries(ASKED).slice(0, state.run.steps.length ? 3 : 1);
  const choice = (what, word) =>
    html`<label><input type="radio" name="${what}" value="${word}" required /> ${word}</label>`;
  return html`<form class="result" id="ballot">
    <h2>You judge first</h2>
    ${hint(`Right is what says just what it should: the answer and nothing beside it; the question's class; the facts that the
      answer needs, no more and no fewer. The classes: ${data.classes[state.set.dataset].join(", ")}.`)}
    ${asked.map(
      ([what, name]) =>
        html`<fieldset>
          <legend>Is ${name} right?</legend>
          ${["right", "wrong"].map((word) => choice(what, word))}
        </fieldset>`,
    )}
    <button class="main">Show the verdict</button>
  </form>`;
}

// The agreement so far, over all that the reader has judged since the page was opened.
function tally() {
  const told = (number, form) => (Number.isNaN(number) ? "–" : form(number));
  const rows = Object.entries(ASKED).map(([what, name]) => {
    const pairs = [...votes.values()]
      .filter((vote) => what in vote.said)
      .map((vote) => [vote.said[what], theirs(vote, what)]);
    const { n, agree, kappa } = agreement(pairs);
    return [name, n, told(agree, (share) => `${Math.round(100 * share)} %`), told(kappa, (value) => value.toFixed(2))];
  });
  return html`${table(["so far", "judged", "agreement", "kappa"], rows, "tally")}
  ${hint("Cohen's kappa: agreement beyond chance; 1 is full, 0 what chance gives. A dash: not defined, as one of you always says the same.")}`;
}

function vote(event) {
  event.preventDefault();
  const said = Object.fromEntries([...new FormData(event.target)].map(([what, word]) => [what, word === "right"]));
  votes.set(voteKey(state.place), { run: state.run, place: state.place, said });
  render();
  $("told").focus();
}

// --- start ---

for (const name of CHOICES)
  $(name).addEventListener("change", () =>
    go({ [name]: $(name).value, problem: null, ...(CHOICES.indexOf(name) < 4 && { cell: null }) }),
  );
for (const button of document.querySelectorAll("[data-cell]"))
  button.addEventListener("click", () =>
    go({ cell: button.dataset.cell === state.cell ? null : button.dataset.cell, problem: null }),
  );
const pressed = {
  explore: () => go({ mode: null }),
  judge: () => go({ mode: "judge", problem: null, cell: null, differ: null }),
  clear: () => go({ cell: null, differ: null, problem: null }),
  back: () => along(-1),
  next: () => along(1),
  again: () => (go({ problem: null }), $("shown")?.focus()),
  copy: async () => {
    const done = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    $("copied").textContent = done ? "copied" : "copy it from the address bar";
  },
};
addEventListener("click", (event) => pressed[event.target.id]?.());
addEventListener("submit", vote);
$("list").addEventListener("change", () => go({ problem: $("list").value }));
$("differ").addEventListener("change", () => go({ differ: $("differ").checked ? "1" : null, problem: null }));
$("files").addEventListener("change", async () => {
  const told = [];
  for (const file of $("files").files) {
    const taken = file.text().then((text) => take(file.name, text, data));
    told.push(
      html`<li>
        ${file.name}:
        ${await taken.then(
          (found) => `${found} outputs`,
          (error) => error.message,
        )}
      </li>`,
    );
  }
  show("loaded", html`${told}`);
  render();
});
addEventListener("popstate", render);
data = await unpack($("data").textContent);
render();
