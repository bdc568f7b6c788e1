import { describe, expect, it } from '@jest/globals'
import { judge, type ListAnswer } from '../../lib/checks/link-lists.ts'
import { configSchema } from '../../lib/config/schema.ts'

const { lists } = configSchema.shape.links.parse({
  lists: [
    { zone: 'dbl.example', codes: { '127.0.1.2-99': { hit: 'L_DBL', score: 3 } } },
    {
      zone: 'multi.example',
      codes: { 'bit 8': { hit: 'L_PH', score: 2 }, 'bit 64': { hit: 'L_ABUSE', score: 1 } },
    },
  ],
})
const found = (subject: string, ...records: string[]): ListAnswer => ({
  subject,
  answer: { kind: 'found', records, ttl: 60 },
})
const absent = (subject: string): ListAnswer => ({ subject, answer: { kind: 'absent' } })
const silent = (subject: string): ListAnswer => ({
  subject,
  answer: { kind: 'unavailable', reason: 'timed out' },
})

describe('judge', () => {
  it.each([
    ['nothing listed', [[absent('a.com')], [absent('a.com')]], [], null],
    ['listed in one', [[found('a.com', '127.0.1.2')], [absent('a.com')]], ['L_DBL a.com'], null],
    ['two bits at once', [[], [found('a.com', '127.0.0.72')]], ['L_PH a.com', 'L_ABUSE a.com'], null],
    [
      'two names',
      [[found('a.com', '127.0.1.2'), found('b.com', '127.0.1.3')], []],
      ['L_DBL a.com, b.com'],
      null,
    ],
    ['an unknown code', [[found('a.com', '127.0.2.2')], []], [], null],
    [
      'a refusal is no listing',
      [[found('a.com', '127.255.255.254')], []],
      [],
      'dbl.example: 127.255.255.254',
    ],
    [
      'a rewritten answer is no listing',
      [[], [found('a.com', '203.0.113.9')]],
      [],
      'multi.example: 203.0.113.9',
    ],
    [
      'a silent list',
      [[silent('a.com'), found('b.com', '127.0.1.4')], []],
      ['L_DBL b.com'],
      'dbl.example: timed out',
    ],
  ] as const)('%s', (_what, answers, hits, reason) => {
    const result = judge(lists, answers)
    expect(result.kind).toBe(reason === null ? 'hits' : 'unavailable')
    if (result.kind === 'unavailable') expect(result.reason).toContain(reason)
    if (result.kind !== 'refuse')
      expect((result.hits ?? []).map(({ name, detail }) => `${name} ${detail}`)).toEqual(hits)
  })
})
