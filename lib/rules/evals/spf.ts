/** SPF rules over what our own authentication layer found, and the lists of senders whom a pass makes welcome. */
import type { SpfResult } from '../../auth/facts.ts'
import type { Directive, EvalFunction, EvalInput, EvalPlugin } from '../eval.ts'
import type { AddressList } from './address-list.ts'
import { AddressList as List, addAll, removeAll } from './address-list.ts'
import { header, lower } from './octets.ts'
import { isIn } from './wlbl-eval.ts'
import { withOldNames } from './wlbl-lists.ts'

export interface SpfSettings {
  readonly welcome: AddressList
  readonly defaults: AddressList
}

const accepts: Directive<SpfSettings> = (_, value) => (value === '' ? 'a value is missing' : undefined)

const RESULTS: readonly SpfResult[] = [
  'pass',
  'fail',
  'softfail',
  'neutral',
  'none',
  'permerror',
  'temperror',
]

function mailFromIs(result: SpfResult): EvalFunction {
  return (input, _, rule) => {
    const fact = input.auth?.spf.mailFrom
    const hit = fact?.result === result
    if (hit && result === 'fail') input.report(rule.name, `SPF failed: ${fact.comment ?? fact.value}`)
    return hit
  }
}

function heloIs(result: SpfResult): EvalFunction {
  return (input) => input.auth?.spf.helo?.result === result
}

export const spf: EvalPlugin<SpfSettings> = {
  name: 'Mail::SpamAssassin::Plugin::SPF',
  initial: () => ({ welcome: new List(), defaults: new List() }),
  directives: {
    ...withOldNames<Directive<SpfSettings>>({
      welcomelist_from_spf: ({ welcome }, value) => addAll(welcome, value),
      def_welcomelist_from_spf: ({ defaults }, value) => addAll(defaults, value),
      unwelcomelist_from_spf: ({ welcome, defaults }, value) =>
        removeAll(welcome, value) ?? removeAll(defaults, value),
    }),
    // Read for the sake of stock files: our own layer always asks, and believes no header about it.
    spf_timeout: accepts,
    ignore_received_spf_header: accepts,
    use_newest_received_spf_header: accepts,
    do_not_use_mail_spf: accepts,
    do_not_use_mail_spf_query: accepts,
  },
  functions: {
    ...Object.fromEntries(RESULTS.map((result) => [`check_for_spf_${result}`, mailFromIs(result)])),
    ...Object.fromEntries(RESULTS.map((result) => [`check_for_spf_helo_${result}`, heloIs(result)])),
    check_spf_skipped_noenvfrom: ({ auth }) => auth !== undefined && auth.spf.mailFrom === null,
    ...withOldNames<EvalFunction>({
      check_for_spf_welcomelist_from: (input) =>
        isWelcome(input, input.conf(spf).welcome, 'welcomelist_auth'),
      check_for_def_spf_welcomelist_from: (input) =>
        isWelcome(input, input.conf(spf).defaults, 'def_welcomelist_auth'),
    }),
  },
  can: [
    'Mail::SpamAssassin::Plugin::SPF::has_check_for_spf_errors',
    'Mail::SpamAssassin::Plugin::SPF::has_check_spf_skipped_noenvfrom',
  ],
}

function isWelcome(input: EvalInput, list: AddressList, authList: string): boolean {
  const fact = input.auth?.spf.mailFrom
  if (fact?.result !== 'pass') return false
  const sender = lower(input.envelope.sender ?? header(input, 'EnvelopeFrom:addr')) || lower(fact.value)
  return sender !== '' && (list.has(sender) || isIn(input, authList, sender))
}
