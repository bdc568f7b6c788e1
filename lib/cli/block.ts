/** `hamlet block`: senders whose mail is not wanted. */
import { runList } from './sender-list.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'block',
  summary: 'refuse mail of a sender',
  help: `Usage: hamlet block [OPTION...] SENDER...
       hamlet block --list [--json]
       hamlet block --remove [--for WHOM] SENDER...

SENDER is name@example.org, or @example.org for everybody there and below; it is looked for in From and in the
envelope. What happens to such mail is the setting senders.block_action. An address that is allowed more closely
than it is blocked is allowed.

  --for WHOM      only for mail to this domain or address
  --expires TIME  for so long, such as 90d
  --note TEXT     why, for the list
  --config FILE   configuration (default: /etc/hamlet/hamlet.yaml, else the built-in one)

Exit codes: 0 done, 1 nothing to remove, 64 wrong usage, 75 the store is locked or unusable, 78 wrong configuration.`,
  run: async (args, terminal) => runList('block', args, terminal, Date.now()),
}
