/** The one interface behind which every outside scanner stands, and what it may answer. */
import { plainText } from '../plain-text.ts'

/** One mail as a scanner gets it. */
export interface ScanMail {
  /** Header and body with CRLF line ends; the first part of it when the mail is longer than the scan limit. */
  readonly octets: Uint8Array
  readonly clientAddress: string | null
  readonly clientName: string
  readonly helo: string
  readonly sender: string
  readonly recipients: readonly string[]
  readonly user: string | null
  readonly queueId: string
}

export type Threat = 'malware' | 'phishing' | 'spam'

export type ScanAnswer =
  | { readonly kind: 'clean' }
  /** A second opinion in the scanner's own points. */
  | { readonly kind: 'points'; readonly points: number; readonly detail: string }
  /** `name` comes from the scanner: not trusted to be free of control characters. */
  | { readonly kind: 'threat'; readonly threat: Threat; readonly name: string; readonly points?: number }
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface OutsideScanner {
  readonly name: string
  /** Never rejects; `unavailable` when it fails, answers nonsense or the signal comes first. */
  scan(mail: ScanMail, signal: AbortSignal): Promise<ScanAnswer>
}

export const unavailable = (reason: string): ScanAnswer => ({
  kind: 'unavailable',
  reason: plainText(reason).slice(0, 200),
})

/** `unavailable` for whatever was thrown. */
export const failed = (error: unknown): ScanAnswer =>
  unavailable(
    typeof error === 'object' && error !== null && 'message' in error && error.message !== ''
      ? String(error.message)
      : 'failed',
  )
