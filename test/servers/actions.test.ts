/**
 * Every action of the policy, through a real Postfix and a real Sendmail: who got what, what was held, and that nobody
 * got a bounce. The edits of the milter library by themselves: test/milter/mta.test.ts.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { FILTERED_SENDMAIL_NEEDS } from './support/filtered-sendmail.ts'
import { POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS, startHamlet, type Hamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startPostfix } from './support/postfix.ts'
import { startSendmail } from './support/sendmail.ts'
import { SmtpClient } from './support/smtp-client.ts'

const RULES = [
  TEST_RULES,
  'header T_ELSEWHERE Subject =~ /elsewhere-me/',
  'score T_ELSEWHERE 0.1',
  '#hamlet: action T_ELSEWHERE redirect other@example.test',
  'header T_QUARANTINE Subject =~ /keep-me/',
  'score T_QUARANTINE 0.1',
  '#hamlet: action T_QUARANTINE quarantine not for everybody',
  'header T_DISCARD Subject =~ /drop-me/',
  'score T_DISCARD 0.1',
  '#hamlet: action T_DISCARD discard',
  // the first of these that hits decides
  'header T_FIRST Subject =~ /friend/',
  'score T_FIRST 0.1',
  'header T_SECOND Subject =~ /foe/',
  'score T_SECOND 0.1',
  'add_header all Level _STARS(*)_',
  'add_header all Flag _YESNOCAPS_',
  '#hamlet: final T_SECOND reject no foes',
  '#hamlet: final T_FIRST accept',
  'header T_REDIRECTED Subject =~ /redirect-me/',
  'score T_REDIRECTED 7.5',
  '',
].join('\n')

const CONFIG = [
  'rules: ./rules.cf',
  NO_DNS,
  'scores: { tag: 5, redirect: 7, quarantine: 8.5, reject: 15 }',
  'answer: { subject_prefix: "[SPAM] " }',
  'actions: { quarantine_address: box@example.test, copy_tagged_to: copies@example.test }',
  'reputation: { enabled: false }',
  'senders: { allow: [{ sender: friend@example.test, proof: unproven }] }',
  'attachments: { rules: [{ hit: NO_PROGRAMS, contents: [program], action: strip }] }',
].join('\n')

const RECIPIENTS = ['anna@example.test', 'ben@example.test', 'user@example.test']
const EXE = Buffer.from('MZ\x90\0 this program cannot be run').toString('base64')
const withProgram = (subject: string): string =>
  mail(
    subject,
    `--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--b\r\nContent-Type: application/x-msdownload; name=a.exe\r\nContent-Transfer-Encoding: base64\r\n\r\n${EXE}\r\n--b--`,
    ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'],
  )

interface Mta {
  readonly port: number
  delivered(): readonly string[]
  log(): string
  /** How many mails are held. */
  held(): number
  stop(): unknown
}

