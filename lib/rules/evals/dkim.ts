/**
 * DKIM and ARC rules over what our own authentication layer found, and the lists of authors whose signature makes them
 * welcome. ADSP (RFC 5617) is history: only `adsp_override` lines count, nothing is asked in the DNS for it.
 */
import type { SignatureFact } from '../../auth/facts.ts'
import type { Octets } from '../../mail/message.ts'
import type { Directive, EvalFunction, EvalInput, EvalPlugin } from '../eval.ts'
import type { BoundList } from './address-list.ts'
import { bind } from './address-list.ts'
import { header, lower, words } from './octets.ts'
import { isIn } from './wlbl-eval.ts'
import { withOldNames } from './wlbl-lists.ts'

export interface DkimSettings {
  /** Author pattern -> domains whose signature counts; '' is the author's own. */
  readonly welcome: BoundList
  readonly defaults: BoundList
  /** Domain (`*.` in front for those below it) -> D, A, U, N, 1, 2 or 3. */
  readonly adsp: Map<string, string>
  minimumKeyBits: number
}

function binds(which: 'welcome' | 'defaults'): Directive<DkimSettings> {
  return (state, value) => {
    const [address, domain = '', ...rest] = words(value)
    if (address === undefined || rest.length > 0) return 'expected an address and a signing domain'
    bind(state[which], address, domain)
    return undefined
  }
}

function unbinds(state: DkimSettings, value: string): string | undefined {
  const [address, domain = ''] = words(value)
  if (address === undefined) return 'an address is missing'
  for (const list of [state.welcome, state.defaults]) {
    const entry = list.get(lower(address))
    const kept = entry?.bounds.filter((bound) => bound !== lower(domain)) ?? []
    if (kept.length === 0) list.delete(lower(address))
    else entry?.bounds.splice(0, entry.bounds.length, ...kept)
  }
  return undefined
}

const ADSP =
  /^@?([*a-z0-9._-]+)(?:[ \t]+(nxdomain|unknown|all|discardable|custom_low|custom_med|custom_high))?$/i
const ADSP_LETTERS: Readonly<Record<string, string>> = { custom_low: '1', custom_med: '2', custom_high: '3' }

function overridesAdsp(state: DkimSettings, value: string): string | undefined {
  const match = ADSP.exec(value)
  if (match === null) return 'expected a domain and a practice'
  const practice = (match[2] ?? 'discardable').toLowerCase()
  state.adsp.set(lower(match[1] ?? ''), ADSP_LETTERS[practice] ?? practice.charAt(0).toUpperCase())
  return undefined
}

const signedBy: EvalFunction = (input, domains) =>
  signatures(input).some((one) => domains.length === 0 || isAmong(signer(one), domains))
const validBy: EvalFunction = (input, domains) =>
  valid(input).some((one) => domains.length === 0 || isAmong(signer(one), domains))

export const dkim: EvalPlugin<DkimSettings> = {
  name: 'Mail::SpamAssassin::Plugin::DKIM',
  initial: () => ({ welcome: new Map(), defaults: new Map(), adsp: new Map(), minimumKeyBits: 1024 }),
  directives: {
    ...withOldNames({
      welcomelist_from_dkim: binds('welcome'),
      def_welcomelist_from_dkim: binds('defaults'),
      unwelcomelist_from_dkim: unbinds,
    }),
    adsp_override: overridesAdsp,
    dkim_minimum_key_bits: (state, value) => {
      if (!/^\d{1,5}$/.test(value)) return 'expected a number of bits'
      state.minimumKeyBits = Number(value)
      return undefined
    },
    dkim_timeout: (_, value) => (value === '' ? 'a duration is missing' : undefined),
  },
  functions: withOldNames<EvalFunction>({
    check_dkim_signed: signedBy,
    check_dkim_valid: validBy,
    check_dkim_verified: validBy,
    check_dkim_valid_author_sig: (input, domains) => {
      const authors = authorDomains(input)
      return valid(input).some((one) => authors.includes(signer(one)) && isAmongAny(signer(one), domains))
    },
    check_dkim_valid_envelopefrom: (input) => {
      const domain = lower(/@([^ \t\n\r\f\v]+)/.exec(header(input, 'EnvelopeFrom:addr'))?.[1] ?? '')
      return domain !== '' && valid(input).some((one) => signer(one) === domain)
    },
    check_dkim_dependable: ({ auth, message }) =>
      auth?.dkim?.skipped === null && (auth.dkim.signatures.length === 0 || !message.truncated),
    check_dkim_testing: (input) => signatures(input).some(({ testing }) => testing),
    check_dkim_signsome: () => false,
    check_dkim_signall: (input) => practices(input, 'A', []),
    check_dkim_adsp: (input, [letters = '', ...domains]) =>
      practices(input, letters === '*' ? 'NAD123' : letters, domains),
    check_arc_signed: ({ auth }) => (auth?.arc?.instance ?? 0) > 0 || isArcResult(auth?.arc?.result),
    check_arc_valid: ({ auth }) => auth?.arc?.result === 'pass',
    check_for_dkim_welcomelist_from: (input) => isWelcome(input, 'welcome', 'welcomelist_auth'),
    check_for_def_dkim_welcomelist_from: (input) => isWelcome(input, 'defaults', 'def_welcomelist_auth'),
  }),
  can: ['Mail::SpamAssassin::Plugin::DKIM::has_arc'],
}

