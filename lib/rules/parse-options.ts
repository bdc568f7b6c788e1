/** What a rule set's settings want of the parser: how much of a text is looked at, and whether charsets are decoded. */
import type { ParseOptions } from '../mail/message.ts'
import type { RuleSet } from './ruleset.ts'

/** `body_part_scan_size`, `rawbody_part_scan_size` and `normalize_charset` of the files; what they do not say is left out. */
export function parseOptions({ settings }: Pick<RuleSet, 'settings'>): ParseOptions {
  const word = (key: string): string | undefined => settings.words.get(key)?.at(-1)
  const body = word('body_part_scan_size')
  const raw = word('rawbody_part_scan_size')
  return {
    ...(body === undefined ? {} : { bodyPartScanSize: Math.max(0, Number(body)) }),
    ...(raw === undefined ? {} : { rawBodyPartScanSize: Math.max(0, Number(raw)) }),
    normalizeCharset: word('normalize_charset') !== '0',
  }
}
