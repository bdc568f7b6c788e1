/**
 * A stand-in for the program `spamassassin`, thin enough to run SpamAssassin's own tests against Hamlet's engine:
 *
 *   SPAMASSASSIN_SCRIPT="$(which node) .../test/conformance/spamassassin.ts" prove t/rule_types.t
 *
 * Reads a message from standard input and prints it with X-Spam headers and, with -t, a report. Options that only mean
 * something to SpamAssassin's own machinery are taken and ignored. run.ts beside this file runs the tests.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { evaluate } from '../../lib/rules/evaluate.ts'
import { pluginTrace } from '../../lib/rules/lookups.ts'
import { type Source, loadRules } from '../../lib/rules/load.ts'
import { parseOptions } from '../../lib/rules/parse-options.ts'
import { readRuleFiles } from '../../lib/scan/rule-files.ts'
import { report, withHeaders } from './report.ts'
import { isListCommand, listSender, listedSender } from './sender-lists.ts'
import { METADATA, TEST_PLUGINS, isDump } from './test-plugins.ts'

interface Options {
  rules: string[]
  site: string[]
  prefs: string[]
  lines: string[]
  test: boolean
  local: boolean
  lint: boolean
  debug: string | undefined
  file: string | undefined
  /** An option that changes the sender lists, and its address. */
  list: readonly [option: string, address: string] | undefined
}

const TAKES_VALUE = new Set([
  '-C',
  '--configpath',
  '--config-file',
  '--siteconfigpath',
  '-p',
  '--prefspath',
  '--prefs-file',
  '--cf',
  '--pre',
])

function parse(args: readonly string[]): Options {
  const options: Options = {
    rules: [],
    site: [],
    prefs: [],
    lines: [],
    test: false,
    local: false,
    lint: false,
    debug: undefined,
    file: undefined,
    list: undefined,
  }
  for (let at = 0; at < args.length; at++) {
    const [name = '', attached] = (args[at] ?? '').split(/=(.*)/s)
    const value = TAKES_VALUE.has(name) ? (attached ?? args[++at] ?? '') : ''
    if (name === '-C' || name === '--configpath' || name === '--config-file') options.rules.push(value)
    else if (name === '--siteconfigpath') options.site.push(value)
    else if (name === '-p' || name.startsWith('--prefs')) options.prefs.push(value)
    else if (name === '--cf') options.lines.push(value)
    else if (isListCommand(name)) options.list = [name, attached ?? args[++at] ?? '']
    else if (name === '-t' || name === '--test-mode') options.test = true
    else if (name === '-L' || name === '--local') options.local = true
    else if (name === '--lint') options.lint = true
    else if (name === '-D')
      options.debug =
        /^[a-z-][\w,-]*$/.test(args[at + 1] ?? '-') && !(args[at + 1] ?? '-').startsWith('-')
          ? args[++at]
          : 'all'
    else if (!name.startsWith('-')) options.file = name
  }
  return options
}

function sourcesOf(paths: readonly string[], ending: string): readonly Source[] {
  return paths
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readRuleFiles([path]).sources.filter(
        ({ file }) => file.endsWith(ending) || !statSync(path).isDirectory(),
      ),
    )
}

function includes(path: string, from: string): Source | undefined {
  const file = isAbsolute(path) ? path : join(dirname(from), path)
  return existsSync(file) ? { file, text: readFileSync(file, 'latin1') } : undefined
}

const out = (text: string): void => void process.stdout.write(Buffer.from(text, 'latin1'))
const err = (text: string): void => void process.stderr.write(`${text}\n`)

function main(args: readonly string[]): number {
  const options = parse(args)
  const preferences = options.prefs[0]
  if (options.list !== undefined && preferences !== undefined) {
    out(listSender(...options.list, preferences))
    return 0
  }
  const sources = [
    ...sourcesOf(options.site, '.pre'),
    ...sourcesOf(options.rules, '.pre'),
    ...sourcesOf(options.rules, '.cf'),
    ...sourcesOf(options.site, '.cf'),
    ...sourcesOf(options.prefs, '.cf'),
    { file: '(command line)', text: options.lines.join('\n') },
  ]
  const set = loadRules(sources, {
    plugins: [...EVAL_PLUGINS, ...TEST_PLUGINS],
    lang: (process.env['LANGUAGE'] ?? process.env['LC_ALL'] ?? process.env['LANG'] ?? 'en_US').replace(
      /[@.:+,].*$/,
      '',
    ),
    net: !options.local,
    bayes: false,
    stockPlugins: false,
    include: includes,
  })
  for (const { file, line, severity, text } of set.problems)
    if (severity === 'error' || options.debug !== undefined)
      err(`${severity}: config: ${text} in ${file} (line ${line})`)
  if (options.lint) return set.problems.some(({ severity }) => severity === 'error') ? 1 : 0
  const bytes = readFileSync(options.file ?? 0)
  const message = parseMessage(splitMail(bytes), parseOptions(set))
  const loads = (plugin: string) =>
    sources.some(({ text }) => new RegExp(`^\\s*loadplugin\\s+${plugin}\\b`, 'm').test(text))
  const metadata = Object.entries(METADATA).flatMap(([plugin, header]) => (loads(plugin) ? [header] : []))
  const given = {
    message:
      metadata.length === 0
        ? message
        : parseMessage(splitMail(Buffer.concat([Buffer.from(metadata.join('')), bytes])), parseOptions(set)),
    envelope: { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null },
    facts: preferences === undefined ? [] : listedSender(message, preferences),
    now: Date.now(),
    local: true,
  }
  const result = evaluate(set, {
    ...given,
    answers: new Map(),
    clock: () => performance.now(),
    budgetMs: 300_000,
    tuning: { lazy: false },
  })
  const traced = pluginTrace(set, given)
  if (loads('Dumpheaders')) for (const line of traced.filter(isDump)) out(`${line}\n`)
  if (options.debug !== undefined) {
    for (const line of traced.filter((text) => !isDump(text))) err(`dbg: ${line}`)
    for (const [name, values] of result.captures)
      err(`dbg: check: tag ${name} is now ready, value: ${values.join(', ')}`)
    for (const { name, detail } of result.hits)
      err(`dbg: rules: ran rule ${name} ======> got hit: "${detail ?? ''}"`)
    for (const name of result.subhits) err(`dbg: rules: ran rule ${name} ======> got hit: ""`)
  }
  out(withHeaders(set, message, result))
  // The real one wraps spam into a report (report_safe 1) or, with -t, appends it.
  const wraps =
    result.score >= set.settings.requiredScore && set.settings.words.get('report_safe')?.[0] !== '0'
  if (options.test || wraps) out(report(set, result))
  return 0
}

process.exitCode = main(process.argv.slice(2))
