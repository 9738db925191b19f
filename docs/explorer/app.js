// The page at work. Its state is the address after "#": every view can be linked to.
import { cellOf, count, judgesDiffer, unpack, verdict } from "./data.js";
import { agreement } from "./kappa.js";
import { take } from "./release.js";
import { h, mark, problemView, traceView, verdictView } from "./view.js";

const $ = (id) => document.getElementById(id);
const ASKED = { answer: "the final answer", class: "the class step", ir: "the IR step" };
const CELLS = ["right-right", "right-wrong", "right-none", "wrong-right", "wrong-wrong", "wrong-none"];
const CHOICES = ["set", "student", "arm", "seed", "answers", "steps", "step"];
const votes = new Map(); // run and id -> {run, place, answer, class, ir}: what the reader has judged
let data, state, listed, drawn = 0;

// The state of an address; what it does not say, or says wrongly, is the first that there is.
function read() {
  const asked = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const one = (name, options) => (options.includes(asked[name]) ? asked[name] : options[0]);
  const unique = (values) => [...new Set(values)];
  const key = one("set", data.sets.map((set) => set.key)), set = data.sets.find((each) => each.key === key);
  const options = { set: data.sets.map((each) => each.key), student: unique(set.runs.map((run) => run.student)) };
  const student = one("student", options.student), byStudent = set.runs.filter((run) => run.student === student);
  options.arm = unique(byStudent.map((run) => run.arm));
  const arm = asked.arm ? one("arm", options.arm) : options.arm.includes("correct") ? "correct" : options.arm[0];
  const byArm = byStudent.filter((run) => run.arm === arm);
  options.seed = byArm.map((run) => run.seed);
  const seed = one("seed", options.seed), run = byArm.find((each) => each.seed === seed);
  Object.assign(options, { answers: run.answers, steps: run.steps.length ? run.steps : ["strict"], step: ["trace", "class", "ir"] });
  const choice = { answers: one("answers", options.answers), steps: one("steps", options.steps), step: one("step", options.step) };
  const cell = CELLS.includes(asked.cell) ? asked.cell : "", differ = asked.differ === "1", judge = asked.mode === "judge";
  const places = run.ids.map((_, place) => place).filter((place) => judge ? run.texts?.[place] != null && set.problems[run.ids[place]].question
    : (!cell || cellOf(run.flags[place], choice) === cell) && (!differ || judgesDiffer(run.flags[place])));
  const place = run.ids.indexOf(asked.problem);
  return { set, key, student, arm, seed, run, options, ...choice, cell, differ, judge, places, place: places.includes(place) ? place : -1 };
}

// Goes to another view: `changes` of the address, null to leave something out. Steps along a list leave no history.
function go(changes) {
  const address = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) value == null || value === "" ? address.delete(name) : address.set(name, value);
  history[Object.keys(changes).join() === "problem" ? "replaceState" : "pushState"](null, "", `#${address}`);
  render();
}

const label = (name, value) => ({
  set: () => data.sets.find((set) => set.key === value).label, student: () => data.students[value] ?? value,
  arm: () => data.arms[value] ?? value, step: () => ({ trace: "the whole trace", class: "the class step", ir: "the IR step" })[value],
}[name]?.() ?? value);

function render() {
  state = read();
  for (const name of CHOICES) {
    const values = state.options[name], current = name === "set" ? state.key : state[name];
    $(name).replaceChildren(...values.map((value) => h("option", { value, selected: value === current }, label(name, value))));
    $(name).disabled = values.length < 2 || (["steps", "step"].includes(name) && !state.run.steps.length);
  }
  for (const mode of ["explore", "judge"]) $(mode).setAttribute("aria-pressed", (mode === "judge") === state.judge);
  $("table").hidden = $("choose").hidden = state.judge;
  state.judge ? judgeFirst() : explore();
  document.documentElement.dataset.drawn = (drawn += 1);
}

