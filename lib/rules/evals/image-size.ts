/** Width and height of GIF, PNG and JPEG files, read from their first headers only. Hostile files give undefined. */

export interface ImageSize {
  readonly width: number
  readonly height: number
}

export type ImageType = 'gif' | 'png' | 'jpeg'

/** How far a JPEG's segments are followed; the size stands near the beginning unless somebody hides it. */
const MOST_SEGMENTS = 2000

export function imageSize(type: ImageType, bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = type === 'gif' ? gif(view) : type === 'png' ? png(view) : jpeg(view)
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined
}

function startsWith(view: DataView, text: string): boolean {
  if (view.byteLength < text.length) return false
  for (let index = 0; index < text.length; index++) {
    if (view.getUint8(index) !== text.charCodeAt(index)) return false
  }
  return true
}

function gif(view: DataView): ImageSize | undefined {
  if (view.byteLength < 10 || !(startsWith(view, 'GIF87a') || startsWith(view, 'GIF89a'))) return undefined
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
}

function png(view: DataView): ImageSize | undefined {
  if (view.byteLength < 24 || !startsWith(view, '\x89PNG\r\n\x1a\n')) return undefined
  const isHeader = view.getUint32(8) === 13 && view.getUint32(12) === 0x49484452
  return isHeader ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined
}

function jpeg(view: DataView): ImageSize | undefined {
  if (!startsWith(view, '\xff\xd8')) return undefined
  let at = 2
  for (let segment = 0; segment < MOST_SEGMENTS && at + 4 <= view.byteLength; segment++) {
    const mark = view.getUint8(at + 1)
    const length = view.getUint16(at + 2)
    if (view.getUint8(at) !== 0xff || mark === 0xda || mark === 0xd9 || length < 2) return undefined
    const isFrame = mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc
    if (isFrame) {
      if (at + 9 > view.byteLength) return undefined
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    }
    at += 2 + length
  }
  return undefined
}
