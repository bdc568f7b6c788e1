/** A mail that an administrator released from quarantine is delivered when it comes by again, whatever it scores. */
import { releaseKey } from '../store/release-key.ts'
import { CLEAN, type Check } from './check.ts'

export const released: Check<'message'> = {
  name: 'released',
  stage: 'message',
  enabled: () => true,
  async run({ headers, body }, { store, now }) {
    if (!store.releases.any(now())) return CLEAN
    const id = headers.find(({ name }) => name.toLowerCase() === 'message-id')?.value ?? ''
    if (!store.releases.has(releaseKey(id, body), now())) return CLEAN
    const hit = { name: 'RELEASED', detail: 'released from quarantine before' }
    return {
      kind: 'hits',
      hits: [hit],
      demands: [{ action: 'accept', source: 'allow-list', hit: hit.name }],
    }
  },
}
