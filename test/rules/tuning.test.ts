/** Every way to run faster gives the same hits: over Hamlet's own rules and, where installed, the stock set. */
import { existsSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { Tuning } from '../../lib/rules/evaluate.ts'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { loadRules } from '../../lib/rules/load.ts'
import type { RuleSet } from '../../lib/rules/ruleset.ts'
import { readRuleFiles } from '../../lib/scan/rule-files.ts'
import { FIXTURES, STRUCTURES } from '../conformance/mails.ts'
import { judge } from './support.ts'

const STOCK = '/usr/share/spamassassin'
const SETS = ['builtin', STOCK].filter((path) => path === 'builtin' || existsSync(path))

const WAYS: readonly (readonly [string, Tuning])[] = [
  ['without literals', { prefilter: false, lazy: false }],
  ['line by line', { joined: false, lazy: false }],
  ['with everything off', { prefilter: false, joined: false, lazy: false }],
]

function load(path: string): RuleSet {
  return loadRules(readRuleFiles([path]).sources, { plugins: EVAL_PLUGINS, net: false, bayes: false })
}

describe.each(SETS)('rules of %s', (path) => {
  const set = load(path)
  const fixtures = path === 'builtin' ? FIXTURES : STRUCTURES
  const reference = fixtures.map(({ mail }) => judge(set, mail, { tuning: { lazy: false } }))

  it('hit something in the fixtures', () => {
    expect(reference.filter(({ hits }) => hits.length > 0).length).toBeGreaterThan(fixtures.length / 2)
  })

  it.each(WAYS)('hit the same %s', (_name, tuning) => {
    for (const [at, { name, mail }] of fixtures.entries()) {
      const { hits, subhits, score } = judge(set, mail, { tuning })
      expect({ name, hits, subhits, score }).toEqual({
        name,
        hits: reference[at]?.hits,
        subhits: reference[at]?.subhits,
        score: reference[at]?.score,
      })
    }
  })

  it('hit the same with subrules on demand', () => {
    for (const [at, { mail }] of fixtures.entries())
      expect(judge(set, mail).hits).toEqual(reference[at]?.hits)
  })
})
