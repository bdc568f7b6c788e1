/**
 * What an office file carries besides text: macros, embedded objects, links to templates elsewhere. Files are looked
 * through for the marks such things leave; nothing is interpreted.
 */
import type { Octets } from '../../mail/message.ts'
import { toBytes } from '../../mail/octets.ts'
import { UNPACKED_PER_MAIL, zipMembers, type UnpackAccount } from './zip.ts'

export interface OfficeFindings {
  macro: boolean
  /** A macro that runs by itself when the file is opened. */
  malice: boolean
  object: boolean
  rtfObject: boolean
  encrypted: boolean
  downloadsProgram: boolean
  readonly redirects: Set<Octets>
  readonly mhtml: Set<Octets>
  /** Shared by all files of the mail. */
  readonly account: UnpackAccount
}

export function noFindings(): OfficeFindings {
  return {
    macro: false,
    malice: false,
    object: false,
    rtfObject: false,
    encrypted: false,
    downloadsProgram: false,
    redirects: new Set(),
    mhtml: new Set(),
    account: { left: UNPACKED_PER_MAIL },
  }
}

const OLE = '\xd0\xcf\x11\xe0'
const OLE_MACROS = ['\0Attribut\0', '\x01\0O\0l\0e\x001\x000\0N\0a\0']
const OTHER_MACROS = ['\\objemb', '\\objdat', '\\ objdat', 'w:macrosPresent="yes"', 'vbaProject.bin.rels']
const RUNS_ITSELF = /(?:document|auto|workbook)_?open/i
const MACRO_MEMBERS: ReadonlySet<string> = new Set([
  'word/vbaproject.bin',
  'macros/vba/_vba_project',
  'xl/vbaproject.bin',
  '_vba_project_cur/vba/_vba_project',
  'ppt/vbaproject.bin',
])
const MACRO_TYPES =
  /ContentType=["']application\/vnd\.ms-office\.vbaProject["']|macroEnabled|application\/vnd\.ms-excel\.(?:intl)?macrosheet/i
const MHTML = /^MHTML:&#x48;&#x54;&#x50;&#x3a;&#x5c;&#x5c;&#x31;&|^mhtml:https?:\/\//i
const PROGRAM_LINK = /\0https?:\/\/[-a-z0-9+&@#/%?=~_|!:,.;]{10,2000}\.(?:exe|cmd|bat)[\x06|\0]/i
const DOWNLOAD_MARK = /cmd(?:\.exe)? \/c ms\^h\^ta ht\^tps?:\/\^\//i

/** True when the old binary format, or RTF, shows a macro. */
export function readOldFormat(data: Octets, found: OfficeFindings): boolean {
  const marks = data.startsWith(OLE) ? OLE_MACROS : OTHER_MACROS
  if (!marks.some((mark) => data.includes(mark))) return false
  found.macro = true
  found.malice ||= RUNS_ITSELF.test(data)
  return true
}

/** True when it is encrypted, by what its first octets say. */
export function readEncryption(data: Octets, found: OfficeFindings): boolean {
  const head = data.slice(0, 2000)
  const encrypted =
    data.startsWith(OLE) &&
    (/<encryption xmlns/i.test(data) ||
      head.includes('E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e') ||
      (!head.includes('W\0o\0r\0k\0b\0o\0o\0k\0') &&
        (data[0x208] === '\xfe' || data[0x214] === '/' || data[0x20b] === '\x13')))
  found.encrypted ||= encrypted
  return encrypted
}

export function readDownload(data: Octets, found: OfficeFindings): void {
  const program = data.includes('URLDownloadToFileA') && PROGRAM_LINK.test(data)
  found.downloadsProgram ||= program || DOWNLOAD_MARK.test(data)
}

/** True when it is an office file of the XML kind; `limit` octets are read of each member. */
export function readNewFormat(data: Octets, limit: number, found: OfficeFindings): boolean {
  const members = data.startsWith('PK') ? zipMembers(toBytes(data), found.account) : undefined
  if (members === undefined) return false
  let [isDocument, hasMacroMember] = [false, false]
  for (const member of members) {
    const name = member.name.toLowerCase()
    if (MACRO_MEMBERS.has(name)) hasMacroMember = true
    if (name.startsWith('xl/embeddings/')) found.object = true
    if (/^word\/.{1,50}\.rtf\b/.test(name)) found.rtfObject = true
    if (name === '[content_types].xml') {
      isDocument = true
      found.macro ||= MACRO_TYPES.test(member.read(limit) ?? '')
    }
    if (name.endsWith('.rels') && readRelations(member.read(limit) ?? '', found)) isDocument = true
    isDocument ||= hasMacroMember || found.object || found.rtfObject
  }
  found.macro ||= hasMacroMember
  if (hasMacroMember) {
    found.malice ||= members.some(
      ({ name, read }) => /\.bin$/i.test(name) && RUNS_ITSELF.test(read(limit) ?? ''),
    )
  }
  return isDocument
}

/** The first target that `TargetMode="External"` follows in the same element. */
function externalTarget(relation: Octets): Octets | undefined {
  const modes = [...relation.matchAll(/TargetMode="External"/gi)].map(({ index }) => index)
  let mode = 0
  for (const { index } of relation.matchAll(/Target="/gi)) {
    const start = index + 'Target="'.length
    const end = relation.indexOf('"', start)
    if (end < 0) return undefined
    while (mode < modes.length && modes[mode]! <= end) mode++
    if (mode === modes.length) return undefined
    const close = relation.indexOf('>', end + 1)
    if (close < 0 || close > modes[mode]!) return relation.slice(start, end)
  }
  return undefined
}

function readRelations(xml: Octets, found: OfficeFindings): boolean {
  const relations = xml.split(/Relationship[ \t\r\n]/).slice(1, 1000)
  for (const relation of relations) {
    const target = externalTarget(relation.slice(0, 10_000))
    if (target === undefined) continue
    if (MHTML.test(target) && found.mhtml.size < 5) found.mhtml.add(target)
    const uri = target.replace(/^mhtml:/i, '')
    if (/^https?:\/\//i.test(uri) && found.redirects.size < 10) found.redirects.add(uri)
  }
  return relations.length > 0
}
