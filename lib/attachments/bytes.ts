/** Little-endian numbers out of hostile octets: outside of them everything is 0, so that no reader can fall off the end. */

export const u8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
export const u16 = (bytes: Uint8Array, at: number): number => u8(bytes, at) + u8(bytes, at + 1) * 0x100
export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) + u16(bytes, at + 2) * 0x1_0000
/** Exact up to 2^53, beyond that near enough to be refused as too large. */
export const u64 = (bytes: Uint8Array, at: number): number =>
  u32(bytes, at) + u32(bytes, at + 4) * 0x1_0000_0000

/** Whether `length` octets from `at` on are there. */
export const inside = (bytes: Uint8Array, at: number, length: number): boolean =>
  Number.isSafeInteger(at) && at >= 0 && length >= 0 && at + length <= bytes.length

/** A name in an archive: UTF-8 where it is valid, else one character an octet. Of a long one the end, where the extension is. */
export function fileName(name: Uint8Array): string {
  const bytes = name.subarray(Math.max(0, name.length - LONGEST_NAME))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}

/** Octets. */
export const LONGEST_NAME = 1024
