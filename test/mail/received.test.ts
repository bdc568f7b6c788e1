import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { envelopeFrom } from '../../lib/mail/envelope.ts'
import { isIpText, isPrivateIp } from '../../lib/mail/ip-text.ts'
import { parseReceivedLine } from '../../lib/mail/received-line.ts'
import { parseReceived } from '../../lib/mail/received.ts'
import type { TrustOptions } from '../../lib/mail/received.ts'
import { mail } from './support.ts'

/** ip rdns helo by ident id auth, or the kind of the result. */
function line(text: string): string {
  const result = parseReceivedLine(text)
  if (result.kind !== 'relay') return result.kind
  const { ip, rdns, helo, by, ident, id, auth } = result.relay
  return `ip=${ip} rdns=${rdns} helo=${helo} by=${by} ident=${ident} id=${id} auth=${auth}`
}
const date = '; Tue, 4 Nov 2025 10:00:00 +0100'

describe('forms of Received', () => {
  it.each([
    [
      'Postfix',
      'from h.example (r.example [192.0.2.1]) by m.example (Postfix) with ESMTP id A1B2',
      'ip=192.0.2.1 rdns=r.example helo=h.example by=m.example ident= id=A1B2 auth=',
    ],
    [
      'Postfix without a name',
      'from h.example (unknown [192.0.2.1]) by m.example (Postfix) with ESMTP id A1B2',
      'ip=192.0.2.1 rdns= helo=h.example by=m.example ident= id=A1B2 auth=',
    ],
    [
      'Postfix, authenticated',
      'from h (r.example [192.0.2.1]) (Authenticated sender: ada) by m.example (Postfix) with ESMTPSA id A1B2',
      'ip=192.0.2.1 rdns=r.example helo=h by=m.example ident= id=A1B2 auth=ESMTPSA',
    ],
    [
      'sendmail',
      'from h.example (ada@r.example [192.0.2.1] (may be forged)) by m.example (8.17.1/8.17.1) with ESMTPS id 5A4',
      'ip=192.0.2.1 rdns=r.example helo=h.example by=m.example ident=ada id=5A4 auth=',
    ],
    [
      'sendmail, IPv6',
      'from h (r.example [IPv6:2001:db8:0:0:0:0:0:1]) by m.example (8.17.1/8.17.1) with ESMTP id 5A4',
      'ip=2001:db8:0:0:0:0:0:1 rdns=r.example helo=h by=m.example ident= id=5A4 auth=',
    ],
    [
      'Exim',
      'from r.example ([192.0.2.1] helo=h.example) by m.example with esmtps (Exim 4.96) (envelope-from <a@b.example>) id 1aB-2',
      'ip=192.0.2.1 rdns=r.example helo=h.example by=m.example ident= id=1aB-2 auth=',
    ],
    [
      'Exim without a name',
      'from [192.0.2.1] (helo=h.example ident=ada) by m.example with esmtpa (Exim 4.96) id 1aB-2',
      'ip=192.0.2.1 rdns= helo=h.example by=m.example ident=ada id=1aB-2 auth=esmtpa',
    ],
    [
      'qmail',
      'from unknown (HELO h.example) (192.0.2.1) by m.example with SMTP',
      'ip=192.0.2.1 rdns= helo=h.example by=m.example ident= id= auth=',
    ],
    [
      'qmail, name known',
      'from r.example (ada@192.0.2.1) by m.example with SMTP',
      'ip=192.0.2.1 rdns=r.example helo=r.example by=m.example ident=ada id= auth=',
    ],
    [
      'Exchange',
      'from h.example (192.0.2.1) by m.example (192.0.2.2) with Microsoft SMTP Server (TLS) 15.1.1.1',
      'ip=192.0.2.1 rdns= helo=h.example by=m.example ident= id= auth=',
    ],
    [
      'Exchange, inside',
      'from h.example ([fe80::1%5]) by m.example ([fe80::2%6]) with mapi id 15.20.1.1',
      'ip=fe80::1 rdns= helo=h.example by=m.example ident= id= auth=',
    ],
    [
      'Lotus',
      'from h.example ([192.0.2.1]) by m.example (Lotus Domino Release 6) with ESMTP id 1-2',
      'ip=192.0.2.1 rdns= helo=h.example by=m.example ident= id=1-2 auth=',
    ],
    [
      'Courier',
      'from h ([192.0.2.1]) (AUTH: LOGIN ada) by m.example with esmtp',
      'ip=192.0.2.1 rdns= helo=h by=m.example ident= id= auth=LOGIN',
    ],
    [
      'web mail',
      'from 192.0.2.1 (SquirrelMail authenticated user ada) by m.example with HTTP',
      'ip=192.0.2.1 rdns= helo= by=m.example ident= id= auth=HTTP',
    ],
    [
      'IPv4 in IPv6',
      'from h (r.example [::ffff:192.0.2.1]) by m.example (Postfix) with ESMTP id A1B2',
      'ip=192.0.2.1 rdns=r.example helo=h by=m.example ident= id=A1B2 auth=',
    ],
    [
      'unsafe characters',
      'from h[x] (r<x> [192.0.2.1]) by m.example (Postfix) with ESMTP id A1B2',
      'ip=192.0.2.1 rdns=r!x! helo=h!x! by=m.example ident= id=A1B2 auth=',
    ],
    [
      'loose',
      'from somewhere else with [192.0.2.1] and by m.example then',
      'ip=192.0.2.1 rdns= helo=somewhere by=m.example ident= id= auth=',
    ],
    ['local', 'from h.example by m.example with local', 'skip'],
    ['no client', 'by m.example with SMTP id 1', 'skip'],
    ['fetched', 'from pop.example (x) by localhost with IMAP (fetchmail-6.4)', 'fetched'],
    ['nonsense', 'from', 'skip'],
    ['nothing to be made of', 'from a b c', 'unparseable'],
  ])('%s', (_, text, expected) => {
    expect(line(text + date)).toBe(expected)
    expect(line(text.replaceAll(' ', '\n\t') + date)).toBe(expected)
  })

  it('reads addresses', () => {
    expect(['192.0.2.1', '::1', '2001:db8::1', 'IPv6:fe80::1', '::ffff:192.0.2.1'].every(isIpText)).toBe(true)
    expect(['256.1.1.1', '1.2.3', '2001:db8', 'x', '', '1.2.3.4.5'].some(isIpText)).toBe(false)
    expect(
      ['10.0.0.1', '127.0.0.1', '192.168.1.1', '172.16.0.1', '100.64.0.1', '::1', 'fe80::1'].every(
        isPrivateIp,
      ),
    ).toBe(true)
    expect(['192.0.2.1', '172.32.0.1', '2001:db8::1', '11.0.0.1'].some(isPrivateIp)).toBe(false)
  })
})

