/**
 * The one way in which verbs read mail: standard input, files, mbox files, Maildirs and directories become a stream
 * of raw messages, one at a time, with a line of progress now and then.
 *
 * An mbox is told by its first five octets ("From "), wherever it comes from; a message in it ends at a line that
 * begins with "From ", carries a time and follows an empty line, and one level of ">From " quoting is taken back
 * (mboxrd). A Maildir is a directory that has `cur` and `new`; its sub-folders (".Junk") are not entered, because who
 * learns an inbox does not mean its trash. Any other directory is read whole, in the order of the names.
 */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { whyUnreadable } from '../fault.ts'
import { CommandError, EXIT } from './verb.ts'
import type { Terminal } from './verb.ts'

export interface RawMail {
  /** Path of the file; in an mbox followed by `#` and the number of the message, from 1; `-` for standard input. */
  readonly name: string
  readonly bytes: Uint8Array
}

export interface ReadOptions {
  /** Octets kept of one message; what is beyond is read and dropped. Default 64 MiB. */
  readonly limit?: number
  /** Milliseconds between two lines of progress; 0 = none. Default 2000. */
  readonly progressEvery?: number
  readonly now?: () => number
}

const DEFAULT_LIMIT = 64 * 1024 ** 2
/** Symbolic links can form a ring. */
const DEEPEST_DIRECTORY = 32
const CHUNK = 1024 ** 2
const FROM = Buffer.from('From ')
const SEPARATOR = Buffer.from('\nFrom ')
const QUOTED = Buffer.from('\n>')
/** A separator line is short; one that has not ended by then is text. */
const LONGEST_SEPARATOR = 1024

/**
 * Every message under `paths`, in order; no path at all means standard input, and so does `-`.
 * Throws `CommandError` (66, no input) when something that was named cannot be read; a file that vanishes while its
 * directory is read, as in a Maildir in use, is passed over with one line.
 */
export async function* readMails(
  paths: readonly string[],
  terminal: Terminal,
  options: ReadOptions = {},
): AsyncIterable<RawMail> {
  const { limit = DEFAULT_LIMIT, progressEvery = 2000, now = Date.now } = options
  const started = now()
  let spoken = started
  let count = 0
  for (const path of paths.length === 0 ? ['-'] : paths) {
    for await (const mail of mailsUnder(path, terminal, limit)) {
      yield mail
      count++
      if (progressEvery > 0 && now() - spoken >= progressEvery) {
        spoken = now()
        terminal.err(`${count} messages in ${Math.round((spoken - started) / 1000)} s, at ${mail.name}`)
      }
    }
  }
}

async function* mailsUnder(path: string, terminal: Terminal, limit: number): AsyncIterable<RawMail> {
  if (path === '-') return yield* mailsIn(terminal.stdin as AsyncIterable<Uint8Array>, '-', limit)
  if (!(await isDirectory(path))) return yield* mailsInFile(path, limit)
  for await (const file of filesUnder(path, 0)) {
    try {
      yield* mailsInFile(file, limit)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      terminal.err(error.message)
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function* filesUnder(directory: string, depth: number): AsyncIterable<string> {
  if (depth > DEEPEST_DIRECTORY) return
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(directory, error)
  })
  const names = entries.map(({ name }) => name)
  const isMaildir = names.includes('cur') && names.includes('new')
  const wanted = isMaildir ? ['cur', 'new'] : names.filter((name) => !name.startsWith('.')).sort()
  const kinds = new Map(entries.map((entry) => [entry.name, entry]))
  for (const name of wanted) {
    const path = join(directory, name)
    const entry = kinds.get(name)
    const linked = entry?.isSymbolicLink() ? await stat(path).catch(() => null) : entry
    if (linked?.isDirectory()) yield* filesUnder(path, depth + 1)
    else if (linked?.isFile()) yield path
  }
}

async function* mailsInFile(path: string, limit: number): AsyncIterable<RawMail> {
  const stream = createReadStream(path, { highWaterMark: CHUNK })
  let failure: unknown = null
  // Errors of the stream are told from errors thrown by the consumer of our values.
  stream.once('error', (error) => (failure = error))
  try {
    yield* mailsIn(stream as AsyncIterable<Uint8Array>, path, limit)
  } catch (error) {
    throw error === failure ? unreadable(path, error) : error
  } finally {
    stream.destroy()
  }
}

/** One message, or all messages of an mbox. */
async function* mailsIn(
  chunks: AsyncIterable<Uint8Array | string>,
  name: string,
  limit: number,
): AsyncIterable<RawMail> {
  let pending: Buffer = Buffer.alloc(0)
  let isMbox: boolean | null = null
  const mbox = new MboxSplitter(limit)
  let number = 0
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, Buffer.from(chunk as Uint8Array)])
    isMbox ??= pending.length < FROM.length ? null : pending.subarray(0, FROM.length).equals(FROM)
    if (isMbox) {
      for (const bytes of mbox.push(pending)) yield { name: `${name}#${++number}`, bytes }
      pending = Buffer.alloc(0)
    } else if (pending.length > limit) pending = pending.subarray(0, limit)
  }
  if (isMbox) for (const bytes of mbox.end()) yield { name: `${name}#${++number}`, bytes }
  else yield { name, bytes: pending }
}

