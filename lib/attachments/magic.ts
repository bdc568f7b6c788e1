/**
 * What a file is by its first octets, whatever it is called. Only kinds that a mail filter cares about, and those that
 * are so common that "this .pdf is no PDF" can be said. Pure; reads at most a few hundred octets.
 */

export type Kind =
  'program' | 'script' | 'archive' | 'document' | 'image' | 'media' | 'text' | 'shortcut' | 'disk'

export interface FileType {
  /** Short name: pe, elf, zip, pdf. */
  readonly name: string
  readonly kind: Kind
  /** Extensions that are honest for it, without dot. */
  readonly extensions: readonly string[]
}

interface Signature extends FileType {
  readonly at: number
  readonly bytes: string
}

/** `bytes` is latin1 text; `?` stands for any octet. Order matters: the first that fits counts. */
const sign = (name: string, kind: Kind, bytes: string, extensions: string, at = 0): Signature => ({
  name,
  kind,
  bytes,
  at,
  extensions: extensions.split(' '),
})

const OFFICE_ZIP =
  'zip jar docx docm dotx dotm xlsx xlsm xltx xltm xlsb pptx pptm potx ppsx ppsm odt ods odp odg ott ots epub apk xpi ' +
  'whl kmz vsdx pages numbers key ipa appx msix war ear nupkg crx sketch 3mf'

const SIGNATURES: readonly Signature[] = [
  sign('pe', 'program', 'MZ', 'exe dll scr com sys cpl ocx drv pif efi msstyles mui'),
  sign('elf', 'program', '\x7fELF', 'so o bin elf run appimage ko'),
  sign('mach-o', 'program', '\xca\xfe\xba\xbe\x00\x00\x00', 'dylib bundle'),
  sign('java-class', 'program', '\xca\xfe\xba\xbe', 'class'),
  sign('mach-o', 'program', '\xcf\xfa\xed\xfe', 'dylib bundle'),
  sign('mach-o', 'program', '\xce\xfa\xed\xfe', 'dylib bundle'),
  sign('dex', 'program', 'dex\n', 'dex'),
  sign('wasm', 'program', '\0asm', 'wasm'),
  sign('lnk', 'shortcut', 'L\0\0\0\x01\x14\x02\0', 'lnk'),
  sign('url', 'shortcut', '[InternetShortcut]', 'url website'),
  sign('script', 'script', '#!', 'sh bash pl py rb js txt cgi'),
  sign('zip', 'archive', 'PK\x03\x04', OFFICE_ZIP),
  sign('zip', 'archive', 'PK\x05\x06', OFFICE_ZIP),
  sign('zip', 'archive', 'PK\x07\x08', OFFICE_ZIP),
  sign('7z', 'archive', '7z\xbc\xaf\x27\x1c', '7z'),
  sign('rar', 'archive', 'Rar!\x1a\x07', 'rar r00 cbr'),
  sign('gzip', 'archive', '\x1f\x8b\x08', 'gz tgz svgz emz wmz'),
  sign('bzip2', 'archive', 'BZh', 'bz2 tbz tbz2'),
  sign('xz', 'archive', '\xfd7zXZ\0', 'xz txz'),
  sign('zstd', 'archive', '\x28\xb5\x2f\xfd', 'zst tzst'),
  sign('lzip', 'archive', 'LZIP', 'lz'),
  sign('cab', 'archive', 'MSCF', 'cab'),
  sign('ace', 'archive', '**ACE**', 'ace', 7),
  sign('arj', 'archive', '\x60\xea', 'arj'),
  sign('lzh', 'archive', '-lh', 'lzh lha', 2),
  sign('tar', 'archive', 'ustar', 'tar', 257),
  sign('iso', 'disk', 'CD001', 'iso img', 0x8001),
  sign('vhd', 'disk', 'conectix', 'vhd'),
  sign('vhdx', 'disk', 'vhdxfile', 'vhdx'),
  sign('vmdk', 'disk', 'KDMV', 'vmdk'),
  sign(
    'ole',
    'document',
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
    'doc dot xls xlt ppt pps pot msg msi mpp vsd pub db wps one oft',
  ),
  sign('onenote', 'document', '\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3', 'one'),
  sign('chm', 'document', 'ITSF', 'chm'),
  sign('pdf', 'document', '%PDF-', 'pdf ai fdf'),
  sign('rtf', 'document', '{\\rt', 'rtf doc'),
  sign('postscript', 'document', '%!PS', 'ps eps ai'),
  sign('png', 'image', '\x89PNG\r\n\x1a\n', 'png apng'),
  sign('jpeg', 'image', '\xff\xd8\xff', 'jpg jpeg jpe jfif'),
  sign('gif', 'image', 'GIF8', 'gif'),
  sign('webp', 'image', 'RIFF????WEBP', 'webp'),
  sign('bmp', 'image', 'BM????\0\0\0\0', 'bmp dib'),
  sign('tiff', 'image', 'II*\0', 'tif tiff dng nef cr2'),
  sign('tiff', 'image', 'MM\0*', 'tif tiff dng nef'),
  sign('ico', 'image', '\0\0\x01\0', 'ico'),
  sign('mp4', 'media', '????ftyp', 'mp4 m4a m4v mov 3gp heic heif avif'),
  sign('wav', 'media', 'RIFF????WAVE', 'wav'),
  sign('avi', 'media', 'RIFF????AVI ', 'avi'),
  sign('ogg', 'media', 'OggS', 'ogg oga ogv opus'),
  sign('mp3', 'media', 'ID3', 'mp3'),
  sign('matroska', 'media', '\x1a\x45\xdf\xa3', 'mkv webm'),
]

