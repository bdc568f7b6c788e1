/** `hamlet check-config`: everything that is wrong with configuration, rules and IP groups, all at once. */
import { join, sep } from 'node:path'
import { formatConfigError } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { buildEngine } from '../daemon/build.ts'
import { SILENT_LOG } from '../log.ts'
import { openClientGroups } from '../net/client-groups.ts'
import { packageRoot } from '../package-root.ts'
import { EVAL_PLUGINS } from '../rules/evals/index.ts'
import { compileAll } from '../rules/lint.ts'
import { loadRules } from '../rules/load.ts'
import { readIncluded, readRuleFiles } from '../scan/rule-files.ts'
import { openStores } from '../store/open.ts'
import { byPlace } from './by-place.ts'
import { placeMistakes } from './check-places.ts'
import { chosenFile, embeddedConfig, readConfigFile } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { readable } from './rules/rule-set.ts'
import { EXIT, type Verb } from './verb.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  print: { help: 'print the configuration in force, defaults included, as JSON' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'check-config',
  usage: ['[--config FILE] [--print]'],
  about: `Reports every error of the configuration, the rule files and the files of IP groups with file and line.`,
  options: OPTIONS,
  exits: {
    0: 'all well (lines that are not supported are warnings)',
    78: 'errors',
  },

  async run(args, terminal) {
    const { values } = parseOptions(args, OPTIONS)
    const file = chosenFile(values.config)
    const loaded = file === null ? { ok: true as const, config: embeddedConfig() } : readConfigFile(file)
    const config = loaded.ok ? loaded.config : loaded.partial
    const own = loaded.ok ? [] : loaded.errors.map((error): Finding => ({ severity: 'error', ...error }))
    if (config !== undefined)
      for (const { path, severity, text } of placeMistakes(config)) {
        const line = loaded.lineOf?.(path) ?? 0
        // defaults may name what this machine does not have
        if (line > 0) own.push({ file: file ?? '', line, severity, text: `${path.join('.')}: ${text}` })
      }
    const rules = config === undefined ? { findings: [], count: 0 } : findingsOfRules(config.rules)
    const groups = config === undefined ? [] : findingsOfGroups(config)
    const findings = byPlace([...own, ...rules.findings, ...groups])
    for (const finding of findings) terminal.err(`${finding.severity}: ${formatConfigError(finding)}`)
    const ofStart = loaded.ok && findings.every(({ severity }) => severity !== 'error')
    const more = ofStart ? await problemsOfStart(loaded.config) : []
    for (const text of more) terminal.err(`error: ${text}`)
    const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
    const errors = findings.filter(({ severity }) => severity === 'error').length + more.length
    const warnings = findings.filter(({ severity }) => severity === 'warning').length
    if (values.print === true && loaded.ok) terminal.out(JSON.stringify(config, null, 2))
    terminal.err(
      `${file ?? 'embedded default'}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(rules.count, 'rule')}`,
    )
    return errors > 0 ? EXIT.config : EXIT.ok
  },
}

interface Finding {
  readonly file: string
  /** From 1; 0 when it belongs to no line. */
  readonly line: number
  readonly severity: 'error' | 'warning'
  readonly text: string
}

/** As `rules lint` says it; warnings about the rules of this package are none of the administrator's. */
function findingsOfRules(paths: readonly string[]): { findings: readonly Finding[]; count: number } {
  const { sources, errors } = readRuleFiles(paths)
  const set = loadRules(sources, {
    plugins: EVAL_PLUGINS,
    net: true,
    bayes: true,
    include: readIncluded,
    notes: true,
  })
  const builtin = join(packageRoot(), 'rules', sep)
  const ofRules = [...set.problems, ...compileAll(set)]
    .map(({ severity, text, ...place }): Finding => ({
      ...place,
      text: readable(text),
      severity: severity === 'error' ? 'error' : 'warning',
    }))
    .filter(({ file, severity }) => severity === 'error' || !file.startsWith(builtin))
  const unread = errors.map(({ file, text }): Finding => ({ file, line: 0, severity: 'error', text }))
  return { findings: [...unread, ...byPlace(ofRules)], count: set.rules.size }
}

const findingsOfGroups = ({ groups, clients }: Config): readonly Finding[] =>
  openClientGroups(groups, clients.country_database).problems.map((problem) => ({
    ...problem,
    severity: 'error',
  }))

/** What shows only when everything is really started. */
async function problemsOfStart(config: Config): Promise<readonly string[]> {
  const { store } = openStores(':memory:')
  const built = await buildEngine({
    config: { ...config, scan: { ...config.scan, workers: 1 } },
    store,
    log: SILENT_LOG,
    local: true,
  })
  await built.close()
  store.close()
  return built.problems.filter(({ severity }) => severity === 'error').map(({ text }) => text)
}
