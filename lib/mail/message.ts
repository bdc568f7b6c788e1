/**
 * What the rest of the house sees of a mail: a parsed message whose costly views are made on first use and kept.
 *
 * Texts that rules match against are octet strings (`Octets`): each character is one octet, text converted to UTF-8
 * first, as SpamAssassin does with normalize_charset. Nothing here throws on any input; what is wrong with a mail is
 * in `defects`.
 */
import { bodyLines, decodedBlocks } from './body-text.ts'
import type { View } from './body-text.ts'
import { unixLines } from './header-block.ts'
import { headerTable } from './header.ts'
import type { HeaderTable } from './header.ts'
import type { HtmlFacts } from './html.ts'
import { limitTree, type TextLeftOut } from './limited.ts'
import { parseMime, type MimeTree } from './mime.ts'
import { fromBytes } from './octets.ts'
import { once, transferDefects } from './part.ts'
import { bodySource } from './source.ts'
import { DEFAULT_URI_OPTIONS, findUris } from './uri.ts'
import type { Header, Part } from './mime.ts'
import type { Octets } from './octets.ts'
import type { Uri, UriOptions } from './uri.ts'

export type { Octets } from './octets.ts'
export type { Header } from './mime.ts'

/** Something wrong with a mail, found while parsing; `code` is a stable word such as `base64-illegal-character`. */
export interface Defect {
  readonly code: string
  readonly detail?: string
}

export interface MessageInput {
  readonly headers: readonly { readonly name: string; readonly value: Octets }[]
  /** LF or CRLF line ends. */
  readonly body: Uint8Array
  /** True when the body is only the first part of the mail. */
  readonly truncated?: boolean
  /** The header lines as they stood, with the empty line, where the caller has them. */
  readonly headerBlock?: Octets
  /** Defect codes that `splitMail` found. */
  readonly defects?: readonly string[]
}

/** What an administrator may want otherwise; the defaults are SpamAssassin's. */
export interface ParseOptions {
  /** Octets of each part's rendered text that `body` rules see (body_part_scan_size); 0 for all. Default 50000. */
  readonly bodyPartScanSize?: number
  /** The same for `rawbody` (rawbody_part_scan_size). Default 500000. */
  readonly rawBodyPartScanSize?: number
  /** Decode text from its charset (normalize_charset); headers always are. Default true. */
  readonly normalizeCharset?: boolean
}

export interface Message {
  readonly headers: readonly Header[]
  readonly body: Uint8Array
  readonly truncated: boolean
  /** What `upTo` left out of the text; null when all of it is there. */
  readonly leftOut: TextLeftOut | null
  readonly root: Part
  /** Every leaf part in order of appearance. */
  readonly leaves: readonly Part[]
  /**
   * What is wrong with it. The flags of SpamAssassin's check_msg_parse_flags have its names with hyphens:
   * truncated-header, missing-head-body-separator, missing-mime-headers, missing-mime-head-body-separator,
   * mime-epilogue-exists, mimepart-limit-exceeded; further mime-boundary-unbalanced, mime-nesting-limit, structure-cut,
   * base64-illegal-character, unknown-transfer-encoding.
   */
  readonly defects: readonly Defect[]
  /** Values of one header, unfolded and with encoded words decoded to UTF-8 octets, in order of appearance. No newline. */
  header(name: string): readonly Octets[]
  /** Values of one header as received: leading space and folds kept, no final newline. */
  rawHeader(name: string): readonly Octets[]
  /** Every header as `Name: value\n`, value as in `header` (SpamAssassin's ALL; the first 64 KB, as there). */
  allHeaders(): readonly Octets[]
  /** The header block as received, LF line ends, with the empty line that ends it (SpamAssassin's ALL:raw). */
  headerBlock(): Octets
  /** The whole mail: header block, empty line, body, with LF line ends (SpamAssassin's pristine message, `full`). */
  full(): Octets
  /** Paragraphs of the rendered text, subject first (SpamAssassin's `body`). */
  rendered(): readonly Octets[]
  /** The part of `rendered` a reader sees, and the part HTML hides. */
  visible(): readonly Octets[]
  invisible(): readonly Octets[]
  /** Decoded text parts, HTML tags kept, in lines or blocks (SpamAssassin's `rawbody`). */
  decoded(): readonly Octets[]
  /** Facts of each text/html part, in order of appearance. */
  html(): readonly HtmlFacts[]
  /** URIs of HTML and text. Without options: the public suffix list's domains and no redirectors. */
  uris(options?: UriOptions): readonly Uri[]
  /**
   * The same message with no more than so many octets of content (as transferred): all headers and parts, the text of
   * all parts as far as it fits, then of the other parts what still does. `body` is the first so many octets.
   */
  upTo(octets: number): Message
}

const BODY_PART_SCAN_SIZE = 50_000
const RAW_BODY_PART_SCAN_SIZE = 500_000
/** SpamAssassin's limits on header names, values, and all headers together, in octets. */
const LONGEST_NAME = 256
const LONGEST_VALUE = 8192
const LONGEST_HEADERS = 65_536
/** What gives a mail its structure is read further: what is cut off there, mail programs still obey. */
const STRUCTURE = /^(?:content-(?:type|transfer-encoding|disposition)|mime-version)$/i
const LONGEST_STRUCTURE = 65_536

