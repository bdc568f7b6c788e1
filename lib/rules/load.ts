/**
 * Reads rule files: the one entry of the language.
 *
 * Pure: texts in, rule set and problems out; `include` goes through a callback. Nothing an admin wrote makes it
 * throw. What SpamAssassin would refuse is an `error`, what it would take and Hamlet does not is `unsupported`; the
 * line is skipped either way and the rest stays in force.
 */
import { type RuleAction, parseHamletLine } from './action.ts'
import { ConditionStack, type World, evaluateCondition } from './conditional.ts'
import { type DraftOutcome, RuleDraft } from './draft.ts'
import { CORE_FEATURES, ENGINE_PLUGINS, RENAMED_PLUGINS, SPOKEN_PERL, SPOKEN_VERSION } from './features.ts'
import { STOCK_PLUGINS } from './features.ts'
import { type LogicalLine, logicalLines } from './lines.ts'
import type { Notes } from './mentions.ts'
import { type PluginTable, type RegisteredPlugin, PluginStates, holdersOf, pluginTable } from './plugins.ts'
import type { Place, Problem, Severity } from './problem.ts'
import type { RuleSet } from './ruleset.ts'
import { NO_EFFECT } from './no-effect.ts'
import { SettingsReader } from './settings.ts'
import { STOCK_UNSUPPORTED, UNSUPPORTED_PLUGINS, absentOwners } from './unsupported.ts'

export interface Source {
  /** Name for problems and for relative includes. */
  readonly file: string
  /** Octets: read it as latin1, so that UTF-8 in patterns and descriptions stays as it stands. */
  readonly text: string
}

export interface LoadOptions {
  /** The eval plugins there are; `EVAL_PLUGINS` of evals/index.ts. */
  readonly plugins: readonly RegisteredPlugin[]
  /** Whether network answers will be there; chooses among a rule's four scores. Default true. */
  readonly net?: boolean
  /** Whether the classifier will be there. Default true. */
  readonly bayes?: boolean
  /** Load the plugins of a stock installation without loadplugin lines. Default true. */
  readonly stockPlugins?: boolean
  /** Language of descriptions and reports, as in `lang de`. Default en_US. */
  readonly lang?: string
  /** Keep what lint wants to know of names. Default false. */
  readonly notes?: boolean
  /** Reads the file of an `include` line; undefined if it cannot. Without it, include is an error. */
  readonly include?: (path: string, from: string) => Source | undefined
}

const MAX_INCLUDES = 100

