/** Where in a text which windows (`regex/windows.ts`) stand: made once, then asked by many patterns. */
import { CLASSES, CLASS_BITS, WINDOW } from './regex/windows.ts'

const BUCKET_BITS = 12
const BUCKETS = 1 << BUCKET_BITS
const NONE = -1

function bucketOf(window: number): number {
  return (window ^ (window >> 3)) & (BUCKETS - 1)
}

export class WindowIndex {
  /** The window at each place; the end counts as if control characters followed. */
  readonly #windows: Uint16Array
  /** The first place of each bucket, and the next place after each; ascending. */
  readonly #firsts = new Int32Array(BUCKETS).fill(NONE)
  readonly #nexts: Int32Array
  #found = new Int32Array(256)

  constructor(text: string) {
    const { length } = text
    this.#windows = new Uint16Array(length)
    this.#nexts = new Int32Array(length)
    let window = 0
    for (let at = length - 1; at >= 0; at--) {
      window = (window >> CLASS_BITS) | (CLASSES[text.charCodeAt(at) & 255]! << ((WINDOW - 1) * CLASS_BITS))
      const bucket = bucketOf(window)
      this.#windows[at] = window
      this.#nexts[at] = this.#firsts[bucket]!
      this.#firsts[bucket] = at
    }
  }

  /** The places of the windows from one place on, in order, good until the next call; undefined if more than `most`. */
  places(windows: Uint16Array, from: number, most: number): Int32Array | undefined {
    if (this.#found.length < most) this.#found = new Int32Array(most)
    const found = this.#found
    let count = 0
    for (const window of windows) {
      for (let at = this.#firsts[bucketOf(window)]!; at !== NONE; at = this.#nexts[at]!) {
        if (this.#windows[at] !== window || at < from) continue
        if (count === most) return undefined
        found[count++] = at
      }
    }
    const places = found.subarray(0, count)
    return windows.length > 1 && count > 1 ? places.sort() : places
  }
}
