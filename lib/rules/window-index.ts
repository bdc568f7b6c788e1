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
  #windows = new Uint16Array(0)
  /** The first place of each bucket, and the next place after each; ascending. */
  readonly #firsts = new Int32Array(BUCKETS)
  #nexts = new Int32Array(0)
  #found = new Int32Array(256)

  /** Indexes another text instead; room that was once needed is kept. */
  read(text: string): void {
    const { length } = text
    if (this.#nexts.length < length) {
      this.#windows = new Uint16Array(2 * length)
      this.#nexts = new Int32Array(2 * length)
    }
    const windows = this.#windows
    const firsts = this.#firsts.fill(NONE)
    const nexts = this.#nexts
    let window = 0
    for (let at = length - 1; at >= 0; at--) {
      window = (window >> CLASS_BITS) | (CLASSES[text.charCodeAt(at) & 255]! << ((WINDOW - 1) * CLASS_BITS))
      const bucket = bucketOf(window)
      windows[at] = window
      nexts[at] = firsts[bucket]!
      firsts[bucket] = at
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

/** Indexes in use, each by the last that asked for it: there is room for the texts of one mail. */
const shelf = Array.from({ length: 4 }, () => ({
  owner: undefined as object | undefined,
  index: new WindowIndex(),
}))
let turn = 0

/** The index of `owner`'s text: the one made before, if it is still there. */
export function windowIndexFor(owner: object, text: string): WindowIndex {
  const kept = shelf.find((place) => place.owner === owner)
  if (kept !== undefined) return kept.index
  const place = shelf[turn++ % shelf.length]!
  place.owner = owner
  place.index.read(text)
  return place.index
}
