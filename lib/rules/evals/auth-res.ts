/**
 * AuthRes: results that another server of one's own wrote into Authentication-Results. Which servers may be believed is
 * said by `authres_networks` (internal, trusted, all) and `authres_trusted_authserv`.
 */
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

/** Method -> its result; a pass anywhere wins, else the first one counts. */
function results(input: EvalInput): ReadonlyMap<string, string> {
  return input.memo(KEY, () => {
    const { networks, trusted, ignored } = input.conf(authRes)
    const found = new Map<string, string>()
    const fields = (input.get(SOURCES[networks]) ?? '').split('\n').filter((line) => FIELD.test(line))
    for (const line of fields.slice(0, MOST_FIELDS)) {
      const field = FIELD.exec(line)
      const parsed = parseAuthRes(field?.[2] ?? '', field?.[1] !== undefined)
      if (parsed === undefined || ignored.has(parsed.authserv)) continue
      if (trusted.size > 0 && !trusted.has(parsed.authserv)) continue
      for (const { method, result } of parsed.results) {
        if (!found.has(method) || result === 'pass') found.set(method, result)
      }
    }
    return found
  })
}

const FIELD = /^(Arc-)?Authentication-Results:[ \t]*(.+)/i
