/** Judging by rules: the rule set that comes with Hamlet, and the functions of the eval rules it does not use. */
import { judge } from '../../lib/cli/rules/judge.ts'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { loadRules } from '../../lib/rules/load.ts'
import { readRuleFiles } from '../../lib/scan/rule-files.ts'
import type { Subject } from './subject.ts'

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => (made ??= make())
}

const ownRules = once(() =>
  loadRules(readRuleFiles(['builtin']).sources, { plugins: EVAL_PLUGINS, net: false, bayes: false }),
)

export const RULES: readonly Subject[] = [
  {
    name: 'own rules',
    words: [
      ...'unsubscribe|http://|a|.|<a href="|">|</a>|click|here|$|million|dear|@|1|-|=|&nbsp;'.split('|'),
      ' ',
      '\n',
    ],
    known: [
      { head: '', body: '<a href="', tail: '' },
      { head: 'unsubscribe', body: '\n', tail: 'x' },
      { head: '', body: '<a href =', tail: '' },
    ],
    wrap: (text) =>
      `From: a@example.org\nTo: b@example.net\nSubject: s\nContent-Type: text/html; charset=utf-8\n\n${text}`,
    *steps(mail) {
      const set = ownRules()
      yield ['rules', () => judge(set, mail)]
    },
  },
]
