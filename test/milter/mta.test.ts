import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { AtMessage, AtRejectedRecipient, Edit, MilterHandler, Reply } from '../../lib/milter/handler.ts'
import { createMilterServer, type MilterServer, type Problem } from '../../lib/milter/index.ts'
import { describeWith } from '../servers/support/describe-with.ts'
import { startPostfix } from '../servers/support/postfix.ts'
import { SENDMAIL_NEEDS, startSendmail } from '../servers/support/sendmail.ts'
import { SmtpClient } from '../servers/support/smtp-client.ts'
import { sleep, until } from './support/running.ts'
import { mailAddress } from '../../lib/milter/mail-address.ts'

// The library alone under the MTAs it is for: what docs/milter-library.md says of them is held here.

interface Mta {
  readonly port: number
  delivered(): readonly string[]
  untilDelivered(count: number): Promise<readonly string[]>
  log(): string
  stop(): unknown
}

/** What the handler was told, and what it is to answer: by the local part of the sender. */
const told = { messages: [] as AtMessage[], rejected: [] as AtRejectedRecipient[], aborted: 0, unknown: '' }
const problems: Problem[] = []
let edits: readonly Edit[] = []
let delays = { sender: 0, message: 0 }

const proceed: Reply = { kind: 'continue' }
const refusal: Reply = {
  kind: 'refuse',
  reply: { code: 550, enhanced: '5.7.1', text: '100% not\nwanted: %s %d' },
}

function handler(): MilterHandler {
  return {
    sender: async ({ sender }) => {
      if (delays.sender > 0) await sleep(delays.sender)
      if (sender.address.startsWith('refuse@')) return refusal
      return sender.address.startsWith('shutdown@') ? { kind: 'shutdown' } : proceed
    },
    recipient: ({ recipient }) => (recipient.address.startsWith('later') ? { kind: 'tempfail' } : proceed),
    rejectedRecipient: (input) => {
      told.rejected.push(input)
    },
    unknown: ({ line }) => {
      told.unknown = line
      return { kind: 'refuse', reply: { code: 450, enhanced: '4.7.0', text: 'Not now' } }
    },
    message: async (input) => {
      told.messages.push(input)
      if (delays.message > 0) await sleep(delays.message)
      if (input.sender.address.startsWith('content@')) return { reply: refusal, edits: [] }
      if (input.sender.address.startsWith('discard@')) return { reply: { kind: 'discard' }, edits: [] }
      return { reply: { kind: 'accept' }, edits }
    },
    aborted: () => {
      told.aborted += 1
    },
  }
}

