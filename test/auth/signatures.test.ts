import { describe, expect, it } from '@jest/globals'
import type { SignatureFact } from '../../lib/auth/facts.ts'
import { mailauthResolver } from '../../lib/auth/resolver.ts'
import { verifySignatures } from '../../lib/auth/signatures.ts'
import { judge } from '../../lib/checks/dkim.ts'
import { asMilterSees, keyOf, plainMail, seal, sign, SIGNED_AT } from '../support/signed-mail.ts'
import { tableDns, type Zone } from '../support/table-dns.ts'

const OPTIONS = {
  now: SIGNED_AT,
  clockTolerance: 300_000,
  minimumBits: 1024,
  arc: true,
  trustedSealers: ['lists.example'],
}
const verify = (mail: string, zone: Zone = {}, options = {}) =>
  verifySignatures(
    { ...asMilterSees(mail), truncated: false },
    {
      ...OPTIONS,
      ...options,
      resolver: mailauthResolver(tableDns(zone), new AbortController().signal),
    },
  )

describe('verifySignatures: DKIM', () => {
  const mail = plainMail('anna@shop.example')
  const shop = keyOf('shop.example')
  type Row = readonly [
    what: string,
    make: () => Promise<string>,
    zone: Zone,
    expected: Partial<SignatureFact>,
  ]
  const rows: readonly Row[] = [
    [
      'a sound signature',
      () => sign(mail, { domain: 'shop.example' }),
      shop,
      {
        result: 'pass',
        trusted: true,
        aligned: true,
        keyBits: 2048,
        algorithm: 'rsa-sha256',
        selector: 's1',
      },
    ],
    [
      'one in simple canonicalization',
      () => sign(mail, { domain: 'shop.example', canonicalization: 'simple/simple' }),
      shop,
      { result: 'pass', trusted: true },
    ],
    [
      'one by another domain',
      () => sign(mail, { domain: 'sender.example' }),
      keyOf('sender.example'),
      { result: 'pass', trusted: true, aligned: false, domain: 'sender.example' },
    ],
    [
      'a changed subject',
      async () => (await sign(mail, { domain: 'shop.example' })).replace('A letter', 'A bill'),
      shop,
      { result: 'fail', trusted: false, comment: 'bad signature' },
    ],
    [
      'a changed body',
      async () => `${await sign(mail, { domain: 'shop.example' })}more\r\n`,
      shop,
      { result: 'neutral', trusted: false, comment: 'body hash did not verify' },
    ],
    [
      'text after the signed length (l=)',
      async () =>
        `${await sign(mail, { domain: 'shop.example', maxBodyLength: 10, canonicalization: 'simple/simple' })}more\r\n`,
      shop,
      { result: 'policy', trusted: false },
    ],
    [
      'a signature from the future',
      () => sign(mail, { domain: 'shop.example', signTime: new Date(SIGNED_AT + 86_400_000) }),
      shop,
      { result: 'policy', trusted: false },
    ],
    [
      'an expired one',
      () => sign(mail, { domain: 'shop.example', expires: new Date(SIGNED_AT - 600_000) }),
      shop,
      { result: 'neutral', trusted: false, comment: 'expired' },
    ],
    [
      'no key in the DNS',
      () => sign(mail, { domain: 'shop.example' }),
      { 'txt s1._domainkey.shop.example': null },
      { result: 'neutral', comment: 'no key' },
    ],
    [
      'a DNS that does not answer',
      () => sign(mail, { domain: 'shop.example' }),
      { 'txt s1._domainkey.shop.example': '!timed out' },
      { result: 'temperror', trusted: false, comment: 'timed out' },
    ],
    [
      'a key that is withdrawn',
      () => sign(mail, { domain: 'shop.example' }),
      { 'txt s1._domainkey.shop.example': ['v=DKIM1; p='] },
      { result: 'neutral', comment: 'invalid public key' },
    ],
    [
      'a domain in capitals',
      () => sign(mail, { domain: 'SHOP.example' }),
      shop,
      { result: 'pass', domain: 'shop.example', aligned: true },
    ],
  ]
  it.each(rows)('%s', async (_what, make, zone, expected) => {
    const { dkim } = await verify(await make(), zone)
    expect(dkim.signatures).toHaveLength(1)
    expect(dkim.signatures[0]).toMatchObject(expected)
  })

  it('says nothing of an unsigned mail', async () => {
    const { dkim, arc, from, fromFields } = await verify(mail)
    expect(dkim).toEqual({ signatures: [], present: 0, skipped: null })
    expect(arc.result).toBe('none')
    expect([from, fromFields]).toEqual([['anna@shop.example'], 1])
  })

  it('looks at the first 20 signatures', async () => {
    let many = mail
    for (let index = 0; index < 25; index++) many = await sign(many, { domain: `d${index}.example` })
    const zone = Object.assign({}, ...Array.from({ length: 25 }, (_, index) => keyOf(`d${index}.example`)))
    const { dkim } = await verify(many, zone)
    expect(dkim.present).toBe(25)
    expect(dkim.signatures.map(({ result }) => result)).toEqual(Array.from({ length: 20 }, () => 'pass'))
  })

  it('does not verify half a body', async () => {
    const signed = asMilterSees(await sign(mail, { domain: 'shop.example' }))
    const resolver = mailauthResolver(tableDns({}), new AbortController().signal)
    const { dkim } = await verifySignatures({ ...signed, truncated: true }, { ...OPTIONS, resolver })
    expect(dkim.skipped).toBe('the message is over the size limit')
  })
})

