/** The MIME tree of a message. */
import type { HtmlFacts } from './html.ts'
import type { Octets } from './octets.ts'

export interface Header {
  /** Name as received, without the colon or white space before it. */
  readonly name: string
  /** Everything after the colon, folds kept as LF + white space, no final newline. Octets as received. */
  readonly raw: Octets
}

/** Text of a part after charset decoding and, for HTML, rendering; UTF-8 octets. */
export interface Rendered {
  readonly type: 'text/plain' | 'text/html'
  readonly text: Octets
  readonly visible: Octets
  readonly invisible: Octets
  /** For text/html that is not empty. */
  readonly html: HtmlFacts | undefined
}

export interface Part {
  /** Media type in lower case as SpamAssassin reads it: text/plain when missing, and for any odd text/* type. */
  readonly type: string
  /** text/html where the file name says so, else `type`. */
  readonly effectiveType: string
  readonly charset: Octets | undefined
  readonly boundary: Octets | undefined
  /** Content-Transfer-Encoding in lower case, '' when absent. */
  readonly encoding: string
  /** First word of Content-Disposition in lower case, '' when absent. */
  readonly disposition: string
  /** Name as SpamAssassin reads it (undecoded). */
  readonly name: Octets | undefined
  /** File name with RFC 2231 and RFC 2047 decoded, UTF-8 octets; from Content-Disposition, else Content-Type. */
  readonly filename: Octets | undefined
  readonly headers: readonly Header[]
  /** Children: parts of a multipart, or the one message inside message/rfc822 and message/global. */
  readonly parts: readonly Part[]
  readonly isLeaf: boolean
  /** 0 for the message itself. */
  readonly depth: number
  /** Header values of this part, unfolded and decoded to UTF-8 octets, in order of appearance. */
  header(name: string): readonly Octets[]
  /** Header values of this part as received. */
  rawHeader(name: string): readonly Octets[]
  /** Where its body lies in `Message.body`, in octets; -1 inside an encoded message, where there is no such place. */
  readonly start: number
  readonly end: number
  /** The body as transferred, LF line ends. */
  raw(): Octets
  /** Transfer encoding removed; LF line ends in text. '' for a part with children. */
  decoded(): Octets
  /** Transfer encoding removed and nothing else: the file an attachment holds. */
  bytes(): Uint8Array
  /** Undefined for what is neither text/plain nor text/html. */
  rendered(): Rendered | undefined
}