/** Cuts a stream of octets into the messages of an mbox; holds one message, at most `limit` octets of it. */
class MboxSplitter {
  readonly #limit: number
  #held: Buffer = Buffer.alloc(0)
  /** From here on the held octets have not been searched for a separator. */
  #searched = 0
  /** The message is over the limit: its kept beginning, while the rest goes by. */
  #kept: Buffer | null = null

  constructor(limit: number) {
    this.#limit = limit
  }

  *push(chunk: Buffer): Iterable<Buffer> {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    for (let cut = this.#nextCut(); cut !== null; cut = this.#nextCut()) {
      yield this.#finish(this.#held.subarray(0, cut))
      this.#held = this.#held.subarray(cut)
      this.#searched = 0
    }
    if (this.#held.length > this.#limit + 2 * LONGEST_SEPARATOR) {
      this.#kept ??= this.#held.subarray(0, this.#limit + LONGEST_SEPARATOR)
      // Enough stays to recognise a separator that lies across two chunks.
      this.#held = this.#held.subarray(this.#held.length - LONGEST_SEPARATOR)
      this.#searched = 0
    }
  }

  *end(): Iterable<Buffer> {
    if (this.#kept || this.#held.length > 0) yield this.#finish(this.#held)
  }

  /** Where the next message begins in the held octets, or null while that is not known. */
  #nextCut(): number | null {
    const held = this.#held
    let at = held.indexOf(SEPARATOR, this.#searched)
    for (; at !== -1; at = held.indexOf(SEPARATOR, at + 1)) {
      const end = held.indexOf(10, at + 1)
      if (end === -1 && held.length - at < LONGEST_SEPARATOR) break
      const afterEmptyLine = held[at - 1] === 10 || (held[at - 1] === 13 && held[at - 2] === 10)
      const line = held.toString('latin1', at + 1, end === -1 ? at + LONGEST_SEPARATOR : end)
      if (afterEmptyLine && /^From .*\d:\d\d/.test(line)) return at + 1
    }
    this.#searched = at === -1 ? Math.max(this.#searched, held.length - SEPARATOR.length) : at
    return null
  }

  /** The message without its separator line, the empty line before the next one and the quoting. */
  #finish(octets: Buffer): Buffer {
    const whole = (this.#kept ?? octets).subarray(0, this.#limit + LONGEST_SEPARATOR)
    this.#kept = null
    const start = whole.subarray(0, FROM.length).equals(FROM) ? whole.indexOf(10) + 1 : 0
    const end = whole.length - trailingEmptyLine(whole)
    return unquote(whole.subarray(start === 0 ? 0 : start, Math.max(start, end)).subarray(0, this.#limit))
  }
}

function trailingEmptyLine(octets: Buffer): number {
  const text = octets.toString('latin1', Math.max(0, octets.length - 4))
  if (text.endsWith('\r\n\r\n')) return 2
  return text.endsWith('\n\n') ? 1 : 0
}

/** Takes one ">" from every line that is ">From " or ">>From " and so on. */
function unquote(octets: Buffer): Buffer {
  if (octets.indexOf('>From ') === -1) return octets
  const pieces: Buffer[] = []
  let done = 0
  for (let at = octets.indexOf(QUOTED); at !== -1; at = octets.indexOf(QUOTED, at + 1)) {
    let word = at + 1
    while (octets[word] === 62) word++
    if (!octets.subarray(word, word + FROM.length).equals(FROM)) continue
    pieces.push(octets.subarray(done, at + 1))
    done = at + 2
  }
  pieces.push(octets.subarray(done))
  return Buffer.concat(pieces)
}

/** The end of a verb that was given a file it cannot read. */
export const unreadable = (path: string, error: unknown): CommandError =>
  new CommandError(`${path}: ${whyUnreadable(error)}`, EXIT.noInput)
