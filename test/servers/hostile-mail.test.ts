/**
 * Mail made to use up the scan workers, and services that hang, through a real Postfix: such mail is judged by all that
 * does not hold it up, its sender is shut out, and the mail of others is judged meanwhile, all of it.
 */
import { afterAll, expect, it } from '@jest/globals'
import { silentServer, type SilentServer } from '../support/silent-server.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { SmtpClient } from './support/smtp-client.ts'

/** Refers back to what it found, so that no engine takes it in linear time. */
const ASTRAY = 'body T_ASTRAY /^(a+)+(?!x)\\1?b\\1$/\nscore T_ASTRAY 1\n'
const HOSTILE = `${'a'.repeat(60)}! b`

const sender = async (port: number, address: string) => {
  const client = await SmtpClient.session(port, { xclient: `ADDR=${address} NAME=mx.sender.example` })
  return async (from: string, bytes: string) => {
    const sent = await client.send({ from, to: ['user@example.test'], bytes })
    return { ...sent.answer, recipient: sent.recipients[0]?.code }
  }
}

describeWith('mail that holds up the workers', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: {
      config: [
        'rules: ./rules.cf',
        NO_DNS,
        // less than a rule's own steps may take: the worker is ended before the rule is stopped
        'scan: { cpu: 400ms, workers: 2 }',
        'scores: { tag: 5, reject: 15 }',
        'greylist: { enabled: false }',
        'senders: { block: [{ sender: foe@sender.example }], block_action: reject }',
        'limits: { messages_per_hour: off }',
      ].join('\n'),
      files: { 'rules.cf': `${TEST_RULES}${ASTRAY}describe SCAN_UNFINISHED x\nscore SCAN_UNFINISHED 4\n` },
    },
    postfix: { users: ['user@example.test'] },
  }))

  it('is refused for what other rules find in it, and says what was not finished', async () => {
    const send = await sender(mta.postfix.port, '198.51.100.1')
    expect((await send('a@sender.example', mail('reject-me', HOSTILE))).code).toBe(550)
    await mta.hamlet.untilLogged(/verdict=reject .*T_REJECT=20.*unfinished=rules/)
  }, 60_000)

  it('does not get past the list of blocked senders', async () => {
    const send = await sender(mta.postfix.port, '198.51.100.2')
    expect((await send('foe@sender.example', mail('hello', HOSTILE))).code).toBe(550)
    await mta.hamlet.untilLogged(/verdict=reject .*SENDER_BLOCKED/)
  }, 60_000)

  it('is marked in its header when it is delivered, never silently clean', async () => {
    const send = await sender(mta.postfix.port, '198.51.100.3')
    expect((await send('b@sender.example', mail('marked 1', HOSTILE))).code).toBe(250)
    const text = await mta.postfix.deliveredWith('marked 1', 30_000)
    expect(text.replace(/\r?\n\t/g, '')).toMatch(/^X-Spam-Status: .*SCAN_UNFINISHED=4\.0.*unfinished=rules/m)
  }, 60_000)
})

describeWith('a client whose mails end workers', POSTFIX_NEEDS, () => {
  // a rule that held up two mails is switched off for a while: there are enough of them
  const rules = Array.from({ length: 12 }, (_, number) => ASTRAY.replaceAll('T_ASTRAY', `T_ASTRAY${number}`))
  const mta = filteredPostfix(() => ({
    hamlet: {
      config: [
        'rules: ./rules.cf',
        NO_DNS,
        'scan: { cpu: 1s, workers: 2 }',
        'greylist: { enabled: false }',
        'limits: { messages_per_hour: off }',
      ].join('\n'),
      files: { 'rules.cf': `${TEST_RULES}${rules.join('')}` },
    },
    postfix: { users: ['user@example.test'] },
  }))

  it('is shut out, and nobody else: all other mail is judged meanwhile', async () => {
    const others = await sender(mta.postfix.port, '203.0.113.9')
    const foe = await sender(mta.postfix.port, '198.51.100.77')
    let shut: number | undefined
    const hostile = (async () => {
      for (let count = 0; count < 6 && shut !== 451; count++)
        shut = (await foe('c@sender.example', mail(`more ${count}`, HOSTILE))).recipient
    })()
    const codes: number[] = []
    for (let count = 0; count < 30; count++)
      codes.push((await others('d@sender.example', mail(`other ${count};`))).code)
    await hostile
    expect(shut).toBe(451)
    expect(codes).toEqual(codes.map(() => 250))
    const lines = mta.hamlet
      .log()
      .split('\n')
      .filter((line) => /msgid=<other-\d+-@/.test(line))
    expect(lines).toHaveLength(30)
    expect(lines.filter((line) => /unfinished|content:/.test(line))).toEqual([])
    await mta.hamlet.untilLogged(/client 198\.51\.100\.77 is shut out: its mails ended 2 scan workers/)
    expect((await others('d@sender.example', mail('last'))).code).toBe(250)
  }, 120_000)
})

describeWith('a scanner that takes mail and never answers', POSTFIX_NEEDS, () => {
  let silent: SilentServer | undefined
  afterAll(() => void silent?.server.close())
  const mta = filteredPostfix(async () => {
    silent = await silentServer()
    const { port } = silent
    return {
      hamlet: {
        config: [
          'rules: ./rules.cf',
          NO_DNS,
          'greylist: { enabled: false }',
          'limits: { messages_per_hour: off, connections: off }',
          `scanners: [{ type: clamd, name: clamd, address: "127.0.0.1:${port}", timeout: 5s }]`,
        ].join('\n'),
        files: { 'rules.cf': TEST_RULES },
      },
      postfix: { users: ['user@example.test'] },
    }
  })

  it('costs no mail its other judges: all of 60 over 12 connections are judged, and the scanner is named', async () => {
    await Promise.all(
      Array.from({ length: 12 }, async (_, connection) => {
        const send = await sender(mta.postfix.port, `203.0.113.${connection + 1}`)
        for (let count = 0; count < 5; count++)
          expect((await send('a@sender.example', mail(`tag-me ${connection} ${count}`))).code).toBe(250)
      }),
    )
    const lines = mta.hamlet
      .log()
      .split('\n')
      .filter((line) => /verdict=/.test(line))
    expect(lines).toHaveLength(60)
    expect(lines.filter((line) => !/T_TAG=6/.test(line))).toEqual([])
    expect(lines.filter((line) => !/scanners: clamd/.test(line))).toEqual([])
  }, 180_000)
})