/** HTML and Windows scripts have no magic: they are told by how their text begins. */
const TEXTS: readonly (readonly [RegExp, FileType])[] = [
  [
    /^\s*(?:<!doctype html|<html|<head|<body|<script|<hta:)/i,
    {
      name: 'html',
      kind: 'text',
      extensions: [
        'html',
        'htm',
        'xhtml',
        'shtml',
        'mht',
        'eml',
        'xml',
        'hta',
        'txt',
        'xls',
        'doc',
        'svg',
        'jsp',
        'php',
      ],
    },
  ],
  [
    /^\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype svg[^>]*>\s*)?<svg/i,
    { name: 'svg', kind: 'image', extensions: ['svg', 'xml'] },
  ],
  [/^\s*@echo off\b/i, { name: 'batch', kind: 'script', extensions: ['bat', 'cmd'] }],
  [/^\s*(?:<job\b|<package>\s*<job\b)/i, { name: 'wsf', kind: 'script', extensions: ['wsf', 'wsc', 'sct'] }],
  [/^\s*(?:windows registry editor|regedit4)/i, { name: 'registry', kind: 'script', extensions: ['reg'] }],
]

/** How far a signature may lie inside: only the ISO image needs more than a kilobyte. */
const TEXT_WINDOW = 512

/** The type of a file; null when its octets say nothing. */
export function fileType(bytes: Uint8Array): FileType | null {
  for (const signature of SIGNATURES) if (matches(bytes, signature)) return plain(signature)
  const start = Buffer.from(bytes.subarray(0, TEXT_WINDOW))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf|\0/g, '')
  return TEXTS.find(([pattern]) => pattern.test(start))?.[1] ?? null
}

const plain = ({ name, kind, extensions }: Signature): FileType => ({ name, kind, extensions })

function matches(bytes: Uint8Array, { at, bytes: wanted }: Signature): boolean {
  if (bytes.length < at + wanted.length) return false
  for (let index = 0; index < wanted.length; index++) {
    const code = wanted.charCodeAt(index)
    if (code !== 0x3f && bytes[at + index] !== code) return false
  }
  return true
}
