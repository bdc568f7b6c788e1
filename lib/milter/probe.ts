/**
 * Is a milter there, and does it answer as one? For health checks and monitoring.
 *
 * It negotiates and says goodbye: no SMTP session is begun, so the milter's own log and counters stay as they were.
 */

import type { Offered } from './answer.ts'
import { MilterClient } from './client.ts'

export type Probe =
  | { readonly kind: 'up'; readonly offered: Offered; readonly ms: number }
  | { readonly kind: 'down'; readonly reason: string; readonly ms: number }

/**
 * Asks the milter at this address. Never throws: a milter that cannot be reached is an answer too.
 *
 * @param timeoutMs for connecting and for negotiating, each
 */
export async function probe(address: string, timeoutMs = 5000): Promise<Probe> {
  const start = performance.now()
  try {
    const client = await MilterClient.connect(address, { timeoutMs })
    try {
      const offered = await client.negotiate()
      await client.quit()
      return { kind: 'up', offered, ms: performance.now() - start }
    } finally {
      client.destroy()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error)
    return { kind: 'down', reason, ms: performance.now() - start }
  }
}
