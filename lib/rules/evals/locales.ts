/**
 * Which charsets belong to which languages (`ok_locales`), for the rules about mail in writing the reader does not read.
 */
import type { EvalInput } from '../eval.ts'

/** Charsets whose text, read as ASCII, looks like shouting; source of a pattern without captures. */
const CAPS_PART = '(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)'
export const LIKELY_CAPS = `(?:(?!${CAPS_PART})[-_a-z0-9])*${CAPS_PART}[-_a-z0-9]*`

const CYRILLIC = ['KOI8R', 'KOI8U', 'KOI8T', 'ISOIR111', 'CP1251', 'GEORGIANPS', 'PT154', 'CP866']
const SIMPLIFIED = ['GB1988', 'GB2312', 'GB231219800', 'GB18030', 'GBK', 'ISO2022CN']
const TRADITIONAL = ['BIG5HKSCS', 'BIG5', 'EUCTW']
const JAPANESE =
  'EUCJP JISX020119760 JISX020819830 JISX020819900 JISX020819970 JISX021219900 JISX021320001 JISX021320002 SHIFT_JIS SHIFTJIS ISO2022JP SJIS JIS7 JISX0201 JISX0208 JISX0212'
const CHARSETS: ReadonlyMap<string, readonly string[]> = new Map([
  ['ja', JAPANESE.split(' ')],
  ['ko', ['EUCKR', 'KSC56011987']],
  ...['ru', 'ka', 'tg', 'be', 'uk', 'bg'].map((locale) => [locale, CYRILLIC] as const),
  ['th', ['TIS620']],
  ['zh', [...SIMPLIFIED, ...TRADITIONAL]],
])

const EVERYWHERE =
  /^(?:USASCII$|ASCII$|ISO8859|ISO10646|UTF|UCS|CP125|WINDOWS|IBM852$|UNICODE11UTF[78]|XUNKNOWN$|ISO$)/

/** The languages the administrator reads; 'all' (the default) switches these rules off. */
export function locales(input: EvalInput): readonly string[] {
  const named = input.setting('ok_locales')
  return named.length === 0 ? ['all'] : named
}

/** Is this charset one that nobody reading `ok` could read? */
export function farAway(charset: string, ok: readonly string[]): boolean {
  const name = charset
    .toUpperCase()
    .replace(/:.*$/s, '')
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^3D/, '')
  if (EVERYWHERE.test(name)) return false
  return !ok.some((locale) => CHARSETS.get(locale.replace(/^([a-z][a-z]).*$/, '$1'))?.includes(name) === true)
}