const hop = (ip: string, extra = '') =>
  `Received: from h (r.example [${ip}])${extra} by m.example (Postfix) with ESMTP id ABC${date}\n`
const chain = (...headers: readonly string[]) => mail(`${headers.join('')}\nx`)
const ips = (trust: TrustOptions, ...headers: readonly string[]) => {
  const relays = parseReceived(chain(...headers), trust)
  const list = (name: 'trusted' | 'untrusted' | 'internal' | 'external') =>
    relays[name].map(({ ip }) => ip).join(' ')
  return [list('trusted'), list('untrusted'), list('internal'), list('external')]
}

describe('the trust path', () => {
  const hops = [hop('10.0.0.1'), hop('192.0.2.1'), hop('198.51.100.1'), hop('203.0.113.1')]
  const among =
    (...known: readonly string[]) =>
    (ip: string) =>
      known.includes(ip)

  it('is inferred from private addresses and authentication', () => {
    expect(ips({}, ...hops)).toEqual([
      '10.0.0.1',
      '192.0.2.1 198.51.100.1 203.0.113.1',
      '10.0.0.1',
      '192.0.2.1 198.51.100.1 203.0.113.1',
    ])
    expect(ips({}, hop('192.0.2.1', ' (Authenticated sender: a)'), hops[2]!)).toEqual([
      '192.0.2.1',
      '198.51.100.1',
      '192.0.2.1',
      '198.51.100.1',
    ])
  })

  it('follows the configured networks', () => {
    const trusted = among('10.0.0.1', '192.0.2.1')
    expect(ips({ trusted, internal: among('10.0.0.1') }, ...hops)).toEqual([
      '10.0.0.1 192.0.2.1',
      '198.51.100.1 203.0.113.1',
      '10.0.0.1',
      '192.0.2.1 198.51.100.1 203.0.113.1',
    ])
    expect(ips({ trusted }, ...hops).slice(2)).toEqual(['10.0.0.1 192.0.2.1', '198.51.100.1 203.0.113.1'])
    expect(ips({ internal: trusted }, ...hops)[0]).toBe('10.0.0.1 192.0.2.1')
  })

  it('trusts what a submission server took', () => {
    const trust = {
      trusted: among('10.0.0.1', '192.0.2.1'),
      internal: among('10.0.0.1', '192.0.2.1'),
      msa: among('192.0.2.1'),
    }
    expect(ips(trust, ...hops)).toEqual([
      '10.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1',
      '',
      '10.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1',
      '',
    ])
    expect(parseReceived(chain(...hops), trust).trusted[1]).toMatchObject({ msa: true, internal: true })
  })

  it('trusts everything the caller vouches for', () => {
    const [trusted, , internal] = ips({ trusted: among(), originating: true }, ...hops)
    expect([trusted, internal]).toEqual(['10.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1', ''])
  })

  it('begins anew where mail was fetched', () => {
    const fetch = `Received: from pop.example (x) by localhost with POP3 (fetchmail-6.4)${date}\n`
    expect(ips({}, hop('10.0.0.1'), fetch, hop('192.0.2.1'))).toEqual(['', '192.0.2.1', '', '192.0.2.1'])
    expect(ips({}, hop('192.0.2.1'), fetch, hop('198.51.100.1'))[1]).toBe('192.0.2.1 198.51.100.1')
  })

  it('counts what it could not read', () => {
    const relays = parseReceived(chain('Received: from a b c\n', hop('10.0.0.1'), hop('192.0.2.1')), {})
    expect(relays).toMatchObject({ unparseable: 1, lastTrustedIndex: 1, lastInternalIndex: 1 })
  })

  it('takes the originating address from other headers, last', () => {
    const trust = { originatingIpHeaders: ['X-Originating-IP', 'X-AOL-IP'] }
    expect(ips(trust, 'X-Originating-IP: [198.51.100.9]\n', hop('192.0.2.1'))[1]).toBe(
      '192.0.2.1 198.51.100.9',
    )
  })

  it('writes relays as rules expect them', () => {
    expect(parseReceived(chain(hop('192.0.2.1')), {}).untrustedText).toBe(
      '[ ip=192.0.2.1 rdns=r.example helo=h by=m.example ident= envfrom= intl=0 id=ABC auth= msa=0 ]',
    )
  })

  it('never throws, and bounds what one mail can cost', () => {
    const piece = fc.constantFrom(
      'from ',
      'by ',
      'with ',
      '(',
      ')',
      '[',
      ']',
      '192.0.2.1',
      'helo=',
      ' ',
      ';',
      '@',
      'HELO ',
      'id ',
      'a',
      'Exim',
      'Postfix',
      '::1',
      'authenticated',
      '<',
      '>',
      '\xa0',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(line(`from ${pieces.join('')}`)).toEqual(expect.any(String))
      }),
      { numRuns: 3000 },
    )
    const started = performance.now()
    for (const hostile of [
      '([192.0.2.1]) (authenticated ) ',
      ' (a) with (',
      ' ;',
      ' by a',
      '(a@[192.0.2.1]',
      ' helo=a',
    ])
      parseReceived(chain(`Received: from a ${hostile.repeat(1000)}\n`.repeat(600)), {})
    expect(performance.now() - started).toBeLessThan(8000)
  })
})