function isArcResult(result: string | undefined): boolean {
  return result !== undefined && result !== 'none'
}

function signatures(input: EvalInput): readonly SignatureFact[] {
  return input.auth?.dkim?.signatures ?? []
}

/** Signatures that verify; a weak key, like an l= with text after it, is taken for none. */
function valid(input: EvalInput): readonly SignatureFact[] {
  const { minimumKeyBits } = input.conf(dkim)
  return signatures(input).filter(
    ({ result, keyBits }) => result === 'pass' && (keyBits === 0 || keyBits >= minimumKeyBits),
  )
}

/** Domain that takes responsibility: of i= where there is one, else d=. */
function signer({ identity, domain }: SignatureFact): string {
  return lower(/@([^ \t\n\r\f\v]+)/.exec(identity)?.[1] ?? domain)
}

/** A domain itself, or with a dot (or `*.`) in front anything below it. */
function isAmong(name: string, domains: readonly string[]): boolean {
  return domains.some((written) => {
    const below = /^\*?\.(.*)$/s.exec(lower(written))?.[1]
    return below === undefined ? name === lower(written) : name === below || name.endsWith(`.${below}`)
  })
}

function isAmongAny(name: string, domains: readonly string[]): boolean {
  return domains.length === 0 || isAmong(name, domains)
}

function domainOf(address: Octets): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? '' : lower(address.slice(at + 1).replace(/(?<![ \t])[ \t]+$/, ''))
}

function authorDomains(input: EvalInput): readonly string[] {
  return input
    .all('From:addr')
    .map(domainOf)
    .filter((domain) => domain !== '')
}

function practices(input: EvalInput, letters: string, wanted: readonly string[]): boolean {
  const facts = input.auth?.dkim ?? null
  // signatures that were not looked at are not missing
  if (facts === null || (facts.skipped !== null && facts.present > 0)) return false
  const { adsp } = input.conf(dkim)
  const authors = authorDomains(input)
  if (facts.signatures.some((one) => one.result === 'temperror' && authors.includes(signer(one))))
    return false
  const fits = authors.some((domain) => {
    if (!/.\.[a-z-]{2,}$/.test(domain) || valid(input).some((one) => signer(one) === domain)) return false
    const labels = domain.split('.')
    const keys = [domain, ...labels.map((_, index) => ['*', ...labels.slice(index + 1)].join('.'))]
    const letter = keys.map((key) => adsp.get(key)).find((one) => one !== undefined)
    return letter !== undefined && letters.includes(letter)
  })
  return fits && (wanted.length === 0 || authors.some((domain) => isAmong(domain, wanted)))
}

function isWelcome(input: EvalInput, which: 'welcome' | 'defaults', authList: string): boolean {
  const sound = valid(input)
  if (sound.length === 0) return false
  return input.all('From:addr').some((address) => {
    const key = lower(address)
    const own = domainOf(address)
    if (isIn(input, authList, key) && sound.some((one) => signer(one) === own)) return true
    return [...input.conf(dkim)[which].values()]
      .filter(({ regex }) => regex.test(key))
      .flatMap(({ bounds }) => bounds)
      .some((bound) => sound.some((one) => meets(signer(one), bound, own)))
  })
}

/** `''` is the author's own domain; `*.x` and `.x` are domains below x, not x itself. */
function meets(name: string, bound: string, own: string): boolean {
  if (bound === '') return name === own
  const domain = bound.slice(bound.lastIndexOf('@') + 1)
  const below = /^\*?\.(.*)$/s.exec(domain)?.[1]
  return below === undefined ? name === domain : name.endsWith(`.${below}`)
}
