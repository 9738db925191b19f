// Agreement of two judges: pairs of [reader, verifier], each true or false.

export function agreement(pairs) {
  const n = pairs.length;
  if (!n) return { n, agree: NaN, kappa: NaN };
  const share = (place) => pairs.filter((pair) => pair[place]).length / n;
  const agree = pairs.filter(([one, other]) => one === other).length / n;
  const chance = share(0) * share(1) + (1 - share(0)) * (1 - share(1));
  return { n, agree, kappa: chance === 1 ? NaN : (agree - chance) / (1 - chance) }; // NaN: one of them never varies
}
