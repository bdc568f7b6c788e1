/** Dates in headers against each other: a Date far from every Received is forged, or the sender's clock is. */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput } from '../eval.ts'
import { parseDate } from './date.ts'
import { header, number } from './octets.ts'

/** The time in a Received header. */
export const WHEN = /([ \t\n\r\f\v].?\d+ [^ \t\n\r\f\v]{3} \d+ \d+:\d+:\d+ [^ \t\n\r\f\v]{1,100})/
const FROM_SELF =
  /\bfrom (?:localhost[ \t\n\r\f\v]|(?:[^ \t\n\r\f\v]+ ){1,2}[^ \t\n\r\f\v]*\b127\.0\.0\.1\b)|qmail \d+ invoked by uid \d/
const FETCHMAIL = /\bby localhost with \w+ \(fetchmail-[\d.]/
/** More Received headers than any route has. */
const MOST_RECEIVED = 200

interface Times {
  /** Seconds since the epoch of Resent-Date or Date. */
  readonly date: number | undefined
  /** Of the Received headers, newest first, those of local fetching left out. */
  readonly received: readonly number[]
  readonly fetched: number | undefined
  /** Date minus the Received that lies nearest; 0 where either is missing. */
  readonly shift: number
}

const KEY = {}

function times(input: EvalInput): Times {
  return input.memo(KEY, () => {
    const date = dateHeader(input)
    const { received, fetched } = receivedTimes(input)
    return { date, received, fetched, shift: date === undefined ? 0 : nearest(date, received) }
  })
}

function dateHeader(input: EvalInput): number | undefined {
  for (const value of [...input.message.header('Resent-Date'), ...input.message.header('Date')]) {
    const time = value === '' ? undefined : parseDate(value)
    if (time !== undefined) return time
  }
  return undefined
}

/** Fetchmail's own lines say when the mail was fetched, not when it arrived: they are taken off the top. */
function receivedTimes(input: EvalInput): { received: readonly number[]; fetched: number | undefined } {
  const lines = header(input, 'Received')
    .split('\n')
    .filter((line) => /[^ \t\n\r\f\v]/.test(line))
    .slice(0, MOST_RECEIVED)
  const own = lines[0] !== undefined && FROM_SELF.test(lines[0]) ? 1 : 0
  const local = FETCHMAIL.test(lines[own] ?? '') ? own + 1 : 0
  const fetchTimes = stamps(lines.slice(0, local)).filter((time) => time * 1000 <= input.now)
  const fetched = fetchTimes.length === 0 ? undefined : Math.max(...fetchTimes)
  return { received: stamps(lines.slice(local)), fetched }
}

function stamps(lines: readonly Octets[]): readonly number[] {
  return lines.flatMap((line) => parseDate(WHEN.exec(line)?.[1] ?? '') ?? [])
}

function nearest(date: number, received: readonly number[]): number {
  const shifts = received.map((time) => date - time)
  // The oldest Received is often written by the sender's own machine with the very same clock: it proves nothing.
  if (shifts.length > 1 && shifts.at(-1) === 0) shifts.pop()
  return shifts.toSorted((left, right) => Math.abs(left) - Math.abs(right))[0] ?? 0
}

/** `check_for_shifted_date(min, max)`: hours between Date and Received, either bound may be `undef`. */
export function shiftedDate(input: EvalInput, [min = 'undef', max = 'undef']: readonly string[]): boolean {
  const { shift } = times(input)
  return (min === 'undef' || shift >= 3600 * number(min)) && (max === 'undef' || shift < 3600 * number(max))
}

const SECONDS_A_MONTH = 31_556_952 / 12

/** `received_within_months(min, max)`: age of the mail by the median of what its headers say. */
export function receivedWithinMonths(input: EvalInput, [min, max]: readonly string[]): boolean {
  const { date, received, fetched, shift } = times(input)
  const candidates = [date, received[0], fetched].filter((time) => time !== undefined)
  if (date !== undefined && received.length > 0) candidates.push(date - shift)
  candidates.sort((left, right) => right - left)
  const age = input.now / 1000 - (candidates[Math.trunc((candidates.length - 1) / 2)] ?? 0)
  const bound = (text: string | undefined): number | undefined =>
    text === undefined || text === 'undef' ? undefined : number(text) * SECONDS_A_MONTH
  const [low, high] = [bound(min), bound(max)]
  return (low === undefined || age >= low) && (high === undefined || age < high)
}
