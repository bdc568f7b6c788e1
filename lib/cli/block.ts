/** `hamlet block`: senders whose mail is not wanted. */
import { BLOCK_OPTIONS, runList } from './sender-list.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'block',
  usage: ['[OPTION...] SENDER...', '--list [--json]', '--remove [--for WHOM] SENDER...'],
  about: `SENDER is name@example.org, or @example.org for everybody there and below; it is looked for in From and in the
envelope. What happens to such mail is the setting senders.block_action. An address that is allowed more closely
than it is blocked is allowed.`,
  options: BLOCK_OPTIONS,
  takes: 'address',
  exits: {
    0: 'done',
    1: 'nothing to remove',
    64: 'wrong usage',
    75: 'the store is locked or unusable',
    78: 'wrong configuration',
  },
  run: async (args, terminal) => runList('block', args, terminal, Date.now()),
}
