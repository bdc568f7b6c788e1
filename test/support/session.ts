/** Sessions, inputs and contexts for tests of single checks. */
import type { CheckResult, Context, RecipientInput, Session } from '../../lib/checks/check.ts'
import type { Config } from '../../lib/config/schema.ts'
import { openGroups } from '../../lib/net/groups.ts'
import { openState } from '../../lib/store/state.ts'
import type { Store } from '../../lib/store/store.ts'
import { testConfig } from './engine.ts'
import { zoneDns, type Zone, type ZoneDns } from './zone-dns.ts'

export const NOON = Date.UTC(2026, 10, 21, 12)

export interface SessionOptions {
  readonly id?: string
  readonly address?: string | null
  readonly hostname?: string
  readonly port?: number
  readonly macros?: Readonly<Record<string, string>>
  readonly groups?: readonly string[]
  readonly trusted?: boolean
  readonly helo?: string
  readonly sender?: string
  readonly parameters?: readonly string[]
  readonly user?: string | null
  readonly recipient?: string
  readonly recipients?: readonly string[]
}

/** A session at a recipient, which is also an input of every earlier stage; the private group follows the address. */
export function recipientInput(options: SessionOptions = {}): RecipientInput {
  const address = options.address === undefined ? '192.0.2.1' : options.address
  const session: Session = {
    id: options.id ?? 's1',
    startedAt: NOON,
    client: { address, hostname: options.hostname ?? 'unknown', port: options.port ?? 40_000 },
    macros: new Map(Object.entries({ j: 'mail.example.test', ...options.macros })),
    groups: new Set([...openGroups({}).of(address), ...(options.groups ?? [])]),
    trusted: options.trusted ?? false,
  }
  const path = (text: string) => ({ address: text, parameters: [] })
  return {
    ...session,
    helo: options.helo ?? 'client.example',
    sender: { address: options.sender ?? 'sender@sender.example', parameters: options.parameters ?? [] },
    user: options.user ?? null,
    recipient: path(options.recipient ?? 'user@example.test'),
    recipients: (options.recipients ?? []).map(path),
  }
}

export interface TestContext extends Context {
  readonly dns: ZoneDns
  readonly store: Store
  readonly results: Map<string, CheckResult>
  readonly alerts: readonly string[]
  /** Lets time pass. */
  pass(milliseconds: number): void
}

/** A context over a table of names, a store in memory and a clock that stands still until told otherwise. */
export function testContext(options: { config?: string; zone?: Zone; directory?: string } = {}): TestContext {
  let now = NOON
  const alerts: string[] = []
  const config: Config = testConfig(options.config ?? '')
  const bayes = {} as Store['bayes']
  return {
    config,
    dns: zoneDns(options.zone ?? {}),
    store: { ...openState(options.directory ?? ':memory:'), bayes },
    now: () => now,
    signal: new AbortController().signal,
    results: new Map(),
    scores: new Map(),
    alert: (text) => void alerts.push(text),
    alerts,
    pass: (milliseconds) => void (now += milliseconds),
  }
}

/** Names of the hits of a result, or `refuse 451 4.7.1 NAME`, or `unavailable`: what tables compare. */
export function summary(result: CheckResult): string {
  if (result.kind === 'refuse')
    return `refuse ${result.reply.code} ${result.reply.enhanced} ${result.hit.name}`
  const names = (result.hits ?? []).map(({ name, score }) =>
    score === undefined ? name : `${name}=${score}`,
  )
  return [...(result.kind === 'unavailable' ? ['unavailable'] : []), ...names].join(' ')
}
