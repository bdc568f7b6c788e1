/**
 * Score lines. A rule has one score or four, for the four situations: 0 neither network tests nor Bayes, 1 network
 * tests, 2 Bayes, 3 both.
 */

export type ScoreSet = readonly [number, number, number, number]

/** Index of the score that counts. */
export function scoreSetIndex(net: boolean, bayes: boolean): 0 | 1 | 2 | 3 {
  if (bayes) return net ? 3 : 2
  return net ? 1 : 0
}

/** Applies the value of a score line (NAME then 1 or 4 numbers, (n) meaning relative); returns an error text or undefined. */
export function applyScore(scores: Map<string, ScoreSet>, value: string): string | undefined {
  const [name, ...words] = value.split(/\s+/)
  if (name === undefined || (words.length !== 1 && words.length !== 4))
    return 'score takes a rule name and 1 or 4 numbers'
  const relative = words.some((word) => /^\(-?\d+(?:\.\d+)?\)$/.test(word))
  const numbers: number[] = []
  for (const word of words) {
    const plain = word.replace(/^\((-?\d+(?:\.\d+)?)\)$/, '$1')
    if (!/^-?\d+(?:\.\d+)?$/.test(plain)) return `the score ${word} is not a number`
    numbers.push(Number(plain))
  }
  const before = scores.get(name)
  if (relative && before === undefined) return 'relative score without an earlier score'
  const four = numbers.length === 1 ? [numbers[0]!, numbers[0]!, numbers[0]!, numbers[0]!] : numbers
  const base = relative && before !== undefined ? before : [0, 0, 0, 0]
  scores.set(name, [0, 1, 2, 3].map((at) => base[at]! + four[at]!) as unknown as ScoreSet)
  return undefined
}

/** The score of a rule that no line gives one: 1, 0.01 for rules on trial (T_), negative for `tflags nice`. */
export function defaultScore(name: string, nice: boolean): number {
  const size = name.startsWith('T_') ? 0.01 : 1
  return nice ? -size : size
}
