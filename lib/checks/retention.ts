/** For how long what is remembered is of use: what the store's expiry goes by. */
import type { Config } from '../config/schema.ts'
import type { Retention } from '../store/state.ts'
import { HOUR } from './limit-key.ts'

/** How long what is known of senders is kept after their last mail. */
const REPUTATION_KEPT = 180 * 86_400_000

export function retentionOf({ greylist, correspondents, reputation }: Config): Retention {
  return {
    counters: HOUR,
    greylist: Math.max(greylist.lifetime, greylist.window),
    correspondents: correspondents.keep,
    reputation: reputation.keep,
    reputation: REPUTATION_KEPT,
  }
}
