/** The classifier learns from everyday mail through a real Postfix: by itself until people object, and from users by mail. */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { hamlet as runHamlet, startHamlet, type Hamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startPostfix, type Postfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'

const CONFIG = `
rules: ./rules.cf
dns: { servers: ["127.0.0.1:9"], timeout: 200ms }
dns_lists: { lists: [] }
scores: { tag: 5, reject: off }
bayes:
  autolearn: { enabled: true, brake: 0.3 }
  train: { spam: [spam@example.test, spam@own.test], ham: [ham@example.test] }
  domains: [own.test]
`
/** Points of header and body apart, as autolearn asks for them; clean mail far enough below its limit. */
const RULES = [
  'header T_HEADER Subject =~ /cheap-pills/',
  'score T_HEADER 8',
  'body T_BODY /buy them today/',
  'score T_BODY 8',
  'header T_FRIEND Subject =~ /minutes-of-the-meeting/',
  'score T_FRIEND -5',
  '',
].join('\n')

describeWith('learning through Postfix', { programs: ['postfix', 'openssl'], root: true }, () => {
  let hamlet: Hamlet
  let postfix: Postfix

  beforeAll(async () => {
    hamlet = await startHamlet({ config: CONFIG, files: { 'rules.cf': RULES } })
    postfix = await startPostfix({
      milters: hamlet.milter,
      settings: ['virtual_mailbox_domains = example.test, own.test'],
    })
  }, 60_000)
  afterAll(async () => {
    postfix?.stop()
    await hamlet?.stop()
    hamlet?.remove()
  }, 60_000)

  const send = async (bytes: string, to = 'user@example.test', attributes = 'ADDR=192.0.2.99') => {
    const { client } = await SmtpClient.connect(postfix.port)
    await client.command('EHLO client.example')
    expect((await client.command(`XCLIENT ${attributes}`)).code).toBe(220)
    await client.command('EHLO client.example')
    const { answer } = await client.send({ from: 'sender@sender.example', to: [to], bytes })
    await client.quit()
    expect(answer.code).toBe(250)
    return hamlet.untilLogged(new RegExp(`${/queued as (\w+)/.exec(answer.text)?.[1] ?? 'none'}: verdict`))
  }
  const delivered = async (text: string): Promise<string> => {
    for (let count = 1; ; count++) {
      const found = (await postfix.untilDelivered(count)).find((one) => one.includes(text))
      if (found !== undefined) return found
    }
  }
  const learn = (args: readonly string[], input?: string) => {
    const [action = '', ...rest] = args
    return runHamlet(
      ['learn', action, '--config', hamlet.configFile, ...rest],
      input === undefined ? {} : { input },
    )
  }
  const lessons = async (...options: readonly string[]) => {
    const { out } = await learn(['log', '--json', ...options])
    const lines = out.split('\n').filter((line) => line !== '')
    return lines
      .map((line) => JSON.parse(line) as { who: string; source: string; as: string; about: string })
      .map(({ who, source, as, about }) => `${source} ${who} ${as} ${about}`)
  }
  const spam = (number: number) => mail(`cheap-pills ${number}`, `buy them today, offer ${number}`)
  const attached = (inner: string) =>
    mail('look at this', ['--b', 'Content-Type: message/rfc822', '', inner, '--b--'].join('\r\n'), [
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
    ])

  it('says at start what the classifier knows', () => {
    expect(hamlet.log()).toMatch(/classifier: 0 spam and 0 ham learned, needs 200 more spam and 200 more ham/)
  })

  it('learns by itself what the rules are sure of, and says so in the header and the journal', async () => {
    expect(await send(spam(1))).toMatch(/ autolearn=spam needs=200-spam,200-ham /)
    const text = await delivered('cheap-pills 1')
    expect(text.replace(/\n\t/g, ' ')).toMatch(
      /^X-Spam-Status: Yes, .* autolearn=spam needs=200-spam,200-ham .*ref=/m,
    )
    expect(await send(mail('minutes-of-the-meeting'))).toMatch(/ autolearn=ham needs=199-spam,200-ham /)
    expect(await send(mail('cheap-pills', 'nothing here'))).toMatch(/ autolearn=no /)
    expect(await lessons()).toEqual([
      'auto hamlet ham <minutes-of-the-meeting@sender.example>',
      'auto hamlet spam <cheap-pills-1@sender.example>',
    ])
  })

  it('stops by itself when people correct it, warns once, and goes on when told to', async () => {
    for (const number of [2, 3, 4]) await send(spam(number))
    for (const number of [1, 2, 3]) {
      const { code, out } = await learn(['ham', '-'], await delivered(`cheap-pills ${number}`))
      expect([code, out]).toEqual([0, expect.stringMatching(/^1 moved to the other class/)])
    }
    expect(await send(spam(5))).toMatch(/ autolearn=stopped /)
    await send(spam(6))
    const warnings = hamlet.log().match(/warn: autolearn has stopped: 3 of the last 5 messages/g)
    expect(warnings).toHaveLength(1)
    const { out } = await runHamlet(['stats', '--config', hamlet.configFile])
    expect(out).toMatch(/^autolearn {3}stopped: 3 of the last 5 /m)
    await learn(['resume'])
    expect(await send(spam(7))).toMatch(/ autolearn=spam /)
    expect(hamlet.log()).toMatch(/autolearn goes on/)
  }, 60_000)

  it('learns a mail that was only judged by the reference in its header, and takes that back', async () => {
    expect(await send(mail('cheap-pills holiday-offer', 'neither this nor that'))).toMatch(/ autolearn=no /)
    const reference = /ref=(\S+)/.exec(await delivered('holiday-offer'))?.[1] ?? 'none'
    expect(await lessons()).not.toContainEqual(expect.stringContaining('holiday-offer'))
    expect(await learn(['spam', '--ref', reference])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 learned;/),
    })
    expect((await lessons())[0]).toMatch(/^command \w+ spam <cheap-pills-holiday-offer@sender\.example>$/)
    // by the file it is the same message
    const again = await learn(['spam', '-'], await delivered('holiday-offer'))
    expect(again.out).toMatch(/^1 known already;/)
    expect((await learn(['ham', '--ref', `ref=${reference}`])).out).toMatch(/^1 moved to the other class;/)
    expect((await learn(['forget', '--ref', reference])).out).toMatch(/^1 forgotten;/)
    expect(await learn(['spam', '--ref', 'nosuch-1'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/nothing is remembered of nosuch-1/),
    })
  }, 30_000)

  it('learns what users who logged in send to the training addresses, and delivers none of it', async () => {
    const alice = 'LOGIN=alice ADDR=192.0.2.99'
    expect(await send(attached(mail('bad one')), 'spam@example.test', alice)).toMatch(
      /verdict=discard .*TRAINED_SPAM/,
    )
    expect(await send(attached(mail('good one')), 'ham@example.test', alice)).toMatch(
      /verdict=discard .*TRAINED_HAM/,
    )
    expect((await lessons()).slice(0, 2)).toEqual([
      'mail alice ham <good-one@sender.example>',
      'mail alice spam <bad-one@sender.example>',
    ])
    expect(postfix.delivered().join('')).not.toMatch(/bad one|good one/)
  })

  it('teaches the model of a domain that has one', async () => {
    const before = await lessons()
    await send(attached(mail('bad one')), 'spam@own.test', 'LOGIN=anna ADDR=192.0.2.99')
    expect(await send(spam(8), 'user@own.test')).toMatch(/ autolearn=spam /)
    expect(await lessons('--domain', 'own.test')).toEqual([
      'auto hamlet spam <cheap-pills-8@sender.example>',
      'mail anna spam <bad-one@sender.example>',
    ])
    expect(await lessons()).toEqual(before)
  })

  it('learns nothing from anyone else who writes there', async () => {
    const before = await lessons()
    const line = await send(attached(mail('poison')), 'spam@example.test')
    expect(line).not.toMatch(/TRAINED_/)
    expect((await lessons()).filter((one) => !before.includes(one)).join()).not.toMatch(/poison|^mail/)
    expect(await delivered('poison')).toMatch(/^X-Spam-Status:/m)
  })
})
