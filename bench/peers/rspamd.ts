/**
 * rspamd's Bayes alone, with the Redis it needs: both started in a folder of their own, rspamd with nothing but its
 * shipped settings of the classifier.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, freePort, startProgram, waitFor } from '../../test/servers/support/programs.ts'
import type { Mail } from '../stream.ts'

const SHIPPED = '/etc/rspamd/statistic.conf'
/** rspamd prints a probability with two digits after the point; here is the whole of it. */
const PROBABILITY = `rspamd_config:register_symbol({
  name = 'PROBABILITY', type = 'postfilter', priority = 10,
  callback = function(task)
    local p = task:get_mempool():get_variable('bayes_prob', 'double')
    if p then task:insert_result('PROBABILITY', 1.0, string.format('%.17g', p)) end
  end
})
`

interface Answer {
  readonly symbols?: { readonly PROBABILITY?: { readonly options?: readonly string[] } }
}

export interface RspamdOptions {
  /** Mails of each class it must have learned before it says anything; it comes with 200. */
  readonly least: number
  /** Learn everything, also what it is sure of. */
  readonly all: boolean
}

/** Probabilities in the order of the mails; null where rspamd gives none. */
export async function rspamdScores(
  mails: readonly Mail[],
  home: string,
  { least, all }: RspamdOptions,
): Promise<readonly (number | null)[]> {
  const [scan, learn] = [await freePort(), await freePort()]
  const headers: Readonly<Record<string, string>> = all ? { 'Learn-Type': 'bulk' } : {}
  const redis = join(home, 'redis.sock')
  writeFileSync(join(home, 'probability.lua'), PROBABILITY)
  writeFileSync(join(home, 'rspamd.conf'), configuration(home, redis, scan, learn, least))
  const servers = [
    startProgram(findProgram('redis-server')!, ['--port', '0', '--unixsocket', redis, '--save', ''], {
      cwd: home,
    }),
    startProgram(findProgram('rspamd')!, ['--insecure', '-f', '-c', join(home, 'rspamd.conf')], {
      cwd: home,
    }),
  ]
  try {
    const output = () => servers.map((server) => server.output()).join('\n')
    for (const port of [scan, learn]) await waitFor(() => answers(port), 600_000, output)
    const given: (number | null)[] = []
    for (const { label, path } of mails) {
      const body = readFileSync(path)
      const judged = await fetch(`http://127.0.0.1:${scan}/checkv2`, { method: 'POST', body })
      const { symbols } = (await judged.json()) as Answer
      const probability = symbols?.PROBABILITY?.options?.[0]
      given.push(probability === undefined ? null : Number(probability))
      const learned = await fetch(`http://127.0.0.1:${learn}/learn${label}`, {
        method: 'POST',
        body,
        headers,
      })
      const said = await learned.text()
      // 208: known already, 204: not learned, being sure of it
      if (!learned.ok && !/already|denied|too few|not enough|contain/i.test(said))
        throw new Error(`rspamd does not learn ${path}: ${learned.status} ${said}`)
    }
    return given
  } finally {
    for (const server of servers.toReversed()) await server.stop()
  }
}

function configuration(home: string, redis: string, scan: number, learn: number, least: number): string {
  // includes of the site's own settings would make figures that depend on the machine
  const classifier = readFileSync(SHIPPED, 'utf8')
    .replace(/^.*\.include.*$/gm, '')
    .replace(/min_learns = \d+/, `min_learns = ${least}`)
  return `
options {
  pidfile = "${home}/pid"; tempdir = "${home}"; control_socket = "${home}/control"; hs_cache_dir = "${home}";
  cache_file = "${home}/cache"; history_file = "${home}/history"; stats_file = "${home}/stats.ucl";
  filters = ""; url_tld = "/usr/share/rspamd/effective_tld_names.dat";
  classify_headers = ["User-Agent", "X-Mailer", "Content-Type", "X-MimeOLE"];
  dns { nameserver = "127.0.0.1:9"; timeout = 0.1; retransmits = 1; }
}
logging { type = "console"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:${scan}"; count = 1; max_tasks = 0; }
worker "controller" { bind_socket = "127.0.0.1:${learn}"; count = 1; secure_ip = "127.0.0.1"; }
actions { reject = 15; add_header = 6; }
redis { servers = "${redis}"; }
lua = "${home}/probability.lua"
${classifier}`
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/ping`)).ok
  } catch {
    return false
  }
}
