/** The classifier learns from everyday mail through a real Postfix: by itself until people object, and from users by mail. */
import { expect, it } from '@jest/globals'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet as runHamlet, NO_DNS } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { SmtpClient } from './support/smtp-client.ts'

const CONFIG = `
rules: ./rules.cf
${NO_DNS}
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

describeWith('learning through Postfix', POSTFIX_NEEDS, () => {
  const mta = filteredPostfix(() => ({
    hamlet: { config: CONFIG, files: { 'rules.cf': RULES } },
    postfix: { settings: ['virtual_mailbox_domains = example.test, own.test'] },
  }))

  const send = async (bytes: string, to = 'user@example.test', xclient = 'ADDR=192.0.2.99') => {
    const client = await SmtpClient.session(mta.postfix.port, { xclient })
    const { answer } = await client.send({ from: 'sender@sender.example', to: [to], bytes })
    await client.quit()
    expect(answer.code).toBe(250)
    const queueId = /queued as (\w+)/.exec(answer.text)?.[1] ?? 'none'
    return mta.hamlet.untilLogged(new RegExp(`${queueId}: verdict`))
  }
  const learn = (args: readonly string[], input?: string) => {
    const [action = '', ...rest] = args
    return runHamlet(
      ['learn', action, '--config', mta.hamlet.configFile, ...rest],
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
    expect(mta.hamlet.log()).toMatch(
      /classifier: 0 spam and 0 ham learned, needs 200 more spam and 200 more ham/,
    )
  })

  it('learns by itself what the rules are sure of, and says so in the header and the journal', async () => {
    expect(await send(spam(1))).toMatch(/ autolearn=spam needs=200-spam,200-ham /)
    const text = await mta.postfix.deliveredWith('cheap-pills 1')
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
      const { code, out } = await learn(
        ['ham', '-'],
        await mta.postfix.deliveredWith(`cheap-pills ${number}`),
      )
      expect([code, out]).toEqual([0, expect.stringMatching(/^1 moved to the other class/)])
    }
    expect(await send(spam(5))).toMatch(/ autolearn=stopped /)
    await send(spam(6))
    const warnings = mta.hamlet.log().match(/warn: autolearn has stopped: 3 of the last 5 messages/g)
    expect(warnings).toHaveLength(1)
    const { out } = await runHamlet(['stats', '--config', mta.hamlet.configFile])
    expect(out).toMatch(/^autolearn {3}stopped: 3 of the last 5 /m)
    await learn(['resume'])
    expect(await send(spam(7))).toMatch(/ autolearn=spam /)
    expect(mta.hamlet.log()).toMatch(/autolearn goes on/)
  }, 60_000)

  it('learns a mail that was only judged by the reference in its header, and takes that back', async () => {
    expect(await send(mail('cheap-pills holiday-offer', 'neither this nor that'))).toMatch(/ autolearn=no /)
    const reference = /ref=(\S+)/.exec(await mta.postfix.deliveredWith('holiday-offer'))?.[1] ?? 'none'
    expect(await lessons()).not.toContainEqual(expect.stringContaining('holiday-offer'))
    expect(await learn(['spam', '--ref', reference])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 learned;/),
    })
    expect((await lessons())[0]).toMatch(/^command \w+ spam <cheap-pills-holiday-offer@sender\.example>$/)
    // by the file it is the same message
    const again = await learn(['spam', '-'], await mta.postfix.deliveredWith('holiday-offer'))
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
    expect(mta.postfix.delivered().join('')).not.toMatch(/bad one|good one/)
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
    expect(await mta.postfix.deliveredWith('poison')).toMatch(/^X-Spam-Status:/m)
  })
})
