import { afterEach, describe, expect, it } from '@jest/globals'
import { copyBlocked } from '../lib/blocked-copy.ts'
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
const engine = (address: string, lines: string[]) =>
  ({
    config: configSchema.parse({
      actions: { copy_blocked_to: 'q@home.example' },
      attachments: { relay: address },
    }),
    log: { notice: (text: string) => lines.push(text), warn: (text: string) => lines.push(text) },
  }) as never

describe('copyBlocked', () => {
  it('hands on refused mail with its envelope and the reason', async () => {
    sink = await smtpSink()
    await copyBlocked(engine(sink.address, []), arrival, verdict('reject'), 'r1')
    await copyBlocked(engine(sink.address, []), arrival, verdict('deliver'), 'r2')
    expect(sink.mails).toEqual([
      {
        from: '',
        to: ['q@home.example'],
        text: 'X-Spam-Blocked: score 20.0 X: y\r\nX-Spam-Original-Sender: <a@spam.example>\r\nX-Spam-Original-Recipient: <b@home.example>\r\nSubject: x\r\n\r\nhello',
      },
    ])
  })
  it('says in the journal what it could not hand on, and what was too much', async () => {
    sink = await smtpSink({ refuse: 'MAIL' })
    const lines: string[] = []
    const address = sink.address
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map(() => copyBlocked(engine(address, lines), arrival, verdict('reject'), 'r1')),
    )
    expect(lines.filter((line) => line.includes('too many at once'))).toHaveLength(2)
    expect(lines.filter((line) => line === 'no copy of blocked mail')).toHaveLength(4)
  })
})
