import { describe, expect, it } from '@jest/globals'
import type { MessageInput } from '../../lib/checks/check.ts'
import { receivedLists } from '../../lib/checks/received-lists.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import type { Zone } from '../support/zone-dns.ts'
import { recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'

const CONFIG = (received: number, action = 'score') => `
groups: { gateway: [198.51.100.1, 198.51.100.2] }
dns_lists:
  relays: gateway
  lists:
    - { zone: plain.example, codes: { 127.0.0.2: { hit: PLAIN, score: 9 } } }
    - { zone: l.example, received: ${received}, codes: { 127.0.0.2: { hit: LISTED, score: 2, action: ${action} } } }
`
const from = (ip: string) =>
  `from host (host [${ip}]) by gw.example.test with SMTP id 1; Sat, 21 Nov 2026 10:00:00 +0000`

async function run(
  received: number,
  chain: string[],
  zone: Zone,
  options: SessionOptions = {},
  action = 'score',
) {
  const context = testContext({ config: CONFIG(received, action), zone })
  const headers = chain.map((ip) => ({ name: 'Received', value: ` ${from(ip)}` }))
  const message = parseMessage({ headers, body: Buffer.from('x') })
  const input = {
    ...recipientInput({ address: '198.51.100.1', groups: ['gateway'], ...options }),
    headers,
    message,
  }
  const result = await receivedLists.run(input as unknown as MessageInput, context)
  return { result, asked: context.dns.asked }
}
const LISTED: Zone = {
  '7.2.0.192.l.example': { a: ['127.0.0.2'] },
  '9.2.0.192.l.example': { a: ['127.0.0.2'] },
}

describe('lists behind own relays', () => {
  it.each<[string, number, string[], SessionOptions, string, number]>([
    ['the stranger who handed it to the relay', 1, ['192.0.2.7', '192.0.2.9'], {}, 'LISTED=2', 1],
    ['behind two relays', 1, ['198.51.100.2', '192.0.2.7'], {}, 'LISTED=2', 1],
    ['only as many as wanted', 2, ['192.0.2.7', '192.0.2.9', '192.0.2.10'], {}, 'LISTED=2 LISTED=2', 2],
    ['private addresses are passed over', 1, ['10.0.0.3', '192.0.2.7'], {}, 'LISTED=2', 1],
    ['a client that is no relay of ours', 1, ['192.0.2.7'], { address: '203.0.113.9', groups: [] }, '', 0],
    ['no Received at all', 1, [], {}, '', 0],
  ])('%s', async (_, received, chain, options, wanted, questions) => {
    const { result, asked } = await run(received, chain, LISTED, options)
    expect(summary(result)).toBe(wanted)
    expect(asked).toHaveLength(questions)
  })

  it('asks for a refusal where the choice says so', async () => {
    const { result } = await run(1, ['192.0.2.7'], LISTED, {}, 'reject')
    expect(result).toMatchObject({
      kind: 'hits',
      demands: [{ action: 'reject', source: 'block-list', hit: 'LISTED' }],
    })
  })
})
