// What is seen: pieces of the page, made of data. Text is always set as text, never as markup.
import { JUDGES, verdict } from "./data.js";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

export const mark = (yes) => h("span", { class: yes ? "yes" : "no" }, yes ? "✓ right" : "✗ wrong");

// think part and answer part of a completion, for the eye; the verdicts come from the verifier.
export function split(text) {
  const body = text.replace(/^\s*assistant\s*\n\s*/i, "");
  const think = /<think>([\s\S]*?)(?:<\/think>|(?=<answer>)|$)/.exec(body);
  const rest = think ? body.slice(think.index + think[0].length) : body;
  return { think: think?.[1].trim() ?? "", answer: rest.replace(/<\/?(?:think|answer)>/g, " ").trim() };
}

// A text with the facts that it cites marked; gold: null hides which of them are needed.
function cited(text, { facts = [] }, gold) {
  const known = facts.map((fact, place) => [fact.replace(/\.$/, ""), place]).filter(([fact]) => fact).sort((a, b) => b[0].length - a[0].length);
  const parts = [];
  while (text) {
    const hits = known.map(([fact, place]) => [text.indexOf(fact), fact, place]).filter(([at]) => at >= 0);
    const [at, fact, place] = hits.sort((a, b) => a[0] - b[0])[0] ?? [text.length];
    if (at) parts.push(text.slice(0, at));
    if (fact) {
      const kind = gold && (gold.includes(place) ? "gold" : "other");
      parts.push(h("mark", { class: kind, title: gold ? (kind === "gold" ? "a gold fact" : "a fact that is not needed") : "a fact of the context" }, fact));
    }
    text = text.slice(at + (fact?.length ?? 0));
  }
  return parts;
}

export function problemView(problem, shown) {
  if (!problem.question) return h("p", { class: "hint" }, "The text is the authors'. Load a file of the release below to read it here.");
  const facts = problem.facts.map((fact, place) => {
    const gold = shown && problem.gold.includes(place);
    return h("li", { class: gold && "gold" }, fact, gold ? h("b", {}, " gold") : null);
  });
  return h("div", {}, h("h3", {}, "Question"), h("p", {}, problem.question),
    h("details", { open: facts.length <= 12 || shown }, h("summary", {}, `Facts (${facts.length})`), h("ol", {}, facts)),
    shown ? h("p", {}, "Gold: class ", h("b", {}, problem.category), ", answer ", h("b", {}, problem.answers.join("; "))) : null);
}

// The trace, in the study's form cut into its two steps; marks: the judges whose verdicts are shown, null for none.
export function traceView(run, place, problem, lead, marks) {
  const text = run.texts?.[place], flags = run.flags[place];
  if (text == null) return h("p", { class: "hint" }, "The text of this output is not at hand.");
  const { think, answer } = split(text), gold = marks ? (problem.gold ?? null) : null;
  const [head, ...rest] = think.split("\n");
  const steps = think.startsWith(lead) && rest.length ? [["Class step", "class", head], ["IR step", "ir", rest.join("\n")]] : [["Trace", "trace", think]];
  const judged = (what, judge) => (marks && (what === "answer" || verdict(flags, "parsed", judge)) ? mark(verdict(flags, what, judge)) : null);
  const why = (title, judge) => (marks && run.reasons?.[place][JUDGES.indexOf(judge)].filter((one) => title === "Trace" ? !one.startsWith("answer") : one.toLowerCase().startsWith(title.toLowerCase()))) || [];
  const part = (title, what, body, judge) => h("div", { class: "part" }, h("h4", {}, title, " ", judged(what, judge)),
    h("p", { class: "text" }, cited(body, problem, gold)), why(title, judge).map((one) => h("p", { class: "why" }, one)));
  return h("div", {}, h("h3", {}, "What the student wrote"),
    think ? steps.map(([title, what, body]) => part(title, what, body, marks?.steps)) : h("p", { class: "hint" }, "No trace."),
    part("Answer", "answer", answer, marks?.answers));
}

// Both judges on one output.
export function verdictView(run, place) {
  const flags = run.flags[place], names = { answer: "answer", class: "class step", ir: "IR step", trace: "whole trace" };
  const cell = (what, judge) => {
    const judged = what === "answer" ? run.answers : run.steps;
    if (!judged.includes(judge)) return "not judged";
    return what === "answer" || verdict(flags, "parsed", judge) ? mark(verdict(flags, what, judge)) : "no trace";
  };
  const rows = Object.entries(names).map(([what, name]) => h("tr", {}, h("th", { scope: "row" }, name), JUDGES.map((judge) => h("td", {}, cell(what, judge)))));
  const reasons = JUDGES.flatMap((judge, n) => (run.reasons?.[place][n] ?? []).map((reason) => h("li", {}, h("b", {}, `${judge}: `), reason)));
  return h("div", {}, h("h3", {}, "Two judges on this output"),
    h("table", { class: "verdicts" }, h("thead", {}, h("tr", {}, h("td"), JUDGES.map((judge) => h("th", { scope: "col" }, judge)))), h("tbody", {}, rows)),
    reasons.length ? h("details", {}, h("summary", {}, "The reasons of both"), h("ul", { class: "reasons" }, reasons)) : null);
}