function explore() {
  const { run, cell, differ, places, set, options } = state, counts = count(run, state);
  $("caption").replaceChildren(`${run.ids.length} outputs of ${label("student", state.student)}, ${label("arm", state.arm)}. `,
    h("i", {}, `Evidence: ${run.level}. Answers judged ${state.answers}, steps ${run.steps.length ? state.steps : "not at all"}.`));
  $("second").textContent = label("step", state.step);
  for (const name of CELLS) {
    const button = document.querySelector(`[data-cell=${name}]`), n = counts[name] ?? 0;
    button.textContent = n;
    button.disabled = !n;
    button.setAttribute("aria-pressed", name === cell);
    button.setAttribute("aria-label", `answer ${name.replace("-none", ", no trace").replace("-", `, ${label("step", state.step)} `)}: ${n} outputs`);
  }
  $("differ").checked = differ;
  $("differ").disabled = options.answers.length < 2 && !differ;
  $("count").textContent = `${places.length} of ${run.ids.length} outputs${cell || differ ? "" : " (all cells)"}`;
  const ids = places.map((place) => run.ids[place]), names = ids.map((id) => [id, set.problems[id].category, set.problems[id].question].filter(Boolean).join(" · "));
  if (listed !== (listed = names.join("\n"))) $("list").replaceChildren(...ids.map((value, n) => h("option", { value }, names[n])));
  $("list").value = run.ids[state.place] ?? "";
  $("clear").disabled = !cell && !differ;
  step();
  if (state.place < 0) return $("detail").replaceChildren(h("p", { class: "hint" }, places.length ? "Choose an output above." : "No output is in this cell."));
  $("detail").replaceChildren(...output({ answers: state.answers, steps: state.steps }));
}

// One output whole: id, problem, text, verdicts; marks as traceView takes them.
function output(marks) {
  const { run, place, set } = state, id = run.ids[place], problem = set.problems[id];
  return [h("h2", { tabindex: -1, id: "shown" }, `Problem ${id}`, h("small", {}, marks ? ` · ${problem.category}` : "")), problemView(problem, Boolean(marks)),
    traceView(run, place, problem, data.leads[set.dataset], marks), ...(marks ? [verdictView(run, place)] : [])];
}

function step() {
  const at = state.places.indexOf(state.place);
  for (const [name, to] of [["back", at - 1], ["next", at + 1]]) {
    $(name).disabled = !(to in state.places);
    $(name).onclick = () => go({ problem: state.run.ids[state.places[to]] });
  }
}

// --- you judge first ---

const voteKey = (place = state.place) => [state.key, state.student, state.arm, state.seed, state.run.ids[place]].join(" ");

// The next output that the reader has not judged, in an order that looks like chance and is always the same.
function another() {
  const left = state.places.filter((place) => !votes.has(voteKey(place)));
  const turn = (place) => (place * 7919 + 101) % 997;
  return left.sort((a, b) => turn(a) - turn(b))[0];
}

function judgeFirst() {
  const { places, run } = state;
  if (!places.length) return $("detail").replaceChildren(h("p", { class: "hint" }, "The texts of this student are the authors'. Choose generated problems above, or load a file of the release below."));
  if (state.place < 0) {
    const place = another();
    if (place === undefined) return $("detail").replaceChildren(h("p", { class: "hint" }, "You have judged every output of this student."), tally());
    return go({ problem: run.ids[place] });
  }
  const vote = votes.get(voteKey());
  if (!vote) return $("detail").replaceChildren(...output(null), ballot());
  const marks = { answers: state.answers, steps: state.steps };
  const rows = Object.keys(vote.said).map((what) => h("tr", {}, h("th", { scope: "row" }, ASKED[what]), h("td", {}, mark(vote.said[what])), h("td", {}, mark(theirs(vote, what)))));
  const head = h("tr", {}, ["judged", "you", "the verifier"].map((name) => h("th", { scope: "col" }, name)));
  $("detail").replaceChildren(h("section", { class: "result", "aria-live": "polite" }, h("h2", { tabindex: -1, id: "told" }, "You and the verifier"),
    h("table", { class: "verdicts" }, h("thead", {}, head), h("tbody", {}, rows)), tally(),
    h("button", { class: "main", id: "again", onclick: () => (go({ problem: null }), $("shown")?.focus()) }, "Next trace")), ...output(marks));
}

