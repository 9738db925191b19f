// What is seen: pieces of the page as text. Whatever stands in `${…}` is escaped, unless it is such a piece itself.
import { JUDGES, verdict } from "./data.js";

class Piece extends String {}
const escaped = (text) => String(text ?? "").replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
const put = (value) =>
  [value]
    .flat()
    .map((one) => (one instanceof Piece ? one : escaped(one)))
    .join("");
export const html = (strings, ...values) => new Piece(String.raw({ raw: strings }, ...values.map(put)));

export const STEPS = { class: "class step", ir: "IR step", trace: "whole trace" };
export const mark = (yes) => html`<span class="${yes ? "yes" : "no"}">${yes ? "✓ right" : "✗ wrong"}</span>`;

export function table(head, rows, id = "") {
  const heads = head.map((name) => html`<th scope="col">${name}</th>`);
  const line = ([first, ...rest]) =>
    html`<tr>
      <th scope="row">${first}</th>
      ${rest.map((one) => html`<td>${one}</td>`)}
    </tr>`;
  return html`<table class="verdicts" id="${id}">
    <thead>
      <tr>
        ${heads}
      </tr>
    </thead>
    <tbody>
      ${rows.map(line)}
    </tbody>
  </table>`;
}

// think part and answer part of a completion, for the eye; the verdicts come from the verifier.
export function split(text) {
  const body = text.replace(/^\s*assistant\s*\n\s*/i, "");
  const think = /<think>([\s\S]*?)(?:<\/think>|(?=<answer>)|$)/.exec(body);
  const rest = think ? body.slice(think.index + think[0].length) : body;
  return { think: think?.[1].trim() ?? "", answer: rest.replace(/<\/?(?:think|answer)>/g, " ").trim() };
}

// A text with the facts that it cites marked; gold: the places of those that are needed, null hides which they are.
function cited(text, { facts = [] }, gold) {
  const stems = facts
    .map((fact) => fact.replace(/\.$/, ""))
    .filter(Boolean)
    .sort((a, b) => b.length - a.length);
  if (!stems.length) return text;
  const pattern = new RegExp(`(${stems.map((stem) => stem.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`);
  const kind = (stem) =>
    !gold ? "" : gold.some((place) => facts[place].replace(/\.$/, "") === stem) ? "gold" : "other";
  return text.split(pattern).map((part, n) => (n % 2 ? html`<mark class="${kind(part)}">${part}</mark>` : part));
}

export function problemView(problem, shown) {
  if (!problem.question)
    return html`<p class="hint">The text is the authors'. Load a file of the release below to read it here.</p>`;
  const fact = (text, place) =>
    shown && problem.gold.includes(place)
      ? html`<li class="gold"><span>${text}</span> <b>gold</b></li>`
      : html`<li>${text}</li>`;
  const gold = html`<p>Gold: class <b>${problem.category}</b>, answer <b>${problem.answers?.join("; ")}</b></p>`;
  return html`<h3>Question</h3>
    <p>${problem.question}</p>
    <details open>
      <summary>Facts (${problem.facts.length})</summary>
      <ol>
        ${problem.facts.map(fact)}
      </ol>
    </details>
    ${shown ? gold : ""}`;
}

// The trace, in the study's form cut into its two steps; marks: the judges whose verdicts are shown, null for none.
export function traceView(run, place, problem, lead, marks) {
  const text = run.texts?.[place],
    flags = run.flags[place];
  if (text == null) return html`<p class="hint">The text of this output is not at hand.</p>`;
  const part = (title, what, body) => {
    const judge = what === "answer" ? marks?.answers : marks?.steps;
    const judged = marks && (what === "answer" || verdict(flags, "parsed", judge));
    const reasons = (marks && run.reasons?.[place][JUDGES.indexOf(judge)]) || [];
    const why = reasons.filter((one) =>
      title === "Trace" ? !one.startsWith("answer") : one.startsWith(STEPS[what] ?? what),
    );
    return html`<div class="part">
      <h4>${title} ${judged ? mark(verdict(flags, what, judge)) : ""}</h4>
      <p class="text">${cited(body, problem, marks && problem.gold)}</p>
      ${why.map((one) => html`<p class="why">${one}</p>`)}
    </div>`;
  };
  const { think, answer } = split(text),
    [head, ...rest] = think.split("\n");
  const steps =
    think.startsWith(lead) && rest.length
      ? [part("Class step", "class", head), part("IR step", "ir", rest.join("\n"))]
      : think
        ? part("Trace", "trace", think)
        : html`<p class="hint">No trace.</p>`;
  return html`<h3>What the student wrote</h3>
    ${steps}${part("Answer", "answer", answer)}`;
}

// Both judges on one output.
export function verdictView(run, place) {
  const flags = run.flags[place];
  const cell = (what, judge) => {
    if (!(what === "answer" ? run.answers : run.steps).includes(judge)) return "not judged";
    return what === "answer" || verdict(flags, "parsed", judge) ? mark(verdict(flags, what, judge)) : "no trace";
  };
  const rows = Object.entries({ answer: "answer", ...STEPS }).map(([what, name]) => [
    name,
    ...JUDGES.map((judge) => cell(what, judge)),
  ]);
  const reasons = JUDGES.flatMap((judge, n) =>
    (run.reasons?.[place][n] ?? []).map((one) => html`<li><b>${judge}:</b> ${one}</li>`),
  );
  const both = html`<details>
    <summary>The reasons of both</summary>
    <ul class="reasons">
      ${reasons}
    </ul>
  </details>`;
  return html`<h3>Two judges on this output</h3>
    ${table(["", ...JUDGES], rows)}${reasons.length ? both : ""}`;
}
