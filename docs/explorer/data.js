// The data as docs/explorer/data.py packs it, and how it is counted.

const WHAT = ["answer", "parsed", "class", "ir"];
export const JUDGES = ["strict", "released"];

export async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// One verdict of a run's output: what is "answer", "parsed", "class", "ir" or "trace".
export function verdict(flags, what, judge) {
  if (what === "trace") return verdict(flags, "class", judge) && verdict(flags, "ir", judge);
  return Boolean((flags >> (WHAT.indexOf(what) + WHAT.length * JUDGES.indexOf(judge))) & 1);
}

// Which cell of the table an output is in: "right-wrong" is a right answer after a wrong step.
export function cellOf(flags, { answers, steps, step }) {
  const word = (yes) => (yes ? "right" : "wrong");
  const second = verdict(flags, "parsed", steps) ? word(verdict(flags, step, steps)) : "none";
  return `${word(verdict(flags, "answer", answers))}-${second}`;
}

export function count(run, choice) {
  const counts = {};
  for (const flags of run.flags) {
    const cell = cellOf(flags, choice);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

export const judgesDiffer = (flags) => (flags & 15) !== flags >> 4;
