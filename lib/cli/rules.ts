/** `hamlet rules`: looks into rule files, tests them, measures them, and writes custom rules. */
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'rules',
  usage: ['COMMAND …'],
  about: 'Looks into rule files, tests them, measures them, and writes custom rules.',
  options: {},
  exits: {},
  commands: {
    lint: {
      summary: 'say every error and everything not supported, with file and line',
      load: () => import('./rules/lint.ts'),
    },
    test: {
      summary: 'run the test lines of rule files, and rules over messages',
      load: () => import('./rules/test.ts'),
    },
    hits: {
      summary: 'per rule: hits in ham and spam, S/O, rank, cost',
      load: () => import('./rules/hits.ts'),
    },
    show: {
      summary: "a rule's definition, origin, score, and what depends on it",
      load: () => import('./rules/show.ts'),
    },
    list: { summary: 'custom rules of a file, in order', load: () => import('./rules/list.ts') },
    add: { summary: 'write a custom rule', load: () => import('./rules/add.ts') },
    fit: { summary: 'fit scores to labelled mail', load: () => import('./rules/fit.ts') },
  },
}
