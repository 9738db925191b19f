// Texts from the reader's own copy of the release. Files are read in the browser; nothing is sent anywhere.

const ARMS = { "": "vanilla", "-reasoning-facts": "correct", "-reasoning-facts-perturbed": "incorrect" };
const NAME = /^(?:Qwen_|meta-llama_)?(.+?)(?:-Instruct)?(?:-sft-adapter([a-z-]*))?_default(?:_\w+)?\.\w+$/;
const STRING = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs;

// {student, arm} that a file is named for; null for another name.
export function named(name) {
  const found = NAME.exec(name);
  return found && { student: found[1], arm: found[2] === undefined ? "prompted" : ARMS[found[2]] };
}

// Lines of JSON, or one array. Throws an Error whose message is shown.
export function rows(text) {
  try {
    const whole = text.trimStart().startsWith("[")
      ? JSON.parse(text)
      : text
          .split("\n")
          .filter((l) => l.trim())
          .map(JSON.parse);
    return whole.flat();
  } catch {
    throw new Error("expected one JSON object per line, as the release has them");
  }
}

const LITERAL = { n: "\n", r: "\r", t: "\t" };
const unescape = (text) =>
  text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gis, (_, x, u, one) =>
    one ? (LITERAL[one] ?? one) : String.fromCharCode(parseInt(x ?? u, 16)),
  );
const list = (text) => [...text.matchAll(STRING)].map(([, one, two]) => unescape(one ?? two));

// A row of outputs as a problem; null where it is none of CoTempQA or bAbI.
export function problemOf(row) {
  if (typeof row?.question !== "string") return null;
  if ([row.passage, row.answer_passage, row.gold].every((field) => typeof field === "string")) {
    const facts = list(row.passage),
      needed = list(row.answer_passage);
    const gold = facts.flatMap((fact, place) => (needed.includes(fact) ? [place] : []));
    return { dataset: "babi", question: row.question, facts, gold, answers: row.gold.split(",") };
  }
  if (!Array.isArray(row.facts) || !Array.isArray(row.gold)) return null;
  const gold = row.facts.flatMap((fact, place) => (row.gold.some((answer) => fact.includes(answer)) ? [place] : []));
  return { dataset: "cotemp", question: row.question, facts: row.facts, gold, answers: row.gold };
}

async function idOf({ question, facts }) {
  const bytes = new TextEncoder().encode([question, ...facts].join("\n"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash.slice(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Puts problems and texts of one file into the data; returns how many outputs found their verdicts.
export async function take(name, text, data) {
  const who = named(name),
    seen = {};
  let found = 0;
  for (const row of rows(text)) {
    const problem = problemOf(row);
    if (!problem) throw new Error("expected outputs of CoTempQA or bAbI; these rows have other fields");
    const first = await idOf(problem);
    seen[first] = (seen[first] ?? 0) + 1;
    const id = seen[first] > 1 ? `${first}-${seen[first]}` : first;
    const set = data.sets.find((one) => one.key === problem.dataset);
    if (!(id in (set?.problems ?? {}))) continue;
    Object.assign(set.problems[id], problem);
    const run = set.runs.find((one) => one.student === who?.student && one.arm === who.arm);
    const place = run?.ids.indexOf(id) ?? -1;
    if (place < 0 || typeof row.prediction !== "string") continue;
    (run.texts ??= [])[place] = row.prediction;
    found += 1;
  }
  return found;
}
