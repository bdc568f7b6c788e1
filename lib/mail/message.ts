/**
 * What the rest of the house sees of a mail: a parsed message whose costly views are made on first use and kept.
 *
 * Texts that rules match against are octet strings (`Octets`): each character is one octet, text converted to UTF-8
 * first, as SpamAssassin does with normalize_charset. Nothing here throws on any input; what is wrong with a mail is
 * in `defects`.
 */
import type { HtmlFacts } from './html.ts'
import type { Part } from './mime.ts'
import type { Uri } from './uri.ts'

/** A string in which each character is one octet, 0 to 255. */
export type Octets = string

export interface Header {
  /** Name as received, without the colon or white space before it. */
  readonly name: string
  /** Everything after the colon, folds kept as LF + white space, no final newline. Octets as received. */
  readonly raw: Octets
}

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
}

export interface Message {
  readonly headers: readonly Header[]
  readonly body: Uint8Array
  readonly truncated: boolean
  readonly root: Part
  /** Every leaf part in order of appearance. */
  readonly leaves: readonly Part[]
  readonly defects: readonly Defect[]
  /** Values of one header, unfolded and with encoded words decoded to UTF-8 octets, in order of appearance. */
  header(name: string): readonly Octets[]
  /** The whole mail: header block, empty line, body, with LF line ends (SpamAssassin's pristine message, `full`). */
  full(): Octets
  /** Paragraphs of the rendered text, subject first (SpamAssassin's `body`). */
  rendered(): readonly Octets[]
  /** The part of `rendered` a reader sees, and the part HTML hides. */
  visible(): readonly Octets[]
  invisible(): readonly Octets[]
  /** Decoded text parts, HTML tags kept, in lines or blocks (SpamAssassin's `rawbody`). */
  decoded(): readonly Octets[]
  html(): HtmlFacts
  uris(): readonly Uri[]
}
