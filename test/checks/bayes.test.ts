import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { judge as judgeBayes } from '../../lib/checks/bayes.ts'
import { judge, MAIL, rulesOf } from '../rules/support.ts'

const TRAINED = { spam: 500, ham: 500 }
const SHARES = { headerModel: 0, bodyModel: 0, headerWords: 0, bodyWords: 0 }
const hitsFor = (probability: number, confidence = 1) => {
  const found = judgeBayes({ probability, confidence, logOdds: 0, shares: SHARES }, TRAINED)
  return found.kind === 'hits' ? (found.hits ?? []) : []
}
/** The rules people have copied from SpamAssassin, with its own file where it is installed. */
const STOCK = '/usr/share/spamassassin/23_bayes.cf'
const rules = existsSync(STOCK)
  ? readFileSync(STOCK, 'latin1')
  : [
      "body BAYES_00 eval:check_bayes('0.00', '0.01')",
      "body BAYES_05 eval:check_bayes('0.01', '0.05')",
      "body BAYES_50 eval:check_bayes('0.40', '0.60')",
      "body BAYES_95 eval:check_bayes('0.95', '0.99')",
      "body BAYES_99 eval:check_bayes('0.99', '1.00')",
      "body BAYES_999 eval:check_bayes('0.999', '1.00')",
    ].join('\n')

describe('what the classifier says', () => {
  it.each([
    [0, ['BAYES_00']],
    [0.01, ['BAYES_00']],
    [0.0101, ['BAYES_05']],
    [0.5, ['BAYES_50']],
    [0.99, ['BAYES_95']],
    [0.995, ['BAYES_99']],
    [1, ['BAYES_99', 'BAYES_999']],
  ])('%d is %j', (probability, names) => {
    expect(hitsFor(probability).map(({ name }) => name)).toEqual(names)
  })

  it.each([0, 0.01, 0.5, 0.99, 0.995, 0.999, 1])(
    'counts once where rule files ask check_bayes for the same names: %d',
    (bayes) => {
      const facts = hitsFor(bayes)
      const set = rulesOf(`${rules}\nscore BAYES_99 3.5\nscore BAYES_999 0.2\n`, { bayes: true })
      const { hits, score } = judge(set, MAIL, { facts, bayes })
      expect(hits.map(({ name }) => name)).toEqual(facts.map(({ name }) => name))
      if (bayes === 1) expect(score).toBe(3.7)
    },
  )

  it('is worth as much as it is sure, and says how much, until it has learned enough', () => {
    const classification = { probability: 0.9995, confidence: 0.96, logOdds: 0, shares: SHARES }
    const scores = new Map([
      ['BAYES_99', 3.8],
      ['BAYES_999', 0.6],
    ])
    const found = judgeBayes(classification, { spam: 500, ham: 192 }, scores)
    expect(found.kind === 'hits' && found.hits).toEqual([
      { name: 'BAYES_99', score: 3.648, detail: '0.9995, counts 96 %' },
      { name: 'BAYES_999', score: 0.576, detail: '0.9995, counts 96 %' },
      { name: 'BAYES_LEARNING', detail: expect.stringContaining('8 more ham') },
    ])
    const trained = judgeBayes({ ...classification, confidence: 1 }, TRAINED, scores)
    expect(trained.kind === 'hits' && trained.hits?.[0]).toEqual({ name: 'BAYES_99', detail: '0.9995' })
  })

  it('is silent while it has learned nothing', () => {
    expect(hitsFor(0.5, 0)).toEqual([])
  })
})
