/** `hamlet scan`: judges messages in files as if they had just arrived. */
import type { Config } from '../config/schema.ts'
import { buildEngine, type Built } from '../daemon/build.ts'
import { openStores } from '../store/open.ts'
import { judgeArrival, type GivenEnvelope } from '../judge-file.ts'
import { SILENT_LOG } from '../log.ts'
import { NOT_ASKED } from '../net/silent.ts'
import { cleanText } from '../plain-text.ts'
import { formatScore } from '../policy/score.ts'
import type { Judged } from '../judge.ts'
import { loadConfig } from './config-file.ts'
import { readMails } from './mail-files.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { EXIT, UsageError, type Terminal, type Verb } from './verb.ts'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isIP } from 'node:net'

const OPTIONS = {
  config: CONFIG_OPTION,
  rules: {
    value: 'PATH',
    multiple: true,
    help: `rule file or directory instead of the configured ones; may be repeated; \`builtin\` is Hamlet's own`,
  },
  local: { help: 'ask no network: no DNS, no lists, no scanners; the checks that need them are not made' },
  json: { help: 'one JSON object a line' },
  'client-ip': { value: 'A', help: 'address the mail came from' },
  'client-name': { value: 'N', help: 'its verified host name' },
  helo: { value: 'H', help: 'name in HELO' },
  from: { value: 'S', help: 'envelope sender; <> or empty for the null sender' },
  rcpt: { value: 'R', multiple: true, help: 'envelope recipient; may be repeated' },
  jobs: { value: 'N', help: 'messages judged at once; default: one per worker' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'scan',
  usage: ['[OPTION…] FILE…|-'],
  about: `Judges messages (files, mbox, Maildir, directories, or standard input) and prints verdict, score and tests.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'no message was spam',
    1: 'at least one was',
    66: 'a file cannot be read',
    78: 'configuration wrong',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no FILE given; - is standard input')
    const clientIp = values['client-ip']
    if (clientIp !== undefined && isIP(clientIp) === 0)
      throw new UsageError(`--client-ip: ${clientIp} is not an IP address`)
    const { config } = loadConfig(values.config)
    const envelope: GivenEnvelope = {
      clientAddress: clientIp ?? null,
      clientName: values['client-name'] ?? null,
      helo: values.helo ?? null,
      sender: values.from?.replace(/^<|>$/g, '') ?? null,
      recipients: values.rcpt ?? [],
    }
    return scanAll({
      config: withRules(config, values.rules),
      local: values.local === true,
      paths: positionals,
      envelope,
      json: values.json === true,
      jobs: values.jobs === undefined ? null : positiveNumber('--jobs', values.jobs),
      terminal,
    })
  },
}

function withRules(config: Config, rules: readonly string[] | undefined): Config {
  if (rules === undefined) return config
  return { ...config, rules: rules.map((path) => (path === 'builtin' ? path : resolve(path))) }
}

function positiveNumber(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 256)
    throw new UsageError(`${option}: expected 1 to 256`)
  return value
}

/** One small mail is judged sooner by one worker than by several, each of which loads the rules first. */
function isSmall(paths: readonly string[]): boolean {
  const [path] = paths
  if (paths.length !== 1 || path === undefined) return false
  const file = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false })
  return file === undefined || (file.isFile() && file.size < SMALL)
}
const SMALL = 1024 * 1024

interface ScanRequest {
  readonly config: Config
  readonly local: boolean
  readonly paths: readonly string[]
  readonly envelope: GivenEnvelope
  readonly json: boolean
  readonly jobs: number | null
  readonly terminal: Terminal
}

async function scanAll({
  config,
  local,
  paths,
  envelope,
  json,
  jobs,
  terminal,
}: ScanRequest): Promise<number> {
  const { store, problems } = openStores(config.state, { size: config.bayes.size })
  for (const problem of problems) terminal.err(`hamlet scan: ${problem}`)
  const scan = isSmall(paths) ? { ...config.scan, workers: 1 } : config.scan
  const built = await buildEngine({ config: { ...config, scan }, store, log: SILENT_LOG, local })
  for (const { severity, text } of built.problems)
    if (severity === 'error') terminal.err(`hamlet scan: ${text}`)
  try {
    let spam = 0
    const waiting: Promise<() => void>[] = []
    const next = async () => (await waiting.shift())?.()
    const atOnce = jobs ?? built.pool.workers
    for await (const { name, bytes } of readMails(paths, terminal, { progressEvery: json ? 0 : 2000 })) {
      waiting.push(
        judgeOne(built, bytes, envelope, local).then(({ judged, milliseconds }) => () => {
          if (judged.verdict.kind !== 'deliver' && judged.verdict.kind !== 'defer') spam++
          print(terminal, json, name, judged, milliseconds)
        }),
      )
      // results are printed in the order of the files, and no more mail is held in memory than is worked on
      if (waiting.length >= atOnce) await next()
    }
    while (waiting.length > 0) await next()
    return spam > 0 ? EXIT.negative : EXIT.ok
  } finally {
    await built.close()
    store.close()
  }
}

async function judgeOne(built: Built, bytes: Uint8Array, envelope: GivenEnvelope, local: boolean) {
  const startedAt = performance.now()
  const judged = await judgeArrival(built.engine, bytes, envelope, local)
  return { judged, milliseconds: performance.now() - startedAt }
}

function print(terminal: Terminal, json: boolean, file: string, judged: Judged, milliseconds: number): void {
  const { verdict } = judged
  const { score, required, hits, unavailable } = verdict.report
  if (json) {
    const tests = hits.map(({ name, score: points, detail }) => ({
      name,
      score: points,
      ...(detail === undefined || detail === '' ? {} : { detail: cleanText(detail, 300) }),
    }))
    const ms = Math.round(milliseconds * 10) / 10
    terminal.out(JSON.stringify({ file, verdict: verdict.kind, score, required, tests, unavailable, ms }))
    return
  }
  const threshold = required === null ? 'none' : formatScore(required)
  terminal.out(`${file}: ${verdict.kind} ${formatScore(score)}/${threshold}`)
  for (const { name, score: points, detail } of hits)
    terminal.out(
      `  ${formatScore(points).padStart(6)} ${name}${detail === undefined || detail === '' ? '' : `  ${cleanText(detail, 160)}`}`,
    )
  for (const { name, hit } of verdict.report.removed ?? [])
    terminal.out(`       - would take out "${cleanText(name, 100)}" (${hit})`)
  for (const { what, to } of verdict.report.sent ?? [])
    terminal.out(`       - would send the ${what} to <${cleanText(to, 100)}>`)
  const notAsked = unavailable.filter(({ reason }) => reason.includes(NOT_ASKED))
  for (const { check, reason } of unavailable.filter((one) => !notAsked.includes(one)))
    terminal.out(`       - ${check} could not answer: ${reason}`)
  if (notAsked.length > 0)
    terminal.out(`       - not asked, because of --local: ${notAsked.map(({ check }) => check).join(', ')}`)
}
