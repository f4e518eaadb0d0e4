// How many tokens Llama 3's masks allow, summed over all masks of a text, for the workload of the default seed: ordinary tokens
// (ids below 128,000) only. Grammars: counted with the Earley oracle of cfg.ts where the text is short. The rest: what llguidance
// 1.9.1 and XGrammar 0.2.8 agree on bit for bit; two texts are llguidance's count alone (XGrammar ran out of time, or allows too little).

/** By case, then by text. */
export const expectedCounts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "cfg explosive": {
    "walk 0": 1807,
    "walk 1": 1807,
    "walk 2": 1807,
    "walk 3": 1807,
  },
  "cfg E+E": {
    sum: 755,
    "two operators": 756,
  },
  "cfg SS": {
    "a^200": 1005,
    b: 10,
  },
  "cfg aSS": {
    "a^300": 1505,
    b: 10,
  },
  "cfg palindromes": {
    short: 120,
    long: 4515,
  },
  "cfg palindromes, 4,200 bytes": {
    greedy: 21360,
  },
  "cfg parentheses, depth 10,000": {
    "one too many": 945,
    deep: 379975,
  },
  "cfg indirect left recursion": {
    "walk 0": 972,
    "walk 1": 990,
    "walk 2": 990,
  },
  "cfg hidden left recursion": {
    "walk 0": 609,
    "walk 1": 613,
    "walk 2": 609,
  },
  "cfg random 0": {
    "walk 0": 1887,
    "walk 1": 1828,
    "walk 2": 1727,
  },
  "cfg random 1": {
    "walk 0": 887,
    "walk 1": 901,
    "walk 2": 972,
  },
  "cfg random 2": {
    "walk 0": 1148,
    "walk 1": 1407,
    "walk 2": 1259,
  },
  "cfg random 3": {
    "walk 0": 417,
    "walk 1": 427,
    "walk 2": 413,
  },
  "cfg random 4": {
    "walk 0": 396,
    "walk 1": 396,
    "walk 2": 396,
  },
  "cfg random 5": {
    "walk 0": 884,
    "walk 1": 886,
    "walk 2": 863,
  },
  "cfg random 6": {
    "walk 0": 2318,
    "walk 1": 2318,
    "walk 2": 2318,
  },
  "cfg random 7": {
    "walk 0": 1037,
    "walk 1": 1037,
    "walk 2": 1037,
  },
  "regex (((b|a)*){2,5}(a|((a)*)*)){1,5}": {
    c: 30,
    ab: 1095,
  },
  "regex ([a-z]*;)*\\.": {
    fields: 15320584,
    "no semicolon": 88152,
    "after the end": 35261,
  },
  "regex [a-z]+( [a-z]+)*": {
    prose: 17488782,
    "space at the end": 17506364,
    "two spaces": 61260,
  },
  "regex [a-z]+ .*": {
    prose: 101965125,
    newline: 217876,
  },
  "regex (\\w+\\s){1,100}": {
    "90 words": 7179130,
    "in a word": 7144430,
    "101 words": 7890127,
  },
  "regex .{0,5000}": {
    "4,990 characters": 102238173,
    "5,000 characters": 102241051,
    "5,001 characters": 102241051,
  },
  "regex (a|b)*a(a|b){12}": {
    ab: 3210,
    "b at 13 from the end": 3210,
    c: 1080,
  },
  "regex [a-z]{0,10000}": {
    "10,000 letters": 35887121,
    "10,001 letters": 35887121,
  },
};
