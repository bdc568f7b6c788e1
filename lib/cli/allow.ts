/** `hamlet allow`: senders whose mail is delivered whatever its score. */
import { runList } from './sender-list.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'allow',
  summary: 'deliver mail of a sender whatever its score, as far as it is proven to be theirs',
  help: `Usage: hamlet allow [OPTION...] SENDER...
       hamlet allow --list [--json]
       hamlet allow --remove [--for WHOM] SENDER...

SENDER is name@example.org, or @example.org for everybody there and below. Mail counts as theirs when it is proven:
by what proved their earlier mails, or else by SPF or DKIM of their own domain. A listed address that comes without
proof is reported as SENDER_UNPROVEN. Malware and phishing found by a scanner are refused all the same.

  --by PROOF      dkim:DOMAIN, spf:DOMAIN, group:NAME (clients in that IP group) or aligned
  --unproven      ask for no proof; whoever forges the address is let in
  --for WHOM      only for mail to this domain or address
  --expires TIME  for so long, such as 90d
  --note TEXT     why, for the list
  --config FILE   configuration (default: /etc/hamlet/hamlet.yaml, else the built-in one)

Exit codes: 0 done, 1 nothing to remove, 64 wrong usage, 75 the store is locked or unusable, 78 wrong configuration.`,
  run: async (args, terminal) => runList('allow', args, terminal, Date.now()),
}
