/**
 * Octets to frames and back.
 *
 * The decoder takes chunks as the socket delivers them, split anywhere, and yields whole frames. The length is
 * checked before anything is allocated: lengths such as 1195725856 are how port scans arrive ("GET "). A frame that
 * lies within one chunk is a view of it; one that spans several is copied once into a buffer of its size, whatever
 * the number of chunks.
 */

import { ANSWER, ProtocolError } from './wire.ts'

/** One frame: command octet and data. */
export interface Frame {
  readonly command: number
  readonly data: Buffer
}

const LENGTH_OCTETS = 4
const NO_DATA = Buffer.alloc(0)

/** Incremental decoder. Throws ProtocolError from `next`, after which it must not be used any more. */
export class FrameDecoder {
  readonly #limit: number
  readonly #chunks: Buffer[] = []
  #position = 0
  #lengthOctets = 0
  #length = 0
  #partial: Buffer | null = null
  #filled = 0
  #buffered = 0
  #frames = 0

  /** @param limit largest length of a frame in octets, command included */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes the next octets from the peer. The chunk must not be written to afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#buffered += chunk.length
    this.#chunks.push(
      Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    )
  }

  /** Octets not yet handed out. */
  get buffered(): number {
    return this.#buffered
  }

  /** Whole frames handed out so far. */
  get frames(): number {
    return this.#frames
  }

  /** The next whole frame, or null until more octets arrive. */
  next(): Frame | null {
    if (this.#partial === null && !this.#readLength()) return null
    return this.#partial === null ? this.#start() : this.#fill(this.#partial)
  }

  /** Reads the length field; true when it is whole and legal. */
  #readLength(): boolean {
    while (this.#lengthOctets < LENGTH_OCTETS) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) return false
      if (this.#lengthOctets === 0 && chunk.length - this.#position >= LENGTH_OCTETS) {
        this.#length = chunk.readUInt32BE(this.#position)
        this.#lengthOctets = LENGTH_OCTETS
        this.#advance(chunk, LENGTH_OCTETS)
      } else {
        this.#length = this.#length * 256 + (chunk[this.#position] ?? 0)
        this.#lengthOctets += 1
        this.#advance(chunk, 1)
      }
      if (this.#lengthOctets === LENGTH_OCTETS) this.#checkLength()
    }
    return true
  }

  #checkLength(): void {
    if (this.#length === 0) throw new ProtocolError('frame-empty', 'a frame of length 0')
    if (this.#length <= this.#limit) return
    throw new ProtocolError(
      'frame-too-long',
      `a frame of length ${this.#length}${asText(this.#length)}, at most ${this.#limit} is allowed`,
    )
  }

  #start(): Frame | null {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return null
    const end = this.#position + this.#length
    if (end <= chunk.length) {
      const frame = toFrame(chunk, this.#position, end)
      this.#advance(chunk, this.#length)
      this.#reset()
      return frame
    }
    this.#partial = Buffer.allocUnsafeSlow(this.#length)
    return this.#fill(this.#partial)
  }

  #fill(partial: Buffer): Frame | null {
    while (this.#filled < partial.length) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) return null
      const taken = chunk.copy(partial, this.#filled, this.#position)
      this.#filled += taken
      this.#advance(chunk, taken)
    }
    this.#reset()
    return toFrame(partial, 0, partial.length)
  }

  #advance(chunk: Buffer, count: number): void {
    this.#position += count
    if (this.#position < chunk.length) return
    this.#chunks.shift()
    this.#position = 0
  }

  #reset(): void {
    this.#frames += 1
    this.#buffered -= LENGTH_OCTETS + this.#length
    this.#lengthOctets = 0
    this.#length = 0
    this.#partial = null
    this.#filled = 0
  }
}

function toFrame(buffer: Buffer, start: number, end: number): Frame {
  return {
    command: buffer[start] ?? 0,
    data: end - start === 1 ? NO_DATA : buffer.subarray(start + 1, end),
  }
}

/** Four printable octets in place of a length tell what really knocked at the port. */
function asText(length: number): string {
  const field = Buffer.alloc(LENGTH_OCTETS)
  field.writeUInt32BE(length)
  const text = field.toString('latin1')
  if (/^[\x20-\x7e]{4}$/.test(text)) return ` ("${text}": not a milter client)`
  return field[0] === 0x16 && field[1] === 0x03 ? ' (a TLS greeting: not a milter client)' : ''
}

/** One frame as octets. */
export function encodeFrame(command: number, ...parts: readonly Uint8Array[]): Buffer {
  let length = 1
  for (const part of parts) length += part.length
  const frame = Buffer.allocUnsafe(LENGTH_OCTETS + length)
  frame.writeUInt32BE(length)
  frame[LENGTH_OCTETS] = command
  let position = LENGTH_OCTETS + 1
  for (const part of parts) {
    frame.set(part, position)
    position += part.length
  }
  return frame
}

/** The keep-alive frame, which needs no state to send. */
export const PROGRESS_FRAME: Buffer = encodeFrame(ANSWER.progress)
