/**
 * SMTP-time protection through a real Postfix, with real rbldnsd and unbound zones: what the client hears at which
 * command, what the journal says, and that it goes on when servers go away.
 */
import { beforeAll, expect, it } from '@jest/globals'
import { countryDatabase } from '../support/mmdb.ts'
import { describeWith } from './support/describe-with.ts'
import { filteredPostfix, POSTFIX_NEEDS } from './support/filtered-postfix.ts'
import { hamlet as runHamlet } from './support/hamlet.ts'
import { mail } from './support/mail.ts'
import { startRbldnsd, startUnbound, type NameServer } from './support/name-servers.ts'
import { SmtpClient } from './support/smtp-client.ts'

const NEEDS = { ...POSTFIX_NEEDS, programs: [...POSTFIX_NEEDS.programs, 'rbldnsd', 'unbound'] }

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
answer: { status_from: 0 }
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
  const mta = filteredPostfix(async () => {
    lists = await startRbldnsd(LISTS)
    names = await startUnbound(RECORDS, { 'bl.test': lists.address, 'dead.test': lists.address })
    return {
      hamlet: {
        config: config(names.address),
        files: {
          'bad.txt': '192.0.2.71 # a partner all the same\n',
          'countries.mmdb': countryDatabase({ '203.0.113.0/24': 'XX' }).toString('latin1'),
        },
      },
      postfix: {
        users: ['user@example.test', 'postmaster@example.test'],
        settings: ['smtpd_client_connection_rate_limit = 0'],
      },
      others: [names, lists],
    }
  })
  // the list that lists everybody is found out by its test before anybody is refused for it
  beforeAll(() => mta.hamlet.untilLogged(/DNS list dead\.test is suspended: it lists 127\.0\.0\.1/))

  const session = (address: string, attributes = '') =>
    SmtpClient.session(mta.postfix.port, { helo: 'mail.good.test', xclient: `ADDR=${address}${attributes}` })
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

  it('a DNS list refuses at RCPT, so that the journal has sender and recipient and postmaster is reached', async () => {
    const { codes } = await send(
      '192.0.2.66',
      'a@pass.test',
      ['user@example.test', 'postmaster@example.test'],
      'to postmaster',
    )
    expect(codes[0]).toMatch(/^550 5\.7\.1 .*Your address is listed by the test list/)
    expect(codes[1]).toMatch(/^250 /)
    const line = await mta.hamlet.untilLogged(/BL_SPAM/)
    expect(line).toMatch(/from=<a@pass\.test>/)
    expect(line).toMatch(/to=<user@example\.test>/)
    expect(line).toMatch(/192\.0\.2\.66/)
  })

  it('a DNS list adds points, also none: the latter is seen and harmless', async () => {
    await send('192.0.2.67', undefined, undefined, 'dubious client')
    expect(await mta.postfix.deliveredWith('dubious client')).toMatch(/X-Spam-Status: .*BL_DUBIOUS=1\.5/s)
    await send('192.0.2.68', undefined, undefined, 'client on trial')
    expect(await mta.postfix.deliveredWith('client on trial')).toMatch(/X-Spam-Status: .*BL_TRIAL=0\.0/s)
  })

  it('an error code is no listing, and the verdict names it', async () => {
    const { answer } = await send('192.0.2.70', undefined, undefined, 'error code')
    expect(answer.code).toBe(250)
    const line = await mta.hamlet.untilLogged(/unavailable=.*bl\.test answered 127\.255\.255\.254/)
    expect(line).not.toMatch(/BL_SPAM/)
  })

  it('a suspended list is shown, with the reason', async () => {
    const shown = await runHamlet(['lists', '--config', mta.hamlet.configFile])
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
    const passed = await mta.postfix.deliveredWith('spf passes')
    expect(passed).toMatch(/Authentication-Results: .*spf=pass/s)
    expect(passed).toMatch(/^Received-SPF: pass \(/m)
  })

  it('the name and the HELO of a client, and the country of its address, add points', async () => {
    const client = await session('192.0.2.96')
    await client.command('EHLO mail.example.test')
    await client.send({ from: 'a@pass.test', to: ['user@example.test'], bytes: mail('odd names') })
    await client.quit()
    const odd = await mta.postfix.deliveredWith('odd names')
    expect(odd).toMatch(/X-Spam-Status: .*CLIENT_NAME_UNCONFIRMED=/s)
    expect(odd).toMatch(/X-Spam-Status: .*CLIENT_NAME_GENERIC=/s)
    expect(odd).toMatch(/X-Spam-Status: .*HELO_OWN_NAME=/s)
    await send('203.0.113.77', 'a@good.test', undefined, 'from far away')
    expect(await mta.postfix.deliveredWith('from far away')).toMatch(/X-Spam-Status: .*CLIENT_DENIED=1\.5/s)
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
    expect(await mta.postfix.deliveredWith('caller id passes')).toMatch(/X-Spam-Status: .*CALLER_ID_PASS=/s)
    expect(await fromCid('192.0.2.97', 'caller id fails')).toMatch(
      /^550 5\.7\.1 .*Caller ID policy of cid\.test does not permit your address/,
    )
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
    expect(await mta.postfix.deliveredWith('truly from ann')).toMatch(
      /X-Spam-Status: .*KNOWN_CORRESPONDENT=-3\.0/s,
    )
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
    const line = await mta.hamlet.untilLogged(
      /verdict=deliver.*unavailable=.*dns_lists: .*bl\.test.*no-name-server/,
    )
    expect(line).toMatch(/sender_domain/)
    expect(line).toMatch(/spf/)
  })
})
