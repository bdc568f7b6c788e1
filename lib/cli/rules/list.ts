/** `hamlet rules list`: the rules of a file of custom rules, in order, with what they do. */
import { parseOptions, type OptionTable } from '../options.ts'
import { EXIT, type Verb } from '../verb.ts'
import { CUSTOM_FILE } from './custom-file.ts'
import { chosenRules, readable } from './rule-set.ts'

const OPTIONS = {} satisfies OptionTable

export const verb: Verb = {
  name: 'list',
  usage: ['[FILE…]'],
  about: `Prints the rules of a file (default ${CUSTOM_FILE}) in their order: place, name, points or action, description,
definition. Of rules marked final the first that hits decides; of other actions \`accept\` wins, then the strongest.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'done',
    66: 'a file cannot be read',
  },

  async run(args, terminal) {
    const { positionals } = parseOptions(args, OPTIONS)
    const set = chosenRules({
      rules: positionals.length > 0 ? positionals : [CUSTOM_FILE],
      config: undefined,
    })
    let place = 0
    for (const { name, score, line, isSub } of set.rules.values()) {
      if (isSub) continue
      const action = set.actions.get(name)
      const final = action?.final === true ? 'final ' : ''
      const what =
        action === undefined
          ? `${score > 0 ? '+' : ''}${score}`
          : `${final}${action.action} ${action.argument}`
      place++
      terminal.out(
        readable(`${place}. ${name}  ${what.trimEnd()}  ${set.descriptions.get(name) ?? ''}`.trimEnd()),
      )
      terminal.out(readable(`    ${line}`))
    }
    return EXIT.ok
  },
}
