/** `hamlet check-config`: everything that is wrong with configuration, rules and IP groups, all at once. */
import { buildEngine } from '../daemon/build.ts'
import { openStores } from '../store/open.ts'
import { SILENT_LOG } from '../log.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
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
    const { config, file } = loadConfig(values.config)
    const { store } = openStores(':memory:')
    const built = await buildEngine({
      config: { ...config, scan: { ...config.scan, workers: 1 } },
      store,
      log: SILENT_LOG,
      local: true,
    })
    await built.close()
    store.close()
    for (const { severity, text } of built.problems) terminal.err(`${severity}: ${text}`)
    const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
    const errors = built.problems.filter(({ severity }) => severity === 'error').length
    const warnings = built.problems.length - errors
    if (values.print === true) terminal.out(JSON.stringify(config, null, 2))
    terminal.err(
      `${file ?? 'embedded default'}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(built.pool.loaded.rules, 'rule')}`,
    )
    return errors > 0 ? EXIT.config : EXIT.ok
  },
}
