import { describe, expect, it } from '@jest/globals'
import { encodeFrame, FrameDecoder, type Frame } from '../../lib/milter/frame.ts'
import { ProtocolError } from '../../lib/milter/wire.ts'

const LIMIT = 100

function decodeAll(chunks: readonly Uint8Array[], limit = LIMIT): Frame[] {
  const decoder = new FrameDecoder(limit)
  const frames: Frame[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame)
  }
  return frames
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'none'
}

const stream = Buffer.concat([
  encodeFrame(0x41),
  encodeFrame(0x42, Buffer.from('body\0\xff', 'latin1')),
  encodeFrame(0x43, Buffer.alloc(LIMIT - 1, 7)),
  encodeFrame(0x51),
])
const expected = [
  { command: 0x41, data: '' },
  { command: 0x42, data: Buffer.from('body\0\xff', 'latin1').toString('hex') },
  { command: 0x43, data: '07'.repeat(LIMIT - 1) },
  { command: 0x51, data: '' },
]
const shown = (frames: readonly Frame[]): unknown =>
  frames.map(({ command, data }) => ({ command, data: data.toString('hex') }))

describe('frames', () => {
  it('come out alike, wherever the stream is split in two', () => {
    for (let at = 0; at <= stream.length; at += 1)
      expect(shown(decodeAll([stream.subarray(0, at), stream.subarray(at)]))).toEqual(expected)
  })

  it.each([1, 2, 3, 4, 5, 7, 64])('come out alike in chunks of %d octets', (size) => {
    const chunks: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
    expect(shown(decodeAll(chunks))).toEqual(expected)
  })

  it('of length 1 and of the limit pass, 0 and one more do not', () => {
    expect(decodeAll([encodeFrame(0x41)])).toHaveLength(1)
    expect(decodeAll([encodeFrame(0x42, Buffer.alloc(LIMIT - 1))])).toHaveLength(1)
    expect(codeOf(() => decodeAll([Buffer.from('00000000', 'hex')]))).toBe('frame-empty')
    expect(codeOf(() => decodeAll([encodeFrame(0x42, Buffer.alloc(LIMIT))]))).toBe('frame-too-long')
  })

  it('are refused by their length alone, before anything is awaited or allocated', () => {
    expect(codeOf(() => decodeAll([Buffer.from('ffffffff', 'hex')]))).toBe('frame-too-long')
    expect(codeOf(() => decodeAll([Buffer.from('ff', 'hex'), Buffer.from('ffffff', 'hex')]))).toBe(
      'frame-too-long',
    )
  })

  it.each([
    ['GET / HTTP/1.0', /"GET ": not a milter client/],
    ['EHLO x', /"EHLO": not a milter client/],
    ['\x16\x03\x01\x02\x00', /TLS greeting/],
    ['\x03\x00\x00\x2f', /length 50331695, at most 100/],
  ])('say what really came: %j', (text, message) => {
    expect(() => decodeAll([Buffer.from(text, 'latin1')])).toThrow(message)
  })

  it('tell how much of an unfinished one is there', () => {
    const decoder = new FrameDecoder(LIMIT)
    decoder.push(encodeFrame(0x41))
    decoder.push(encodeFrame(0x42, Buffer.alloc(10)).subarray(0, 7))
    expect(decoder.next()).not.toBeNull()
    expect(decoder.next()).toBeNull()
    expect(decoder.buffered).toBe(7)
  })

  it('split into single octets take linear time: 1 MB within 3 s', () => {
    const decoder = new FrameDecoder(16 * 1024 * 1024)
    const start = performance.now()
    const octet = Buffer.alloc(1)
    decoder.push(Buffer.from('00100001', 'hex'))
    for (let count = 0; count < 0x10_0000; count += 1) {
      decoder.push(octet)
      decoder.next()
    }
    decoder.push(octet)
    expect(decoder.next()?.data.length).toBe(0x10_0000)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})
