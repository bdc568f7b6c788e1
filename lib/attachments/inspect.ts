/**
 * What an attachment is: its names, its real type, what is inside. One `File` for the attachment and one for every file
 * found in it, however deep, within limits that hold for the whole mail, so that a thousand small bombs are one big one.
 */
import { fileType, type FileType } from './magic.ts'
import { listArchive } from './archive.ts'
import { MACRO_EXTENSIONS, nameFacts, PROGRAM_EXTENSIONS } from './names.ts'
import { oleHasMacros, oleHasObject, oleIsEncrypted, oleNames } from './ole.ts'
import type { Work } from './inflate.ts'
import type { Entry } from './listing.ts'

export interface InspectLimits {
  /** Archives inside archives; 1 = only the outer one is opened. */
  readonly depth: number
  /** Files in all archives of the mail together. */
  readonly entries: number
  /** Unpacked size by packed size from which on an archive is a bomb. */
  readonly ratio: number
  /** Octets unpacked for one mail, all together. */
  readonly unpacked: number
}

/** What can be wrong with a file, each word a condition of the configuration. */
export type Trait =
  | 'program'
  | 'script'
  | 'shortcut'
  | 'disk-image'
  | 'archive'
  | 'encrypted'
  | 'macros'
  | 'embedded-object'
  | 'double-extension'
  | 'disguised-name'
  | 'wrong-type'
  | 'bomb'
  | 'unreadable-archive'

export interface File {
  /** Path through archives: `bills.zip / inner.zip / bill.exe`. */
  readonly path: string
  readonly name: string
  readonly extension: string
  /** Short name of the real type, null when its octets say nothing or were out of reach. */
  readonly type: string | null
  /** Declared media type; '' inside archives. */
  readonly mediaType: string
  readonly traits: ReadonlySet<Trait>
  /** 0 for the attachment itself. */
  readonly depth: number
}

export interface Budget {
  entries: number
  /** Octets whose content was looked at. */
  unpacked: number
  /** All that was unpacked, in vain or for the first octets only as well: twice as much. */
  readonly work: Work
}
export const budgetOf = ({ entries, unpacked }: InspectLimits): Budget => ({
  entries,
  unpacked,
  work: { left: 2 * unpacked },
})

