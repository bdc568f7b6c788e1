/** OLEVBMacro: office files with macros, objects or templates from elsewhere, also inside ZIP files. */
import type { Octets } from '../../mail/message.ts'
import { fromBytes, toBytes } from '../../mail/octets.ts'
import type { Directive, EvalFunction, EvalInput, EvalPlugin } from '../eval.ts'
import type { OfficeFindings } from './office-file.ts'
import { noFindings, readDownload, readEncryption, readNewFormat, readOldFormat } from './office-file.ts'
import { allParts } from './parts.ts'
import { zipMembers } from './zip.ts'

export interface MacroSettings {
  readonly numbers: Record<string, number>
  /** Perl patterns by directive, where a rule file has its own. */
  readonly patterns: Record<string, string>
}

const NUMBERS = {
  olemacro_num_mime: 5,
  olemacro_num_zip: 8,
  olemacro_zip_depth: 2,
  olemacro_extended_scan: 0,
  olemacro_prefer_contentdisposition: 1,
  olemacro_max_file: 1_024_000,
}
const PATTERNS = {
  olemacro_exts: '(?:doc|docx|dot|pot|ppa|pps|ppt|rtf|sldm|xl|xla|xls|xlsx|xlt|xltx|xslb)$',
  olemacro_macro_exts: '(?:docm|dotm|ppam|potm|ppst|ppsm|pptm|sldm|xlm|xlam|xlsb|xlsm|xltm|xps)$',
  olemacro_skip_exts: '(?:dotx|potx|ppsx|pptx|sldx)$',
  olemacro_skip_ctypes: '^(?:text\\/)',
  olemacro_zips: '(?:zip)$',
  olemacro_download_marker: '(?:cmd(?:\\.exe)? \\/c ms\\^h\\^ta ht\\^tps?:\\/\\^\\/)',
}
/** No rule file may ask for more than this of one file, in octets. */
const HARD_LIMIT = 10_000_000

function setsNumber(name: string): Directive<MacroSettings> {
  return (state, value) => {
    if (!/^\d{1,9}$/.test(value)) return 'expected a number'
    state.numbers[name] = Math.min(Number(value), HARD_LIMIT)
    return undefined
  }
}

function setsPattern(name: string): Directive<MacroSettings> {
  return (state, value) => {
    state.patterns[name] = value
    return value === '' ? 'a pattern is missing' : undefined
  }
}

export const oleVbMacro: EvalPlugin<MacroSettings> = {
  name: 'Mail::SpamAssassin::Plugin::OLEVBMacro',
  initial: () => ({ numbers: { ...NUMBERS }, patterns: { ...PATTERNS } }),
  directives: {
    ...Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, setsNumber(name)])),
    ...Object.fromEntries(Object.keys(PATTERNS).map((name) => [name, setsPattern(name)])),
  },
  functions: {
    check_olemacro: tells('macro'),
    check_oleobject: tells('object'),
    check_olertfobject: tells('rtfObject'),
    check_olemacro_csv: tells('csv'),
    check_olemacro_malice: tells('malice'),
    check_olemacro_renamed: tells('renamed'),
    check_olemacro_encrypted: tells('encrypted'),
    check_olemacro_zip_password: tells('zipPassword'),
    check_olemacro_download_exe: tells('downloadsProgram'),
    check_olemacro_redirect_uri: shows('redirects'),
    check_olemacro_mhtml_uri: shows('mhtml'),
  },
  can: ['redirect_uri', 'mhtml_uri']
    .map((word) => `Mail::SpamAssassin::Plugin::OLEVBMacro::has_olemacro_${word}`)
    .concat('Mail::SpamAssassin::Plugin::OLEVBMacro::has_olertfobject'),
}

interface Findings extends OfficeFindings {
  csv: boolean
  renamed: boolean
  zipPassword: boolean
}

type Flag = Exclude<keyof Findings, 'redirects' | 'mhtml' | 'account'>

