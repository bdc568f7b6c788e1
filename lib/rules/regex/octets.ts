/** Texts as arrays of octets: what reads them one by one is quicker with these. */

/** The last texts are kept: all rules of one kind look at the same. */
const KEPT = 6
const MAX_KEPT_LENGTH = 1 << 22
const kept: { readonly text: string; readonly octets: Uint8Array }[] = []

export function octetsIn(text: string): Uint8Array {
  const known = kept.find((one) => one.text === text)
  if (known !== undefined) return known.octets
  const octets = Buffer.from(text, 'latin1')
  if (text.length > MAX_KEPT_LENGTH) return octets
  kept.unshift({ text, octets })
  if (kept.length > KEPT) kept.pop()
  return octets
}
