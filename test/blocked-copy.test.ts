import { afterEach, describe, expect, it } from '@jest/globals'
import { blockedCopyTo, copyBlocked } from '../lib/blocked-copy.ts'
import { configSchema } from '../lib/config/schema.ts'
import type { Arrival } from '../lib/judge.ts'
import type { Verdict } from '../lib/policy/verdict.ts'
import { smtpSink, type SmtpSink } from './support/smtp-sink.ts'

let sink: SmtpSink | undefined
afterEach(async () => sink?.close())

const arrival = {
  macros: new Map([['j', 'mx.example']]),
  headers: [{ name: 'Subject', value: ' x' }],
  body: Buffer.from('hello\r\n'),
  sender: { address: 'a@spam.example', parameters: [] },
  recipients: [{ address: 'b@home.example', parameters: [] }],
} as unknown as Arrival
const verdict = (kind: 'reject' | 'deliver') => ({ kind, why: 'score 20.0\r\nX: y' }) as Verdict
const engine = (address: string) => ({
  config: configSchema.parse({
    actions: { copy_blocked_to: 'q@home.example' },
    attachments: { relay: address },
  }),
})

describe('copyBlocked', () => {
  it('hands on refused mail with its envelope and the reason', async () => {
    sink = await smtpSink()
    const to = blockedCopyTo(engine(sink.address), verdict('reject'))
    expect(blockedCopyTo(engine(sink.address), verdict('deliver'))).toBeNull()
    expect(await copyBlocked(engine(sink.address), arrival, verdict('reject'), to ?? '')).toEqual({
      what: 'copy',
      to: 'q@home.example',
      outcome: 'sent',
    })
    expect(sink.mails).toEqual([
      {
        from: '',
        to: ['q@home.example'],
        text: 'X-Spam-Blocked: score 20.0 X: y\r\nX-Spam-Original-Sender: <a@spam.example>\r\nX-Spam-Original-Recipient: <b@home.example>\r\nSubject: x\r\n\r\nhello',
      },
    ])
  })
  it('says what could not be handed on, and what was too much', async () => {
    sink = await smtpSink({ refuse: 'MAIL' })
    const address = sink.address
    const sent = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(() =>
        copyBlocked(engine(address), arrival, verdict('reject'), 'q@home.example'),
      ),
    )
    const outcomes = sent.map(({ outcome }) => outcome)
    expect(outcomes.filter((one) => one === 'too many at once')).toHaveLength(2)
    expect(outcomes.filter((one) => one.startsWith('MAIL: 550'))).toHaveLength(4)
  })
})