const theirs = ({ run, place }, what) => verdict(run.flags[place], what, what === "answer" ? pick(run.answers, state.answers) : pick(run.steps, state.steps));
const pick = (known, wanted) => (known.includes(wanted) ? wanted : "strict");

function ballot() {
  const asked = state.run.steps.length ? Object.entries(ASKED) : [["answer", ASKED.answer]];
  const form = h("form", { class: "result", id: "ballot" }, h("h2", {}, "You judge first"),
    h("p", { class: "hint" }, "Right is what says just what it should: the answer and nothing beside it; the question's class; the facts that the answer needs, no more and no fewer.",
      state.run.steps.length ? ` Classes: ${data.classes[state.set.dataset].join(", ")}.` : ""),
    asked.map(([what, name]) => h("fieldset", {}, h("legend", {}, `Is ${name} right?`), ["right", "wrong"].map((word) =>
      h("label", {}, h("input", { type: "radio", name: what, value: word, required: true }), ` ${word}`)))),
    h("button", { class: "main" }, "Show the verdict"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = Object.fromEntries([...new FormData(form)].map(([what, word]) => [what, word === "right"]));
    votes.set(voteKey(), { run: state.run, place: state.place, said });
    render();
    $("told").focus();
  });
  return form;
}

// The agreement so far, over all that the reader has judged since the page was opened.
function tally() {
  const percent = (share) => (Number.isNaN(share) ? "–" : `${Math.round(100 * share)} %`);
  const rows = Object.keys(ASKED).map((what) => {
    const pairs = [...votes.values()].filter((vote) => what in vote.said).map((vote) => [vote.said[what], theirs(vote, what)]);
    const { n, agree, kappa } = agreement(pairs);
    return h("tr", {}, h("th", { scope: "row" }, ASKED[what]), [n, percent(agree), Number.isNaN(kappa) ? "–" : kappa.toFixed(2)].map((cell) => h("td", {}, String(cell))));
  });
  const head = h("tr", {}, ["so far", "judged", "agreement", "kappa"].map((name) => h("th", { scope: "col" }, name)));
  return h("div", {}, h("table", { class: "verdicts", id: "tally" }, h("thead", {}, head), h("tbody", {}, rows)),
    h("p", { class: "hint" }, "Cohen's kappa: agreement beyond chance; 1 is full, 0 what chance gives. A dash: not defined while one of you always says the same."));
}

// --- start ---

for (const name of CHOICES) $(name).addEventListener("change", () => go({ [name]: $(name).value, problem: null, ...(["answers", "steps", "step"].includes(name) ? {} : { cell: null }) }));
for (const button of document.querySelectorAll("[data-cell]"))
  button.addEventListener("click", () => go({ cell: button.dataset.cell === state.cell ? null : button.dataset.cell, problem: null }));
$("explore").addEventListener("click", () => go({ mode: null }));
$("judge").addEventListener("click", () => go({ mode: "judge", problem: null, cell: null, differ: null }));
$("list").addEventListener("change", () => go({ problem: $("list").value }));
$("differ").addEventListener("change", () => go({ differ: $("differ").checked ? "1" : null, problem: null }));
$("clear").addEventListener("click", () => go({ cell: null, differ: null, problem: null }));
$("copy").addEventListener("click", async () => {
  const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  $("copied").textContent = done ? "copied" : `copy it from the address bar`;
});
$("files").addEventListener("change", async () => {
  const told = [];
  for (const file of $("files").files) {
    const message = await file.text().then((text) => take(file.name, text, data)).then((found) => `${found} outputs`, (error) => error.message);
    told.push(h("li", {}, `${file.name}: ${message}`));
  }
  $("loaded").replaceChildren(...told);
  render();
});
addEventListener("popstate", render);
data = await unpack($("data").textContent);
render();
