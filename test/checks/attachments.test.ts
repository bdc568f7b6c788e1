import { afterEach, describe, expect, it } from '@jest/globals'
import type { SignatureFact } from '../../lib/auth/facts.ts'
import { deserves, sendNotice, wantsNotice } from '../../lib/checks/attachment-notice.ts'
import { attachments } from '../../lib/checks/attachments.ts'
import type { CheckResult, MessageInput, Outcome } from '../../lib/checks/check.ts'
import { configSchema } from '../../lib/config/schema.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { submit } from '../../lib/net/submit.ts'
import { openState } from '../../lib/store/state.ts'
import { zip } from '../support/archives.ts'
import { smtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const sinks: SmtpSink[] = []
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close()
})
const sink = async (...args: Parameters<typeof smtpSink>) => {
  const one = await smtpSink(...args)
  sinks.push(one)
  return one
}

const EXE = Buffer.from('MZ\x90\0program').toString('base64')
const part = (name: string, base64: string) =>
  `Content-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}`
function input(parts: readonly string[], change: Partial<MessageInput> = {}): MessageInput {
  const body = Buffer.from([...parts.map((one) => `--x\r\n${one}\r\n`), '--x--\r\n'].join(''))
  const headers = [{ name: 'Content-Type', value: ' multipart/mixed; boundary=x' }, ...(change.headers ?? [])]
  return {
    id: 's1', startedAt: 0, client: { address: '192.0.2.1', hostname: '', port: 0 }, macros: new Map([['j', 'mx.example']]), groups: new Set(), trusted: false,
    helo: '', sender: { address: 'a@shop.example', parameters: [] }, user: null, recipients: [], queueId: 'Q1', body, truncated: false, bodySize: body.length,
    ...change,
    headers,
    message: parseMessage({ headers, body }),
    head: parseMessage({ headers, body }),
  } // prettier-ignore
}
const run = (rules: readonly object[], mail: MessageInput, more: object = {}) =>
  attachments.run(mail, {
    config: configSchema.parse({ attachments: { rules, ...more } }),
    results: new Map(),
  } as never)
const summary = (result: CheckResult) =>
  result.kind === 'refuse'
    ? []
    : [
        result.kind,
        ...(result.hits ?? []).map(({ name, score }) => (score === undefined ? name : `${name}=${score}`)),
        ...(result.demands ?? []).map(({ action }) => action),
        ...(result.edits ?? []).map(({ kind }) => kind),
      ]

describe('the attachment filter', () => {
  const program = { hit: 'NO_PROGRAMS', contents: ['program'] }
  const letter = 'Content-Type: text/plain\r\n\r\nhello'
  it.each<readonly [string, readonly object[], MessageInput, readonly string[]]>([
    ['nothing attached', [program], input([letter]), ['hits']],
    ['points by the rule files', [program], input([part('a.exe', EXE)]), ['hits', 'NO_PROGRAMS']],
    ['points of its own', [{ ...program, score: 3 }], input([part('a.exe', EXE)]), ['hits', 'NO_PROGRAMS=3']],
    [
      'only reported',
      [{ ...program, action: 'log' }],
      input([part('a.exe', EXE)]),
      ['hits', 'NO_PROGRAMS=0'],
    ],
    [
      'refused',
      [{ ...program, action: 'reject' }],
      input([part('a.exe', EXE)]),
      ['hits', 'NO_PROGRAMS', 'reject'],
    ],
    [
      'taken out',
      [{ ...program, action: 'strip' }],
      input([letter, part('a.exe', EXE)]),
      ['hits', 'NO_PROGRAMS', 'replaceBody'],
    ],
    [
      'inside an archive',
      [{ ...program, action: 'strip' }],
      input([letter, part('a.zip', zip([{ name: 'a.exe', content: 'MZ' }]).toString('base64'))]),
      ['hits', 'NO_PROGRAMS', 'replaceBody'],
    ],
    [
      'not inside archives',
      [{ ...program, inside: false }],
      input([part('a.zip', zip([{ name: 'a.exe', content: 'MZ' }]).toString('base64'))]),
      ['hits'],
    ],
    ['by extension', [{ hit: 'T_X', extensions: ['.TXT'] }], input([part('A.txt', 'aGk=')]), ['hits', 'T_X']],
    ['by name', [{ hit: 'T_X', names: ['bill*'] }], input([part('Bill-7.bin', 'aGk=')]), ['hits', 'T_X']],
    [
      'by declared type',
      [{ hit: 'T_X', types: ['application/*'] }],
      input([part('x', 'aGk=')]),
      ['hits', 'T_X'],
    ],
    [
      'half a mail cannot be changed and is held',
      [{ ...program, action: 'strip' }],
      input([part('a.exe', EXE)], { truncated: true }),
      ['unavailable', 'NO_PROGRAMS', 'quarantine'],
    ],
  ])('%s', async (_what, rules, mail, expected) => expect(summary(await run(rules, mail))).toEqual(expected))

  it('only reports everything with check: log', async () => {
    const rules = [{ ...program, action: 'reject' }]
    expect(summary(await run(rules, input([part('a.exe', EXE)]), { check: 'log' }))).toEqual([
      'hits',
      'NO_PROGRAMS=0',
    ])
  })

  it('says who is to get the untouched original, and sends nothing itself', async () => {
    const relay = await sink()
    const rules = [{ ...program, action: 'strip', copy_to: 'admin@home.example', notify_sender: true }]
    const result = await run(rules, input([letter, part('a.exe', EXE)]), { relay: relay.address })
    expect(summary(result)).toEqual(['hits', 'NO_PROGRAMS', 'replaceBody'])
    expect(relay.mails).toEqual([])
    expect(result.kind === 'hits' && result.facts?.attachments).toEqual({
      takenOut: [{ name: 'a.exe', hit: 'NO_PROGRAMS', text: '' }],
      notify: [{ name: 'a.exe', hit: 'NO_PROGRAMS', text: '' }],
      copyTo: ['admin@home.example'],
    })
  })

  it('tells no list and no machine', async () => {
    const rules = [{ ...program, action: 'strip', notify_sender: true }]
    for (const name of ['List-Id', 'Precedence', 'Auto-Submitted']) {
      const mail = input([part('a.exe', EXE)], { headers: [{ name, value: ' x' }] })
      const result = await run(rules, mail)
      expect(result.kind === 'hits' && result.facts?.attachments?.notify).toEqual([])
    }
  })
})

