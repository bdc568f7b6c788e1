/** For how long what is remembered is of use: what the store's expiry goes by. */
import type { Config } from '../config/schema.ts'
import type { Retention, RowBounds } from '../store/state.ts'
import { HOUR } from './limit-key.ts'

export function retentionOf({ attachments, greylist, correspondents, reputation }: Config): Retention {
  return {
    // notices to senders are counted by the day
    counters: attachments.rules.some(({ notify_sender }) => notify_sender) ? 24 * HOUR : HOUR,
    greylist: Math.max(greylist.lifetime, greylist.window),
    correspondents: correspondents.keep,
    reputation: reputation.keep,
  }
}

/** How many rows each table may have. */
export function boundsOf({ store }: Pick<Config, 'store'>): RowBounds {
  return {
    events: store.most_events,
    greylisted: store.most_greylisted,
    reputations: store.most_reputations,
    correspondents: store.most_correspondents,
    blocks: store.most_blocks,
    senderEntries: store.most_sender_entries,
    releases: store.most_releases,
  }
}
