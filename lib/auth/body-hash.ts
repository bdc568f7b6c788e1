/**
 * Hashes of one mail's body for all its signatures (RFC 6376 sections 3.4.3 to 3.7), whatever their number.
 *
 * A signature chooses a canonicalization, a hash and how many octets count (l=). The body is brought into each of the
 * two forms once, octet by octet, and each form runs once through each of the two hashes, whose state is copied where an
 * l= ends. So 20 signatures with 20 lengths cost what one costs, and short lines cost what long ones do.
 */
import { createHash, type Hash } from 'node:crypto'

export type Form = 'simple' | 'relaxed'
export type Algorithm = 'sha1' | 'sha256'

export interface BodyHash {
  /** Base64. */
  readonly hash: string
  /** Octets of the canonical body that were hashed. */
  readonly hashed: number
  /** Octets of the whole canonical body. */
  readonly canonical: number
}

export interface BodyHashes {
  /** Says that this hash will be asked for; what is announced before the first is asked for shares its pass. */
  announce(form: Form, algorithm: Algorithm, length: number | null): void
  /** `length` is l=, null for the whole body. */
  hash(form: Form, algorithm: Algorithm, length: number | null): BodyHash
  /** Octets that went through a hash so far: the work that the signatures of the mail cost. */
  work(): number
}

/** One form run through one hash. */
interface Run {
  readonly form: Form
  readonly algorithm: Algorithm
  readonly lengths: Set<number>
  readonly digests: Map<number, string>
  /** Length of the form; -1 while it did not run. */
  canonical: number
  whole: string
}

const [CR, LF, SPACE, TAB] = [0x0d, 0x0a, 0x20, 0x09]
const CHUNK = 1 << 16

/** The hashes of `body`, in which a bare LF counts as CRLF. Nothing is done before the first is asked for. */
export function bodyHashes(body: Uint8Array): BodyHashes {
  const runs = new Map<string, Run>()
  let work = 0
  const runOf = (form: Form, algorithm: Algorithm): Run => {
    const key = `${form}:${algorithm}`
    const run = runs.get(key) ?? {
      form,
      algorithm,
      lengths: new Set(),
      digests: new Map(),
      canonical: -1,
      whole: '',
    }
    runs.set(key, run)
    return run
  }
  const announce: BodyHashes['announce'] = (form, algorithm, length) => {
    const run = runOf(form, algorithm)
    if (length !== null) run.lengths.add(length)
  }
  const pass = (form: Form, due: readonly Run[]): void => {
    const sinks = due.map(sinkOf)
    canonicalize(body, form, (chunk) => {
      for (const { update } of sinks) update(chunk)
      work += chunk.length * sinks.length
    })
    for (const { end } of sinks) end()
  }
  const isDue = ({ canonical, lengths, digests }: Run): boolean =>
    canonical < 0 || [...lengths].some((length) => length < canonical && !digests.has(length))
  return {
    announce,
    hash(form, algorithm, length) {
      announce(form, algorithm, length)
      const run = runOf(form, algorithm)
      if (isDue(run))
        pass(
          form,
          [...runs.values()].filter((one) => one.form === form && isDue(one)),
        )
      return length === null || length >= run.canonical
        ? { hash: run.whole, hashed: run.canonical, canonical: run.canonical }
        : { hash: run.digests.get(length) ?? '', hashed: length, canonical: run.canonical }
    },
    work: () => work,
  }
}

/** Takes the octets of the form and notes the hash wherever one of the lengths ends. */
function sinkOf(run: Run) {
  const state: Hash = createHash(run.algorithm)
  const lengths = [...run.lengths].toSorted((a, b) => a - b)
  let next = 0
  let seen = 0
  return {
    update(chunk: Uint8Array): void {
      let from = 0
      for (; next < lengths.length && (lengths[next] ?? 0) <= seen + chunk.length; next++) {
        const length = lengths[next] ?? 0
        state.update(chunk.subarray(from, length - seen))
        from = length - seen
        run.digests.set(length, state.copy().digest('base64'))
      }
      state.update(chunk.subarray(from))
      seen += chunk.length
    },
    end(): void {
      run.canonical = seen
      run.whole = state.digest('base64')
    },
  }
}

/**
 * One of the two forms, in chunks. Empty lines at the end go; what is left ends in CRLF. Relaxed also makes white space
 * within a line one space and drops it at the end; an empty body is nothing there, and one line end in the simple form.
 */
function canonicalize(body: Uint8Array, form: Form, sink: (chunk: Uint8Array) => void): void {
  const squeeze = form === 'relaxed'
  const chunk = new Uint8Array(CHUNK)
  let [used, total, empty] = [0, 0, 0]
  let [blank, content] = [false, false]
  const put = (octet: number): void => {
    if (used === CHUNK) {
      sink(chunk)
      used = 0
    }
    chunk[used++] = octet
    total++
  }
  const lineEnd = (): void => {
    put(CR)
    put(LF)
  }
  const take = (octet: number): void => {
    for (; empty > 0; empty--) lineEnd()
    if (blank) put(SPACE)
    blank = false
    content = true
    put(octet)
  }
  for (let at = 0; at < body.length; at++) {
    const octet = body[at] ?? 0
    if (octet === LF || (octet === CR && body[at + 1] === LF)) {
      if (octet === CR) at++
      if (content) lineEnd()
      else empty++
      blank = false
      content = false
    } else if (squeeze && (octet === SPACE || octet === TAB)) blank = true
    else take(octet)
  }
  if (content || (total === 0 && !squeeze)) lineEnd()
  if (used > 0) sink(chunk.subarray(0, used))
}
