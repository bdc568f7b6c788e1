import { mkdirSync, mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readQueue } from '../../lib/quarantine/postfix.ts'
import { checkedId } from '../../lib/quarantine/queue.ts'
import { readControl, sendmailQueue } from '../../lib/quarantine/sendmail.ts'
import { summarize } from '../../lib/quarantine/summary.ts'
import { releaseKey } from '../../lib/store/release-key.ts'

describe('checkedId', () => {
  it.each(['-d', 'ALL/x', '../x', 'a b', '', 'ALL'])('does not take %j', (id) =>
    expect(() => checkedId(id)).toThrow(/is no queue id/),
  )
  it.each(['4CZ8vN1kz3z9', '0123456789ABC', 'lAAC0n001234'])('takes %j', (id) =>
    expect(checkedId(id)).toBe(id),
  )
})

describe("Postfix's queue", () => {
  it('is one object a line; only held mail counts', () => {
    const row = (queue: string, id: string) =>
      JSON.stringify({
        queue_name: queue,
        queue_id: id,
        arrival_time: 1,
        message_size: 2,
        forced_expire: false,
        sender: '',
        recipients: [{ address: 'a@b.example' }],
      })
    expect(readQueue(`${row('hold', 'AAAA1')}\n${row('deferred', 'AAAA2')}\n`)).toEqual([
      { id: 'AAAA1', arrived: 1000, size: 2, sender: '', recipients: ['a@b.example'] },
    ])
  })
  it('that makes no sense is one clear error', () =>
    expect(() => readQueue('mail system is down')).toThrow(/something unexpected/))
})

const CONTROL = [
  'V8',
  'T1763719200',
  'K0',
  'N0',
  'P30000',
  'qHamlet: score 9.0',
  '$_[192.0.2.1]',
  'S<sender@sender.example>',
  'rRFC822; user@example.test',
  'RPFD:<user@example.test>',
  'RPFD:<other@example.test>',
  'H?P?Return-Path: <\x81g>',
  'H??Received: from a',
  '\tby b',
  'H??Subject: hold-me',
  'H??X-Spam-Status: Yes, score=9.0',
  '.',
  'H??Not: this',
  '',
].join('\n')

describe("Sendmail's queue", () => {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-mqueue-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('has the envelope and the header in its control file', () => {
    expect(readControl(CONTROL)).toEqual({
      envelope: {
        arrived: 1_763_719_200_000,
        sender: 'sender@sender.example',
        recipients: ['user@example.test', 'other@example.test'],
      },
      header: 'Received: from a\n\tby b\nSubject: hold-me\nX-Spam-Status: Yes, score=9.0\n',
    })
  })

  it('gives its mail, and deletes it', () => {
    writeFileSync(join(folder, 'hfAAA11'), CONTROL, 'latin1')
    writeFileSync(join(folder, 'dfAAA11'), 'body \xff\n', 'latin1')
    for (const name of ['q1', 'q1/qf', 'q1/df']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'q1/qf/hfBBB22'), CONTROL, 'latin1')
    writeFileSync(join(folder, 'q1/df/dfBBB22'), 'other\n')
    writeFileSync(join(folder, 'qfCCC33'), CONTROL, 'latin1')
    const queue = sendmailQueue({ queueDirectory: folder, program: '/nowhere/sendmail', configFile: '' })
    expect(
      queue
        .list()
        .map(({ id, size }) => [id, size])
        .toSorted(),
    ).toEqual([
      ['AAA11', 7],
      ['BBB22', 6],
    ])
    expect(queue.read('AAA11', 10_000).toString('latin1')).toMatch(
      /^Received: from a\n\tby b\nSubject: hold-me\n.*\n\nbody \xff\n$/s,
    )
    expect(queue.read('BBB22', 10_000).toString('latin1')).toMatch(/other\n$/)
    queue.remove('AAA11')
    expect([existsSync(join(folder, 'hfAAA11')), existsSync(join(folder, 'dfAAA11'))]).toEqual([false, false])
    expect(() => queue.read('AAA11', 1)).toThrow(/is not in quarantine/)
    expect(() => queue.release('BBB22')).toThrow(/was not found/)
    expect(() => queue.read('CCC33', 1)).toThrow(/is not in quarantine/)
  })
})

describe('summarize', () => {
  it('reads what Hamlet wrote', () => {
    const mail = [
      'From: =?utf-8?q?J=C3=B6rg?= <j@b.example>',
      'Subject: a\u202e\tb',
      'X-Spam-Status: Yes, score=9.0 required=5.0 tests=A=1.0,',
      '\tB_C=8.0 autolearn=no ref=abc-1',
      '',
      'x',
    ].join('\n')
    expect(summarize(Buffer.from(mail, 'utf8'))).toEqual({
      from: 'J\u00f6rg <j@b.example>',
      subject: 'a b',
      score: '9.0',
      tests: 'A=1.0,B_C=8.0',
      reference: 'abc-1',
    })
  })
  it('knows that others hold mail too', () =>
    expect(summarize(Buffer.from('Subject: x\n\n')).score).toBeNull())

  it('shows no escape sequences of a forged verdict', () => {
    const forged =
      'X-Spam-Status: Yes, score=9 tests=\x1b[2J\x9b31m\u202eA ref=x\nSubject: \x1b]0;title\x07\n\n'
    const { tests, subject } = summarize(Buffer.from(forged, 'latin1'))
    expect(tests + subject).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]/)
  })
})

describe('releaseKey', () => {
  it('does not depend on line ends, but on every other octet', () => {
    const key = releaseKey(' <1@x>', Buffer.from('a\r\nb\r\n'))
    expect(releaseKey('<1@x>', Buffer.from('a\nb\n\n'))).toBe(key)
    expect(releaseKey('<1@x>', Buffer.from('a\nc\n'))).not.toBe(key)
    expect(releaseKey('<2@x>', Buffer.from('a\nb\n'))).not.toBe(key)
  })
})
