/**
 * The interface between the rule engine and the eval functions of SpamAssassin's plugins (`header X eval:name(args)`).
 * A plugin is a table: the directives it adds to the language, the functions rules may call, and the lookups these
 * need from outside. Functions are pure: what the network knows is asked before the rules run and stands in `answers`.
 */
import type { AuthFacts } from '../auth/facts.ts'
import type { Domains } from '../mail/domain.ts'
import type { Message, Octets } from '../mail/message.ts'
import type { Relays } from '../mail/received.ts'
import type { Uri } from '../mail/uri.ts'
import type { Answer } from '../net/dns.ts'

/** What the SMTP session knows of the mail; '' and null where unknown (a file judged by hand). */
export interface EnvelopeFacts {
  readonly clientAddress: string | null
  readonly clientName: string
  readonly helo: string
  readonly sender: string | null
  readonly recipients: readonly string[]
  readonly user: string | null
}

/** A question for the DNS, asked outside before rules run. `key` = `${type}:${name}` in lower case. */
export interface Lookup {
  readonly type: 'a' | 'aaaa' | 'mx' | 'txt' | 'ns' | 'ptr'
  readonly name: string
}
export type Answers = ReadonlyMap<string, Answer<string>>

/** A rule that calls an eval function: its name, its arguments and its tflags words. */
export interface EvalRule {
  readonly name: string
  readonly kind: EvalKind
  readonly args: readonly string[]
  readonly tflags: readonly string[]
}

export interface EvalInput {
  readonly message: Message
  readonly envelope: EnvelopeFacts
  readonly relays: Relays
  /** SpamAssassin's get(): 'From:addr', 'ALL', 'ToCc', 'X-Spam-Relays-Untrusted', 'EnvelopeFrom'…; undefined if absent. */
  get(spec: string): Octets | undefined
  /** get() where Perl asks for a list: one entry a header, or an address with :addr; [] if absent. */
  all(spec: string): readonly Octets[]
  /** State that a plugin's directives built, frozen after loading. */
  conf<T>(plugin: EvalPlugin<T>): T
  readonly domains: Domains
  /** The message's URIs under this rule set's redirectors and domains. */
  uris(): readonly Uri[]
  /** Is this address in trusted_networks? */
  trusts(address: string): boolean
  /** Values of a core setting that no plugin owns (ok_locales, originating_ip_headers, num_check_received…), as words; [] if unset. */
  setting(name: string): readonly string[]
  /** Values of a template tag (_NAME_) that the engine knows, captures of rules included; [] if unset. */
  tag(name: string): readonly string[]
  /** A Perl pattern (bare, or with delimiters and flags) in JavaScript's form, kept between calls; undefined if it is none. */
  regex(pattern: string): RegExp | undefined
  /** The rules with a score that call this function; check_rbl_sub finds its list by them. */
  rulesOf(evalFunction: string): readonly EvalRule[]
  /** Spam probability from the classifier, 0 to 1; absent where it has none. */
  readonly bayes?: number
  /** What the authentication layer found; absent where nobody asked (SPF, DKIM and DMARC rules then stay silent). */
  readonly auth?: AuthFacts
  /** A rule or check that has already hit, by name. */
  hasHit(name: string): boolean
  readonly answers: Answers
  /** Milliseconds since the epoch. */
  readonly now: number
  /** True when nothing outside may be asked. */
  readonly local: boolean
  /** Lets a function report a hit under another name (SpamAssassin's got_hit) or add evidence to its own rule. */
  readonly report: (name: string, detail: string) => void
  /** Keeps what a named group of a pattern caught, as the tag of that name. */
  readonly capture?: (name: string, value: Octets) => void
  /** A place for what several functions of one message share (computed once per message and plugin). */
  memo<T>(key: object, make: () => T): T
}

/** Which text the rule was declared over: header, body, rawbody, full... */
export type EvalKind = 'header' | 'body' | 'rawbody' | 'full' | 'meta'

/** Arguments are already parsed: quotes removed, numbers left as text. A number result above 1 counts as that many hits. */
export type EvalFunction = (input: EvalInput, args: readonly string[], rule: EvalRule) => boolean | number

/** Applies one directive line's value to the plugin's state; returns an error text for a value it cannot take. */
export type Directive<T> = (state: T, value: string) => string | undefined

/** The same for a directive of a family: `word` is the end of its name. */
export type FamilyDirective<T> = (state: T, word: string, value: string) => string | undefined

export interface EvalPlugin<T = unknown> {
  /** Mail::SpamAssassin::Plugin:: name, as `ifplugin` and `loadplugin` write it. */
  readonly name: string
  /** A fresh state with SpamAssassin's defaults. */
  readonly initial: () => T
  readonly directives: Readonly<Record<string, Directive<T>>>
  /** Directives whose name ends in a word of the admin's own (hashbl_acl_NAME), by what the name begins with. */
  readonly families?: Readonly<Record<string, FamilyDirective<T>>>
  readonly functions: Readonly<Record<string, EvalFunction>>
  /** Network questions of one rule for one message; absent for local functions. */
  readonly lookups?: Readonly<
    Record<string, (input: EvalInput, args: readonly string[], rule: EvalRule) => readonly Lookup[]>
  >
  /**
   * Directives that define a rule of their own, and the function that judges it with the rule's name as only argument:
   * `askdns NAME …` runs the directive `askdns` (value from NAME on), then adds a header rule NAME.
   */
  readonly rules?: Readonly<Record<string, string>>
  /** What SpamAssassin prints of the plugin's work with -D, for those who look for a rule's reason; lines without `dbg:`. */
  readonly trace?: (input: EvalInput) => readonly string[]
  /** Feature words for `if can(...)`: full names such as Mail::SpamAssassin::Plugin::URIDNSBL::has_tldlists. */
  readonly can?: readonly string[]
  /** Feature words that only `if has(...)` knows: they are there, and their answer is no. */
  readonly has?: readonly string[]
}
