/** The main job: mail through a real Postfix; each verdict by SMTP reply, delivered headers, queue and journal line. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { NO_DNS, startHamlet } from './support/hamlet.ts'
import { mail, TEST_RULES } from './support/mail.ts'
import { startPostfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'

const CONFIG = [
  'rules: ./rules.cf',
  NO_DNS,
  'scores: { tag: 5, quarantine: 8, reject: 15 }',
  'answer: { subject_prefix: "[SPAM] ", report: spam }',
].join('\n')

describeWith('mail through Postfix over TCP', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: { config: CONFIG, files: { 'rules.cf': TEST_RULES } },
    postfix: {
      users: ['user@example.test', 'other@example.test', 'postmaster@example.test', ...many(20)],
    },
  }))

  const session = () => SmtpClient.session(mta.postfix.port)
  const send = async (bytes: string | Uint8Array, to: readonly string[] = ['user@example.test']) => {
    const client = await session()
    const sent = await client.send({ from: 'sender@sender.example', to, bytes })
    await client.quit()
    return sent
  }

  it('accepts clean mail and says so', async () => {
    const { answer } = await send(mail('clean one'))
    expect(answer.code).toBe(250)
    const text = await mta.postfix.deliveredWith('clean one')
    expect(text).toMatch(/^X-Spam-Status: No, score=-?\d/m)
    expect(text).toMatch(/^Authentication-Results: mail\.example\.test/m)
    expect(text).not.toMatch(/^X-Spam-Flag/m)
    const queueId = /queued as (\w+)/.exec(answer.text)?.[1] ?? 'none'
    const line = await mta.hamlet.untilLogged(new RegExp(`${queueId}: verdict=deliver`))
    expect(line).toMatch(/client=unknown\[127\.0\.0\.1\]/)
    expect(line).toMatch(/from=<sender@sender\.example> to=<user@example\.test>/)
    expect(line).toMatch(/ms=\d+/)
  })

  it('tags spam: flag, level, status, report, subject', async () => {
    const { answer } = await send(mail('please tag-me'))
    expect(answer.code).toBe(250)
    const text = await mta.postfix.deliveredWith('please tag-me')
    expect(text).toMatch(/^X-Spam-Flag: YES$/m)
    expect(text).toMatch(/^X-Spam-Level: \*{6}$/m)
    expect(text).toMatch(/^X-Spam-Status: Yes, score=6\.0 required=5\.0 tests=\S*\s*T_TAG=6\.0/m)
    expect(text).toMatch(/^Subject: \[SPAM\] please tag-me$/m)
    expect(text).toMatch(/6\.0 T_TAG asks to be tagged/)
    await mta.hamlet.untilLogged(/verdict=tag score=6\.0 required=5\.0 tests=\S*T_TAG=6\.0/)
  })

  it('holds quarantined mail in the hold queue, with its headers', async () => {
    const { answer } = await send(mail('please hold-me'))
    expect(answer.code).toBe(250)
    const queueId = /queued as (\w+)/.exec(answer.text)?.[1] ?? 'none'
    expect(mta.postfix.queue('hold').join(' ')).toContain(queueId)
    expect(mta.postfix.run('postcat', '-q', queueId)).toContain('X-Spam-Held: held, score=9.0')
    await mta.hamlet.untilLogged(new RegExp(`${queueId}: verdict=quarantine`))
  })

  it('refuses with 550 5.7.1 and a reference that finds the line', async () => {
    const { answer } = await send(mail('please reject-me'))
    expect(answer).toMatchObject({ code: 550, text: expect.stringMatching(/^5\.7\.1 .*\(ref \w+-\d+\)/) })
    const reference = /ref (\S+)\)/.exec(answer.text)?.[1] ?? 'none'
    expect(await mta.hamlet.untilLogged(new RegExp(`ref=${reference}\\b`))).toMatch(/verdict=reject/)
  })

  it('judges several mails of one session each by itself, RSET between them', async () => {
    const client = await session()
    const first = await client.send({
      from: 'a@sender.example',
      to: ['user@example.test'],
      bytes: mail('series reject-me'),
    })
    await client.command('MAIL FROM:<b@sender.example>')
    await client.command('RCPT TO:<user@example.test>')
    await client.command('RSET')
    const second = await client.send({
      from: 'c@sender.example',
      to: ['user@example.test'],
      bytes: mail('series clean'),
    })
    const third = await client.send({
      from: 'd@sender.example',
      to: ['user@example.test'],
      bytes: mail('series tag-me'),
    })
    await client.quit()
    expect([first.answer.code, second.answer.code, third.answer.code]).toEqual([550, 250, 250])
    expect(await mta.postfix.deliveredWith('series clean')).toMatch(/^X-Spam-Status: No/m)
    expect(await mta.postfix.deliveredWith('series tag-me')).toMatch(/^X-Spam-Status: Yes/m)
  })

  it('works over STARTTLS, with SMTPUTF8, with BDAT and with pipelining', async () => {
    const client = await session()
    expect((await client.command('STARTTLS')).code).toBe(220)
    await client.startTls()
    await client.command('EHLO client.example')
    const utf8 = Buffer.from('jos\u00e9@sender.example').toString('latin1')
    const tls = await client.send({
      from: utf8,
      to: ['user@example.test'],
      bytes: mail('over tls tag-me'),
      parameters: ' SMTPUTF8',
    })
    expect(tls.answer.code).toBe(250)
    const body = mail('in chunks tag-me')
    await client.pipeline('MAIL FROM:<x@sender.example>', 'RCPT TO:<user@example.test>')
    client.write(`BDAT 50\r\n${body.slice(0, 50)}`)
    expect((await client.answer()).code).toBe(250)
    client.write(`BDAT ${body.length - 50} LAST\r\n${body.slice(50)}`)
    expect((await client.answer()).code).toBe(250)
    await client.quit()
    expect(await mta.postfix.deliveredWith('over tls tag-me')).toMatch(/^X-Spam-Flag: YES/m)
    expect(await mta.postfix.deliveredWith('in chunks tag-me')).toMatch(/^X-Spam-Flag: YES/m)
  })

  it('does not judge users who logged in', async () => {
    const client = await session()
    expect((await client.command('XCLIENT LOGIN=alice ADDR=192.0.2.99')).code).toBe(220)
    await client.command('EHLO laptop.example')
    const { answer } = await client.send({
      from: 'alice@example.test',
      to: ['user@example.test'],
      bytes: mail('own mail reject-me'),
    })
    await client.quit()
    expect(answer.code).toBe(250)
    expect(await mta.postfix.deliveredWith('own mail reject-me')).not.toMatch(/^X-Spam/m)
    await mta.hamlet.untilLogged(/verdict=pass why="authenticated user".*user=alice/)
  })

  it('takes 20 recipients', async () => {
    const { answer, recipients } = await send(mail('to many tag-me'), many(20))
    expect([answer.code, ...recipients.map(({ code }) => code)]).toEqual(Array<number>(21).fill(250))
    await mta.hamlet.untilLogged(/and 10 more/)
  })

  it('takes a 30 MB mail and judges its first part', async () => {
    const line = `${'x'.repeat(76)}\r\n`
    const big = `${mail('big tag-me')}${line.repeat(Math.ceil(30_000_000 / line.length))}`
    const { answer } = await send(big)
    expect(answer.code).toBe(250)
    expect(await mta.postfix.deliveredWith('big tag-me')).toMatch(/^X-Spam-Flag: YES/m)
    await mta.hamlet.untilLogged(/verdict=tag.*truncated=true/)
  }, 60_000)

  it.each([
    ['headers only', 'Subject: headers only tag-me\r\n'],
    ['no body', mail('nobody tag-me', '')],
    ['bare LF and NUL', `Subject: odd bytes tag-me\r\n\r\na\nb\nc\0d\r\n`],
    ['8-bit header', mail('eight', 'x', ['X-Eight: \xc3\xa4'])],
    [
      'a 100 KB header',
      mail('long', 'x', [
        `X-Long: a${'y'.repeat(900)}`,
        ...Array.from({ length: 110 }, () => ` ${'y'.repeat(900)}`),
        ' z',
      ]),
    ],
    ['an empty mail', 'X: tag-me\r\n'],
  ])('survives %s', async (_name, bytes) => {
    const { answer } = await send(bytes)
    expect(answer.code).toBe(250)
  })

  it('matches rules in 8-bit headers and in a 100 KB header', async () => {
    expect(await mta.postfix.deliveredWith('X-Eight')).toMatch(/T_EIGHT=6\.0/)
    expect(await mta.postfix.deliveredWith('Subject: [SPAM] long')).toMatch(/T_LONG=6\.0/)
  })

  it('removes forged verdict headers', async () => {
    await send(
      mail('forged', 'x', [
        'X-Spam-Status: No, score=-100',
        'X-Spam-Flag: NO',
        'Authentication-Results: mail.example.test; spf=pass',
      ]),
    )
    const text = await mta.postfix.deliveredWith('Subject: forged')
    expect(text.match(/^X-Spam-Status:/gm)).toHaveLength(1)
    expect(text).not.toContain('score=-100')
    expect(text.match(/^Authentication-Results:/gm)).toHaveLength(1)
  })

  it('reloads on SIGHUP, and keeps the old configuration when the new one is bad', async () => {
    mta.hamlet.reload(`${CONFIG}\nscore: 1`)
    await mta.hamlet.untilLogged(/unknown key `score`/)
    expect((await send(mail('after bad reload reject-me'))).answer.code).toBe(550)
    mta.hamlet.reload(CONFIG.replace('reject: 15', 'reject: 30'))
    await mta.hamlet.untilLogged(/configuration reloaded/)
    expect((await send(mail('after good reload reject-me'))).answer.code).toBe(250)
  })
})

describeWith('mail through Postfix over a unix socket inside the chroot', POSTFIX_NEEDS, () => {
  it('is judged', async () => {
    const { mkdirSync } = await import('node:fs')
    const placeholder = await startPostfix({ milters: 'unix:hamlet/hamlet.sock', chroot: true })
    mkdirSync(`${placeholder.queueDirectory}/hamlet`)
    const hamlet = await startHamlet({
      config: `${CONFIG}\nmilter: { socket_mode: "0660", socket_group: postfix }`,
      files: { 'rules.cf': TEST_RULES },
      listen: `unix:${placeholder.queueDirectory}/hamlet/hamlet.sock`,
    })
    try {
      const client = await SmtpClient.session(placeholder.port)
      const { answer } = await client.send({
        from: 'a@sender.example',
        to: ['user@example.test'],
        bytes: mail('unix reject-me'),
      })
      await client.quit()
      expect(answer.code).toBe(550)
    } finally {
      await hamlet.stop()
      placeholder.stop()
      hamlet.remove()
    }
  }, 60_000)
})

function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `user${index}@example.test`)
}
