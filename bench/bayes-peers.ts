/**
 * The real programs of others on the same stream as ours: bogofilter and the Bayes part of SpamAssassin, from the
 * packages of the system. `node bench/bayes-peers.ts bogofilter|spamassassin INDEX.tsv OUT.tsv`; the output is that
 * of bench/bayes.ts. rspamd's Bayes needs a Redis server and is not run here.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Row {
  readonly label: string
  readonly path: string
}

const PEERS: Readonly<Record<string, (rows: readonly Row[], home: string) => readonly string[]>> = {
  bogofilter(rows, home) {
    return rows.map(({ label, path }) => {
      // -TT prints the bare spamicity; exit codes 0 to 2 are answers; 3 means that it has learned nothing yet
      const said = run('bogofilter', ['-C', '-d', home, '-TT', '-I', path], '', [0, 1, 2, 3]).trim()
      run('bogofilter', ['-C', '-d', home, label === 'spam' ? '-s' : '-n', '-I', path], '', [0])
      const given = Number(said.split(/\s+/).at(-1))
      const probability = Math.min(1 - 1e-12, Math.max(1e-12, Number.isFinite(given) ? given : 0.5))
      return `${label}\t${Math.log(probability / (1 - probability)).toFixed(6)}`
    })
  },
  spamassassin(rows, home) {
    const script = join(dirname(fileURLToPath(import.meta.url)), 'peers', 'spamassassin-bayes.pl')
    const input = rows.map(({ label, path }) => `${label}\t${path}\n`).join('')
    return run('perl', [script, home], input, [0]).trim().split('\n')
  },
}

function run(program: string, args: readonly string[], input: string, good: readonly number[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (error || status === null || !good.includes(status))
    throw new Error(`${program}: ${error?.message ?? `exit code ${status}: ${stderr}`}`)
  return stdout
}

const [name, index, out] = process.argv.slice(2)
const peer = PEERS[name ?? '']
if (peer === undefined || index === undefined || out === undefined) {
  process.stderr.write(`usage: node bench/bayes-peers.ts ${Object.keys(PEERS).join('|')} INDEX.tsv OUT.tsv\n`)
  process.exit(64)
}
const home = mkdtempSync(join(tmpdir(), 'hamlet-peer-'))
try {
  const rows = readFileSync(index, 'utf8').trim().split('\n')
  const mails = rows.map((row) => {
    const [label = '', path = ''] = row.split('\t')
    return { label, path: join(dirname(index), path) }
  })
  writeFileSync(out, `${peer(mails, home).join('\n')}\n`)
} finally {
  rmSync(home, { recursive: true })
}