describe('envelopeFrom', () => {
  const from = (text: string, trust: TrustOptions = {}) => {
    const message = mail(text)
    return envelopeFrom(message, parseReceived(message, trust), trust)
  }
  const exim = `Received: from r.example ([192.0.2.1] helo=h) by m.example with esmtp (Exim 4.96) (envelope-from <ada@example.org>) id 1${date}\n`
  it.each([
    ['Received', `${exim}\n`, 'ada@example.org'],
    ['Return-Path on top', `Return-Path: <bea@example.org>\n${hop('192.0.2.1')}\n`, 'bea@example.org'],
    ['Return-Path below', `${hop('192.0.2.1')}Return-Path: <bea@example.org>\n\n`, undefined],
    ['X-Envelope-From', 'X-Envelope-From: <c@example.org>\n\n', 'c@example.org'],
    [
      'X-Envelope-From below',
      `${hop('192.0.2.1')}X-Envelope-From: <c@example.org>\nReturn-Path: <d@example.org>\n\n`,
      undefined,
    ],
    ['Envelope-Sender', 'Envelope-Sender: e@example.org\n\n', 'e@example.org'],
    [
      'fetchmail',
      `X-Sender: x@example.org\nReceived: from a (x) by b with POP3 (fetchmail-6.4)${date}\nReturn-Path: <f@example.org>\n\n`,
      undefined,
    ],
    ['nothing', 'Subject: x\n\n', undefined],
  ])('%s', (_, text, expected) => {
    expect(from(text)).toBe(expected)
  })

  it('takes the configured header and nothing else', () => {
    const trust = { envelopeSenderHeader: 'X-Sent-By' }
    expect(from('X-Sent-By: <g@example.org>\nReturn-Path: <h@example.org>\n\n', trust)).toBe('g@example.org')
    expect(from('Return-Path: <h@example.org>\n\n', trust)).toBeUndefined()
  })
})
