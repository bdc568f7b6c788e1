/**
 * SMTP-time protection through a real Postfix, with real rbldnsd and unbound zones: what the client hears at which
 * command, what the journal says, and that it goes on when servers go away.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startDnsServer, type Behaviour } from '../support/dns-server.ts'
import { countryDatabase } from '../support/mmdb.ts'
import { describeWith } from './support/describe-with.ts'
import { hamlet as runHamlet, startHamlet, type Hamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startRbldnsd, startUnbound, type NameServer } from './support/name-servers.ts'
import { startPostfix, type Postfix } from './support/postfix.ts'
import { SmtpClient } from './support/smtp-client.ts'

const NEEDS = { programs: ['postfix', 'openssl', 'rbldnsd', 'unbound'], root: true } as const

const RECORDS = [
  'good.test. 60 IN A 192.0.2.1',
  'pass.test. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"',
  'pass.test. 60 IN A 192.0.2.1',
  'fail.test. 60 IN TXT "v=spf1 -all"',
  'fail.test. 60 IN A 192.0.2.1',
  'null.test. 60 IN MX 0 .',
  '_ep.cid.test. 60 IN TXT "<ep xmlns=\\"http://ms.net/1\\"><out><m><a>192.0.2.95</a></m></out></ep>"',
  'cid.test. 60 IN A 192.0.2.1',
  '96.2.0.192.in-addr.arpa. 60 IN PTR dsl-192-0-2-96.pool.good.test.',
  '1.2.0.192.in-addr.arpa. 60 IN PTR mail.good.test.',
  'mail.good.test. 60 IN A 192.0.2.1',
]
const LISTS = {
  'bl.test': [
    ':127.0.0.2:listed',
    '127.0.0.2',
    '192.0.2.66',
    '192.0.2.67 :127.0.0.3:dubious',
    '192.0.2.68 :127.0.0.4:on trial',
    '192.0.2.69 :127.0.0.2:listed but allowed',
    '192.0.2.70 :127.255.255.254:you may not ask',
  ],
  'dead.test': [':127.0.0.2:everybody', '127.0.0.1', '192.0.2.0/24'],
}

const config = (dns: string) => `
rules: builtin
dns: { servers: ["${dns}"], timeout: 500ms, negative_ttl: 1s, failure_ttl: 1s }
groups: { partner: [192.0.2.69, 192.0.2.71], bad: ["file:bad.txt"], far: ["country:XX"] }
clients:
  allow: partner
  country_database: countries.mmdb
  deny: [{ group: bad, action: reject }, { group: far, action: score, score: 1.5 }]
client_name: { none: log }
caller_id: { enabled: true, fail: reject }
helo: { unresolvable: log }
sender_domain: { absent: reject, null_mx: reject }
spf: { fail: reject, received_spf: true }
limits:
  messages_per_hour: 3
  connections: 2
  recipients_per_message: 3
  message_size: 64KB
  unknown_recipients: 3
  failed_commands: 2
  user_messages_per_hour: 2
dns_lists:
  lists:
    - zone: bl.test
      description: the test list
      codes:
        127.0.0.2: { hit: BL_SPAM, score: 9, action: reject }
        127.0.0.3: { hit: BL_DUBIOUS, score: 1.5 }
        127.0.0.4: { hit: BL_TRIAL, score: 0 }
    - { zone: dead.test, codes: { 127.0.0.2: { hit: DEAD, score: 9, action: reject } } }
`

describeWith('SMTP-time checks through Postfix', NEEDS, () => {
  let lists: NameServer
  let names: NameServer
  let hamlet: Hamlet
  let postfix: Postfix

  beforeAll(async () => {
    lists = await startRbldnsd(LISTS)
    names = await startUnbound(RECORDS, { 'bl.test': lists.address, 'dead.test': lists.address })
    hamlet = await startHamlet({
      config: config(names.address),
      files: {
        'bad.txt': '192.0.2.71 # a partner all the same\n',
        'countries.mmdb': countryDatabase({ '203.0.113.0/24': 'XX' }).toString('latin1'),
      },
    })
    postfix = await startPostfix({
      milters: hamlet.milter,
      users: [
        'user@example.test',
        'other@example.test',
        'third@example.test',
        'fourth@example.test',
        'postmaster@example.test',
      ],
      settings: ['smtpd_client_connection_rate_limit = 0'],
    })
    // the list that lists everybody is found out by its test before anybody is refused for it
    await hamlet.untilLogged(/DNS list dead\.test is suspended: it lists 127\.0\.0\.1/)
  }, 90_000)
  afterAll(async () => {
    postfix?.stop()
    await hamlet?.stop()
    await names?.stop()
    await lists?.stop()
    hamlet?.remove()
  }, 60_000)

  const session = async (address: string, attributes = ''): Promise<SmtpClient> => {
    const { client } = await SmtpClient.connect(postfix.port)
    const greeted = await client.command(`XCLIENT ADDR=${address}${attributes}`)
    if (greeted.code === 220) await client.command('EHLO mail.good.test')
    return client
  }
  const send = async (
    address: string,
    from = 'a@pass.test',
    to = ['user@example.test'],
    subject = 'hello',
  ) => {
    const client = await session(address)
    const sent = await client.send({ from, to, bytes: mail(subject) })
    await client.quit()
    return { ...sent, codes: sent.recipients.map(({ code, text }) => `${code} ${text}`) }
  }
  const delivered = async (text: string): Promise<string> => {
    for (let count = 1; ; count++) {
      const found = (await postfix.untilDelivered(count)).find((one) => one.includes(text))
      if (found !== undefined) return found
    }
  }

  it('a DNS list refuses at RCPT, so that the journal has sender and recipient and postmaster is reached', async () => {
    const { codes } = await send(
      '192.0.2.66',
      'a@pass.test',
      ['user@example.test', 'postmaster@example.test'],
      'to postmaster',
    )
    expect(codes[0]).toMatch(/^550 5\.7\.1 .*Your address is listed by the test list/)
    expect(codes[1]).toMatch(/^250 /)
    const line = await hamlet.untilLogged(/BL_SPAM/)
    expect(line).toMatch(/from=<a@pass\.test>/)
    expect(line).toMatch(/to=<user@example\.test>/)
    expect(line).toMatch(/192\.0\.2\.66/)
  })

  it('a DNS list adds points, also none: the latter is seen and harmless', async () => {
    await send('192.0.2.67', undefined, undefined, 'dubious client')
    expect(await delivered('dubious client')).toMatch(/X-Spam-Status: .*BL_DUBIOUS=1\.5/s)
    await send('192.0.2.68', undefined, undefined, 'client on trial')
    expect(await delivered('client on trial')).toMatch(/X-Spam-Status: .*BL_TRIAL=0\.0/s)
  })

  it('an error code is no listing, and the verdict names it', async () => {
    const { answer } = await send('192.0.2.70', undefined, undefined, 'error code')
    expect(answer.code).toBe(250)
    const line = await hamlet.untilLogged(/unavailable=.*bl\.test answered 127\.255\.255\.254/)
    expect(line).not.toMatch(/BL_SPAM/)
  })

  it('a suspended list is shown, with the reason', async () => {
    const shown = await runHamlet(['lists', '--config', hamlet.configFile])
    expect(shown.code).toBe(1)
    expect(shown.out).toMatch(/^bl\.test \(the test list\) {2}asked; tested \d+ (?:s|min) ago$/m)
    expect(shown.out).toMatch(/^dead\.test {2}SUSPENDED for \d+ (?:s|min): it lists 127\.0\.0\.1 /m)
  })

  it('the whitelist spares the lists, and the blacklist is asked all the same', async () => {
    expect((await send('192.0.2.69')).codes[0]).toMatch(/^250 /)
    expect((await send('192.0.2.71')).codes[0]).toMatch(
      /^550 5\.7\.1 .*Access denied for this client address/,
    )
  })

  it('the domain of the sender must exist', async () => {
    expect((await send('192.0.2.1', 'a@nowhere.test')).codes[0]).toMatch(/^550 5\.1\.8 .*does not exist/)
    expect((await send('192.0.2.1', 'a@null.test')).codes[0]).toMatch(/^550 5\.7\.27 .*takes no mail/)
    expect((await send('192.0.2.1', '')).codes[0]).toMatch(/^250 /)
  })

  it('SPF refuses by choice, and is written into the mail', async () => {
    expect((await send('192.0.2.2', 'a@fail.test')).codes[0]).toMatch(
      /^550 5\.7\.23 .*SPF fail of fail\.test/,
    )
    await send('192.0.2.2', 'a@pass.test', undefined, 'spf passes')
    const passed = await delivered('spf passes')
    expect(passed).toMatch(/Authentication-Results: .*spf=pass/s)
    expect(passed).toMatch(/^Received-SPF: pass \(/m)
  })

  it('the name and the HELO of a client, and the country of its address, add points', async () => {
    const client = await session('192.0.2.96')
    await client.command('EHLO mail.example.test')
    await client.send({ from: 'a@pass.test', to: ['user@example.test'], bytes: mail('odd names') })
    await client.quit()
    const odd = await delivered('odd names')
    expect(odd).toMatch(/X-Spam-Status: .*CLIENT_NAME_UNCONFIRMED=/s)
    expect(odd).toMatch(/X-Spam-Status: .*CLIENT_NAME_GENERIC=/s)
    expect(odd).toMatch(/X-Spam-Status: .*HELO_OWN_NAME=/s)
    await send('203.0.113.77', 'a@good.test', undefined, 'from far away')
    expect(await delivered('from far away')).toMatch(/X-Spam-Status: .*CLIENT_DENIED=1\.5/s)
  })

  it('Caller ID is asked about the author', async () => {
    const fromCid = async (address: string, subject: string) => {
      const client = await session(address)
      const bytes = mail(subject).replace('<sender@sender.example>', '<ann@cid.test>')
      const { answer } = await client.send({ from: 'a@pass.test', to: ['user@example.test'], bytes })
      await client.quit()
      return `${answer.code} ${answer.text}`
    }
    expect(await fromCid('192.0.2.95', 'caller id passes')).toMatch(/^250 /)
    expect(await delivered('caller id passes')).toMatch(/X-Spam-Status: .*CALLER_ID_PASS=/s)
    expect(await fromCid('192.0.2.97', 'caller id fails')).toMatch(
      /^550 5\.7\.1 .*Caller ID policy of cid\.test does not permit your address/,
    )
  })

  it('messages per hour are exact, deferred, shown and reset', async () => {
    const codes: string[] = []
    for (let times = 0; times < 5; times++) codes.push((await send('192.0.2.20')).codes[0]?.slice(0, 9) ?? '')
    expect(codes).toEqual(['250 2.1.5', '250 2.1.5', '250 2.1.5', '451 4.7.1', '451 4.7.1'])
    const shown = await runHamlet(['limits', '--config', hamlet.configFile, 'show', '192.0.2.20'])
    expect(shown.out).toMatch(/192\.0\.2\.20 {2}3 of 3 messages in the last hour/)
    const reset = await runHamlet(['limits', '--config', hamlet.configFile, 'reset', '192.0.2.20'])
    expect([reset.code, reset.out.trim()]).toEqual([0, '192.0.2.20: counters reset'])
    expect((await send('192.0.2.20')).codes[0]).toMatch(/^250 /)
  })

  it('who guesses recipients is shut out for recipients that exist, until let in again', async () => {
    const { codes } = await send(
      '192.0.2.30',
      undefined,
      ['a1', 'a2', 'a3', 'a4', 'user'].map((one) => `${one}@example.test`),
    )
    expect(codes.slice(0, 4).every((code) => code.startsWith('550 5.1.1 '))).toBe(true)
    expect(codes[4]).toMatch(/^451 4\.7\.1 .*Too many unknown recipients/)
    expect((await send('192.0.2.30')).codes[0]).toMatch(/^451 4\.7\.1 /)
    expect((await send('192.0.2.31')).codes[0]).toMatch(/^250 /)
    await hamlet.untilLogged(/client 192\.0\.2\.30 is shut out: 4 unknown recipients within an hour/)
    const all = await runHamlet(['limits', '--config', hamlet.configFile])
    expect(all.out).toMatch(/192\.0\.2\.30 {2}shut out for 60 min: 4 unknown recipients/)
    await runHamlet(['limits', '--config', hamlet.configFile, 'reset', '192.0.2.30'])
    expect((await send('192.0.2.30')).codes[0]).toMatch(/^250 /)
  })

  it('who speaks no SMTP is hung up on', async () => {
    const client = await session('192.0.2.40')
    const answers = [await client.command('LOGIN admin admin'), await client.command('SHOW TABLES')]
    expect(answers.map(({ code }) => code)).toEqual([500, 500])
    expect((await client.command('ls -l')).code).toBe(421)
    await expect(client.command('NOOP')).rejects.toThrow(/closed|ECONN|EPIPE/)
    await hamlet.untilLogged(/LIMIT_FAILED_COMMANDS/)
  })

  it('recipients of one message and its size have limits with their own codes', async () => {
    const to = ['user', 'other', 'third', 'fourth'].map((one) => `${one}@example.test`)
    const { codes, answer } = await send('192.0.2.50', undefined, to)
    expect(codes.map((code) => code.slice(0, 9))).toEqual([
      '250 2.1.5',
      '250 2.1.5',
      '250 2.1.5',
      '452 4.5.3',
    ])
    expect(answer.code).toBe(250)
    const client = await session('192.0.2.50')
    await client.command('MAIL FROM:<a@pass.test> SIZE=100000')
    expect((await client.command('RCPT TO:<user@example.test>')).text).toMatch(/^5\.3\.4 /)
    await client.quit()
    const unannounced = await session('192.0.2.50')
    const { answer: end } = await unannounced.send({
      from: 'a@pass.test',
      to: ['user@example.test'],
      bytes: mail('large one', 'x'.repeat(70).concat('\r\n').repeat(1200)),
    })
    expect(`${end.code} ${end.text}`).toMatch(/^552 5\.3\.4 .*Message is larger than 65536 octets/)
    await unannounced.quit()
  })

  it('connections at once are counted exactly, and given back', async () => {
    const open = [await session('192.0.2.60'), await session('192.0.2.60')]
    const { client: third } = await SmtpClient.connect(postfix.port)
    expect((await third.command('XCLIENT ADDR=192.0.2.60')).code).toBe(421)
    third.destroy()
    await open[0]!.quit()
    open[1]!.destroy()
    await hamlet.untilLogged(/LIMIT_CONNECTIONS/)
    for (let tries = 0; ; tries++) {
      const { client } = await SmtpClient.connect(postfix.port)
      const { code } = await client.command('XCLIENT ADDR=192.0.2.60')
      await client.quit()
      if (code === 220) break
      expect(tries).toBeLessThan(50)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })

  it('a stolen account is stopped at its limit, and the journal says so', async () => {
    const codes: string[] = []
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
      const client = await session(address, ' LOGIN=alice')
      const { recipients } = await client.send({
        from: 'alice@example.test',
        to: ['user@example.test'],
        bytes: mail('from alice'),
      })
      codes.push(String(recipients[0]?.code))
      await client.quit()
    }
    expect(codes).toEqual(['250', '250', '451'])
    await hamlet.untilLogged(/user alice is over the limit of 2 messages an hour, now from 203\.0\.113\.3/)
  })

  it('people our users write to are known, as far as SPF proves who they are', async () => {
    const outgoing = await session('127.0.0.1', ' LOGIN=bob')
    const sent = await outgoing.send({
      from: 'bob@example.test',
      to: ['ann@pass.test'],
      bytes: mail('to ann'),
    })
    expect(sent.answer.code).toBe(250)
    await outgoing.quit()
    const fromAnn = async (address: string, subject: string) => {
      const client = await session(address)
      const bytes = mail(subject).replace('Sender <sender@sender.example>', 'Ann <ann@pass.test>')
      const { answer } = await client.send({ from: 'ann@pass.test', to: ['user@example.test'], bytes })
      await client.quit()
      return answer.code
    }
    expect(await fromAnn('192.0.2.90', 'truly from ann')).toBe(250)
    expect(await delivered('truly from ann')).toMatch(/X-Spam-Status: .*KNOWN_CORRESPONDENT=-3\.0/s)
    // the same address from a client that its domain does not name: refused by SPF here, and known to nobody
    expect(await fromAnn('198.51.100.9', 'forged ann')).not.toBe(250)
  })

  it('mail flows when the name servers are gone, and the verdict names what could not answer', async () => {
    await lists.stop()
    await names.stop()
    const started = Date.now()
    const { codes, answer } = await send('198.51.100.99', 'a@unasked.test', undefined, 'no name server')
    expect([codes[0]?.slice(0, 3), answer.code]).toEqual(['250', 250])
    expect(Date.now() - started).toBeLessThan(8000)
    const line = await hamlet.untilLogged(
      /verdict=deliver.*unavailable=.*dns_lists: .*bl\.test.*no-name-server/,
    )
    expect(line).toMatch(/sender_domain/)
    expect(line).toMatch(/spf/)
  })
})

describeWith('name servers that misbehave', { programs: ['postfix', 'openssl'], root: true }, () => {
  it('hold nobody longer than they may, and are never taken for an answer', async () => {
    const behaviours: Readonly<Record<string, Behaviour>> = {
      'silent.test': { silent: true },
      'slow.test': { records: ['127.0.0.2'], delay: 1500 },
      'failing.test': { code: 2 },
      'refusing.test': { code: 5 },
      'rubbish.test': { rubbish: true },
      'wrong.test': { records: ['127.0.0.2'], wrongId: true },
      'outside.test': { records: ['203.0.113.80'] },
      'truncated.test': { records: ['127.0.0.2'], truncated: true },
      'large.test': { records: Array.from({ length: 200 }, (_, index) => `127.0.1.${index}`) },
    }
    const dns = await startDnsServer(
      (name) =>
        Object.entries(behaviours).find(([zone]) => name.endsWith(`.${zone}`))?.[1] ?? { silent: true },
    )
    const lists = Object.keys(behaviours).map((zone) => {
      const hit = zone.replace('.test', '').toUpperCase()
      return `    - { zone: ${zone}, self_test: false, codes: { 127.0.0.2: { hit: BL_${hit}, score: 0.1 } } }`
    })
    const hamlet = await startHamlet({
      config: [
        'rules: builtin',
        `dns: { servers: ["${dns.address}"], timeout: 800ms }`,
        'dns_lists:',
        '  wait: 500ms',
        '  lists:',
        ...lists,
      ].join('\n'),
    })
    const postfix = await startPostfix({ milters: hamlet.milter, users: ['user@example.test'] })
    try {
      const { client } = await SmtpClient.connect(postfix.port)
      await client.command('XCLIENT ADDR=198.51.100.1')
      await client.command('EHLO mail.good.test')
      await client.command('MAIL FROM:<a@silent.test>')
      const started = Date.now()
      expect((await client.command('RCPT TO:<user@example.test>')).code).toBe(250)
      expect(Date.now() - started).toBeLessThan(2500)
      await client.command('DATA')
      client.write(mail('in spite of it all').concat('\r\n.\r\n'))
      expect((await client.answer()).code).toBe(250)
      await client.quit()
      const line = await hamlet.untilLogged(/in-spite-of-it-all/)
      expect(line).toMatch(/tests=\S*BL_TRUNCATED=0\.1/)
      expect(line).not.toMatch(/BL_(?!TRUNCATED)/)
      for (const zone of ['silent', 'slow', 'failing', 'refusing', 'rubbish', 'wrong', 'outside'])
        expect(line).toMatch(new RegExp(`unavailable=.*${zone}\\.test`))
      expect(line).not.toMatch(/large\.test/)
    } finally {
      postfix.stop()
      await hamlet.stop()
      hamlet.remove()
      await dns.stop()
    }
  }, 60_000)
})

describeWith('greylisting through Postfix', { programs: ['postfix', 'openssl'], root: true }, () => {
  it('defers, accepts after the delay, and still knows after a restart', async () => {
    const settings =
      'rules: builtin\ndns: { servers: ["127.0.0.1:9"], timeout: 100ms }\ndns_lists: { lists: [] }\n' +
      'greylist: { enabled: true, delay: 1s, longest_delay: 1m }\n'
    let hamlet = await startHamlet({ config: settings })
    const postfix = await startPostfix({ milters: hamlet.milter, users: ['user@example.test'] })
    try {
      const attempt = async (address: string) => {
        const { client } = await SmtpClient.connect(postfix.port)
        await client.command(`XCLIENT ADDR=${address}`)
        await client.command('EHLO mail.good.test')
        const { recipients, answer } = await client.send({
          from: 'a@sender.test',
          to: ['user@example.test'],
          bytes: mail('greylisted'),
        })
        await client.quit()
        return `${recipients[0]?.code} ${recipients[0]?.text} / ${answer.code}`
      }
      expect(await attempt('192.0.2.80')).toMatch(/^451 4\.7\.1 .*Greylisted, please try again in 1 seconds/)
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await hamlet.stop()
      hamlet = await hamlet.restart()
      expect(await attempt('192.0.2.81')).toMatch(/^250 .* \/ 250$/)
      await hamlet.untilLogged(/GREYLIST_CAME_BACK/)
      expect(await attempt('192.0.2.82')).toMatch(/^250 /)
      expect(await attempt('192.0.9.1')).toMatch(/^451 /)
    } finally {
      postfix.stop()
      await hamlet.stop()
      hamlet.remove()
    }
  }, 60_000)
})

describeWith('the repellent through Postfix', { programs: ['postfix', 'openssl'], root: true }, () => {
  let hamlet: Hamlet
  let postfix: Postfix
  beforeAll(async () => {
    const settings =
      'rules: builtin\ndns: { servers: ["127.0.0.1:9"], timeout: 100ms }\ndns_lists: { lists: [] }\n' +
      'repellent: { delay: 1500ms, exempt: [], most_waiting: 3 }\n'
    hamlet = await startHamlet({ config: settings })
    postfix = await startPostfix({ milters: hamlet.milter, users: ['user@example.test'] })
  }, 60_000)
  afterAll(async () => {
    postfix?.stop()
    await hamlet?.stop()
    hamlet?.remove()
  }, 60_000)

  it('holds the greeting back, and lets who waits deliver', async () => {
    const started = Date.now()
    const { client } = await SmtpClient.connect(postfix.port)
    expect(Date.now() - started).toBeGreaterThan(1400)
    await client.command('EHLO mail.good.test')
    const { answer } = await client.send({
      from: 'a@b.test',
      to: ['user@example.test'],
      bytes: mail('patient'),
    })
    expect(answer.code).toBe(250)
    await client.quit()
  })

  it('finds who talks before the greeting, and refuses at RCPT', async () => {
    const client = SmtpClient.open(postfix.port)
    await new Promise((resolve) => setTimeout(resolve, 200))
    client.write('EHLO impatient.example\r\n')
    const started = Date.now()
    expect((await client.answer()).code).toBe(220)
    expect(Date.now() - started).toBeLessThan(1200)
    await client.answer()
    await client.command('MAIL FROM:<a@b.test>')
    const refused = await client.command('RCPT TO:<user@example.test>')
    expect(`${refused.code} ${refused.text}`).toMatch(/^550 5\.5\.0 .*wait for the greeting/)
    await client.quit()
    await hamlet.untilLogged(
      /EARLY_TALKER.*24 octets sent before the greeting|24 octets sent before the greeting.*EARLY_TALKER|EARLY_TALKER/,
    )
  })

  it('holds back only so many at once', async () => {
    const started = Date.now()
    const clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const { client } = await SmtpClient.connect(postfix.port)
        return { client, after: Date.now() - started }
      }),
    )
    const held = clients.filter(({ after }) => after > 1400)
    expect(held).toHaveLength(3)
    for (const { client } of clients) await client.quit()
  })
})
