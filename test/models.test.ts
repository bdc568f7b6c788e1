import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { teach } from '../lib/bayes/classify.ts'
import { parseConfig } from '../lib/config/load.ts'
import { createModels } from '../lib/scan/models.ts'
import type { BayesStore } from '../lib/store/bayes-store.ts'
import { openStores } from '../lib/store/open.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const path = (address: string) => ({ address, parameters: [] })
const models = () => {
  const loaded = parseConfig('bayes: { domains: [own.example] }', 'test')
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const site = openStores(':memory:').store
  const choose = createModels({ ...loaded.config, state: folder }, site)
  return { site, of: (...addresses: string[]) => choose(addresses.map(path)) }
}
const learn = (store: BayesStore, count: number) =>
  store.learn(
    (['spam', 'ham'] as const).flatMap((as) =>
      Array.from({ length: count }, (_, at) => ({
        at: 0,
        who: 'anna',
        source: 'command',
        about: '',
        as,
        message: Buffer.from(`${as} ${at}`.padEnd(16)),
        features: { words: Float64Array.of(at), blocks: [Int32Array.of(at)] },
      })),
    ),
    teach,
  )

describe('the model of a mail', () => {
  it('is that of the domain of all its recipients, else the site’s', () => {
    const { site, of } = models()
    for (const addresses of [['a@other.example'], ['a@own.example', 'b@other.example'], []])
      expect(of(...addresses)).toEqual({ judging: site, teaching: site, domain: null })
    const own = of('a@own.example', 'B@OWN.example')
    expect(own.teaching).not.toBe(site)
    expect(of('c@own.example').teaching).toBe(own.teaching)
    expect(own.judging).toBe(site)
  })
  it('of a domain judges when it has learned enough, and knows nothing of the site’s lessons', () => {
    const { site, of } = models()
    const { teaching } = of('a@own.example')
    learn(teaching.bayes, 199)
    expect(of('a@own.example').judging).toBe(site)
    learn(teaching.bayes, 200)
    expect(of('a@own.example').judging).toBe(teaching)
    expect([site.bayes.totals(), teaching.bayes.totals()]).toEqual([
      { spam: 0, ham: 0 },
      { spam: 200, ham: 200 },
    ])
    teaching.bayes.close()
  })
  it('that cannot be opened is not replaced by another one', () => {
    mkdirSync(join(folder, 'bayes-domains'))
    writeFileSync(join(folder, 'bayes-domains', 'own.example.sqlite'), 'no database at all '.repeat(99))
    const { of } = models()
    expect(() => of('a@own.example').judging.bayes.totals()).toThrow(/not an SQLite database/)
  })
})
