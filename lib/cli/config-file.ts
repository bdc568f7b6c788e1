/** The configuration a verb works with: the named file, or the embedded default. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { whyUnreadable } from '../fault.ts'
import { defaultConfig, formatConfigError, parseConfig, type LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { CommandError, EXIT } from './verb.ts'

/** Where an installed Hamlet looks when no --config is given. */
const SYSTEM_CONFIG = '/etc/hamlet/hamlet.yaml'

export interface ConfigSource {
  readonly config: Config
  /** null: the embedded default. */
  readonly file: string | null
}

/** Reads and checks a file; relative paths inside it are taken from its own folder. An unreadable file is an error value. */
export function readConfigFile(file: string): LoadedConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { ok: false, errors: [{ file, line: 0, text: whyUnreadable(error) }] }
  }
  const loaded = parseConfig(text, file)
  return loaded.ok ? { ok: true, config: withPaths(loaded.config, dirname(resolve(file))) } : loaded
}

/** The configuration for a verb; throws one `CommandError` that holds every error, a line each. */
export function loadConfig(file: string | undefined): ConfigSource {
  const chosen = file ?? (existsSync(SYSTEM_CONFIG) ? SYSTEM_CONFIG : null)
  if (chosen === null) return { config: withPaths(defaultConfig(), process.cwd()), file: null }
  const loaded = readConfigFile(chosen)
  if (loaded.ok) return { config: loaded.config, file: chosen }
  const lines = loaded.errors.map(formatConfigError)
  throw new CommandError(
    lines.length === 1
      ? (lines[0] ?? '')
      : `${lines.length} errors in the configuration\n${lines.join('\n')}`,
    EXIT.config,
  )
}

function withPaths(config: Config, folder: string): Config {
  return Object.freeze({
    ...config,
    state: resolve(folder, config.state),
    clients: Object.freeze({
      ...config.clients,
      country_database:
        config.clients.country_database === '' ? '' : resolve(folder, config.clients.country_database),
    }),
    groups: Object.freeze(
      Object.fromEntries(
        Object.entries(config.groups).map(([name, entries]) => [
          name,
          entries.map((entry) =>
            entry.startsWith('file:') ? `file:${resolve(folder, entry.slice('file:'.length))}` : entry,
          ),
        ]),
      ),
    ),
    rules: Object.freeze(
      config.rules.map((path) => (path === 'builtin' ? path : resolve(folder, path))),
    ) as Config['rules'],
  })
}
