/**
 * How far a worker is with a mail, in memory that it shares with the thread that may have to end it: a worker that is
 * held up by a pattern cannot answer any more, but what it wrote before can be read.
 */

const STEPS = ['parse', 'checks', 'rules', 'learn'] as const
export type Step = (typeof STEPS)[number]

/** Words of the shared memory: the step, and the number of the rule that runs (-1: none). */
const STEP = 0
const RULE = 1

const DOING: Readonly<Record<Step, string>> = {
  parse: 'reading it',
  checks: 'the checks of its content',
  rules: 'the rules',
  learn: 'learning from it',
}

/** For one mail; goes to the worker with it. */
export type Progress = Int32Array

export function createProgress(): Progress {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)).fill(-1)
}

/** Written by the worker when it begins a step. */
export function enter(progress: Progress | undefined, step: Step): void {
  if (progress !== undefined) progress[STEP] = STEPS.indexOf(step)
}

/** The word in which the rule pass keeps the number of the running rule. */
export function ruleWord(progress: Progress | undefined): Int32Array | undefined {
  return progress?.subarray(RULE)
}

/** The rule that runs; `ruleNames` are in the order of their numbers. */
export function runningRule(progress: Progress, ruleNames: readonly string[]): string | undefined {
  return ruleNames[progress[RULE] ?? -1]
}

/** Why it took too long, for people: what the worker was at. */
export function whereabouts(progress: Progress, ruleNames: readonly string[]): string {
  const rule = runningRule(progress, ruleNames)
  if (rule !== undefined) return `ended at the rule ${rule}`
  const step = STEPS[progress[STEP] ?? -1]
  return step === undefined ? 'no worker was free' : `ended at ${DOING[step]}`
}
