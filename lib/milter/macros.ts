/**
 * The MTA's macros of one SMTP session.
 *
 * They arrive in front of the command they belong to, stage by stage; a later stage sees the earlier ones' too, and
 * setting those of a stage forgets what belonged to the stages after it. Postfix repeats the same macros before each
 * header and each body chunk, so a repetition is recognised by its octets and costs a comparison.
 */

import { decodeStrings } from './command.ts'
import type { Macros } from './handler.ts'
import { COMMAND, octetName, ProtocolError } from './wire.ts'

/** Order in which stages build on each other; UNKNOWN stands beside, its macros concern that command only. */
const ORDER: ReadonlyMap<number, number> = new Map([
  [COMMAND.connect, 0],
  [COMMAND.helo, 1],
  [COMMAND.mail, 2],
  [COMMAND.recipient, 3],
  [COMMAND.data, 4],
  [COMMAND.header, 5],
  [COMMAND.endOfHeaders, 6],
  [COMMAND.body, 7],
  [COMMAND.endOfMessage, 8],
  [COMMAND.unknown, 9],
])
const FIRST_OF_TRANSACTION = 2
const UNKNOWN_COMMAND = 9

interface StageMacros {
  readonly data: Buffer
  readonly values: Macros
}

/** The macros known at this point of the session. */
export class MacroStore {
  readonly #stages: (StageMacros | undefined)[] = Array.from({ length: ORDER.size }, () => undefined)
  #merged: Macros | null = null

  /**
   * Takes the macros of a stage.
   *
   * @param of command octet they belong to
   * @param data names and values, each ended by NUL
   * @throws ProtocolError when a string does not end or a name has no value
   */
  set(of: number, data: Buffer): void {
    const index = ORDER.get(of)
    if (index === undefined)
      throw new ProtocolError('unknown-command', `macros for the unknown command ${octetName(of)}`)
    if (index !== UNKNOWN_COMMAND) {
      this.#forgetAfter(index)
      this.#forget(UNKNOWN_COMMAND)
    }
    if (this.#stages[index]?.data.equals(data) === true) return
    // The frame is a view of a socket's buffer: a copy keeps a few octets alive in place of 64 KB.
    this.#stages[index] = { data: Buffer.from(data), values: decodePairs(data) }
    this.#merged = null
  }

  /** Forgets what belongs to the message that has ended. */
  endTransaction(): void {
    this.#forgetAfter(FIRST_OF_TRANSACTION - 1)
    this.#forget(UNKNOWN_COMMAND)
  }

  /** Forgets everything: another SMTP session follows on the same connection. */
  clear(): void {
    this.#forgetAfter(-1)
    this.#forget(UNKNOWN_COMMAND)
  }

  /** All known macros, the latest stage's value winning. The map is never changed afterwards. */
  all(): Macros {
    if (this.#merged !== null) return this.#merged
    const merged = new Map<string, string>()
    for (const stage of this.#stages) for (const [name, value] of stage?.values ?? []) merged.set(name, value)
    this.#merged = merged
    return merged
  }

  #forgetAfter(index: number): void {
    for (let stage = index + 1; stage < UNKNOWN_COMMAND; stage += 1) this.#forget(stage)
  }

  #forget(stage: number): void {
    if (this.#stages[stage] === undefined) return
    this.#stages[stage] = undefined
    this.#merged = null
  }
}

function decodePairs(data: Buffer): Macros {
  const strings = decodeStrings(data, 'macro')
  if (strings.length % 2 !== 0) throw new ProtocolError('data-truncated', 'a macro without a value')
  const values = new Map<string, string>()
  for (let index = 0; index < strings.length; index += 2)
    values.set(strings[index] ?? '', strings[index + 1] ?? '')
  return values
}
