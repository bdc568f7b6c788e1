import { describe, expect, it, jest } from '@jest/globals'
import type { Answer } from '../../lib/net/dns.ts'
import { dnsAccount } from '../../lib/net/dns-account.ts'
import { SILENT_DNS } from '../../lib/net/silent.ts'

/** A resolver that answers when told to. */
function heldDns() {
  const waiting = new Map<string, () => void>()
  const a = (name: string) =>
    new Promise<Answer<string>>((resolve) =>
      waiting.set(name, () => resolve({ kind: 'found', records: [name], ttl: 1 })),
    )
  return { dns: { ...SILENT_DNS, a }, waiting }
}

describe("a mail's account with the DNS", () => {
  it('gives up what is late in all stages together, and asks nothing more', async () => {
    jest.useFakeTimers({ now: 0 })
    const { dns, waiting } = heldDns()
    const account = dnsAccount({ time: 5000, open: 10, now: () => Date.now() })
    const own = account.of(dns)
    const first = own.a('first')
    await jest.advanceTimersByTimeAsync(2000)
    waiting.get('first')?.()
    expect((await first).kind).toBe('found')
    await jest.advanceTimersByTimeAsync(60_000)
    expect(account.spent()).toBe(2000)
    const late = [own.a('second'), own.a('third')]
    await jest.advanceTimersByTimeAsync(3001)
    const over = { kind: 'unavailable', reason: 'no answer within the 5000 ms of one mail' }
    expect(await Promise.all(late)).toEqual([over, over])
    expect(await own.a('fourth')).toEqual(over)
    expect([...waiting.keys()]).toEqual(['first', 'second', 'third'])
    account.restart()
    const fifth = own.a('fifth')
    waiting.get('fifth')?.()
    expect((await fifth).kind).toBe('found')
    jest.useRealTimers()
  })

  it('goes on from what was spent in another thread', async () => {
    const { dns, waiting } = heldDns()
    const own = dnsAccount({ time: 5000, open: 10, spent: 5000 }).of(dns)
    expect((await own.a('late')).kind).toBe('unavailable')
    expect(waiting.size).toBe(0)
  })

  it('has so many questions open at once and no more', async () => {
    const { dns, waiting } = heldDns()
    const own = dnsAccount({ time: 5000, open: 2 }).of(dns)
    const asked = ['one', 'two', 'three'].map((name) => own.a(name))
    expect(await asked[2]).toEqual({
      kind: 'unavailable',
      reason: 'over 2 DNS questions at once for one mail',
    })
    for (const answer of waiting.values()) answer()
    await Promise.all(asked)
    const fourth = own.a('four')
    waiting.get('four')?.()
    expect((await fourth).kind).toBe('found')
  })
})
