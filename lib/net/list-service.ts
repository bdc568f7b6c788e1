/** What a check sees of the DNS lists' keeper: whom to ask about a list, and whether the list may be believed now. */
import type { Dns } from './dns.ts'

/** A list by the number it has in the configuration. */
export interface ListService {
  /** The resolver for this list: the common one, one of its own, or its zone's own name servers. */
  dnsFor(index: number): Dns
  /** Why a list is not asked at the moment, or null. */
  suspended(index: number): string | null
  /** Suspended because it does not answer, as opposed to: because it lies or refuses us. */
  resting(index: number): boolean
  /** Tells the guard what the list said of a client, so that one which suddenly lists everybody is noticed. */
  observe(index: number, client: string, listed: boolean): void
  /** Tells that the list did not answer: one that never does is rested. */
  failed(index: number, reason: string): void
}
