/** Whatever a client says, no check throws, and none takes long: seeded rubbish, raw and made of what parsers look for. */
import { describe, expect, it } from '@jest/globals'
import { parsePolicy } from '../../lib/auth/caller-id-policy.ts'
import { domainOfAddress, responsibleAddress } from '../../lib/auth/caller-id.ts'
import { normalAddress } from '../../lib/checks/correspondents.ts'
import { sessionChecks } from '../../lib/checks/index.ts'
import { shapeOf } from '../../lib/checks/helo.ts'
import { announced } from '../../lib/checks/message-size.ts'
import type { AnyCheck } from '../../lib/checks/run.ts'
import { domainOf } from '../../lib/checks/sender-domain.ts'
import { isGeneric } from '../../lib/net/generic-name.ts'
import { parseNetworkFile } from '../../lib/net/groups.ts'
import { parseAddress, parseRange } from '../../lib/net/ip.ts'
import { domainName, isHostName } from '../../lib/net/name.ts'
import { recipientInput, testContext } from '../support/session.ts'
import { zoneDns } from '../support/zone-dns.ts'

const ALPHABET = [
  'a',
  'xn--',
  '.',
  '@',
  '[',
  ']',
  ':',
  '/',
  '-',
  '<',
  '>',
  'ep',
  'm',
  '1',
  '255',
  '"',
  "'",
  ' ',
  '\0',
  '\xff',
  '%',
  '=',
  'IPv6:',
  'prvs=',
  '\r\n',
  '!',
  '\\',
]

function rubbish(seed: number): (most: number) => string {
  let state = seed
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
  return (most) => {
    const raw = next(4) === 0
    return Array.from({ length: next(most) }, () =>
      raw ? String.fromCharCode(next(256)) : ALPHABET[next(ALPHABET.length)],
    ).join('')
  }
}

describe('rubbish', () => {
  it('is no trouble for parsers', () => {
    const make = rubbish(42)
    const address = parseAddress('192.0.2.7')!
    let addresses = 0
    for (let times = 0; times < 20_000; times++) {
      const text = make(40)
      parseRange(text)
      parseNetworkFile(text)
      parsePolicy(text)
      parsePolicy(`<ep xmlns='http://ms.net/1'>${text}</ep>`)
      isGeneric(text, address)
      isHostName(text)
      shapeOf(
        { helo: text, macros: new Map([['j', text]]), client: { address: text, hostname: text, port: 0 } },
        [text],
      )
      announced({ address: text, parameters: [text, `SIZE=${text}`] })
      responsibleAddress([
        { name: 'Resent-Sender', value: text },
        { name: 'From', value: text },
      ])
      domainOf(text)
      domainOfAddress(text)
      if (domainName(text) !== null && normalAddress(`${text}@${text}`) !== null) addresses++
      parseAddress(text)
    }
    // Some of it gets past the first look.
    expect(addresses).toBeGreaterThan(200)
  })

  it('is no trouble for any check, and leaves the DNS a name or nothing', async () => {
    const make = rubbish(7)
    const base = testContext({
      config:
        'limits: { messages_per_hour: 1000, recipients_per_hour: 1000, connections: 1000, message_size: 1KB, recipients_per_message: 5 }\ngreylist: { enabled: true }',
    })
    const context = { ...base, dns: zoneDns({}, { strict: false }) }
    const run = async (check: AnyCheck, input: ReturnType<typeof recipientInput>) => {
      const more = { ...input, status: '5.1.1', reason: make(20), line: make(20), recipients: [] }
      await (check.run as (given: typeof more, with_: typeof context) => Promise<unknown>)(more, context)
    }
    for (let times = 0; times < 300; times++) {
      const input = recipientInput({
        id: `s${times}`,
        address: times % 3 === 0 ? make(20) : '192.0.2.7',
        hostname: make(30),
        helo: make(60),
        sender: make(80),
        recipient: make(60),
        parameters: [make(20)],
        macros: { j: make(20), '{daemon_port}': make(5) },
        user: times % 5 === 0 ? make(30) : null,
      })
      for (const check of sessionChecks) await run(check, input)
    }
    expect(context.dns.asked.length).toBeGreaterThan(1000)
  }, 60_000)

  it('of great length costs no time', async () => {
    const long = 'a.'.repeat(50_000)
    const started = performance.now()
    isGeneric(`${long}example`, parseAddress('192.0.2.7')!)
    isGeneric('1-'.repeat(50_000), parseAddress('192.0.2.7')!)
    parsePolicy(`<ep xmlns='http://ms.net/1'>${'<m '.repeat(10_000)}`)
    parsePolicy(`<ep ${'x='.repeat(15_000)}>`)
    parsePolicy(`<ep xmlns='http://ms.net/1'>${'<m>'.repeat(400)}${'</m>'.repeat(400)}</ep>`)
    shapeOf({ helo: long, macros: new Map(), client: { address: null, hostname: '', port: 0 } }, [])
    domainOf(`a@${long}`)
    normalAddress(`prvs=${'1'.repeat(100_000)}`)
    parseRange(`${'1:'.repeat(50_000)}/${'9'.repeat(50_000)}`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
