/** For how long what is remembered is of use: what the store's expiry goes by. */
import type { Config } from '../config/schema.ts'
import type { Retention } from '../store/state.ts'
import { HOUR } from './limit-key.ts'

export function retentionOf({ greylist, correspondents, reputation }: Config): Retention {
  return {
    counters: HOUR,
    greylist: Math.max(greylist.lifetime, greylist.window),
    correspondents: correspondents.keep,
    reputation: reputation.keep,
  }
}
