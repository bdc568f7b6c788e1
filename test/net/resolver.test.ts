import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createResolver, type ResolverOptions } from '../../lib/net/resolver.ts'
import { startDnsServer, type Behaviour, type FakeNameServer } from '../support/dns-server.ts'

const NAMES: Readonly<Record<string, Behaviour>> = {
  'good.example': { records: ['192.0.2.1', '192.0.2.2'], ttl: 30 },
  'text.example': { records: ['v=spf1 -all'] },
  'nodata.example': { records: ['only text'] },
  'servfail.example': { code: 2 },
  'refused.example': { code: 5 },
  'silent.example': { silent: true },
  'slow.example': { records: ['192.0.2.3'], delay: 150 },
  'truncated.example': { records: ['192.0.2.4'], truncated: true },
  'wrong-id.example': { records: ['192.0.2.5'], wrongId: true },
  'rubbish.example': { rubbish: true },
}

describe('the resolver', () => {
  let server: FakeNameServer
  let now = 0
  const resolver = (options: Partial<ResolverOptions> = {}) =>
    createResolver({ servers: [server.address], timeout: 800, now: () => now, ...options })
  const timesAsked = (name: string) => server.asked.filter((one) => one === name).length

  beforeAll(async () => {
    server = await startDnsServer((name) => NAMES[name] ?? {})
  })
  afterAll(async () => server.stop())

  it.each([
    ['good.example', 'found 192.0.2.1 192.0.2.2 for 30'],
    ['GOOD.example.', 'found 192.0.2.1 192.0.2.2 for 30'],
    ['slow.example', 'found 192.0.2.3 for 60'],
    ['truncated.example', 'found 192.0.2.4 for 60'],
    ['absent.example', 'absent, no such name'],
    ['nodata.example', 'absent'],
    ['servfail.example', 'unavailable'],
    ['refused.example', 'unavailable'],
    ['silent.example', 'unavailable'],
    ['wrong-id.example', 'unavailable'],
    ['rubbish.example', 'unavailable'],
    ['', 'absent'],
    ['a..example', 'absent'],
    [`${'x'.repeat(64)}.example`, 'absent'],
    [`${'x.'.repeat(130)}example`, 'absent'],
    ['white space.example', 'absent'],
  ])('%j is %s', async (name, wanted) => {
    const dns = resolver()
    const started = performance.now()
    const answer = await dns.a(name)
    expect(performance.now() - started).toBeLessThan(3000)
    const said =
      answer.kind === 'found'
        ? `found ${answer.records.join(' ')} for ${answer.ttl}`
        : answer.kind === 'absent' && answer.noName
          ? 'absent, no such name'
          : answer.kind
    expect(said).toBe(wanted)
    dns.close()
  })

  it('loses nothing to a malformed answer that comes while others wait', async () => {
    const dns = resolver()
    const names = ['slow.example', 'rubbish.example', 'good.example', 'slow.example']
    const kinds = (await Promise.all(names.map((name) => dns.a(name)))).map(({ kind }) => kind)
    expect(kinds).toEqual(['found', 'unavailable', 'found', 'found'])
    dns.close()
  })

  it('asks over TCP when an answer is truncated', () =>
    expect(server.asked).toContain('tcp truncated.example'))

  it('never says the name in a reason, because it may hold a key', async () => {
    const dns = resolver()
    const answer = await dns.a('secret-key.servfail.example')
    const silent = await dns.a('silent.example')
    expect(JSON.stringify([answer, silent])).not.toMatch(/secret|example/)
    dns.close()
  })

  it('keeps answers for their TTL, denials and failures shorter', async () => {
    const dns = resolver({ negativeTtl: 10_000, failureTtl: 2_000 })
    const ask = async () => {
      for (const name of ['good.example', 'gone.example', 'servfail.example']) await dns.a(name)
      return ['good.example', 'gone.example', 'servfail.example'].map(timesAsked)
    }
    const [good, gone, failed] = await ask()
    expect(await ask()).toEqual([good, gone, failed])
    now += 3_000
    const third = await ask()
    expect(third.slice(0, 2)).toEqual([good, gone])
    expect(third[2]).toBeGreaterThan(failed!)
    now += 9_000
    expect((await ask()).slice(0, 2)).toEqual([good, gone! + 1])
    now += 20_000
    expect((await ask())[0]).toBe(good! + 1)
    dns.close()
  })

  it('asks a name once however many wait for it', async () => {
    const dns = resolver()
    const before = timesAsked('slow.example')
    const answers = await Promise.all(Array.from({ length: 200 }, () => dns.a('slow.example')))
    expect(answers.every(({ kind }) => kind === 'found')).toBe(true)
    expect(timesAsked('slow.example')).toBe(before + 1)
    expect(dns.statistics()).toMatchObject({ asked: 1, joined: 199, failed: 0, cached: 1 })
    dns.close()
  })

  it('lets who gives up go, and keeps the answer for the others', async () => {
    const dns = resolver()
    const abort = new AbortController()
    const [gone, stayed] = [dns.a('slow.example', abort.signal), dns.a('slow.example')]
    abort.abort()
    expect(await gone).toEqual({ kind: 'unavailable', reason: 'given up waiting' })
    expect((await stayed).kind).toBe('found')
    dns.close()
  })

  it('has bounds for answers kept and questions under way', async () => {
    const dns = resolver({ cacheSize: 3, maximumPending: 2 })
    const burst = await Promise.all(
      ['slow.example', 'good.example', 'text.example'].map((name) => dns.a(name)),
    )
    expect(burst[2]).toEqual({ kind: 'unavailable', reason: 'too many DNS questions at once' })
    for (let index = 0; index < 10; index++) await dns.a(`n${index}.example`)
    expect(dns.statistics().cached).toBe(3)
    dns.close()
  })

  it('answers everybody when it is closed', async () => {
    const dns = resolver()
    const waiting = dns.a('silent.example')
    dns.close()
    expect((await waiting).kind).toBe('unavailable')
    expect(await dns.a('good.example')).toEqual({ kind: 'unavailable', reason: 'the resolver is closed' })
  })

  it('is unavailable, quickly, when no server listens', async () => {
    const dns = createResolver({ servers: ['127.0.0.1:9'], timeout: 300 })
    expect((await dns.txt('text.example')).kind).toBe('unavailable')
    expect((await dns.ptr('192.0.2.1')).kind).toBe('unavailable')
    expect(await dns.ptr('no address')).toEqual({ kind: 'absent' })
    dns.close()
  })
})
