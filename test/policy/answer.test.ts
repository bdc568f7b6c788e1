import { describe, expect, it } from '@jest/globals'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import type { ScoredHit } from '../../lib/checks/check.ts'
import { parseConfig } from '../../lib/config/load.ts'
import type { Config } from '../../lib/config/schema.ts'
import { answer, removals } from '../../lib/policy/answer.ts'
import { decide } from '../../lib/policy/decide.ts'
import { statusLine } from '../../lib/policy/headers.ts'
import { formatScore, sumScores } from '../../lib/policy/score.ts'

const config = (text = ''): Config => {
  const loaded = parseConfig(text, 'test')
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}
const hits = (...scores: readonly number[]): readonly ScoredHit[] =>
  scores.map((score, index) => ({ name: `RULE_${index}`, score }))
const judged = (scores: readonly number[], settings = '') => {
  const inForce = config(settings)
  const verdict = decide({ hits: hits(...scores), unavailable: [], demands: [] }, inForce, 'abc-1')
  return { verdict, inForce }
}

describe('a score becomes a verdict', () => {
  it.each([
    [[1], '', 'deliver'],
    [[4.999], '', 'deliver'],
    [[5], '', 'tag'],
    [[2.5, 2.5], '', 'tag'],
    [[0.1, 0.2, 4.7], '', 'tag'],
    [[15], '', 'reject'],
    [[15], 'scores: { reject: off }', 'tag'],
    [[15], 'scores: { reject: off, tag: off }', 'deliver'],
    [[9], 'scores: { quarantine: 8 }', 'quarantine'],
    [[15], 'scores: { quarantine: 8 }', 'reject'],
    [[-100], '', 'deliver'],
  ])('%j %s -> %s', (scores, settings, kind) => {
    expect(judged(scores, settings).verdict.kind).toBe(kind)
  })

  it('adds without binary fractions: 0.1 + 0.2 is 0.3', () => {
    expect(sumScores(hits(0.1, 0.2))).toBe(0.3)
    expect([5, 0.25, -0, 1.2345].map(formatScore)).toEqual(['5.0', '0.25', '0.0', '1.235'])
  })
})

describe('the answer to the MTA', () => {
  const input = {
    headers: [],
    recipients: ['a@example.test'],
    auth: NO_AUTH_FACTS,
    descriptions: new Map([['RULE_0', 'first rule']]),
    edits: [],
    hostname: 'mail.example.test',
    reference: 'abc-1',
  }
  const valueOf = (name: string, scores: readonly number[], settings = ''): string | undefined => {
    const { verdict, inForce } = judged(scores, settings)
    const edit = answer(verdict, input, inForce).edits.find((one) => 'name' in one && one.name === name)
    return edit !== undefined && 'value' in edit ? edit.value : undefined
  }

  it('has X-Spam-Status in SpamAssassin’s form', () => {
    expect(valueOf('X-Spam-Status', [4.1, 5.5])).toBe(
      ' Yes, score=9.6 required=5.0 tests=RULE_0=4.1,RULE_1=5.5\n\tautolearn=no ref=abc-1',
    )
    expect(valueOf('X-Spam-Status', [])).toBe(' No, score=0.0 required=5.0 tests=none autolearn=no ref=abc-1')
  })
  it('is not full of tests that are worth nothing, unless it is told to name all', () => {
    const tests = (settings: string) =>
      /tests=(\S*)/.exec(
        (valueOf('X-Spam-Status', [0, 0.01, 0.1, -0.09, -0.1, 2], settings) ?? '').replaceAll(',\n\t', ','),
      )?.[1]
    expect(tests('')).toBe('RULE_2=0.1,RULE_4=-0.1,RULE_5=2.0')
    expect(tests('answer: { status_from: 0 }')).toMatch(/^RULE_0=0\.0,RULE_1=0\.0/)
    expect(tests('answer: { status_from: 1 }')).toBe('RULE_5=2.0')
  })
  it('says in it what the classifier did, and what it still needs', () => {
    const found = { hits: [], unavailable: [], demands: [] }
    const line = (classifier?: { autolearn: string; needs: string | null }) =>
      statusLine(
        decide({ ...found, ...(classifier && { classifier }) }, config(), 'abc-1').report,
        false,
        'abc-1',
      ).replace(/\n\t/g, ' ')
    expect(line({ autolearn: 'ham', needs: null })).toMatch(/ autolearn=ham ref=abc-1$/)
    expect(line({ autolearn: 'stopped', needs: '60-spam,140-ham' })).toMatch(
      / autolearn=stopped needs=60-spam,140-ham ref=abc-1$/,
    )
    expect(line()).toMatch(/ autolearn=no ref=abc-1$/)
  })
  it('has flag and level only where they say something', () => {
    expect([valueOf('X-Spam-Flag', [6]), valueOf('X-Spam-Level', [6.9])]).toEqual([' YES', ' ******'])
    expect([valueOf('X-Spam-Flag', [0.5]), valueOf('X-Spam-Level', [0.5])]).toEqual([undefined, undefined])
  })
  it('has a report when asked, one line per test with its description', () => {
    expect(valueOf('X-Spam-Report', [6], 'answer: { report: spam }')).toContain('6.0 RULE_0 first rule')
  })
  it('refuses with a reference that finds the journal’s line', () => {
    const { verdict, inForce } = judged([20])
    expect(answer(verdict, input, inForce).reply).toEqual({
      kind: 'refuse',
      reply: { code: 550, enhanced: '5.7.1', text: 'Message refused as spam (ref abc-1)' },
    })
  })
  it('quarantines last, after the headers, because Postfix takes the mail as it then is', () => {
    const { verdict, inForce } = judged([8], 'scores: { quarantine: 8 }')
    expect(answer(verdict, input, inForce).edits.at(-1)).toMatchObject({ kind: 'quarantine' })
  })
})

describe('headers from outside', () => {
  it('loses X-Spam-* and results in our name, from the last to the first', () => {
    const headers = [
      { name: 'X-Spam-Flag', value: ' NO' },
      { name: 'x-spam-flag', value: ' NO' },
      { name: 'Authentication-Results', value: ' mail.example.test; spf=pass' },
      { name: 'Authentication-Results', value: ' other.example; spf=pass' },
      { name: 'Authentication-Results', value: '\n\t(a comment) MAIL.example.test 1; dkim=pass' },
      { name: 'Subject', value: ' X-Spam-Flag: no' },
    ]
    expect(removals(headers, 'mail.example.test')).toEqual([
      { kind: 'removeHeader', nth: 3, name: 'Authentication-Results' },
      { kind: 'removeHeader', nth: 1, name: 'Authentication-Results' },
      { kind: 'removeHeader', nth: 2, name: 'x-spam-flag' },
      { kind: 'removeHeader', nth: 1, name: 'X-Spam-Flag' },
    ])
  })
})