describe('the notice to the sender', () => {
  const trusted = { result: 'pass', domain: 'shop.example', trusted: true } as SignatureFact
  const results = (signed: boolean): Outcome['results'] =>
    new Map([
      [
        'dkim',
        {
          kind: 'hits',
          hits: [],
          facts: { dkim: { signatures: signed ? [trusted] : [], present: 0, skipped: null } },
        },
      ],
      [
        'attachments',
        {
          kind: 'hits',
          hits: [],
          facts: {
            attachments: {
              takenOut: [],
              copyTo: [],
              notify: [{ name: 'a.exe', hit: 'NO_PROGRAMS', text: '' }],
            },
          },
        },
      ],
    ])
  const outcome = (signed: boolean, change: Partial<Outcome> = {}): Outcome => ({
    session: input([]), helo: '', user: null, sender: 'a@shop.example', recipients: ['b@home.example'], queueId: '', verdict: 'deliver', score: 0, hits: [], results: results(signed), message: null, reference: 'r1', judged: true, why: '', required: 5, unavailable: [], ...change,
  }) // prettier-ignore

  it.each([
    ['a proven sender', outcome(true), true],
    ['a sender that nobody proved', outcome(false), false],
    ['a signature of another domain', outcome(true, { sender: 'a@other.example' }), false],
    ['the null sender', outcome(true, { sender: '' }), false],
    ['a mail that was refused', outcome(true, { verdict: 'reject' }), false],
  ])('%s', (_what, one, expected) => expect(deserves(one)).toBe(expected))

  it('goes to the proven sender, three times a day at most', async () => {
    const relay = await sink()
    const context = {
      config: configSchema.parse({ attachments: { relay: relay.address } }),
      store: openState(':memory:'),
      now: () => 0,
    } as never
    expect(wantsNotice(outcome(false))).toBe(false)
    const sent = []
    for (let index = 0; index < 5; index++) sent.push(await sendNotice(outcome(true), context))
    expect(sent.map(({ outcome: became }) => became)).toEqual([
      'sent',
      'sent',
      'sent',
      'not sent: 3 a day are enough',
      'not sent: 3 a day are enough',
    ])
    expect(relay.mails.map(({ from, to }) => [from, ...to])).toEqual(
      [1, 2, 3].map(() => ['', 'a@shop.example']),
    )
    expect(relay.mails[0]?.text).toMatch(/^From: postmaster@mx\.example\r\n/)
  })
})

describe('submit', () => {
  const mail = {
    helo: 'mx.example',
    from: '',
    to: ['a@b.example'],
    message: Buffer.from('X: y\n\n.dot\n..two\nend'),
    timeout: 500,
  }
  it('stuffs dots and ends lines', async () => {
    const server = await sink()
    expect(await submit({ ...mail, server: server.address })).toEqual({ kind: 'sent', answer: '250 taken' })
    expect(server.mails[0]?.text).toBe('X: y\r\n\r\n.dot\r\n..two\r\nend')
  })
  it.each([
    ['a refusal', { refuse: 'RCPT' }, /RCPT: 550/],
    ['silence', { silent: true }, /no answer in time/],
  ])('%s is a value', async (_what, options, reason) => {
    const server = await sink(options)
    expect(await submit({ ...mail, server: server.address })).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(reason),
    })
  })
  it('does not write an address that would be a command', async () => {
    expect(await submit({ ...mail, server: '127.0.0.1:1', to: ['a@b>\r\nDATA'] })).toMatchObject({
      kind: 'unavailable',
    })
  })
})
