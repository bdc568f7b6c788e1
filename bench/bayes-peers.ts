/**
 * The real programs of others on the same stream as ours, from the packages of the system, each with the settings it
 * comes with: `npm run -s bench:bayes-peers -- INDEX.tsv FOLDER [PROGRAM...]`. Each message is scored, then learned.
 * FOLDER gets PROGRAM.tsv for each, in the format of bench/bayes.ts, and a program that is not installed is passed
 * over with a line that says so.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, removeFolder, temporaryFolder } from '../test/servers/support/programs.ts'
import { asLine, figuresOf } from './figures.ts'
import type { Scored } from './figures.ts'
import { logOdds } from './peers/log-odds.ts'
import { rspamdScores } from './peers/rspamd.ts'
import { readIndex } from './stream.ts'
import type { Mail } from './stream.ts'

interface Peer {
  readonly programs: readonly string[]
  /** Debian's packages. */
  readonly packages: string
  /** Probabilities that the mails are spam, in their order; null where the program gives none. */
  scores(mails: readonly Mail[], home: string): Promise<readonly (number | null)[]>
}

const SPAMASSASSIN = { programs: ['spamassassin', 'perl'], packages: 'spamassassin' }
const RSPAMD = { programs: ['rspamd', 'redis-server'], packages: 'rspamd redis-server' }

/**
 * SpamAssassin and rspamd say nothing before they have learned 200 mails of either class; `-at-once` is without that
 * limit, which in a stream of a few thousand mails is most of their errors. rspamd does not learn what it is sure of
 * already; `-all` makes it learn everything.
 */
const PEERS: Readonly<Record<string, Peer>> = {
  bogofilter: {
    programs: ['bogofilter'],
    packages: 'bogofilter',
    scores: async (mails, home) =>
      mails.map(({ label, path }) => {
        // -TT prints the bare spamicity; exit codes 0 to 2 are answers; 3 means that it has learned nothing yet
        const said = run('bogofilter', ['-C', '-d', home, '-TT', '-I', path], '', [0, 1, 2, 3]).trim()
        run('bogofilter', ['-C', '-d', home, label === 'spam' ? '-s' : '-n', '-I', path], '', [0])
        const given = said.split(/\s+/).at(-1) ?? ''
        return given === '' || Number.isNaN(Number(given)) ? null : Number(given)
      }),
  },
  spamassassin: { ...SPAMASSASSIN, scores: (mails, home) => spamassassinScores(mails, home, 200) },
  'spamassassin-at-once': { ...SPAMASSASSIN, scores: (mails, home) => spamassassinScores(mails, home, 1) },
  rspamd: { ...RSPAMD, scores: (mails, home) => rspamdScores(mails, home, { least: 200, all: false }) },
  'rspamd-at-once': {
    ...RSPAMD,
    scores: (mails, home) => rspamdScores(mails, home, { least: 1, all: false }),
  },
  'rspamd-at-once-all': {
    ...RSPAMD,
    scores: (mails, home) => rspamdScores(mails, home, { least: 1, all: true }),
  },
}

async function spamassassinScores(mails: readonly Mail[], home: string, least: number) {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'peers', 'spamassassin-bayes.pl')
  const input = mails.map(({ label, path }) => `${label}\t${path}\n`).join('')
  const lines = run('perl', [script, home, String(least)], input, [0])
    .trimEnd()
    .split('\n')
  return lines.map((line) => (line === '-' ? null : Number(line)))
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

async function measure(peer: Peer, mails: readonly Mail[]): Promise<readonly Scored[]> {
  const home = temporaryFolder('peer')
  try {
    const given = await peer.scores(mails, home)
    if (given.length !== mails.length) throw new Error(`${given.length} answers to ${mails.length} mails`)
    return mails.map(({ label }, at) => ({ label, score: logOdds(given[at] ?? null) }))
  } finally {
    removeFolder(home)
  }
}

const [index, folder, ...names] = process.argv.slice(2)
if (index === undefined || folder === undefined || names.some((name) => PEERS[name] === undefined)) {
  process.stderr.write(`usage: bench:bayes-peers INDEX.tsv FOLDER [${Object.keys(PEERS).join('|')}]...\n`)
  process.exit(64)
}
const mails = readIndex(index)
mkdirSync(folder, { recursive: true })
for (const name of names.length > 0 ? names : Object.keys(PEERS)) {
  const peer = PEERS[name]!
  const missing = peer.programs.filter((program) => findProgram(program) === null)
  if (missing.length > 0) {
    process.stdout.write(
      `${name}: skipped, not installed: ${missing.join(', ')} (apt-get install ${peer.packages})\n`,
    )
    continue
  }
  const stream = await measure(peer, mails)
  writeFileSync(join(folder, `${name}.tsv`), `${stream.map(asLine).join('\n')}\n`)
  process.stdout.write(`${name}: ${figuresOf(stream)}\n`)
}
