/** Quantities as administrators write them: `30s`, `4h`, `7d`, `25MB`. Parsed to milliseconds and octets. */
import { z } from 'zod'

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** '90s' -> 90000; a bare number is seconds, as in Postfix's main.cf. null when it is no duration. */
export function parseDuration(text: string | number): number | null {
  if (/^\d+(?:\.\d+)?$/.test(String(text))) return Math.round(Number(text) * 1000)
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(String(text).trim())
  return match ? Math.round(Number(match[1]) * (DURATION_UNITS[match[2]!] ?? 0)) : null
}

/** '25MB' -> 26214400 (binary multiples); a bare number is octets, as in Postfix's main.cf. null when it is no size. */
export function parseSize(text: string | number): number | null {
  if (/^\d+$/.test(String(text))) return Number(text)
  const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)$/i.exec(String(text).trim())
  return match ? Math.round(Number(match[1]) * (SIZE_UNITS[match[2]!.toUpperCase()] ?? 0)) : null
}

interface Quantity {
  readonly minimum: string
  readonly maximum: string
}

const quantity =
  (what: string, example: string, parse: (text: string | number) => number | null) =>
  (fallback: string, { minimum, maximum }: Quantity) =>
    z
      .union([z.string(), z.number()])
      .default(fallback)
      .transform((text, context) => {
        const value = parse(text)
        if (value === null) {
          context.addIssue({ code: 'custom', message: `expected ${what} such as ${example}` })
          return z.NEVER
        }
        if (value < (parse(minimum) ?? 0) || value > (parse(maximum) ?? Infinity)) {
          context.addIssue({ code: 'custom', message: `expected ${minimum} to ${maximum}` })
          return z.NEVER
        }
        return value
      })
      .meta({ kind: `${what}, ${minimum} to ${maximum}` })

/** A duration key in milliseconds: `duration('5s', { minimum: '0', maximum: '1m' })`. */
export const duration = quantity('a duration', '30s, 5m or 2h', parseDuration)
/** A size key in octets. */
export const size = quantity('a size', '512KB or 25MB', parseSize)

/** A value, or `off`, which YAML 1.1 reads as false and so do tools that write such files. */
export const orOff = <T extends z.ZodType>(value: T) =>
  z.preprocess((given) => (given === false ? 'off' : given), z.union([value, z.literal('off')]))

/** A list of which a single member may be written without brackets. */
export const oneOrMore = (member: z.ZodType<string, string>) =>
  z.union([z.array(member), member]).transform((value) => (typeof value === 'string' ? [value] : value))

/** What to do when a check finds something: `log` counts for nothing, `score` adds the rule's points. */
export const choice = (fallback: 'log' | 'score' | 'defer' | 'reject') =>
  z.enum(['log', 'score', 'defer', 'reject']).default(fallback)