/** The tests that both MTAs must pass; `start` gets the milter's address. */
function both(start: (address: string) => Promise<Mta>, listen: string, unknownUser: string | null): void {
  let server: MilterServer
  let mta: Mta
  let client: SmtpClient
  let count = 0

  beforeAll(async () => {
    server = createMilterServer({
      listen: [listen],
      handler,
      progressMs: 150,
      onProblem: (problem) => problems.push(problem),
    })
    const [bound] = await server.start()
    mta = await start(bound?.text ?? '')
    count = 0
  }, 60_000)
  afterAll(async () => {
    await mta?.stop()
    await server?.stop(1000)
  }, 60_000)
  beforeEach(async () => {
    Object.assign(told, { messages: [], rejected: [], aborted: 0, unknown: '' })
    problems.length = 0
    edits = []
    delays = { sender: 0, message: 0 }
    client = (await SmtpClient.connect(mta.port)).client
    await client.command('EHLO client.example')
  })
  afterEach(async () => {
    await client?.command('QUIT').catch(() => undefined)
    // What is told at the end of a session must not be counted to the next.
    await until(() => server.connections === 0)
    expect(problems).toEqual([])
  })

  const body =
    'Subject:no space\r\nX-Two:  two spaces\r\nX-Tab:\ttab\r\nX-Fold: a\r\n\tb\r\nX-Old: 1\r\nX-Old: 2\r\n\r\ntext'
  const send = (from = 'a@example.test', to: readonly string[] = ['user@example.test'], bytes = body) =>
    client.send({ from, to, bytes })
  const delivered = async (): Promise<string> => {
    count += 1
    return (await mta.untilDelivered(count)).at(-1) ?? ''
  }

  it('headers arrive with their spaces and folds, macros with what was asked for', async () => {
    expect((await send()).answer.code).toBe(250)
    await delivered()
    const [message] = told.messages
    const headers = Object.fromEntries(message?.headers.map(({ name, value }) => [name, value]) ?? [])
    expect(headers).toMatchObject({
      Subject: 'no space',
      'X-Two': '  two spaces',
      'X-Tab': '\ttab',
      'X-Fold': ' a\n\tb',
    })
    expect(Buffer.from(message?.body ?? []).toString()).toBe('text\r\n')
    expect(message?.queueId).toMatch(/^\w{6,}$/)
    expect(message?.client.address).toBe('127.0.0.1')
    const macros = message?.macros
    expect(macros?.get('j')).toBe('mail.example.test')
    expect(macros?.get('{client_addr}')).toBe('127.0.0.1')
    expect(Number(macros?.get('{client_port}'))).toBeGreaterThan(1023)
    expect(macros?.get('{daemon_name}')).toBeDefined()
  })

  it('every edit takes effect', async () => {
    edits = [
      { kind: 'addHeader', name: 'X-Added', value: 'one' },
      { kind: 'insertHeader', index: 0, name: 'X-Top', value: 'two\n\tthree' },
      { kind: 'changeHeader', nth: 1, name: 'Subject', value: 'changed' },
      { kind: 'removeHeader', nth: 2, name: 'X-Old' },
      { kind: 'changeSender', address: mailAddress('other@example.test') },
      { kind: 'addRecipient', address: mailAddress('more@example.test') },
      { kind: 'removeRecipient', address: mailAddress('second@example.test') },
      { kind: 'replaceBody', body: Buffer.from(`new\r\n${'x'.repeat(70)}\r\n`.repeat(2000)) },
    ]
    expect((await send('a@example.test', ['user@example.test', 'second@example.test'])).answer.code).toBe(250)
    await delivered()
    const text = (await delivered()).replaceAll('\r', '')
    expect(text).toMatch(/^X-Added: one$/m)
    expect(text).toMatch(/^X-Top: two\n\tthree$/m)
    expect(text.indexOf('X-Top')).toBeLessThan(text.indexOf('Received:'))
    expect(text).toMatch(/^Subject: changed$/m)
    expect(text.match(/^X-Old: \d$/gm)).toEqual(['X-Old: 1'])
    expect(text.split('\n\n')[1]?.length).toBeGreaterThan(2000 * 75 - 100)
    await sleep(200)
    expect(mta.delivered()).toHaveLength(count)
  })

  it('a refusal at MAIL and at the end is heard word for word, on several lines', async () => {
    const early = await send('refuse@example.test')
    expect(early.answer).toMatchObject({ code: 550 })
    // Sendmail puts the address in front.
    expect(early.answer.text).toMatch(/5\.7\.1 (<.*>\.\.\. )?100% not\n(5\.7\.1 )?wanted: %s %d/)
    const late = await send('content@example.test')
    expect(late.answer.text).toMatch(/5\.7\.1 100% not\n(5\.7\.1 )?wanted: %s %d/)
    expect(told.messages).toHaveLength(1)
  })

  it('shutdown hangs up', async () => {
    expect((await client.command('MAIL FROM:<shutdown@example.test>')).code).toBe(421)
    await expect(client.command('NOOP')).rejects.toThrow(/./)
  })

  it('one recipient is put off, the others get the mail; several mails and RSET in a session', async () => {
    const first = await send('a@example.test', ['user@example.test', 'later@example.test'])
    expect(first.recipients.map(({ code }) => code)).toEqual([250, 451])
    expect(first.answer.code).toBe(250)
    await delivered()
    await client.command('MAIL FROM:<b@example.test>')
    await client.command('RCPT TO:<user@example.test>')
    expect((await client.command('RSET')).code).toBe(250)
    expect((await send('c@example.test')).answer.code).toBe(250)
    await delivered()
    expect(told.messages.map((m) => [m.sender.address, m.recipients.map((r) => r.address)])).toEqual([
      ['a@example.test', ['user@example.test']],
      ['c@example.test', ['user@example.test']],
    ])
    expect(told.aborted).toBe(1)
  })

  if (unknownUser !== null)
    it('recipients that the MTA itself has refused are told, with status and reason', async () => {
      const { recipients } = await send('a@example.test', [unknownUser, 'user@example.test'])
      expect(recipients.map(({ code }) => code)).toEqual([550, 250])
      await delivered()
      expect(told.rejected.map(({ recipient, status }) => [recipient.address, status])).toEqual([
        [unknownUser, '5.1.1'],
      ])
      expect(told.rejected[0]?.reason).toMatch(/unknown/i)
      expect(told.messages[0]?.recipients).toHaveLength(1)
    })

  it('discarded mail is accepted and gone', async () => {
    expect((await send('discard@example.test')).answer.code).toBe(250)
    await sleep(200)
    expect(mta.delivered()).toHaveLength(count)
  })

  it('an unknown command is seen, and a 4xx is said', async () => {
    expect((await client.command('XYZZY one two')).code).toBe(450)
    // Some versions of Postfix give the first word only.
    expect(told.unknown).toMatch(/^XYZZY( one two)?$/)
  })

  it('a message that takes long is waited for', async () => {
    delays = { sender: 1500, message: 3000 }
    expect((await send()).answer.code).toBe(250)
    await delivered()
  })
}

// Sendmail takes no socket from below a folder that everybody may write to; Postfix must be able to reach it.
const folder = mkdtempSync(join(process.getuid?.() === 0 ? '/run' : tmpdir(), 'milter-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true }))
const unix = `unix:${folder}/s`
const users = ['user', 'second', 'more', 'later', 'other'].map((name) => `${name}@example.test`)
// Less than the delays above: without progress frames Postfix would give up.
const settings = ['milter_command_timeout = 1s', 'milter_content_timeout = 2s', 'milter_connect_timeout = 5s']

describeWith('under Postfix', { programs: ['postfix', 'openssl'], root: true }, () => {
  describe('over TCP', () => {
    both(
      (address) => startPostfix({ milters: address, users, settings }),
      'inet:0@127.0.0.1',
      'nobody@example.test',
    )
  })

  describe('over a unix socket', () => {
    both(
      (address) => startPostfix({ milters: address, users, settings }),
      `${unix},mode=666`,
      'nobody@example.test',
    )
  })
})

describeWith('under Sendmail', { programs: ['m4', 'unshare'], root: true, other: SENDMAIL_NEEDS }, () => {
  describe('over TCP', () => {
    both(
      (address) => startSendmail(address.replace(/^inet:(.*):(\d+)$/, 'inet:$2@$1')),
      'inet:0@127.0.0.1',
      null,
    )
  })
  describe('over a unix socket', () => {
    both((address) => startSendmail(address), `${unix},mode=600`, null)
  })
})
