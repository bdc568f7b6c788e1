/**
 * Directory harvesting: clients that try many recipients who do not exist. The MTA refuses those by itself and shows
 * them to a milter that asks for rejected recipients; over the limit the client is shut out for a while, also for
 * recipients that do exist, since those are what it is looking for.
 */
import { CLEAN, type Check } from './check.ts'
import { isExempt } from './choose.ts'
import { clientKey, counterKey, COUNTERS, HOUR } from './limit-key.ts'

/** Bad destination mailbox address (RFC 3463): nobody of that name here. Policy refusals (5.7.1) do not count. */
const UNKNOWN_USER = '5.1.1'

export const harvestCount: Check<'rejectedRecipient'> = {
  name: 'harvest_count',
  stage: 'rejectedRecipient',
  liveOnly: true,
  enabled: ({ limits }) => limits.unknown_recipients !== 'off',
  async run(input, { config, store, now, alert }) {
    const { limits } = config
    const key = clientKey(input, config)
    if (limits.unknown_recipients === 'off' || key === null || input.status !== UNKNOWN_USER) return CLEAN
    if (isExempt(input, limits.exempt)) return CLEAN
    const at = now()
    // Who is shut out already is not counted on: a flood of guesses costs no rows.
    if (store.blocks.blocked(key, at) !== null) return CLEAN
    const count = store.counters.add(counterKey(COUNTERS.unknownRecipients, key), 1, at, HOUR)
    if (count <= limits.unknown_recipients) return CLEAN
    store.blocks.block(
      key,
      `${count} unknown recipients in an hour`,
      at,
      at + limits.unknown_recipients_block,
    )
    alert?.(`client ${key} is shut out: ${count} unknown recipients within an hour`)
    return CLEAN
  },
}
