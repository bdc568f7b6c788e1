/** `hamlet rules`: looks into rule files, tests them, measures them, and writes custom rules. */
import { UsageError, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'rules',
  summary: 'check, test, measure, show and write rules',
  help: `Usage: hamlet rules COMMAND …

  lint              say every error and everything not supported, with file and line
  test FILE…        run the test lines of rule files, and rules over messages
  hits INDEX…       per rule: hits in ham and spam, S/O, rank, cost
  show NAME         a rule's definition, origin, score, and what depends on it
  list              custom rules of a file, in order
  add …             write a custom rule
  fit INDEX…        fit scores to labelled mail

hamlet rules COMMAND --help tells more.`,

  commands: {
    lint: { load: () => import('./rules/lint.ts') },
    test: { load: () => import('./rules/test.ts') },
    hits: { load: () => import('./rules/hits.ts') },
    show: { load: () => import('./rules/show.ts') },
    list: { load: () => import('./rules/list.ts') },
    add: { load: () => import('./rules/add.ts') },
    fit: { load: () => import('./rules/fit.ts') },
  },

  async run([name]) {
    throw new UsageError(name === undefined ? 'no COMMAND given' : `unknown command ${name}`)
  },
}