/** Parses a message; costs little until a view is asked for. Never throws, whatever the input. */
export function parseMessage(input: MessageInput, options: ParseOptions = {}): Message {
  const defects = new Set(input.defects)
  const headers = input.headers.map(({ name, value }) => ({ name, raw: value }))
  const table = headerTable(headers.map((header) => cutHeader(header, defects)))
  // who gives the header block has seen to the line ends of the whole mail
  const text = once(() => (input.headerBlock === undefined ? unixLines : asItIs)(fromBytes(input.body)))
  const mime = once(() => parseMime(table, bodySource(text(), input.body), options.normalizeCharset))
  return viewsOf({ input, options, headers, table, defects, text, mime, leftOut: null })
}

interface Parsed {
  readonly input: MessageInput
  readonly options: ParseOptions
  readonly headers: readonly Header[]
  readonly table: HeaderTable
  readonly defects: Set<string>
  /** The body, LF line ends. */
  readonly text: () => Octets
  readonly mime: () => MimeTree
  readonly leftOut: TextLeftOut | null
}

function viewsOf(parsed: Parsed): Message {
  const { input, options, headers, table, defects, text, mime, leftOut } = parsed
  const { bodyPartScanSize = BODY_PART_SCAN_SIZE, rawBodyPartScanSize = RAW_BODY_PART_SCAN_SIZE } = options
  const allHeaders = once(() => headerLines(table, defects))
  const headerBlock = once(() => input.headerBlock ?? blockOf(headers))
  const leaves = () => mime().leaves.filter(({ type }) => type !== '')
  const lines = (view: View) => {
    const subject = view === 'invisible' ? '' : `${table.header('subject').at(-1) ?? ''}\n`
    return once(() => bodyLines(leaves(), view, subject, bodyPartScanSize))
  }
  const allDefects = once(() => {
    allHeaders()
    const codes = [...defects, ...mime().defects, ...mime().leaves.flatMap(transferDefects)]
    return [...new Set(codes)].map((code) => ({ code }))
  })
  const html = once(() => leaves().flatMap((leaf) => leaf.rendered()?.html ?? []))
  const rendered = lines('text')
  const found = new WeakMap<UriOptions, readonly Uri[]>()
  return {
    headers,
    body: input.body,
    truncated: input.truncated ?? false,
    leftOut,
    get root() {
      return mime().root
    },
    get leaves() {
      return mime().leaves
    },
    get defects() {
      return allDefects()
    },
    header: table.header,
    rawHeader: table.rawHeader,
    allHeaders,
    headerBlock,
    full: once(() => headerBlock() + text()),
    rendered,
    visible: lines('visible'),
    invisible: lines('invisible'),
    decoded: once(() => decodedBlocks(leaves(), rawBodyPartScanSize)),
    html,
    uris(uriOptions = DEFAULT_URI_OPTIONS) {
      let uris = found.get(uriOptions)
      if (uris === undefined) {
        uris = findUris(
          {
            lines: rendered(),
            pages: html(),
            signatures: ['domainkey-signature', 'dkim-signature'].flatMap(table.header),
          },
          uriOptions,
        )
        found.set(uriOptions, uris)
      }
      return uris
    },
    upTo(octets) {
      const limited = limitTree(mime(), octets)
      return viewsOf({
        ...parsed,
        input: { ...input, body: input.body.subarray(0, octets), truncated: true },
        text: () => limited.text,
        mime: () => limited.tree,
        leftOut: limited.leftOut,
      })
    },
  }
}

const asItIs = (text: Octets) => text

function cutHeader({ name, raw }: Header, defects: Set<string>): Header {
  if (name.length <= LONGEST_NAME && raw.length < LONGEST_VALUE) return { name, raw }
  if (STRUCTURE.test(name)) {
    defects.add('truncated-header')
    if (raw.length > LONGEST_STRUCTURE) defects.add('structure-cut')
    return { name, raw: raw.slice(0, LONGEST_STRUCTURE) }
  }
  if (name.length > LONGEST_NAME || raw.length > LONGEST_VALUE) defects.add('truncated-header')
  return { name: name.slice(0, LONGEST_NAME), raw: raw.slice(0, LONGEST_VALUE) }
}

/** All headers decoded; over 64 KB those whose name appears late are left out. */
function headerLines(table: HeaderTable, defects: Set<string>): readonly Octets[] {
  const lines: (Octets | undefined)[] = []
  let size = 0
  for (const [name, places] of table.positions) {
    const values = table.header(name)
    for (const [index, place] of places.entries()) {
      const value = values[index]!
      size += name.length + value.length + 3
      if (size > LONGEST_HEADERS) {
        defects.add('truncated-header')
        return lines.filter((line) => line !== undefined)
      }
      lines[place] = `${table.headers[place]!.name}: ${value}\n`
    }
  }
  return lines.filter((line) => line !== undefined)
}

function blockOf(headers: readonly Header[]): Octets {
  return `${headers.map(({ name, raw }) => `${name}:${raw}\n`).join('')}\n`
}