/** What both must do; `start` gets the socket of the filter in its own form. */
function everyAction(start: (hamlet: Hamlet) => Promise<Mta>): void {
  const pairs: { hamlet: Hamlet; mta: Mta }[] = []
  const begin = async (change = (text: string): string => text): Promise<{ hamlet: Hamlet; mta: Mta }> => {
    const hamlet = await startHamlet({ config: change(CONFIG), files: { 'rules.cf': RULES } })
    const mta = await start(hamlet)
    pairs.push({ hamlet, mta })
    return { hamlet, mta }
  }
  let hold: { hamlet: Hamlet; mta: Mta }
  beforeAll(async () => {
    hold = await begin()
  }, 120_000)
  afterAll(async () => {
    for (const { hamlet, mta } of pairs) {
      await mta.stop()
      await hamlet.stop()
      hamlet.remove()
    }
  }, 60_000)

  let count = 0
  /** Sends, then one mail that is surely delivered: what has not come before it does not come. */
  async function sent(subject: string, make: (subject: string) => string = mail, { mta } = hold) {
    const mark = `${subject} ${++count}`
    const client = await SmtpClient.session(mta.port)
    const { answer } = await client.send({ from: 'sender@example.test', to: RECIPIENTS, bytes: make(mark) })
    await client.send({
      from: 'sender@example.test',
      to: ['last@example.test'],
      bytes: mail(`the last ${count}.`),
    })
    await client.quit()
    const end = Date.now() + 10_000
    while (!mta.delivered().some((text) => text.includes(`Subject: the last ${count}.`))) {
      if (Date.now() > end) throw new Error(mta.log().slice(-3000))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    // every recipient is a delivery of its own: those of one mail may be in the making
    const mails = await settle(() =>
      mta.delivered().filter((text) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim().endsWith(mark)),
    )
    const to = mails.map((text) => /^Delivered-To: <?(\w+)/im.exec(text)?.[1] ?? '?').toSorted()
    const bounces = mta.delivered().filter((text) => /^Delivered-To: <?sender/im.test(text))
    return { code: answer.code, mails, to, bounces, mark }
  }

  it('delivers clean mail to everybody', async () => {
    expect(await sent('clean')).toMatchObject({ code: 250, to: ['anna', 'ben', 'user'], bounces: [] })
  }, 60_000)

  it('tagged mail goes to everybody, and its copy to the address for copies', async () => {
    const { code, to, mails, bounces } = await sent('tag-me')
    expect({ code, to, bounces }).toEqual({ code: 250, to: ['anna', 'ben', 'copies', 'user'], bounces: [] })
    for (const text of mails) {
      expect(text).toMatch(/^X-Spam-Flag: YES\r?$/m)
      expect(text).toMatch(/^Subject: \[SPAM\] tag-me/m)
    }
  }, 60_000)

  it('mail over scores.redirect goes to the quarantine address instead, and nobody gets a bounce', async () => {
    const { code, to, mails, bounces } = await sent('redirect-me')
    expect({ code, to, bounces }).toEqual({ code: 250, to: ['box'], bounces: [] })
    expect(mails[0]?.match(/^X-Spam-Original-Recipient: .*$/gm)?.map((line) => line.trim())).toEqual(
      RECIPIENTS.map((address) => `X-Spam-Original-Recipient: ${address}`),
    )
  }, 60_000)

  it("a rule's redirect goes where the rule says", async () => {
    const { code, to, bounces } = await sent('elsewhere-me')
    expect({ code, to, bounces }).toEqual({ code: 250, to: ['other'], bounces: [] })
  }, 60_000)

  it('quarantined mail is held, by score and by a rule, and delivered to nobody', async () => {
    for (const subject of ['hold-me', 'keep-me']) {
      const before = hold.mta.held()
      const { code, to, bounces } = await sent(subject)
      expect({ code, to, bounces }).toEqual({ code: 250, to: [], bounces: [] })
      expect(hold.mta.held()).toBe(before + 1)
    }
  }, 60_000)

  it('with quarantine_to: address it goes to the quarantine address instead', async () => {
    const other = await begin((text) => text.replace('actions: { ', 'actions: { quarantine_to: address, '))
    const { code, to, bounces } = await sent('hold-me', mail, other)
    expect({ code, to, bounces }).toEqual({ code: 250, to: ['box'], bounces: [] })
    expect(other.mta.held()).toBe(0)
  }, 120_000)

  it('discarded mail is gone, and refused mail stays with the client', async () => {
    expect(await sent('drop-me')).toMatchObject({ code: 250, to: [], bounces: [] })
    expect(await sent('reject-me')).toMatchObject({ code: 550, to: [], bounces: [] })
  }, 60_000)

  it('mail of an allowed sender carries neither flag nor level, whatever its score', async () => {
    const { to, mails } = await sent('tag-me allowed', (subject) =>
      mail(subject).replace('sender@sender.example', 'friend@example.test'),
    )
    expect(to).toEqual(['anna', 'ben', 'user'])
    for (const text of mails) {
      // over the threshold, and delivered as clean
      expect(text).toMatch(/^X-Spam-Status: No, score=6\.0 required=5\.0/m)
      expect(text).not.toMatch(/^X-Spam-(?:Flag|Level):/m)
      expect(text).toMatch(/^Subject: tag-me allowed/m)
    }
  }, 60_000)

  it('of final rules the first in file order that hits decides, whatever the score', async () => {
    expect(await sent('friend and reject-me')).toMatchObject({ code: 250, to: ['anna', 'ben', 'user'] })
    expect(await sent('friend of a foe')).toMatchObject({ code: 550, to: [] })
    expect(await sent('foe and elsewhere-me')).toMatchObject({ code: 550, to: [] })
  }, 60_000)

  it('several at once: tagged, copied, its program taken out', async () => {
    const { code, to, mails, bounces } = await sent('tag-me with program', withProgram)
    expect({ code, to, bounces }).toEqual({ code: 250, to: ['anna', 'ben', 'copies', 'user'], bounces: [] })
    for (const text of mails) {
      expect(text).not.toContain(EXE)
      expect(text).toContain('An attachment was removed here: "a.exe"')
      expect(text).toContain('See below.')
      expect(text).toMatch(/^Subject: \[SPAM\] tag-me with program/m)
    }
  }, 60_000)

  it('redirected mail keeps its program: whoever looks at it wants the original', async () => {
    const { to, mails } = await sent('redirect-me with program', withProgram)
    expect(to).toEqual(['box'])
    expect(mails[0]).toContain(EXE)
  }, 60_000)

  it('recipients with capitals, tags and quotes are taken out like others', async () => {
    const client = await SmtpClient.session(hold.mta.port)
    const { answer, recipients } = await client.send({
      from: 'sender@example.test',
      to: ['Anna+List@EXAMPLE.test', '"an odd one"@example.test', 'ben@Example.Test'],
      bytes: mail('redirect-me from many'),
    })
    await client.quit()
    expect(recipients.map(({ code }) => code)).toEqual([250, 250, 250])
    expect(answer.code).toBe(250)
    const look = () => hold.mta.delivered().filter((text) => text.includes('redirect-me from many'))
    const found = await settle(look, 1)
    expect(found.map((text) => /^Delivered-To: <?(\w+)/im.exec(text)?.[1])).toEqual(['box'])
  }, 60_000)

  it('a null sender gets the same', async () => {
    const client = await SmtpClient.session(hold.mta.port)
    const { answer } = await client.send({
      from: '',
      to: RECIPIENTS,
      bytes: mail('redirect-me from nobody'),
    })
    await client.quit()
    expect(answer.code).toBe(250)
    const found = await settle(
      () => hold.mta.delivered().filter((text) => text.includes('redirect-me from nobody')),
      1,
    )
    expect(found.map((text) => /^Delivered-To: <?(\w+)/im.exec(text)?.[1])).toEqual(['box'])
  }, 60_000)
}

/** The same number of mails at three looks in a row, `least` at least. */
async function settle(look: () => readonly string[], least = 0): Promise<readonly string[]> {
  let same = 0
  let last = look()
  for (let attempt = 0; attempt < 200 && (same < 3 || last.length < least); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = look()
    same = now.length === last.length ? same + 1 : 0
    last = now
  }
  return last
}

describeWith('actions through Postfix', POSTFIX_NEEDS, () =>
  everyAction(async (hamlet) => {
    const postfix = await startPostfix({ milters: hamlet.milter })
    return { ...postfix, held: () => postfix.queue('hold').length }
  }),
)

describeWith('actions through Sendmail', FILTERED_SENDMAIL_NEEDS, () =>
  everyAction(async (hamlet) => {
    const sendmail = await startSendmail(`inet:${hamlet.port}@127.0.0.1`)
    return { ...sendmail, held: () => sendmail.queue().filter((file) => file.startsWith('hf')).length }
  }),
)
