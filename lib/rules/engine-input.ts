/** What eval functions are given: the view of the message, the rule set, and a way to report. */
import type { AuthFacts } from '../auth/facts.ts'
import type { Domains } from '../mail/domain.ts'
import type { Message, Octets } from '../mail/message.ts'
import type { Relays } from '../mail/received.ts'
import type { Uri } from '../mail/uri.ts'
import type { Answers, EnvelopeFacts, EvalInput, EvalPlugin, EvalRule } from './eval.ts'
import type { Program } from './program.ts'
import type { MessageView } from './view.ts'

export interface EngineFacts {
  readonly answers: Answers
  readonly now: number
  readonly local: boolean
  readonly bayes?: number
  readonly auth?: AuthFacts
}

/** What only the running pass knows. */
export interface EngineHooks {
  hasHit(name: string): boolean
  report(name: string, detail: string): void
  tag(name: string): readonly string[]
  capture(name: string, value: string): void
}

export class EngineInput implements EvalInput {
  readonly message: Message
  readonly envelope: EnvelopeFacts
  readonly relays: Relays
  readonly domains: Domains
  readonly answers: Answers
  readonly now: number
  readonly local: boolean
  readonly bayes?: number
  readonly auth?: AuthFacts
  readonly #program: Program
  readonly #view: MessageView
  readonly #hooks: EngineHooks
  readonly #notes = new Map<object, unknown>()
  #rule = ''

  constructor(program: Program, view: MessageView, facts: EngineFacts, hooks: EngineHooks) {
    this.message = view.message
    this.envelope = view.envelope
    this.relays = view.relays
    this.domains = program.domains
    this.answers = facts.answers
    this.now = facts.now
    this.local = facts.local
    if (facts.bayes !== undefined) this.bayes = facts.bayes
    if (facts.auth !== undefined) this.auth = facts.auth
    this.#program = program
    this.#view = view
    this.#hooks = hooks
  }

  /** The same input, for a rule that is about to run. */
  forRule(name: string): this {
    this.#rule = name
    return this
  }

  get(spec: string): Octets | undefined {
    return this.#view.headers.get(spec)
  }

  all(spec: string): readonly Octets[] {
    return this.#view.headers.all(spec)
  }

  conf<T>(plugin: EvalPlugin<T>): T {
    return this.#program.set.states.conf(plugin)
  }

  uris(): readonly Uri[] {
    return this.#view.uris()
  }

  trusts(address: string): boolean {
    return this.#program.trusts(address)
  }

  setting(name: string): readonly string[] {
    const { settings } = this.#program.set
    switch (name) {
      case 'trusted_networks':
        return settings.trustedNetworks ?? []
      case 'internal_networks':
        return settings.internalNetworks ?? []
      case 'msa_networks':
        return settings.msaNetworks ?? []
      case 'originating_ip_headers':
        return settings.originatingIpHeaders
      case 'redirector_pattern':
        return settings.redirectors
      default:
        return settings.words.get(name) ?? []
    }
  }

  tag(name: string): readonly string[] {
    return this.#hooks.tag(name)
  }

  regex(pattern: string): RegExp | undefined {
    return this.#program.regex(pattern)
  }

  rulesOf(evalFunction: string): readonly EvalRule[] {
    return this.#program.evalRules.get(evalFunction) ?? []
  }

  hasHit(name: string): boolean {
    return name !== this.#rule && this.#hooks.hasHit(name)
  }

  readonly report = (name: string, detail: string): void => {
    this.#hooks.report(name, detail)
  }

  readonly capture = (name: string, value: Octets): void => {
    this.#hooks.capture(name, value)
  }

  /** Kept for one pass only: what is worked out may depend on answers that came in between passes. */
  memo<T>(key: object, make: () => T): T {
    if (!this.#notes.has(key)) this.#notes.set(key, make())
    return this.#notes.get(key) as T
  }
}
