/** A terminal for verbs that writes into lists, with nothing or some text on its standard input. */
import { Readable } from 'node:stream'
import type { Terminal } from '../../lib/cli/verb.ts'

export interface RecordedTerminal extends Terminal {
  readonly lines: { readonly out: string[]; readonly err: string[] }
}

export function recordedTerminal(input: string | readonly Uint8Array[] = ''): RecordedTerminal {
  const lines = { out: [] as string[], err: [] as string[] }
  return {
    lines,
    stdin: Readable.from(typeof input === 'string' ? [Buffer.from(input)] : input),
    out: (line) => void lines.out.push(line),
    err: (line) => void lines.err.push(line),
  }
}