export interface Attached {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** The attachment first, then what is inside. `budget` is shared by all attachments of a mail and used up here. */
export function inspect(attached: Attached, limits: InspectLimits, budget: Budget): readonly File[] {
  const files: File[] = []
  open(attached.name, attached.name, attached.mediaType, attached.bytes, 0, { limits, budget, files })
  return files
}

interface Task {
  readonly limits: InspectLimits
  readonly budget: Budget
  readonly files: File[]
}

function open(
  path: string,
  name: string,
  mediaType: string,
  bytes: Uint8Array,
  depth: number,
  work: Task,
): void {
  const type = fileType(bytes)
  const traits = traitsOf(name, type)
  const file = addFile(path, name, mediaType, type, traits, depth, work)
  if (type?.name === 'ole') oleTraits(bytes, traits)
  else if (type?.name === 'rtf' && hasObject(bytes)) traits.add('embedded-object')
  else if (type?.kind === 'archive') unpackInto(file, bytes, traits, work)
}

function addFile(
  path: string,
  name: string,
  mediaType: string,
  type: FileType | null,
  traits: Set<Trait>,
  depth: number,
  { files }: Task,
): File {
  const facts = nameFacts(name)
  const file = {
    path: path.slice(-500),
    name: facts.name.slice(-255),
    extension: facts.extension.slice(0, 32),
    type: type?.name ?? null,
    mediaType,
    traits,
    depth,
  }
  files.push(file)
  return file
}

function traitsOf(name: string, type: FileType | null): Set<Trait> {
  const { extension, doubled, disguised } = nameFacts(name)
  const traits = new Set<Trait>()
  if (type?.kind === 'program' || PROGRAM_EXTENSIONS.has(extension)) traits.add('program')
  if (type?.kind === 'script') traits.add('script')
  if (type?.kind === 'shortcut') traits.add('shortcut')
  if (type?.kind === 'disk' || extension === 'iso' || extension === 'img') traits.add('disk-image')
  if (type?.kind === 'archive' && !isDocument(extension)) traits.add('archive')
  if (MACRO_EXTENSIONS.has(extension)) traits.add('macros')
  if (doubled) traits.add('double-extension')
  if (disguised) traits.add('disguised-name')
  if (lies(extension, type)) traits.add('wrong-type')
  return traits
}

/** A zip that is called a document is one. */
const isDocument = (extension: string): boolean =>
  /^(?:doc|dot|xls|xlt|ppt|pot|pps|od|ot|epub|vsd)/.test(extension)

/** Extensions whose files always begin with their mark, so that a missing or other one is a lie. */
const HONEST: ReadonlySet<string> = new Set(
  'pdf png jpg jpeg gif zip rar 7z docx xlsx pptx docm xlsm'.split(' '),
)

function lies(extension: string, type: FileType | null): boolean {
  if (type === null || extension === '') return false
  // a program or archive may have any name that says so; anything else called so is only odd
  const hidden =
    type.kind === 'program' || type.kind === 'archive' || type.kind === 'disk' || type.kind === 'script'
  if (!hidden && !HONEST.has(extension)) return false
  // a picture of another kind deceives nobody
  if (type.kind === 'image' && /^(?:png|jpe?g|gif|bmp|webp)$/.test(extension)) return false
  // encrypted documents of the new formats are compound files
  if (type.name === 'ole' && /^(?:doc|xls|ppt)/.test(extension)) return false
  return !type.extensions.includes(extension)
}

/** RTF carries files as hexadecimal text after this word; spaces and groups inside it are ignored by Word. */
const hasObject = (bytes: Uint8Array): boolean =>
  /\\obj(?:data|emb|update|class)/i.test(Buffer.from(bytes.subarray(0, RTF_WINDOW)).toString('latin1'))
const RTF_WINDOW = 4 << 20

function oleTraits(bytes: Uint8Array, traits: Set<Trait>): void {
  const names = oleNames(bytes)
  if (oleHasMacros(names)) traits.add('macros')
  if (oleIsEncrypted(names)) traits.add('encrypted')
  if (oleHasObject(names)) traits.add('embedded-object')
}

function unpackInto(file: File, bytes: Uint8Array, traits: Set<Trait>, work: Task): void {
  const { limits, budget } = work
  if (file.depth >= limits.depth) {
    if (!isDocument(file.extension)) traits.add('bomb')
    return
  }
  const listing = listArchive(bytes, file.name, budget.entries + 1, Math.max(1, budget.unpacked), budget.work)
  if (listing.namesEncrypted || listing.entries.some(({ encrypted }) => encrypted)) traits.add('encrypted')
  if (listing.incomplete === 'too large' || listing.incomplete === 'overlapping entries') traits.add('bomb')
  else if (listing.incomplete !== null && listing.incomplete !== 'too many entries')
    traits.add('unreadable-archive')
  const declared = listing.entries.reduce((sum, { size }) => sum + Math.max(0, size), 0)
  // these are unpacked whole before anything can be listed
  if (listing.format === 'gzip' || listing.format === 'zstd') budget.unpacked -= declared
  if (bytes.length > 0 && declared > 1 << 20 && declared / bytes.length > limits.ratio) traits.add('bomb')
  if (listing.entries.length > budget.entries) traits.add('bomb')
  for (const entry of listing.entries.slice(0, budget.entries)) {
    budget.entries--
    if (entry.name.endsWith('/')) continue
    officeTraits(entry.name, traits)
    openEntry(`${file.path} / ${entry.name}`, entry, file.depth + 1, work)
  }
  // what came after that has not been looked at
  if (budget.work.left <= 0) traits.add('bomb')
}

/** Parts of documents in zip form that hold programs. */
function officeTraits(name: string, traits: Set<Trait>): void {
  if (/(?:^|\/)vbaproject\.bin$|^xl\/macrosheets\/|^basic\/.*\.x(?:ml|lb)$|^scripts\//i.test(name))
    traits.add('macros')
  if (/\.bin$/i.test(name) && /\/embeddings\//i.test(name.slice(0, -'.bin'.length)))
    traits.add('embedded-object')
}

function openEntry(path: string, entry: Entry, depth: number, work: Task): void {
  const head = entry.head(work.budget.work)
  const type = head === null ? null : fileType(head)
  const worthOpening = type?.kind === 'archive' || type?.name === 'ole' || type?.name === 'rtf'
  if (!worthOpening) {
    addFile(path, entry.name, '', type, traitsOf(entry.name, type), depth, work)
    return
  }
  const content = entry.unpack(work.budget.unpacked, work.budget.work)
  if (content instanceof Uint8Array) {
    work.budget.unpacked -= content.length
    open(path, entry.name, '', content, depth, work)
    return
  }
  const traits = traitsOf(entry.name, type)
  traits.add(content === 'too-large' ? 'bomb' : 'unreadable-archive')
  addFile(path, entry.name, '', type, traits, depth, work)
}
