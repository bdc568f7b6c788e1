/** Real name servers on loopback: rbldnsd for lists, unbound with local data for everything else. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Resolver } from 'node:dns/promises'
import { findProgram, freePort, removeFolder, startProgram, temporaryFolder, waitFor } from './programs.ts'
import { chmodSync } from 'node:fs'

export interface NameServer {
  readonly address: string
  stop(): Promise<void>
}

/** unbound with these records (`example.test. 60 IN A 192.0.2.1`) and forwards of whole zones to other servers. */
export async function startUnbound(
  records: readonly string[],
  forwards: Readonly<Record<string, string>> = {},
): Promise<NameServer> {
  const folder = temporaryFolder('unbound')
  const port = await freePort()
  const quoted = (record: string) => `  local-data: '${record}'`
  const zones = [
    ...new Set(records.map((record) => (record.split(/\s/)[0] ?? '').split('.').slice(-3).join('.'))),
  ]
  writeFileSync(
    join(folder, 'unbound.conf'),
    [
      'server:',
      `  directory: "${folder}"`,
      `  pidfile: "${folder}/pid"`,
      '  chroot: ""',
      '  username: ""',
      '  use-syslog: no',
      `  interface: 127.0.0.1@${port}`,
      '  access-control: 127.0.0.0/8 allow',
      '  do-not-query-localhost: no',
      '  module-config: "iterator"',
      // nothing is asked of the outside world: what is not declared does not exist
      '  local-zone: "." static',
      ...Object.keys(forwards).map((zone) => `  local-zone: "${zone}." transparent`),
      ...zones.map((zone) => `  local-zone: "${zone}" static`),
      ...records.map(quoted),
      ...Object.entries(forwards).flatMap(([zone, address]) => [
        'forward-zone:',
        `  name: "${zone}."`,
        `  forward-addr: ${address.replace(':', '@')}`,
      ]),
      'remote-control:',
      '  control-enable: no',
      '',
    ].join('\n'),
  )
  const program = findProgram('unbound')
  if (program === null) throw new Error('unbound is missing')
  const running = startProgram(program, ['-d', '-c', join(folder, 'unbound.conf')])
  await answering(port, running.output)
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      await running.stop()
      removeFolder(folder)
    },
  }
}

/** rbldnsd with ip4set zones: zone -> lines such as `192.0.2.66 :127.0.0.2:listed`; `ipv6`: ip6trie data of the same. */
export async function startRbldnsd(
  zones: Readonly<Record<string, readonly string[]>>,
  at: {
    readonly host?: string
    readonly port?: number
    readonly ipv6?: Readonly<Record<string, readonly string[]>>
  } = {},
): Promise<NameServer> {
  const folder = temporaryFolder('rbldnsd')
  chmodSync(folder, 0o755)
  const { host = '127.0.0.1', port = await freePort(), ipv6 = {} } = at
  for (const [zone, lines] of Object.entries(zones))
    writeFileSync(join(folder, zone), [...lines, ''].join('\n'))
  for (const [zone, lines] of Object.entries(ipv6))
    writeFileSync(join(folder, `${zone}.6`), [...lines, ''].join('\n'))
  const program = findProgram('rbldnsd')
  if (program === null) throw new Error('rbldnsd is missing')
  const running = startProgram(program, [
    '-n',
    '-b',
    `${host}/${port}`,
    '-w',
    folder,
    '-c',
    '1s',
    ...Object.keys(zones).map((zone) => `${zone}:ip4set:${zone}`),
    ...Object.keys(ipv6).map((zone) => `${zone}:ip6trie:${zone}.6`),
  ])
  await answering(port, running.output, host)
  return {
    address: `${host}:${port}`,
    stop: async () => {
      await running.stop()
      removeFolder(folder)
    },
  }
}

/** Any answer will do, also a refusal. */
async function answering(port: number, log: () => string, host = '127.0.0.1'): Promise<void> {
  const resolver = new Resolver({ timeout: 200, tries: 1 })
  resolver.setServers([`${host}:${port}`])
  await waitFor(
    async () => {
      try {
        await resolver.resolve4('example.test')
        return true
      } catch (error) {
        return (
          typeof error === 'object' &&
          error !== null &&
          'code' in error &&
          error.code !== 'ETIMEOUT' &&
          error.code !== 'ECONNREFUSED'
        )
      }
    },
    10_000,
    log,
  )
}
