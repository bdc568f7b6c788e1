/** AntiVirus: attachments that Windows runs, and those whose name and declared type do not go together. */
import type { Part } from '../../mail/mime.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { allParts, partHeader } from './parts.ts'

export const antiVirus: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::AntiVirus',
  initial: () => ({}),
  directives: {},
  functions: {
    check_microsoft_executable: ({ message }) => allParts(message).some((part) => part.isLeaf && runs(part)),
    check_suspect_name: ({ message }: EvalInput) =>
      allParts(message).some((part) => part.isLeaf && misnamed(part)),
  },
}

const RUNS =
  /\.(?:ade|adp|asx|bas|bat|chm|cmd|com|cpl|crt|dll|exe|hlp|hta|inf|ins|isp|js|jse|lnk|mda|mdb|mde|mdt|mdw|mdz|msc|msi|msp|mst|nws|ops|pcd|pif|prf|reg|scf|scr\??|sct|shb|shs|shm|swf|url|vb|vbe|vbs|vbx|vxd|wsc|wsf|wsh)$/
/** The DOS header of a program, as base64 and as uuencoded text. */
const BASE64_PROGRAM = /^TV[opqr].A..[AB].[AQgw][A-H].A/
const UUENCODED_PROGRAM = /^M35[GHIJK].`..`..*````/m

function runs(part: Part): boolean {
  if (RUNS.test(declaredName(part))) return true
  if (partHeader(part, 'Content-Transfer-Encoding').includes('base64')) return BASE64_PROGRAM.test(part.raw())
  return part.type.startsWith('text/') && UUENCODED_PROGRAM.test(part.raw())
}

/** File extensions, and the types that may bear them. */
const TYPES: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(?:txt|[px]?html?|xml)$/,
    /^(?:text\/(?:plain|[px]?html?|english|sgml|xml|enriched|richtext)|message\/external-body)/,
  ],
  [/^(?:jpe?g|tiff?|gif|png)$/, /^(?:image\/|application\/mac-binhex)/],
  [/^vcf$/, /^text\/vcard$/],
  [/^(?:bat|com|exe|pif|scr|swf|vbs)$/, /^application\//],
  [/^doc$/, /^application\/.*word$/],
  [/^ppt$/, /^application\/.*(?:powerpoint|ppt)$/],
  [/^xls$/, /^application\/.*excel$/],
]

function misnamed(part: Part): boolean {
  const type = part.type.replace(/\/(?:x-|vnd\.)/, '/')
  const name = declaredName(part)
  const extension = name.slice(name.lastIndexOf('.') + 1)
  if (name === '' || part.type === 'application/octet-stream') return false
  return TYPES.some(([names, allowed]) => names.test(extension) && !allowed.test(type))
}

/** The name in Content-Type, lower case: what the sender says the part's type is for. */
function declaredName(part: Part): string {
  const type = partHeader(part, 'Content-Type')
  return /\bname[ \t\n]*=[ \t\n]*["']?([^"';\n]*)/.exec(type)?.[1] ?? ''
}
