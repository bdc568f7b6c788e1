/**
 * Clients that are shut out for a while: those that guess recipients (harvest.ts counts them), and those whose mails
 * ended workers of the scan pool. Each such mail costs everybody seconds, and no honest mail does it twice.
 */
import type { Config } from '../config/schema.ts'
import type { Block } from '../store/block-store.ts'
import type { Store } from '../store/store.ts'
import { CLEAN, type Check, type CheckResult, type Session } from './check.ts'
import { choose, isExempt } from './choose.ts'
import { clientKey, counterKey, COUNTERS, HOUR } from './limit-key.ts'

/** By the words with which its reason begins. */
const ENDED = 'its mails ended'

export const shutOut: Check<'recipient'> = {
  name: 'harvest_block',
  stage: 'recipient',
  liveOnly: true,
  enabled: ({ limits }) => limits.unknown_recipients !== 'off' || limits.workers_ended !== 'off',
  async run(input, { config, store, now }) {
    const key = clientKey(input, config)
    if (key === null || isExempt(input, config.limits.exempt)) return CLEAN
    const block = store.blocks.blocked(key, now())
    return block?.reason.startsWith(ENDED) === true
      ? judgeEnded(block, now())
      : judge(block, config.limits.unknown_recipients_action, now())
  },
}

/** Of a client that guessed recipients. */
export function judge(block: Block | null, action: 'log' | 'defer' | 'reject', now: number): CheckResult {
  if (block === null) return CLEAN
  return choose(
    action,
    { name: 'LIMIT_UNKNOWN_RECIPIENTS', detail: detailOf(block, now) },
    { text: 'Too many unknown recipients from your address, please try again later' },
  )
}

/** Of a client whose mails ended workers. */
function judgeEnded(block: Block, now: number): CheckResult {
  return choose(
    'defer',
    { name: 'LIMIT_WORKERS_ENDED', detail: detailOf(block, now) },
    { text: 'Mail from your address could not be judged, please try again later' },
  )
}

const detailOf = ({ reason, until }: Block, now: number): string =>
  `${reason}, shut out for ${Math.ceil((until - now) / 60_000)} more minutes`

/** Counts workers that had to be ended for mails of a client; over the limit it is shut out. Never throws. */
export function noteEnded(
  {
    config,
    store,
    now,
    log,
  }: {
    readonly config: Config
    readonly store: Store
    readonly now: () => number
    readonly log: { warn(text: string): void; debug(text: string, fields?: { reason: string }): void }
  },
  session: Session,
  ended: number,
): void {
  const { workers_ended: most, workers_ended_block: duration, exempt } = config.limits
  const key = clientKey(session, config)
  if (ended === 0 || most === 'off' || key === null || isExempt(session, exempt)) return
  try {
    const at = now()
    const count = store.counters.add(counterKey(COUNTERS.workersEnded, key), ended, at, HOUR)
    if (count < most) return
    store.blocks.block(key, `${ENDED} ${count} scan workers in an hour`, at, at + duration)
    log.warn(`client ${key} is shut out: its mails ended ${count} scan workers within an hour`)
  } catch (error) {
    log.debug('the limit of ended workers could not be counted', { reason: String(error) })
  }
}