function tells(name: Flag): EvalFunction {
  return (input) => findings(input)[name]
}

function shows(name: 'redirects' | 'mhtml'): EvalFunction {
  return (input, _, rule) => {
    for (const uri of findings(input)[name]) input.report(rule.name, uri)
    return findings(input)[name].size > 0
  }
}

const KEY = {}

function findings(input: EvalInput): Findings {
  return input.memo(KEY, () => {
    const found: Findings = { ...noFindings(), csv: false, renamed: false, zipPassword: false }
    const { numbers } = input.conf(oleVbMacro)
    let left = numbers['olemacro_num_mime'] ?? 0
    for (const part of allParts(input.message)) {
      const name = part.filename ?? part.name ?? ''
      if (left <= 0) break
      if (!part.isLeaf || name === '' || is(input, part.type, 'olemacro_skip_ctypes')) continue
      if (is(input, name, 'olemacro_skip_exts')) continue
      const data = fromBytes(part.bytes().subarray(0, numbers['olemacro_max_file']))
      if (data !== '' && readFile(input, name, () => data, found, 0)) left--
    }
    return found
  })
}

function is(input: EvalInput, text: string, pattern: keyof typeof PATTERNS): boolean {
  return (
    input
      .regex(`/${(input.conf(oleVbMacro).patterns[pattern] ?? '').replace(/(?<!\\)\//g, '\\/')}/i`)
      ?.test(text) === true
  )
}

/** True when the file was of a kind that is looked into. Content is fetched only then. */
function readFile(
  input: EvalInput,
  name: Octets,
  content: () => Octets | undefined,
  found: Findings,
  depth: number,
): boolean {
  const isExtended = input.conf(oleVbMacro).numbers['olemacro_extended_scan'] === 1
  const isZip = is(input, name, 'olemacro_zips')
  const hasMacros = is(input, name, 'olemacro_macro_exts')
  const isOffice = hasMacros || is(input, name, 'olemacro_exts')
  if (/\.csv$/i.test(name)) found.csv ||= /MSEXCEL\|.{1,20}Windows\\System32\\cmd\.exe/.test(content() ?? '')
  if (hasMacros) found.macro = true
  if (!isZip && !isOffice && !isExtended) return false
  const data = content()
  if (data === undefined) return false
  if (isZip) readZip(input, data, found, depth + 1)
  else readOffice(input, data, { found, old: !hasMacros, isRenamed: !isOffice })
  if (!isZip && !isOffice) readZip(input, data, found, depth + 1)
  return true
}

function readOffice(
  input: EvalInput,
  data: Octets,
  { found, old, isRenamed }: { found: Findings; old: boolean; isRenamed: boolean },
): void {
  const limit = input.conf(oleVbMacro).numbers['olemacro_max_file'] ?? 0
  const isEncrypted = readEncryption(data, found)
  const isOld = old && readOldFormat(data, found)
  const isNew = readNewFormat(data, limit, found)
  if (isRenamed && !isEncrypted && !isOld && !isNew && !data.startsWith('\xd0\xcf\x11\xe0')) return
  if (isRenamed) found.renamed = true
  readDownload(data, found)
}

function readZip(input: EvalInput, data: Octets, found: Findings, depth: number): void {
  const { numbers } = input.conf(oleVbMacro)
  if (depth > (numbers['olemacro_zip_depth'] ?? 0) || !data.startsWith('PK')) return
  let left = numbers['olemacro_num_zip'] ?? 0
  for (const member of zipMembers(toBytes(data), found.account) ?? []) {
    if (left <= 0) return
    if (is(input, member.name, 'olemacro_skip_exts')) continue
    if (member.encrypted) {
      found.zipPassword = true
      found.macro ||= is(input, member.name, 'olemacro_macro_exts')
      continue
    }
    const content = (): Octets | undefined => member.read(numbers['olemacro_max_file'] ?? 0)
    if (readFile(input, member.name, content, found, depth)) left--
  }
}
