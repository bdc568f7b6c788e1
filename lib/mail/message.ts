/**
 * What the rest of the house sees of a mail: a parsed message whose costly views are made on first use and kept.
 *
 * Texts that rules match against are octet strings (`Octets`): each character is one octet, text converted to UTF-8
 * first, as SpamAssassin does with normalize_charset. Nothing here throws on any input; what is wrong with a mail is
 * in `defects`.
 */
import type { HtmlFacts } from './html.ts'
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
  /** Defect codes that `splitMail` found. */
  readonly defects?: readonly string[]
}

/** What an administrator may want otherwise; the defaults are SpamAssassin's. */
export interface ParseOptions {
  /** Octets of each part's rendered text that `body` rules see (body_part_scan_size); 0 for all. Default 50000. */
  readonly bodyPartScanSize?: number
  /** The same for `rawbody` (rawbody_part_scan_size). Default 500000. */
  readonly rawBodyPartScanSize?: number
}

export interface Message {
  readonly headers: readonly Header[]
  readonly body: Uint8Array
  readonly truncated: boolean
  readonly root: Part
  /** Every leaf part in order of appearance. */
  readonly leaves: readonly Part[]
  /**
   * What is wrong with it. The flags of SpamAssassin's check_msg_parse_flags have its names with hyphens:
   * truncated-header, missing-head-body-separator, missing-mime-headers, missing-mime-head-body-separator,
   * mime-epilogue-exists, mimepart-limit-exceeded; further mime-boundary-unbalanced, mime-nesting-limit,
   * header-limit-exceeded, base64-illegal-character.
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
}

/**
 * Parses a message; costs little until a view is asked for. Never throws, whatever the input.
 */
export function parseMessage(input: MessageInput, options: ParseOptions = {}): Message {
  void options
  const empty = () => []
  const root: Part = {
    type: 'text/plain',
    effectiveType: 'text/plain',
    charset: undefined,
    boundary: undefined,
    encoding: '',
    disposition: '',
    name: undefined,
    filename: undefined,
    headers: [],
    parts: [],
    isLeaf: true,
    depth: 0,
    header: empty,
    rawHeader: empty,
    start: 0,
    end: input.body.length,
    raw: () => '',
    decoded: () => '',
    bytes: () => input.body,
    rendered: () => undefined,
  }
  return {
    headers: input.headers.map(({ name, value }) => ({ name, raw: value })),
    body: input.body,
    truncated: input.truncated ?? false,
    root,
    leaves: [root],
    defects: [],
    header: empty,
    rawHeader: empty,
    allHeaders: empty,
    headerBlock: () => '',
    full: () => '',
    rendered: empty,
    visible: empty,
    invisible: empty,
    decoded: empty,
    html: empty,
    uris: empty,
  }
}