describe('verifySignatures: ARC', () => {
  const mail = plainMail('anna@shop.example')
  const zone = { ...keyOf('lists.example'), ...keyOf('other.example') }
  const said =
    'spf=pass smtp.mailfrom=a@shop.example; dkim=pass header.d=shop.example; dmarc=pass header.from=shop.example'

  it('believes a trusted sealer', async () => {
    const { arc } = await verify(await seal(mail, 'lists.example', said), zone)
    expect(arc).toEqual({
      result: 'pass',
      instance: 1,
      sealers: ['lists.example'],
      trusted: true,
      sealed: { spf: 'pass', dkim: 'pass', dmarc: 'pass', from: 'shop.example' },
    })
  })

  it('does not believe anybody else', async () => {
    const { arc } = await verify(await seal(mail, 'other.example', said), zone)
    expect(arc).toMatchObject({ result: 'pass', trusted: false, sealed: null })
  })

  it('takes the word of the oldest sealer that only trusted ones followed', async () => {
    const sealed = await seal(
      await seal(mail, 'other.example', said),
      'lists.example',
      'dmarc=fail header.from=shop.example',
      'pass',
    )
    const { arc } = await verify(sealed, zone)
    expect(arc).toMatchObject({ result: 'pass', instance: 2, trusted: true, sealed: { dmarc: 'fail' } })
  })

  it.each([
    ['whose key is not found out', 'lists.example'],
    ['one of whose earlier keys is not found out', 'other.example'],
  ])('says of a chain %s that it was not verified, not that it is broken', async (_what, domain) => {
    const sealed = await seal(await seal(mail, 'other.example', said), 'lists.example', said, 'pass')
    const silent = Object.fromEntries(Object.keys(keyOf(domain)).map((key) => [key, '!no answer in 1000 ms']))
    expect((await verify(sealed, { ...zone, ...silent })).arc).toMatchObject({
      result: 'temperror',
      comment: `key not found out: s1._domainkey.${domain}: no answer in 1000 ms`,
      trusted: false,
      sealed: null,
    })
  })

  it('fails a chain whose mail was changed', async () => {
    const sealed = `${await seal(mail, 'lists.example', said)}more\r\n`
    expect((await verify(sealed, zone)).arc).toMatchObject({ result: 'fail', trusted: false, sealed: null })
  })
})

describe('more signatures than are looked at', () => {
  const mail = plainMail('anna@shop.example')
  const junk = (domain: string, count: number) =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=${domain}; s=s1; h=from; bh=AAAA; b=AAAA\r\n`.repeat(count)

  it('the one that proves From is found behind 30 others', async () => {
    const signed = `${junk('other.example', 30)}${await sign(mail, { domain: 'shop.example' })}`
    const { dkim } = await verify(signed, keyOf('shop.example'))
    expect(dkim).toMatchObject({ present: 31, skipped: null })
    expect(dkim.signatures.filter(({ trusted, aligned }) => trusted && aligned)).toHaveLength(1)
  })

  it('what is over the limit is not verified, which is not the same as failed', async () => {
    const { dkim } = await verify(`${junk('shop.example', 25)}${mail}`, keyOf('shop.example'))
    expect(judge(dkim)).toMatchObject({ kind: 'unavailable', reason: 'not verified: 5 of 25 signatures' })
    const beside = await verify(`${junk('other.example', 25)}${mail}`, keyOf('other.example'))
    expect(judge(beside.dkim)).toMatchObject({ kind: 'unavailable' })
  })
})

describe('clocks that differ by minutes', () => {
  const MINUTE = 60_000
  const shop = keyOf('shop.example')
  it.each([
    ['signed three seconds ahead of us', { t: 3_000 }, 'pass', true],
    ['signed five minutes ahead of us', { t: 5 * MINUTE }, 'pass', true],
    ['signed seven minutes ahead of us', { t: 7 * MINUTE }, 'policy', false],
    ['expired four minutes ago', { t: -60 * MINUTE, x: -4 * MINUTE }, 'pass', true],
    ['expired six minutes ago', { t: -60 * MINUTE, x: -6 * MINUTE }, 'neutral', false],
  ] as const)('a signature %s', async (_what, times: { t: number; x?: number }, result, trusted) => {
    const mail = await sign(plainMail('anna@shop.example'), {
      domain: 'shop.example',
      signTime: new Date(SIGNED_AT + times.t),
      ...(times.x === undefined ? {} : { expires: new Date(SIGNED_AT + times.x) }),
    })
    const { dkim } = await verify(mail, shop)
    expect(dkim.signatures[0]).toMatchObject({ result, trusted })
  })

  it('none where the configuration tolerates nothing', async () => {
    const mail = await sign(plainMail('anna@shop.example'), {
      domain: 'shop.example',
      signTime: new Date(SIGNED_AT + 1_000),
    })
    const { dkim } = await verify(mail, shop, { clockTolerance: 0 })
    expect(dkim.signatures[0]).toMatchObject({ result: 'policy', comment: 'signed in the future' })
  })

  it('the seal of a forwarder whose clock is three minutes ahead counts', async () => {
    const signed = await sign(plainMail('anna@shop.example'), { domain: 'shop.example' })
    const sealed = await seal(signed, 'lists.example', 'dmarc=pass header.from=shop.example')
    const { arc } = await verify(
      sealed,
      { ...shop, ...keyOf('lists.example') },
      { now: SIGNED_AT - 1_800_000 - 3 * MINUTE },
    )
    expect(arc).toMatchObject({ result: 'pass', trusted: true })
  })
})
