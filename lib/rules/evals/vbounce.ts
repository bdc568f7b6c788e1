/** VBounce: bounces to mail that never left here; `welcomelist_bounce_relays` names the relays real mail goes out by. */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { AddressList, addAll } from './address-list.ts'
import { withOldNames } from './wlbl-lists.ts'

export interface BounceRelays {
  readonly relays: AddressList
}

export const vbounce: EvalPlugin<BounceRelays> = {
  name: 'Mail::SpamAssassin::Plugin::VBounce',
  initial: () => ({ relays: new AddressList() }),
  directives: withOldNames({
    welcomelist_bounce_relays: (state: BounceRelays, value: string) => addAll(state.relays, value),
  }),
  functions: withOldNames({
    have_any_bounce_relays: (input: EvalInput) => input.conf(vbounce).relays.size > 0,
    check_welcomelist_bounce_relays: passedOurs,
  }),
}

const RECEIVED = /^[> ]*Received:/i
/** Of a quoted mail's header only: a bounce quotes it near its top. */
const MOST_LINES = 20_000

function passedOurs(input: EvalInput): boolean {
  const { relays } = input.conf(vbounce)
  if (relays.size === 0) return false
  const names = (line: Octets): boolean =>
    line.split(/[ \t\n\r\f\v]+/).some((word) => /.\../.test(word) && relays.has(word))
  if (input.message.rendered().some((line) => RECEIVED.test(line) && names(line))) return true
  const body = input.message.full().slice(input.message.headerBlock().length)
  return headerLines(body).some((line) => RECEIVED.test(line) && names(line))
}

/** Lines of the body from its first Received on, continuation lines joined. */
function headerLines(body: Octets): readonly Octets[] {
  if (!/Received:/i.test(body)) return []
  const lines = body.split('\n', MOST_LINES)
  const joined: Octets[] = []
  for (const line of lines.slice(
    Math.max(
      0,
      lines.findIndex((one) => RECEIVED.test(one)),
    ),
  )) {
    if (/^[ \t]/.test(line) && joined.length > 0) joined.push(`${joined.pop() ?? ''}${line}`)
    else joined.push(line)
  }
  return joined
}
