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
  const folder = dirname(resolve(file))
  if (loaded.ok) return { ...loaded, config: withPaths(loaded.config, folder) }
  return loaded.partial === undefined ? loaded : { ...loaded, partial: withPaths(loaded.partial, folder) }
}

/** The file a verb reads: the named one, or the system's if it is there; null: the embedded default. */
export const chosenFile = (file: string | undefined): string | null =>
  file ?? (existsSync(SYSTEM_CONFIG) ? SYSTEM_CONFIG : null)

/** The embedded default, for an installation without a file. */
export const embeddedConfig = (): Config => withPaths(defaultConfig(), process.cwd())

/** The configuration for a verb; throws one `CommandError` that holds every error, a line each. */
export function loadConfig(file: string | undefined): ConfigSource {
  const chosen = chosenFile(file)
  if (chosen === null) return { config: embeddedConfig(), file: null }
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
