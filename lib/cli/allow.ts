/** `hamlet allow`: senders whose mail is delivered whatever its score. */
import { ALLOW_OPTIONS, runList } from './sender-list.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'allow',
  usage: ['[OPTION...] SENDER...', '--list [--json]', '--remove [--for WHOM] SENDER...'],
  about: `SENDER is name@example.org, or @example.org for everybody there and below. Mail counts as theirs when it is proven:
by what proved their earlier mails, or else by SPF or DKIM of their own domain. A listed address that comes without
proof is judged like any other, and reported as SENDER_UNPROVEN with no points; a sender whose server has neither SPF
nor DKIM can be bound to its network (--by net:192.0.2.0/24). Malware and phishing found by a scanner are refused all the same.`,
  options: ALLOW_OPTIONS,
  takes: 'address',
  exits: {
    0: 'done',
    1: 'nothing to remove',
    64: 'wrong usage',
    75: 'the store is locked or unusable',
    78: 'wrong configuration',
  },
  run: async (args, terminal) => runList('allow', args, terminal, Date.now()),
}
