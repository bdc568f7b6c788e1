/** Answers of URI lists: code patterns as DNS lists of clients have them, and bits of the last octet that add up (SURBL). */
import { isErrorCode, parseCodePattern } from '../net/dns-list.ts'

export interface ListCode {
  readonly text: string
  matches(code: string): boolean
}

/** `127.0.1.2-99`, or `bit 64`; null for anything else. */
export function parseListCode(text: string): ListCode | null {
  const bit = /^bit (1|2|4|8|16|32|64|128)$/.exec(text.trim())?.[1]
  if (bit === undefined) return parseCodePattern(text)
  return {
    text,
    matches: (code) =>
      !isErrorCode(code) && code.startsWith('127.0.0.') && (Number(code.split('.')[3]) & Number(bit)) !== 0,
  }
}
