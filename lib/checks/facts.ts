/**
 * Facts a check found besides its hits, for the checks after it, for rules and for the headers. They travel inside the
 * results, so they must be plain data that survives the way between threads.
 */
import type { ArcFacts, AuthFacts, DkimFacts, DmarcFacts, SpfFact } from '../auth/facts.ts'
import type { TakenOut } from '../attachments/notice.ts'
import type { CheckResult } from './check.ts'

export interface CheckFacts {
  readonly spf?: { readonly mailFrom: SpfFact | null; readonly helo: SpfFact | null }
  readonly dkim?: DkimFacts
  readonly dmarc?: DmarcFacts
  readonly arc?: ArcFacts
  /** What the classifier says, and what it still needs (`140-ham`), null when nothing. */
  readonly bayes?: {
    readonly probability: number
    readonly confidence: number
    readonly needs: string | null
  }
  /** Value of a Received-SPF header, where the configuration wants one; not yet free of control characters. */
  readonly receivedSpf?: string
  /** DNS lists, by their number in the configuration, that are not asked at the moment. */
  readonly suspendedLists?: readonly number[]
  /** When a client that was held back was let go, in milliseconds since the epoch. */
  readonly greetedAt?: number
  /** Milliseconds to that client and back, as the kernel measured it; null where it cannot be asked. */
  readonly roundTrip?: number | null
  /** The sender is somebody our users write to; what has proved an earlier mail of theirs, null when nothing has. */
  readonly correspondent?: { readonly address: string; readonly identity: string | null }
  /** Attachments that are to be replaced, those of them the sender is to be told of, and who is to get the original. */
  readonly attachments?: {
    readonly takenOut: readonly TakenOut[]
    readonly notify: readonly TakenOut[]
    readonly copyTo: readonly string[]
  }
  /** Addresses of all From: fields as the verifier read them, and how many fields there are. */
  readonly from?: { readonly addresses: readonly string[]; readonly fields: number }
}

/** The facts of one kind, whichever check brought them; the last one in list order counts. */
export function factsOf(results: ReadonlyMap<string, CheckResult>): CheckFacts {
  const all: CheckFacts = {}
  for (const result of results.values()) if (result.kind !== 'refuse') Object.assign(all, result.facts)
  return all
}

/** What authentication found, as far as its checks have finished. */
export function authFacts(results: ReadonlyMap<string, CheckResult>, user: string | null = null): AuthFacts {
  const { spf, dkim, dmarc, arc } = factsOf(results)
  return {
    spf: spf ?? { mailFrom: null, helo: null },
    dkim: dkim ?? null,
    dmarc: dmarc ?? null,
    arc: arc ?? null,
    user,
  }
}
