/** clamd's stream protocol: `zINSTREAM`, chunks with their length before them, a chunk of no length, one line back. */
import { failed, unavailable, type OutsideScanner, type ScanAnswer } from './scanner.ts'
import { ask } from './stream.ts'

const CHUNK = 64 * 1024

export function clamd(name: string, address: string): OutsideScanner {
  return {
    name,
    async scan({ octets }, signal) {
      try {
        const complete = (answer: Buffer) => answer.includes(0)
        const answer = await ask({ address, parts: stream(octets), end: false, complete }, signal)
        return readClamd(answer.toString('latin1'))
      } catch (error) {
        return failed(error)
      }
    },
  }
}

function stream(octets: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [Buffer.from('zINSTREAM\0')]
  for (let at = 0; at < octets.length; at += CHUNK) {
    const chunk = octets.subarray(at, at + CHUNK)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(chunk.length)
    parts.push(length, chunk)
  }
  parts.push(Buffer.alloc(4))
  return parts
}

/** `stream: OK`, `stream: NAME FOUND`, `… ERROR`; everything else is nonsense and never clean. */
export function readClamd(answer: string): ScanAnswer {
  const line = answer.split('\0')[0]?.trim() ?? ''
  if (line === 'stream: OK') return { kind: 'clean' }
  const found = /^stream: ([\x21-\x7e]{1,300}) FOUND$/.exec(line)?.[1]
  if (found === undefined)
    return unavailable(line === '' ? 'an empty answer' : `answered: ${line.slice(0, 100)}`)
  return { kind: 'threat', threat: /phish/i.test(found) ? 'phishing' : 'malware', name: found }
}
