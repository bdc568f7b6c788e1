/**
 * How plugins of the rule language are registered: which directive and which eval function belongs to whom.
 *
 * `evals/index.ts` lists the plugins; everything here is derived from that list. A plugin takes part when it is loaded
 * (`loadplugin`, or the default set of a stock installation); lines of a plugin that is not loaded are errors as in
 * SpamAssassin. Two plugins that claim the same name are a bug of ours and throw at load time.
 */
import type {
  Directive,
  EvalFunction,
  FamilyDirective,
  EvalInput,
  EvalPlugin,
  EvalRule,
  Lookup,
} from './eval.ts'

/** Any plugin, whatever its state is: what the registry needs to know of an EvalPlugin<T>. */
export interface RegisteredPlugin {
  readonly name: string
  readonly initial: () => unknown
  readonly directives: Readonly<Record<string, Directive<never>>>
  readonly families?: Readonly<Record<string, FamilyDirective<never>>>
  readonly functions: Readonly<Record<string, EvalFunction>>
  readonly lookups?: Readonly<Record<string, LookupFunction>>
  /** Directives that define a rule, and the function that judges it. */
  readonly rules?: Readonly<Record<string, string>>
  readonly trace?: (input: EvalInput) => readonly string[]
  readonly can?: readonly string[]
  readonly has?: readonly string[]
}
export type LookupFunction = (input: EvalInput, args: readonly string[], rule: EvalRule) => readonly Lookup[]

/** Prefix of plugin names, which rule files may leave out nowhere but people do in conversation. */
export const PLUGIN_PREFIX = 'Mail::SpamAssassin::Plugin::'

export interface PluginTable {
  readonly byName: ReadonlyMap<string, RegisteredPlugin>
  /** Directive name (lower case, underscores) -> the plugins that want it: several may read the same line. */
  readonly directives: ReadonlyMap<string, readonly RegisteredPlugin[]>
  /** Those with directives whose name ends in a word of the admin's own. */
  readonly families: readonly RegisteredPlugin[]
  readonly functions: ReadonlyMap<string, RegisteredPlugin>
  /** Feature words of `if can(...)`. */
  readonly features: ReadonlySet<string>
  /** Words that `if has(...)` knows besides: features answered with no, and functions. */
  readonly methods: ReadonlySet<string>
}

/** The tables of a list of plugins. */
export function pluginTable(plugins: readonly RegisteredPlugin[]): PluginTable {
  const byName = new Map<string, RegisteredPlugin>()
  const directives = new Map<string, RegisteredPlugin[]>()
  const functions = new Map<string, RegisteredPlugin>()
  const features = new Set<string>()
  const methods = new Set<string>()
  for (const plugin of plugins) {
    if (byName.has(plugin.name)) throw new Error(`two plugins are called ${plugin.name}`)
    byName.set(plugin.name, plugin)
    for (const key of Object.keys(plugin.directives)) {
      const holders = directives.get(key)
      if (holders === undefined) directives.set(key, [plugin])
      else holders.push(plugin)
    }
    for (const key of Object.keys(plugin.functions)) {
      const holder = functions.get(key)
      if (holder !== undefined) throw new Error(`${plugin.name} and ${holder.name} both have ${key}()`)
      functions.set(key, plugin)
    }
    for (const feature of plugin.can ?? []) features.add(feature)
    for (const feature of plugin.has ?? []) methods.add(feature)
    for (const key of Object.keys(plugin.functions)) methods.add(`${plugin.name}::${key}`)
  }
  const families = plugins.filter((plugin) => plugin.families !== undefined)
  return { byName, directives, families, functions, features, methods }
}

/** The plugins that a directive is for, loaded or not. */
export function holdersOf(table: PluginTable, key: string): readonly RegisteredPlugin[] {
  const holders = table.directives.get(key)
  return holders ?? table.families.filter((plugin) => familyOf(plugin, key) !== undefined)
}

function familyOf(plugin: RegisteredPlugin, key: string): string | undefined {
  return Object.keys(plugin.families ?? {}).find(
    (prefix) => key.startsWith(prefix) && key.length > prefix.length,
  )
}

/** States of all plugins while rule files are read; `plugin.initial()` made on first use. */
export class PluginStates {
  readonly #states = new Map<string, unknown>()

  /** Applies one directive line; returns an error text for a value the plugin cannot take. */
  apply(plugin: RegisteredPlugin, key: string, value: string): string | undefined {
    const state = this.of(plugin) as never
    const directive = Object.hasOwn(plugin.directives, key) ? plugin.directives[key] : undefined
    if (directive !== undefined) return directive(state, value)
    const prefix = familyOf(plugin, key)
    const family = prefix === undefined ? undefined : plugin.families?.[prefix]
    if (prefix === undefined || family === undefined) return `${plugin.name} has no directive ${key}`
    return family(state, key.slice(prefix.length), value)
  }

  of(plugin: RegisteredPlugin): unknown {
    if (!this.#states.has(plugin.name)) this.#states.set(plugin.name, plugin.initial())
    return this.#states.get(plugin.name)
  }

  /** State of one plugin under its own type; the registry guarantees that name and type belong together. */
  conf<T>(plugin: EvalPlugin<T>): T {
    return this.of(plugin) as T
  }
}
