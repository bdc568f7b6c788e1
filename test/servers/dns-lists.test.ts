/** DNS lists with real servers: a list asked directly at its zone's own name server, and one that dies and comes back. */
import { expect, it } from '@jest/globals'
import { dnsLists } from '../../lib/checks/dns-lists.ts'
import { keepDnsLists } from '../../lib/checks/list-keeper.ts'
import { createResolver } from '../../lib/net/resolver.ts'
import { recipientInput, summary, testContext } from '../support/session.ts'
import { describeWith } from './support/describe-with.ts'
import { startRbldnsd, startUnbound } from './support/name-servers.ts'

const LIST = [':127.0.0.2:listed', '127.0.0.2', '192.0.2.1']

describeWith('DNS lists', { programs: ['rbldnsd', 'unbound'], root: true }, () => {
  it('are asked at the name servers of their zone where the licence wants it', async () => {
    // The resolver knows whose the zone is, and nothing of what is in it.
    const names = await startUnbound([
      'direct.test. 60 IN NS ns.direct.test.',
      'ns.direct.test. 60 IN A 127.0.0.54',
    ])
    const list = await startRbldnsd({ 's3cret.direct.test': LIST }, { host: '127.0.0.54', port: 53 })
    const lines: string[] = []
    const { config } = testContext({
      config: `dns_lists: { lists: [{ zone: "{key}.direct.test", key: s3cret, direct: true, codes: { 127.0.0.2: { hit: DIRECT, score: 2 } } }] }\ndns: { servers: ["${names.address}"] }`,
    })
    const dns = createResolver({ servers: config.dns.servers, timeout: 1000 })
    const keeper = keepDnsLists(config, {
      dns,
      now: Date.now,
      log: { info: (text) => lines.push(text), warn: (text) => lines.push(text) },
    })
    try {
      await keeper.test()
      expect(keeper.status()).toMatchObject([{ label: '{key}.direct.test', suspended: null }])
      const context = { ...testContext(), config, dns, dnsLists: keeper }
      expect(summary(await dnsLists.run(recipientInput(), context))).toBe('DIRECT=2')
      expect(summary(await dnsLists.run(recipientInput({ address: '192.0.2.9' }), context))).toBe('')
      expect(await dns.a('1.2.0.192.s3cret.direct.test')).toMatchObject({ kind: 'absent' })
      expect(lines.join()).not.toMatch(/s3cret/)
    } finally {
      keeper.stop()
      dns.close()
      await list.stop()
      await names.stop()
    }
  }, 30_000)

  it('that die are rested and named, and come back by themselves', async () => {
    const first = await startRbldnsd({ 'l.test': LIST })
    const port = Number(first.address.split(':')[1])
    const { config } = testContext({
      config: `dns_lists: { wait: 300ms, lists: [{ zone: l.test, servers: ["${first.address}"], codes: { 127.0.0.2: { hit: LISTED, score: 2 } } }] }\ndns: { timeout: 300ms, failure_ttl: 0 }`,
    })
    const common = testContext()
    const keeper = keepDnsLists(config, {
      dns: common.dns,
      now: Date.now,
      log: { info: () => undefined, warn: () => undefined },
    })
    const context = { ...common, config, dnsLists: keeper }
    const ask = async (client: number) =>
      summary(await dnsLists.run(recipientInput({ address: `192.0.2.${client}` }), context))
    try {
      await keeper.test()
      expect(await ask(1)).toBe('LISTED=2')
      await first.stop()
      for (let client = 10; client < 18; client++) expect(await ask(client)).toBe('unavailable')
      const started = performance.now()
      expect(await ask(18)).toBe('unavailable')
      // rested: nobody waits for it any more
      expect(performance.now() - started).toBeLessThan(100)
      const second = await startRbldnsd({ 'l.test': LIST }, { port })
      await keeper.test()
      expect(keeper.suspended(0)).toBeNull()
      expect(await ask(19)).toBe('')
      await second.stop()
    } finally {
      keeper.stop()
    }
  }, 60_000)
})
