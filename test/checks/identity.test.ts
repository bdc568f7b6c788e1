import { describe, expect, it } from '@jest/globals'
import { clientLists } from '../../lib/checks/client-lists.ts'
import { clientName } from '../../lib/checks/client-name.ts'
import { helo } from '../../lib/checks/helo.ts'
import { domainOf, senderDomain } from '../../lib/checks/sender-domain.ts'
import { recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'
import type { Zone } from '../support/zone-dns.ts'

describe("the administrator's own blacklist", () => {
  const config = (action: string) =>
    `groups: { bad: [192.0.2.1, 10.0.0.66], far: [198.51.100.0/24] }\nclients: { deny: [{ group: bad, action: ${action} }, { group: far, action: score, score: 1.5 }] }`
  it.each([
    ['reject', ['bad'], 'refuse 550 5.7.1 CLIENT_DENIED'],
    ['defer', ['bad'], 'refuse 451 4.7.1 CLIENT_DENIED'],
    ['log', ['bad'], 'CLIENT_DENIED=0'],
    ['score', ['bad', 'far'], 'CLIENT_DENIED=2 CLIENT_DENIED=1.5'],
    ['reject', ['far', 'bad'], 'refuse 550 5.7.1 CLIENT_DENIED'],
    ['reject', ['bad', 'private', 'allowed'], 'refuse 550 5.7.1 CLIENT_DENIED'],
    ['reject', ['other'], ''],
  ])('%s %j: %s', async (action, groups, wanted) => {
    const context = testContext({ config: config(action) })
    expect(summary(await clientLists.run(recipientInput({ groups }), context))).toBe(wanted)
  })
})

describe('sender domain', () => {
  it.each<[string, Zone, string]>([
    ['a@mx.example', { 'mx.example': { mx: [{ exchange: 'm.example', priority: 1 }] } }, ''],
    ['a@addressed.example', { 'addressed.example': { a: ['192.0.2.1'] } }, ''],
    ['a@six.example', { 'six.example': { aaaa: ['2001:db8::1'] } }, ''],
    ['a@MX.example.', { 'mx.example': { mx: [{ exchange: 'm.example', priority: 1 }] } }, ''],
    ['a@null.example', { 'null.example': { mx: [{ exchange: '', priority: 0 }] } }, 'SENDER_DOMAIN_NULL_MX'],
    ['a@gone.example', { 'gone.example': 'absent' }, 'SENDER_DOMAIN_ABSENT'],
    ['a@broken.example', { 'broken.example': 'unavailable' }, 'unavailable'],
    ['a@half.example', { 'half.example': { mx: 'absent', a: 'unavailable', aaaa: 'absent' } }, 'unavailable'],
    ['a@half.example', { 'half.example': { mx: 'absent', a: 'unavailable', aaaa: ['2001:db8::1'] } }, ''],
    ['a@half.example', { 'half.example': { mx: 'unavailable', a: ['192.0.2.1'] } }, 'unavailable'],
    ['', {}, ''],
    ['local', {}, ''],
    ['a@[192.0.2.1]', {}, ''],
    ['"a@b"@mx.example', { 'mx.example': { a: ['192.0.2.1'] } }, ''],
    [
      Buffer.from('a@bücher.example').toString('latin1'),
      { 'xn--bcher-kva.example': { a: ['192.0.2.1'] } },
      '',
    ],
    ['a@bad domain.example', { 'bad domain.example': 'absent' }, 'SENDER_DOMAIN_ABSENT'],
  ])('%s', async (sender, zone, wanted) => {
    const context = testContext({ zone })
    expect(summary(await senderDomain.run(recipientInput({ sender }), context))).toBe(wanted)
  })

  it.each([
    ['reject', 'refuse 550 5.1.8 SENDER_DOMAIN_ABSENT'],
    ['defer', 'refuse 451 4.1.8 SENDER_DOMAIN_ABSENT'],
    ['log', 'SENDER_DOMAIN_ABSENT=0'],
  ])('%s: %s', async (action, wanted) => {
    const context = testContext({
      config: `sender_domain: { absent: ${action} }`,
      zone: { 'gone.example': 'absent' },
    })
    expect(summary(await senderDomain.run(recipientInput({ sender: 'a@gone.example' }), context))).toBe(
      wanted,
    )
  })

  it('is not looked up for private clients', async () => {
    const context = testContext()
    expect(summary(await senderDomain.run(recipientInput({ address: '127.0.0.1' }), context))).toBe('')
  })

  it('is empty where there is none', () => expect(domainOf('a@')).toBeNull())
})

describe('client name', () => {
  it.each<[string, SessionOptions, Zone, string]>([
    ['the MTA vouches for it', { hostname: 'mail.company.example' }, {}, ''],
    [
      'the MTA vouches for a generic one',
      { hostname: 'dsl-192-0-2-1.isp.example.net' },
      {},
      'CLIENT_NAME_GENERIC',
    ],
    ['none', {}, { '192.0.2.1': 'absent' }, 'CLIENT_NO_NAME'],
    ['DNS fails', {}, { '192.0.2.1': 'unavailable' }, 'unavailable'],
    [
      'confirmed though the MTA does not look',
      { hostname: '[192.0.2.1]' },
      {
        '192.0.2.1': { ptr: ['mail.company.example'] },
        'mail.company.example': { a: ['192.0.2.9', '192.0.2.1'] },
      },
      '',
    ],
    [
      'does not lead back',
      {},
      { '192.0.2.1': { ptr: ['mail.bank.example'] }, 'mail.bank.example': { a: ['198.51.100.1'] } },
      'CLIENT_NAME_UNCONFIRMED',
    ],
    [
      'leads nowhere, and is generic',
      {},
      { '192.0.2.1': { ptr: ['192-0-2-1.pool.isp.example'] }, '192-0-2-1.pool.isp.example': 'absent' },
      'CLIENT_NAME_UNCONFIRMED CLIENT_NAME_GENERIC',
    ],
    [
      'cannot be confirmed now',
      {},
      { '192.0.2.1': { ptr: ['a.example'] }, 'a.example': 'unavailable' },
      'unavailable',
    ],
    [
      'IPv6',
      { address: '2001:db8::1' },
      {
        '2001:db8::1': { ptr: ['mail.company.example'] },
        'mail.company.example': { aaaa: ['2001:0db8::0001'] },
      },
      '',
    ],
    ['private clients are left alone', { address: '192.168.1.1' }, {}, ''],
  ])('%s', async (_, options, zone, wanted) => {
    const context = testContext({ zone })
    expect(summary(await clientName.run(recipientInput(options), context))).toBe(wanted)
  })

  it('asks about few names however many there are', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `n${index}.example`)
    const zone = {
      '192.0.2.1': { ptr: names },
      ...Object.fromEntries(names.map((name) => [name, 'absent'])),
    } as Zone
    const context = testContext({ zone })
    await clientName.run(recipientInput(), context)
    expect(context.dns.asked).toHaveLength(6)
  })
})

