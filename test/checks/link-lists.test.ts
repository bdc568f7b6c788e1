import { describe, expect, it } from '@jest/globals'
import { judge, linkLists, type ListAnswer } from '../../lib/checks/link-lists.ts'
import { configSchema } from '../../lib/config/schema.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { tableDns } from '../support/table-dns.ts'

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

describe('the check', () => {
  const run = async (list: object, text: string, zone: Parameters<typeof tableDns>[0]) => {
    const dns = tableDns(zone, { absentByDefault: true })
    const body = Buffer.from(text)
    const config = configSchema.parse({
      links: {
        lists: [{ zone: 'l.example', codes: { '127.0.0.2': { hit: 'L_HIT', score: 1 } }, ...list }],
        most_lookups: 3,
      },
    })
    const message = parseMessage({ headers: [], body })
    const input = { message, head: message, headers: [], body }
    const result = await linkLists.run(
      input as never,
      { config, dns, signal: new AbortController().signal } as never,
    )
    return { asked: dns.asked, result }
  }
  const LINKS =
    'See http://www.shop.co.uk/x and https://a.b.bad.com/ and http://www.google.com/ and http://192.0.2.7/.\n'

  it('asks for registered domains, and for addresses backwards', async () => {
    const { asked, result } = await run({}, LINKS, { 'a bad.com.l.example': ['127.0.0.2'] })
    expect(asked.toSorted()).toEqual([
      'a 7.2.0.192.l.example',
      'a bad.com.l.example',
      'a shop.co.uk.l.example',
    ])
    expect(result).toMatchObject({ kind: 'hits', hits: [{ name: 'L_HIT', score: 1, detail: 'bad.com' }] })
  })
  it('asks for whole host names', async () => {
    const { asked } = await run({ of: 'host' }, LINKS, {})
    expect(asked).toContain('a a.b.bad.com.l.example')
  })
  it('asks for the addresses that hosts have', async () => {
    const { asked, result } = await run({ of: 'address' }, LINKS, {
      'a a.b.bad.com': ['198.51.100.4'],
      'a 4.100.51.198.l.example': ['127.0.0.2'],
    })
    expect(asked).toContain('a 4.100.51.198.l.example')
    expect(result).toMatchObject({ hits: [{ detail: 'a.b.bad.com (198.51.100.4)' }] })
  })
  it('does not say its key', async () => {
    const { asked, result } = await run({ zone: '{key}.l.example', key: 'secret' }, LINKS, {
      'a bad.com.secret.l.example': '!no answer',
    })
    expect(asked).toContain('a bad.com.secret.l.example')
    expect(JSON.stringify(result)).not.toContain('secret')
  })
  it('asks for no more names than it may', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `http://h${index}.com/`).join(' ')
    expect((await run({}, many, {})).asked).toHaveLength(3)
  })
})
