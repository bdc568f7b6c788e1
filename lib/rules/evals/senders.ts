/** All addresses a mail may be said to come from, and all it may be said to go to, as SpamAssassin gathers them. */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput } from '../eval.ts'
import { lower, unique } from './octets.ts'

const FROM = [
  'From:addr',
  'Envelope-Sender:addr',
  'Resent-Sender:addr',
  'X-Envelope-From:addr',
  'EnvelopeFrom:addr',
]
const TO = [
  'To:addr',
  'Apparently-To:addr',
  'Delivered-To:addr',
  'Envelope-Recipients:addr',
  'Apparently-Resent-To:addr',
  'X-Envelope-To:addr',
  'Envelope-To:addr',
  'X-Delivered-To:addr',
  'X-Original-To:addr',
  'X-Rcpt-To:addr',
  'X-Real-To:addr',
  'Cc:addr',
]

const FROM_KEY = {}
const TO_KEY = {}

/** Every sender address: header and envelope; of a mail sent again, who sent it again. */
export function allFrom(input: EvalInput): readonly Octets[] {
  return input.memo(FROM_KEY, () => {
    const resent = input.all('Resent-From:first:addr')
    if (resent.length > 0) return unique(resent)
    return unique(
      FROM.flatMap((spec) => input.all(spec))
        .filter((address) => address !== '')
        .map((address) => address.replace(/\.{2,}/g, '.')),
    )
  })
}

/** Octets of a Received header that are read. */
const LONGEST_TRACE = 8192
const TRACED = / for <?([^ \t\n\r\f\v]{1,500}@([^ \t\n\r\f\v]{1,253}?))>?;/

/** Every recipient address: header, envelope where known, and the `for` of the newest Received headers. */
export function allTo(input: EvalInput): readonly Octets[] {
  return input.memo(TO_KEY, () => {
    const resent = ['Resent-To:first:addr', 'Resent-Cc:first:addr'].flatMap((spec) => input.all(spec))
    if (resent.length > 0) return unique(resent)
    const traced = input
      .all('Received')
      .slice(0, 3)
      .flatMap((line) => {
        const match = TRACED.exec(line.slice(0, LONGEST_TRACE))
        return match !== null && isHostName(match[2] ?? '') ? [match[1] ?? ''] : []
      })
    return unique([...traced, ...input.envelope.recipients, ...TO.flatMap((spec) => input.all(spec))])
  })
}

/** Is this a full host name: two labels or more, of letters, digits, hyphens and (but for the last two) underscores? */
export function isHostName(name: string): boolean {
  const labels = lower(name)
    .replace(/(?<!\.)\.+$/, '')
    .split('.')
  if (labels.length < 2 || name.length > 253) return false
  return labels.every(
    (label, index) =>
      /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label) &&
      (index < labels.length - 2 || !label.includes('_')),
  )
}
