/** What a file's name says, and how names lie. Pure. */

/** Extensions Windows or a common program runs when the file is opened. */
export const PROGRAM_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    'ade adp app appinstaller application appref-ms appx appxbundle bas bat chm cmd com cpl csh diagcab dll drv exe ' +
    'fxp gadget grp hlp hpj hta htc inf ins isp jar jnlp js jse ksh lib library-ms lnk mad maf mag mam maq mar mas mat ' +
    'mau mav maw mcf mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msix msixbundle msp mst ' +
    'msu ocx ops osd pcd pif pl plg prf prg printerexport ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 pst ' +
    'pyw pyz pyzw reg scf scr sct search-ms settingcontent-ms shb shs sys theme themepack tmp udl url vb vbe vbp vbs ' +
    'vhd vhdx vsmacros vsw vxd webpnp website wsb wsc wsf wsh xbap xll xnk'
  ).split(' '),
)

/** Extensions people trust, behind which a second one hides. */
const HARMLESS =
  'doc docx xls xlsx ppt pptx pdf txt rtf jpg jpeg png gif bmp htm html xml csv mp3 mp4 avi zip rar odt ods'.split(
    ' ',
  )

export const MACRO_EXTENSIONS: ReadonlySet<string> = new Set(
  'docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm'.split(' '),
)

const NAME_LIMIT = 1024

export interface NameFacts {
  /** Without path, control characters and the dots and spaces at the end that Windows drops. */
  readonly name: string
  /** Last extension, lower case; '' when there is none. */
  readonly extension: string
  /** A program's extension behind a harmless one: invoice.pdf.exe. */
  readonly doubled: boolean
  /** Characters that reverse or hide a part of the name, or spaces that push the extension out of sight. */
  readonly disguised: boolean
}

export function nameFacts(raw: string): NameFacts {
  const text = raw.slice(-NAME_LIMIT)
  const visible = text.replace(/[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
  const name = visible.replace(/^.*[\\/]/s, '').replace(/(?<![. ])[. ]+$/, '')
  const parts = name.toLowerCase().split('.')
  const extension = parts.length > 1 ? (parts.at(-1) ?? '').trim() : ''
  const before = parts.length > 2 ? (parts.at(-2) ?? '').trim() : ''
  return {
    name,
    extension,
    doubled: PROGRAM_EXTENSIONS.has(extension) && HARMLESS.includes(before),
    disguised: /[\u202a-\u202e\u2066-\u2069]/.test(text) || /\s{8}\.?[^\s.]{1,12}$/.test(text),
  }
}

/** A shell-like pattern (`*`, `?`) against a whole name, without case. Linear: no regular expression is built. */
export function matchesGlob(name: string, pattern: string): boolean {
  const text = name.toLowerCase()
  const glob = pattern.toLowerCase()
  let at = 0
  let index = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    if (glob[index] === '*') {
      star = index++
      resume = at
    } else if (index < glob.length && (glob[index] === '?' || glob[index] === text[at])) {
      index++
      at++
    } else if (star >= 0) {
      index = star + 1
      at = ++resume
    } else return false
  }
  while (glob[index] === '*') index++
  return index === glob.length
}
