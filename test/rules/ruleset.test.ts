/**
 * The rule set that comes with Hamlet: its files are sound, every rule says what it is for, its `test` lines hold, and
 * mails written for this test (nobody's real mail) come out on the right side of the tag threshold without Bayes and
 * network.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import type { DmarcFacts } from '../../lib/auth/facts.ts'
import type { Hit } from '../../lib/checks/check.ts'
import { judge as judgeDkim } from '../../lib/checks/dkim.ts'
import { judge as judgeDmarc } from '../../lib/checks/dmarc.ts'
import type { Evaluated } from '../../lib/rules/evaluate.ts'
import { FOLDER, SET, TAG, judge as judgeAt } from './own-rules.ts'
import { HAM, SPAM } from './ruleset-mails.ts'
import { LOOKALIKES, LURES } from './ruleset-short-mails.ts'

/** Rules of the set itself, not the hits of checks that only have a description and a score here. */
const OWN = [...SET.rules.values()].filter(
  ({ name, place }) => !name.startsWith('__') && !place.file.startsWith('hits-'),
)

/** What the checks can report: the files that describe their hits. */
const REPORTED = readdirSync(FOLDER)
  .filter((file) => file.startsWith('hits-'))
  .map((file) => readFileSync(new URL(file, FOLDER), 'latin1'))
  .join('\n')

const judge = (mail: string, facts?: readonly Hit[]): Evaluated =>
  judgeAt(mail, '2026-03-02T12:00:00Z', facts)

describe('the rule set', () => {
  it('loads without a complaint', () => {
    expect(SET.problems).toEqual([])
  })

  it('has over 200 rules, each with a description and a score', () => {
    expect(OWN.length).toBeGreaterThan(200)
    expect(OWN.filter(({ name }) => !SET.descriptions.has(name)).map(({ name }) => name)).toEqual([])
    expect(OWN.filter(({ name }) => !SET.scores.has(name)).map(({ name }) => name)).toEqual([])
  })

  it('keeps descriptions short enough for a report line', () => {
    const long = OWN.filter(({ name }) => (SET.descriptions.get(name) ?? '').length > 90)
    expect(long.map(({ name }) => name)).toEqual([])
  })

  it('gives no rule but GTUBE enough points to tag a mail alone, and none over 3 to wanted mail', () => {
    const over = OWN.filter(({ score }) => score >= TAG || score < -3)
    expect(over.map(({ name }) => name)).toEqual(['GTUBE'])
  })

  it('marks every rule with negative points as nice', () => {
    const unmarked = OWN.filter(({ score, flags }) => score < 0 && !flags.nice)
    expect(unmarked.map(({ name }) => name)).toEqual([])
  })

  it('speaks in its metas only of rules and of hits that the checks report under that name', () => {
    const used = readdirSync(FOLDER)
      .filter((file) => file.endsWith('.cf'))
      .flatMap((file) => readFileSync(new URL(file, FOLDER), 'latin1').split('\n'))
      .flatMap((line) => /^meta\s+\S+\s+(.*)/.exec(line)?.[1]?.match(/\b[A-Z_][A-Z0-9_]{2,}\b/g) ?? [])
    const reported = [...REPORTED.matchAll(/^describe\s+(\S+)/gm)].map(([, name]) => name)
    const known = new Set([...SET.rules.keys(), ...reported])
    expect([...new Set(used)].filter((name) => !known.has(name))).toEqual([])
  })

  it('joins the results of SPF, DKIM and DMARC under the names that the checks give them', () => {
    const mail =
      'From: "Anna" <anna@gmail.com>\nSubject: Your account is suspended\n\nYour account is suspended.\n'
    const dmarc = judgeDmarc(
      { result: 'fail', domain: 'gmail.com', policy: 'reject' } as DmarcFacts,
      null,
      'score',
    )
    const dkim = judgeDkim({ signatures: [], present: 0, skipped: null })
    const names = (hits: readonly Hit[]): string[] => judge(mail, hits).hits.map(({ name }) => name)
    const failed = [...('hits' in dmarc ? (dmarc.hits ?? []) : []), { name: 'SPF_FAIL' }]
    expect(names(failed)).toEqual(expect.arrayContaining(['AUTH_BRAND_FORGED', 'AUTH_FREEMAIL_FORGED']))
    expect(names('hits' in dkim ? (dkim.hits ?? []) : [])).not.toContain('AUTH_BRAND_FORGED')
    expect(names([...failed, { name: 'DKIM_PASS_ALIGNED' }])).not.toContain('AUTH_FREEMAIL_FORGED')
  })

  it('knows the test string', () => {
    const { score, hits } = judge(
      'Subject: test\n\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n',
    )
    expect(hits.map(({ name }) => name)).toContain('GTUBE')
    expect(score).toBeGreaterThan(900)
  })
})

describe('test lines', () => {
  const cases = SET.tests.map((test) => ({ ...test, title: `${test.rule} ${test.expected} ${test.text}` }))

  it('are there', () => {
    expect(cases.length).toBeGreaterThan(150)
  })

  it.each(cases)('$title', ({ rule, expected, text }) => {
    const test = SET.rules.get(rule)?.test
    if (test?.kind !== 'text' && test?.kind !== 'header') throw new Error(`${rule} has no pattern`)
    expect(test.pattern.capturing().test(text) ? 'ok' : 'fail').toBe(expected)
  })
})

describe('mails', () => {
  it.each([...SPAM, ...LURES])('tags $name', ({ mail }) => {
    const { score, hits } = judge(mail)
    expect({ tagged: score >= TAG, score, hits: hits.map(({ name }) => name) }).toMatchObject({
      tagged: true,
    })
  })

  it.each([...HAM, ...LOOKALIKES])('leaves alone $name', ({ mail }) => {
    const { score, hits } = judge(mail)
    expect({ tagged: score >= TAG, score, hits: hits.map(({ name }) => name) }).toMatchObject({
      tagged: false,
    })
  })
})
