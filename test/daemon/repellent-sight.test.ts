import { describe, expect, it } from '@jest/globals'
import { reportRepellentSight } from '../../lib/daemon/repellent-sight.ts'
import type { Log } from '../../lib/log.ts'
import { askSockets, type AskSockets } from '../../lib/net/ss.ts'
import { describeWith } from '../servers/support/describe-with.ts'

async function warnings(delay: number, ask: AskSockets): Promise<string[]> {
  const said: string[] = []
  const log: Pick<Log, 'warn'> = { warn: (text) => void said.push(text) }
  await reportRepellentSight(delay, log, ask)
  return said
}

describe('what the repellent can see is said at start', () => {
  it.each<[string, AskSockets, RegExp]>([
    [
      'without netlink',
      async ([port]) =>
        `Cannot open netlink socket: Address family not supported by protocol\nESTAB 0      0      127.0.0.1:41575 127.0.0.1:${port} rto:0.2 ato:0.04 qack:15 bidir cwnd:10 reordering:0\n`,
      /^repellent: ss may not ask the kernel \(netlink\)/,
    ],
    [
      'without iproute2',
      async () => {
        throw new Error('ss (iproute2) is not installed')
      },
      /^repellent: ss \(iproute2\) is not installed; clients whose early talk/,
    ],
    ['where no connection is shown', async () => '', /does not show connections/],
  ])('%s', async (_, ask, wanted) => {
    expect(await warnings(1000, ask)).toEqual([expect.stringMatching(wanted)])
  })

  it('and nobody is asked where nothing is held back', async () => {
    expect(await warnings(0, () => Promise.reject(new Error('asked')))).toEqual([])
  })
})

describeWith('on a host with ss', { programs: ['ss'] }, () => {
  it('nothing is said', async () => expect(await warnings(1000, askSockets)).toEqual([]))
})