class Loader {
  readonly #options: LoadOptions
  readonly #problems: Problem[] = []
  readonly #table: PluginTable
  readonly #states = new PluginStates()
  readonly #loaded = new Set<string>()
  /** Plugins that files load and Hamlet has not: their directives are no mistakes. */
  readonly #absent = new Set<string>()
  readonly #read = new Set<string>()
  readonly #compatible = new Set<string>()
  readonly #settings = new SettingsReader()
  readonly #actions = new Map<string, RuleAction>()
  readonly #draft: RuleDraft
  readonly #notes: Notes = { mentions: [], redefinitions: [] }
  readonly #world: World
  #includes = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.#table = pluginTable(options.plugins)
    this.#draft = new RuleDraft(
      this.#table,
      (name) => this.#loaded.has(name),
      options.notes === true ? this.#notes : undefined,
    )
    if (options.stockPlugins ?? true) {
      for (const name of STOCK_PLUGINS) this.#loaded.add(name)
      for (const name of STOCK_UNSUPPORTED) this.#absent.add(name)
    }
    this.#world = {
      version: SPOKEN_VERSION,
      perlVersion: SPOKEN_PERL,
      local: !(options.net ?? true),
      pluginLoaded: (name) => this.#isLoaded(RENAMED_PLUGINS.get(name) ?? name),
      can: (feature) => this.#can(feature),
      has: (feature) => this.#can(feature) || this.#isMethod(feature),
    }
  }

  read(source: Source): void {
    this.#read.add(source.file)
    const conditions = new ConditionStack()
    for (const line of logicalLines(source, this.#options.lang)) {
      if (!this.#line(line, conditions)) break
    }
    for (const { word, line } of conditions.unclosed())
      this.#report('error', { file: source.file, line }, `unclosed '${word}'`)
  }

  finish(): RuleSet {
    const { net = true, bayes = true } = this.#options
    const report = (severity: Severity, place: Place, text: string): void =>
      this.#report(severity, place, text)
    const rules = this.#draft.finish({ net, bayes }, report)
    return Object.freeze({
      ...rules,
      settings: this.#settings.finish(report),
      problems: this.#problems,
      actions: this.#actions,
      notes: this.#notes,
      plugins: this.#table,
      states: this.#states,
      net,
      bayes,
    })
  }

  /** False when the rest of the file is to be left out. */
  #line(line: LogicalLine, conditions: ConditionStack): boolean {
    const { key, value } = line
    if (this.#condition(line, conditions)) return true
    if (key === 'include') {
      this.#include(line)
      return true
    }
    if (conditions.skipping) return true
    if (line.hamlet !== undefined) {
      this.#hamlet(line, line.hamlet)
      return true
    }
    if (key === 'require_version') {
      if (value === '4.0.1' || value === '4.000001' || value.startsWith('@@')) return true
      this.#report('error', line, `file is for version ${value}; the rest of it is skipped`)
      return false
    }
    this.#directive(line)
    return true
  }

  #condition({ key, value, file, line }: LogicalLine, conditions: ConditionStack): boolean {
    const place = { file, line }
    switch (key) {
      case 'if':
      case 'ifplugin': {
        if (value === '') this.#report('error', place, `missing '${key}' condition`)
        const text = key === 'if' ? value : `plugin (${value})`
        const holds = evaluateCondition(text, this.#world)
        if (typeof holds === 'object') this.#report('error', place, holds.error)
        else if (!holds && key === 'ifplugin' && !conditions.skipping) this.#mention(value, place)
        conditions.begin(key, line, holds === true)
        return true
      }
      case 'else':
        if (value !== '') this.#report('error', place, "'else' must stand alone")
        else if (!conditions.otherwise()) this.#report('error', place, "'else' without 'if'")
        return true
      case 'endif':
        if (value !== '') this.#report('error', place, "'endif' must stand alone")
        else if (!conditions.end()) this.#report('error', place, "'endif' without 'if'")
        return true
      default:
        return false
    }
  }

  /** A block for a plugin that will never be there is said once, not skipped in silence. */
  #mention(plugin: string, place: Place): void {
    const reason = UNSUPPORTED_PLUGINS.get(plugin)
    if (reason === undefined) return
    const text = `${plugin}: ${reason}`
    if (!this.#problems.some((problem) => problem.text === text)) this.#report('unsupported', place, text)
  }

  #include(line: LogicalLine): void {
    const { value, file } = line
    if (value === '') return this.#report('error', line, "missing 'include' value")
    if (++this.#includes > MAX_INCLUDES)
      return this.#report('error', line, `more than ${MAX_INCLUDES} includes`)
    const source = this.#options.include?.(value, file)
    // SpamAssassin says nothing of a file that is not there, and reads none twice.
    if (source === undefined) this.#report('warning', line, `cannot read ${value}: nothing is included`)
    else if (!this.#read.has(source.file)) this.read(source)
  }

  #hamlet(line: LogicalLine, text: string): void {
    const action = parseHamletLine(text, { file: line.file, line: line.line })
    if ('error' in action) this.#report('error', line, action.error)
    else this.#actions.set(action.rule, action)
  }

  #directive(line: LogicalLine): void {
    const { key, value } = line
    if (key === 'loadplugin' || key === 'tryplugin') return this.#loadPlugin(line)
    if (key === 'enable_compat') {
      for (const word of value.split(/\s+/)) this.#compatible.add(`Mail::SpamAssassin::Conf::compat_${word}`)
      return
    }
    const setting = this.#settings.apply(key, value, line)
    const outcome: DraftOutcome = setting === 'unknown' ? this.#draft.apply(key, value, line) : setting
    if (outcome === 'done') return
    if (outcome !== 'unknown') return this.#report(outcome.severity ?? 'error', line, outcome.error)
    if (this.#plugin(line)) return
    const reason = Object.hasOwn(NO_EFFECT, key) ? NO_EFFECT[key] : undefined
    if (reason !== undefined) this.#report('warning', line, `${key} has no effect: ${reason}`)
    else this.#unknown(line)
  }

  #unknown(line: LogicalLine): void {
    const { key, value } = line
    const owners = absentOwners(key)
    const loaded = owners.find((owner) => this.#absent.has(owner))
    if (loaded !== undefined) {
      // `use_razor2 0` asks for what is the case.
      const off = key.startsWith('use_') && /^(?:0|no)$/i.test(value)
      if (!off) this.#report('unsupported', line, `${key}: ${UNSUPPORTED_PLUGINS.get(loaded) ?? ''}`)
      return
    }
    const [owner] = [...holdersOf(this.#table, key).map(({ name }) => name), ...owners]
    const text = owner === undefined ? `unknown directive ${key}` : `${key} needs loadplugin ${owner}`
    this.#report('error', line, text)
  }

  #plugin(line: LogicalLine): boolean {
    const { value } = line
    const modern = line.key.replace('whitelist', 'welcomelist').replace('blacklist', 'blocklist')
    const key = holdersOf(this.#table, line.key).length > 0 ? line.key : modern
    const holders = holdersOf(this.#table, key)
    const loaded = holders.filter((plugin) => this.#loaded.has(plugin.name))
    for (const plugin of loaded) {
      const error = this.#states.apply(plugin, key, value)
      if (error !== undefined) {
        this.#report('error', line, error)
        return true
      }
      this.#draft.pluginRule(plugin, key, line)
    }
    return loaded.length > 0
  }

  #loadPlugin(line: LogicalLine): void {
    const [written = ''] = line.value.split(/\s+/)
    const name = RENAMED_PLUGINS.get(written) ?? written
    if (this.#table.byName.has(name) || ENGINE_PLUGINS.has(name)) this.#loaded.add(name)
    else if (line.key === 'loadplugin') {
      this.#absent.add(name)
      const reason = UNSUPPORTED_PLUGINS.get(name) ?? 'no such plugin; Perl code is not run'
      this.#report('unsupported', line, `${name}: ${reason}`)
    }
  }

  #isLoaded(name: string): boolean {
    return this.#loaded.has(name) && (this.#table.byName.has(name) || ENGINE_PLUGINS.has(name))
  }

  #can(feature: string): boolean {
    if (this.#compatible.has(feature)) return true
    if (!CORE_FEATURES.has(feature) && !this.#table.features.has(feature)) return false
    const plugin = /^(.*)::[^:]+$/.exec(feature)?.[1] ?? ''
    return plugin === 'Mail::SpamAssassin::Conf' || this.#isLoaded(plugin)
  }

  #isMethod(feature: string): boolean {
    const plugin = /^(.*)::[^:]+$/.exec(feature)?.[1] ?? ''
    return this.#table.methods.has(feature) && this.#isLoaded(plugin)
  }

  #report(severity: Severity, place: Place, text: string): void {
    this.#problems.push({ file: place.file, line: place.line, severity, text })
  }
}

/** Reads rule files in order. Never throws on their content. */
export function loadRules(sources: readonly Source[], options: LoadOptions): RuleSet {
  const loader = new Loader(options)
  for (const source of sources) loader.read(source)
  return loader.finish()
}
