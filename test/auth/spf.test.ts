import { describe, expect, it } from '@jest/globals'
import { checkHelo, checkMailFrom } from '../../lib/auth/spf.ts'
import type { MessageInput } from '../../lib/checks/check.ts'
import { receivedSpf } from '../../lib/checks/received-spf.ts'
import { spf } from '../../lib/checks/spf.ts'
import { recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'
import { zoneDns, type Zone } from '../support/zone-dns.ts'

const ZONE: Zone = {
  'pass.example': { txt: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  'fail.example': { txt: ['some other text', 'v=spf1 -all'] },
  'soft.example': { txt: ['v=spf1 ~all'] },
  'neutral.example': { txt: ['v=spf1 ?all'] },
  'none.example': 'absent',
  'broken.example': { txt: ['v=spf1 ip4:300.0.0.0 -all'] },
  'silent.example': 'unavailable',
  'two.example': { txt: ['v=spf1 -all', 'v=spf1 +all'] },
  'mx.example': { txt: ['v=spf1 mx -all'], mx: [{ exchange: 'mail.mx.example', priority: 5 }] },
  'mail.mx.example': { a: ['192.0.2.1'], txt: 'absent' },
  'six.example': { txt: ['v=spf1 a -all'], aaaa: ['2001:db8::1'] },
  'ptr.example': { txt: ['v=spf1 ptr -all'] },
  '192.0.2.1': { ptr: ['host.ptr.example'] },
  'host.ptr.example': { a: ['192.0.2.1'] },
  'explained.example': { txt: ['v=spf1 -all exp=why.explained.example'] },
  'why.explained.example': { txt: ['%{i} may not send for %{d}'] },
  'loop.example': { txt: ['v=spf1 include:loop.example -all'] },
  'xn--bcher-kva.example': { txt: ['v=spf1 +all'] },
  'em_1.under.example': {
    txt: ['v=spf1 include:%{d2}.em_1.under.example exists:%{i}.%{dr-}.l.example -all'],
  },
  '_a.-b-.under.example': { txt: ['v=spf1 a:%{d} exp=why.%{d}'], a: ['192.0.2.1'] },
  '_no.under.example': { txt: ['v=spf1 -all exp=why._no.under.example'] },
  'why._no.under.example': { txt: ['not for %{d}, %{s}'] },
  '_ptr.under.example': { txt: ['v=spf1 ptr -all'] },
  '192.0.2.9': { ptr: ['host._ptr.under.example'] },
  'host._ptr.under.example': { a: ['192.0.2.9'] },
  'xn--bcher_-kva.example': { txt: ['v=spf1 +all'] },
  'under.example.em_1.under.example': { txt: ['v=spf1 ip4:192.0.2.1 -all'] },
}
const OPTIONS = { timeLimit: 1000 }
const question = (sender: string, helo = 'helo.example', ip = '192.0.2.1') => ({
  ip,
  helo,
  sender,
  hostname: 'mail.example.test',
})

describe('MAIL FROM', () => {
  it.each([
    ['a@pass.example', 'pass'],
    ['a@PASS.example', 'pass'],
    ['a@pass.example.', 'pass'],
    ['pass.example', 'pass'],
    ['a@fail.example', 'fail'],
    ['a@soft.example', 'softfail'],
    ['a@neutral.example', 'neutral'],
    ['a@none.example', 'none'],
    ['a@broken.example', 'permerror'],
    ['a@two.example', 'permerror'],
    ['a@loop.example', 'permerror'],
    ['a@silent.example', 'temperror'],
    ['a@mx.example', 'pass'],
    ['a@ptr.example', 'pass'],
    ['a@localhost', 'none'],
    ['a@[192.0.2.1]', 'none'],
    [`${'x'.repeat(400)}@pass.example`, 'none'],
    [`a@${'x.'.repeat(300)}example`, 'none'],
    [Buffer.from('a@bücher.example').toString('latin1'), 'pass'],
    ['\x00\xff"@"@pass.example', 'pass'],
    ['a@em_1.under.example', 'pass'],
    ['qjaa@EM_1.under.example', 'pass'],
    ['a@_a.-b-.under.example', 'pass'],
    ['a@_no.under.example', 'fail'],
    [`a@${'_'.repeat(64)}.example`, 'none'],
    ['a@under_example', 'none'],
    ['a@.under_.example', 'none'],
  ])('%j: %s', async (sender, wanted) => {
    const answer = await checkMailFrom(question(sender), zoneDns(ZONE), OPTIONS)
    expect(answer?.fact).toMatchObject({ result: wanted, identity: 'mailfrom' })
  })

  it('of an IPv6 client asks for its family', async () => {
    const dns = zoneDns(ZONE)
    const answer = await checkMailFrom(question('a@six.example', 'h', '2001:db8::1'), dns, OPTIONS)
    expect(answer?.fact.result).toBe('pass')
    expect(dns.asked).toEqual(['txt six.example', 'aaaa six.example'])
  })

  it('is not asked for the null sender', async () => {
    expect(await checkMailFrom(question(''), zoneDns({}), OPTIONS)).toBeNull()
  })

  it('of a domain with an underscore speaks of that domain in all its words', async () => {
    const dns = zoneDns(ZONE)
    const answer = await checkMailFrom(question('a@_no.under.example'), dns, OPTIONS)
    expect(dns.asked).toEqual(['txt _no.under.example', 'txt why._no.under.example'])
    expect(answer).toMatchObject({
      fact: { domain: '_no.under.example', value: 'a@_no.under.example' },
      explanation: 'not for _no.under.example, a@_no.under.example',
    })
    expect(answer?.received).toMatch(/domain of a@_no\.under\.example/)
    expect(JSON.stringify(answer)).not.toContain('qj')
  })

  it('knows names below a domain with an underscore by their addresses', async () => {
    const asked = question('a@_ptr.under.example', 'helo.example', '192.0.2.9')
    expect((await checkMailFrom(asked, zoneDns(ZONE), OPTIONS))?.fact.result).toBe('pass')
  })

  it('is asked for a HELO name with an underscore', async () => {
    const asked = question('', 'em_1.under.example')
    const answer = await checkHelo(asked, zoneDns(ZONE), OPTIONS)
    expect(answer?.fact).toMatchObject({ result: 'pass', identity: 'helo', domain: 'em_1.under.example' })
  })

  it('gives the words of the domain owner, and the header', async () => {
    const answer = await checkMailFrom(question('a@explained.example'), zoneDns(ZONE), OPTIONS)
    expect(answer?.explanation).toBe('192.0.2.1 may not send for explained.example')
    expect(answer?.received).toMatch(/^fail \(.*client-ip=192\.0\.2\.1;/s)
  })

  it('takes no longer than it may', async () => {
    const never = { ...zoneDns(ZONE), txt: () => new Promise<never>(() => undefined) }
    const started = performance.now()
    const answer = await checkMailFrom(question('a@pass.example'), never, { timeLimit: 150 })
    expect(answer?.fact.result).toBe('temperror')
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('HELO', () => {
  it.each([
    ['pass.example', 'pass'],
    ['Pass.Example.', 'pass'],
    ['fail.example', 'fail'],
    ['none.example', 'none'],
    ['[192.0.2.1]', undefined],
    ['localhost', undefined],
    ['', undefined],
    ['192.0.2.1', undefined],
    ['\x00.example', undefined],
    [`${'x.'.repeat(200)}example`, undefined],
  ])('%j: %s', async (helo, wanted) => {
    const answer = await checkHelo(question('a@b.example', helo), zoneDns(ZONE), OPTIONS)
    expect(answer?.fact.result).toBe(wanted)
    if (answer) expect(answer.fact.identity).toBe('helo')
  })
})

describe('the check', () => {
  it.each<[string, string, SessionOptions, string]>([
    ['both pass', '', { sender: 'a@pass.example', helo: 'pass.example' }, 'SPF_PASS SPF_HELO_PASS'],
    ['both are asked', '', { sender: 'a@fail.example', helo: 'pass.example' }, 'SPF_FAIL SPF_HELO_PASS'],
    ['the null sender has its HELO', '', { sender: '', helo: 'fail.example' }, 'SPF_HELO_FAIL'],
    ['HELO switched off', 'helo: false', { sender: 'a@soft.example', helo: 'fail.example' }, 'SPF_SOFTFAIL'],
    ['fail rejects', 'fail: reject', { sender: 'a@fail.example' }, 'refuse 550 5.7.23 SPF_FAIL'],
    ['softfail defers', 'softfail: defer', { sender: 'a@soft.example' }, 'refuse 451 4.7.23 SPF_SOFTFAIL'],
    [
      'permerror rejects',
      'permerror: reject',
      { sender: 'a@two.example' },
      'refuse 550 5.7.24 SPF_PERMERROR',
    ],
    ['temperror is never clean', '', { sender: 'a@silent.example' }, 'unavailable SPF_TEMPERROR=0'],
    [
      'temperror defers by choice',
      'temperror: defer',
      { sender: 'a@silent.example' },
      'refuse 451 4.7.24 SPF_TEMPERROR',
    ],
    [
      'HELO rejects by choice',
      'helo_fail: reject',
      { sender: 'a@pass.example', helo: 'fail.example' },
      'refuse 550 5.7.23 SPF_HELO_FAIL',
    ],
    ['log only', 'fail: log', { sender: 'a@fail.example' }, 'SPF_FAIL=0'],
    ['private clients are exempt', 'fail: reject', { sender: 'a@fail.example', address: '10.0.0.1' }, ''],
    ['exempt groups', 'fail: reject, exempt: [backup]', { sender: 'a@fail.example', groups: ['backup'] }, ''],
    ['clients without address', '', { sender: 'a@fail.example', address: null }, ''],
  ])('%s', async (_, config, options, wanted) => {
    const context = testContext({ config: `groups: { backup: [] }\nspf: { ${config} }`, zone: ZONE })
    const result = await spf.run(recipientInput({ helo: 'localhost', ...options }), context)
    expect(summary(result)).toBe(wanted)
  })

  it('has a Received-SPF header where the configuration wants one, free of what strangers put in', async () => {
    const context = testContext({ config: 'spf: { received_spf: true }', zone: ZONE })
    const input = recipientInput({ sender: 'a@pass.example', helo: 'x\r\nEvil: header' })
    const result = await spf.run(input, context)
    context.results.set('spf', result)
    const written = await receivedSpf.run(input as unknown as MessageInput, context)
    const edit = written.kind === 'hits' ? written.edits?.[0] : undefined
    expect(edit).toMatchObject({ kind: 'insertHeader', name: 'Received-SPF' })
    const value = edit?.kind === 'insertHeader' ? edit.value : ''
    expect(value).toMatch(/^pass \(.*\) client-ip=192\.0\.2\.1; envelope-from=/)
    expect(value).not.toMatch(/[\r\n]/)
    const without = testContext({ zone: ZONE })
    expect((await spf.run(input, without)) as object).not.toHaveProperty('facts.receivedSpf')
  })

  it('hands its facts on', async () => {
    const context = testContext({ zone: ZONE })
    const result = await spf.run(recipientInput({ sender: 'a@pass.example', helo: 'fail.example' }), context)
    expect(result).toMatchObject({
      facts: {
        spf: {
          mailFrom: { result: 'pass', domain: 'pass.example', value: 'a@pass.example', identity: 'mailfrom' },
          helo: { result: 'fail', domain: 'fail.example', value: 'fail.example', identity: 'helo' },
        },
      },
    })
    expect(() => structuredClone(result)).not.toThrow()
  })
})
