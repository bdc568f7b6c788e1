/** Servers that are dead, names that are silent, and telling the one from the other: by questions asked, not by time. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { Circuits } from '../../lib/net/circuits.ts'
import { createResolver, type CachingDns, type ResolverOptions } from '../../lib/net/resolver.ts'
import { startDnsServer, type Behaviour, type FakeNameServer } from '../support/dns-server.ts'

const DEAD = { kind: 'unavailable', reason: 'the resolver does not answer' }
const SILENT: Behaviour = { silent: true }
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function server(behave: (name: string) => Behaviour): Promise<FakeNameServer> {
  const one = await startDnsServer(behave)
  ends.push(() => one.stop())
  return one
}

function resolver(servers: readonly FakeNameServer[], more: Partial<ResolverOptions> = {}): CachingDns {
  const dns = createResolver({
    servers: servers.map(({ address }) => address),
    timeout: 20_000,
    circuits: new Circuits(),
    ...more,
  })
  ends.push(() => dns.close())
  return dns
}
const names = (count: number, below: string) =>
  Array.from({ length: count }, (_, index) => `n${index}.${below}`)
/** Names that were asked, each once; without the root. */
const asked = ({ asked }: FakeNameServer) => new Set(asked.filter((name) => name !== ''))

describe('a resolver that does not answer', () => {
  it('is told to all who wait, and asked no more but for signs of life', async () => {
    const dead = await server(() => SILENT)
    const changes: boolean[] = []
    const dns = resolver([dead], { changed: (_server, isDead) => changes.push(isDead) })
    const first = await Promise.all(names(20, 'first.example').map((name) => dns.a(name)))
    expect(first).toEqual(first.map(() => DEAD))
    const before = asked(dead).size
    for (const name of names(100, 'later.example')) expect(await dns.a(name)).toEqual(DEAD)
    expect(asked(dead).size - before).toBeLessThanOrEqual(2)
    expect(changes).toEqual([true])
  }, 20_000)

  it('is believed again as soon as anything comes from it', async () => {
    let alive = false
    const one = await server(() => (alive ? { records: ['192.0.2.1'] } : SILENT))
    const circuits = new Circuits()
    const changes: boolean[] = []
    const dns = resolver([one], { circuits, changed: (_server, isDead) => changes.push(isDead) })
    expect(await dns.a('a.example')).toEqual(DEAD)
    alive = true
    while (circuits.of(`dns ${one.address}`).failures > 0)
      await new Promise((resolve) => setTimeout(resolve, 50))
    // that nobody was asked was not kept as an answer
    expect((await dns.a('a.example')).kind).toBe('found')
    expect(changes).toEqual([true, false])
  }, 20_000)

  it('is known at once to the threads that have not asked it yet', async () => {
    const dead = await server(() => SILENT)
    const circuits = new Circuits()
    await resolver([dead], { circuits }).a('a.example')
    const before = asked(dead).size
    expect(await resolver([dead], { circuits }).a('b.example')).toEqual(DEAD)
    expect(asked(dead).size - before).toBeLessThanOrEqual(1)
  }, 20_000)
})

describe('names that get no answer from a resolver that is alive', () => {
  it('do not make it a dead one, though nothing else is asked', async () => {
    const one = await server((name) => (name.endsWith('silent.example') ? SILENT : { code: 5 }))
    const circuits = new Circuits()
    const dns = resolver([one], { circuits, timeout: 3500 })
    const answers = await Promise.all(names(20, 'silent.example').map((name) => dns.txt(name)))
    expect(answers.every(({ kind }) => kind === 'unavailable')).toBe(true)
    expect(answers).not.toContainEqual(DEAD)
    expect(one.asked).toContain('')
    expect(circuits.of(`dns ${one.address}`).failures).toBe(0)
  }, 20_000)

  it('do not, where the resolver ignores the question for the root but answers what it answered before', async () => {
    const one = await server((name) => (name === 'good.example' ? { records: ['192.0.2.1'] } : SILENT))
    const circuits = new Circuits()
    const dns = resolver([one], { circuits, timeout: 3500 })
    await dns.a('good.example')
    expect(await dns.a('silent.example')).not.toEqual(DEAD)
    expect(circuits.of(`dns ${one.address}`).failures).toBe(0)
  }, 20_000)

  it('of one domain are asked no more while eight are late, and nobody else is hurt by them', async () => {
    const one = await server((name) =>
      name.endsWith('silent.example') ? SILENT : { records: ['192.0.2.1'] },
    )
    let now = 0
    const dns = resolver([one], { now: () => now })
    const waiting = names(8, 'silent.example').map((name) => dns.txt(name))
    now = 1500
    expect(await dns.txt('n9.other.silent.example')).toEqual({
      kind: 'unavailable',
      reason: 'too many questions about this domain are open',
    })
    expect((await dns.a('good.example')).kind).toBe('found')
    expect(asked(one)).not.toContain('n9.other.silent.example')
    dns.close()
    await Promise.all(waiting)
  })
})

describe('of two resolvers', () => {
  it('the second is asked early when the first is silent', async () => {
    const [dead, good] = await Promise.all([server(() => SILENT), server(() => ({ records: ['192.0.2.1'] }))])
    const dns = resolver([dead, good])
    const found = await Promise.all(names(20, 'some.example').map((name) => dns.a(name)))
    expect(found.every(({ kind }) => kind === 'found')).toBe(true)
    expect(asked(good).size).toBe(20)
  }, 20_000)

  it('the second is asked alone once the first gives no sign of life', async () => {
    const [dead, good] = await Promise.all([server(() => SILENT), server(() => ({ records: ['192.0.2.1'] }))])
    const circuits = new Circuits()
    const dns = resolver([dead, good], { circuits })
    for (let index = 0; circuits.of(`dns ${dead.address}`).failures === 0; index++)
      await dns.a(`until${index}.example`)
    const before = asked(dead).size
    const found = await Promise.all(names(50, 'later.example').map((name) => dns.a(name)))
    expect(found.every(({ kind }) => kind === 'found')).toBe(true)
    expect(asked(dead).size - before).toBe(0)
  }, 20_000)

  it.each([
    ['fails', { code: 2 }],
    ['refuses', { code: 5 }],
  ])('the second is asked at once when the first %s', async (_what, behaviour) => {
    const [bad, good] = await Promise.all([
      server(() => behaviour),
      server(() => ({ records: ['192.0.2.1'] })),
    ])
    expect((await resolver([bad, good]).a('a.example')).kind).toBe('found')
  })

  it('the first is believed that there is no such name', async () => {
    const [first, second] = await Promise.all([
      server(() => ({})),
      server(() => ({ records: ['192.0.2.1'] })),
    ])
    expect(await resolver([first, second]).a('a.example')).toEqual({ kind: 'absent', noName: true })
    expect(second.asked).toEqual([])
  })
})
