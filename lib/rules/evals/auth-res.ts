/**
 * AuthRes: results that another server of one's own wrote into Authentication-Results. Which servers may be believed is
 * said by `authres_networks` (internal, trusted, all) and `authres_trusted_authserv`.
 */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { parseAuthRes } from './authres-header.ts'
import { lower, words } from './octets.ts'

export interface AuthResSettings {
  networks: 'internal' | 'trusted' | 'all'
  readonly trusted: Set<string>
  readonly ignored: Set<string>
}

function adds(name: 'trusted' | 'ignored') {
  return (state: AuthResSettings, value: string): string | undefined => {
    for (const word of words(lower(value))) state[name].add(word)
    return value === '' ? 'a server name is missing' : undefined
  }
}

export const authRes: EvalPlugin<AuthResSettings> = {
  name: 'Mail::SpamAssassin::Plugin::AuthRes',
  initial: () => ({ networks: 'internal', trusted: new Set(), ignored: new Set() }),
  directives: {
    authres_networks: (state, value) => {
      const word = lower(value)
      if (word !== 'internal' && word !== 'trusted' && word !== 'all')
        return 'expected internal, trusted or all'
      state.networks = word
      return undefined
    },
    authres_trusted_authserv: adds('trusted'),
    authres_ignored_authserv: adds('ignored'),
  },
  trace: (input) => study(input).trace.map((line) => `authres: ${line}`),
  functions: {
    check_authres_result: (input, [method = '', wanted = '']) => {
      const found = results(input).get(method)
      return lower(wanted) === 'missing' ? found === undefined : found === lower(wanted)
    },
  },
}

const KEY = {}
const SOURCES = { internal: 'ALL-INTERNAL', trusted: 'ALL-TRUSTED', all: 'ALL' } as const
const MOST_FIELDS = 100
const FIELD = /^((?:Arc-)?Authentication-Results):[ \t]*(.+)/i

interface Study {
  /** Method -> its result; a pass anywhere wins, else the first one counts. */
  readonly results: ReadonlyMap<string, string>
  /** What was done with each field, in SpamAssassin's words. */
  readonly trace: readonly string[]
}

function results(input: EvalInput): ReadonlyMap<string, string> {
  return study(input).results
}

function study(input: EvalInput): Study {
  return input.memo(KEY, () => {
    const { networks } = input.conf(authRes)
    const results = new Map<string, string>()
    const trace: string[] = []
    const fields = (input.get(SOURCES[networks]) ?? '').split('\n').flatMap((line) => {
      const [, name = '', value = ''] = FIELD.exec(line) ?? []
      return name === '' ? [] : [{ name, value }]
    })
    for (const field of fields.slice(0, MOST_FIELDS)) readField(input, field, { results, trace })
    if (fields.length === 0) trace.push(`no Authentication-Results headers found from ${networks}`)
    const words = [...results].map(([method, result]) => `${method}=${result}`).toSorted()
    trace.push(words.length === 0 ? 'no results' : `results: ${words.join(' ')}`)
    return { results, trace }
  })
}

function readField(
  input: EvalInput,
  { name, value }: { readonly name: Octets; readonly value: Octets },
  found: { readonly results: Map<string, string>; readonly trace: string[] },
): void {
  const { trusted, ignored } = input.conf(authRes)
  found.trace.push(`parsing ${name}: ${value}`)
  const parsed = parseAuthRes(value, /^arc/i.test(name))
  const authserv = parsed?.authserv ?? ''
  if (trusted.size > 0 && !trusted.has(authserv)) {
    found.trace.push(`skipping header, authserv not trusted: ${authserv}`)
  } else if (ignored.has(authserv)) {
    found.trace.push(`skipping header, ignored authserv: ${authserv}`)
  } else if (parsed === undefined) {
    found.trace.push('skipping header, not in the form of RFC 8601')
  } else {
    for (const { method, result } of parsed.results) {
      if (!found.results.has(method) || result === 'pass') found.results.set(method, result)
    }
  }
}
