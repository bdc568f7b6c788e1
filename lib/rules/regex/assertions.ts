/** Assertions and comparisons over octets, as V8 makes them. */
import { ANCHORS } from './flat.ts'

const NEWLINE = 10
const WORDS = Uint8Array.from({ length: 256 }, (_, code) => (/\w/.test(String.fromCharCode(code)) ? 1 : 0))

/** Octets alike under the flag i of JavaScript. */
const CANONICAL = Array.from({ length: 256 }, (_, code) => {
  const upper = String.fromCharCode(code).toUpperCase()
  const canonical = upper.length === 1 ? upper.charCodeAt(0) : code
  return code >= 128 && canonical < 128 ? code : canonical
})

export function isSame(one: number, other: number, fold: boolean): boolean {
  return one === other || (fold && CANONICAL[one] === CANONICAL[other])
}

/** `anchor`: its place in ANCHORS; `low` and `high`: the rims of the line. */
export function holds(anchor: number, octets: Uint8Array, pos: number, low: number, high: number): boolean {
  switch (ANCHORS[anchor]) {
    case 'start':
      return pos === low
    case 'lineStart':
      return pos === low || (pos < high && octets[pos - 1] === NEWLINE)
    case 'end':
      return pos === high || (pos === high - 1 && octets[pos] === NEWLINE)
    case 'lineEnd':
      return pos === high || octets[pos] === NEWLINE
    case 'veryEnd':
      return pos === high
    case 'boundary':
      return isWord(octets, pos - 1, low, high) !== isWord(octets, pos, low, high)
    case 'notBoundary':
      return isWord(octets, pos - 1, low, high) === isWord(octets, pos, low, high)
  }
  return false
}

function isWord(octets: Uint8Array, pos: number, low: number, high: number): boolean {
  return pos >= low && pos < high && WORDS[octets[pos]!] === 1
}