describe('HELO', () => {
  it.each<[string, Zone, string]>([
    ['mx.company.example', { 'mx.company.example': { a: ['192.0.2.1'] } }, ''],
    ['MX.Company.example.', { 'mx.company.example': { a: ['192.0.2.1'] } }, ''],
    ['company.example', { 'company.example': { mx: [{ exchange: 'm.example', priority: 1 }] } }, ''],
    ['nowhere.example', { 'nowhere.example': 'absent' }, 'HELO_UNRESOLVABLE'],
    ['broken.example', { 'broken.example': 'unavailable' }, 'unavailable'],
    ['mail.example.test', {}, 'HELO_OWN_NAME'],
    ['Alias.Example.Test', {}, 'HELO_OWN_NAME'],
    ['203.0.113.5', {}, 'HELO_OWN_NAME'],
    ['[203.0.113.5]', {}, 'HELO_OWN_NAME'],
    ['192.0.2.1', {}, 'HELO_BARE_IP'],
    ['2001:db8::1', {}, 'HELO_BARE_IP'],
    ['[192.0.2.1]', {}, ''],
    ['[IPv6:2001:db8::1]', {}, ''],
    ['localhost', {}, 'HELO_NOT_FQDN'],
    ['', {}, 'HELO_NOT_FQDN'],
    ['my laptop.example', {}, 'HELO_NOT_FQDN'],
    ['-.example', {}, 'HELO_NOT_FQDN'],
    ['a.123', {}, 'HELO_NOT_FQDN'],
    ['\xff\xfe\x00', {}, 'HELO_NOT_FQDN'],
  ])('%j', async (name, zone, wanted) => {
    const context = testContext({ config: 'helo: { own_names: [alias.example.test] }', zone })
    const input = recipientInput({ helo: name, macros: { '{daemon_addr}': '203.0.113.5' } })
    expect(summary(await helo.run(input, context))).toBe(wanted)
  })
})
