/** What the administrator chose to do about a finding, made into a result: log, score, defer or reject. */
import type { SmtpReply } from '../milter/handler.ts'
import type { CheckResult, Hit, Session } from './check.ts'

export type Choice = 'log' | 'score' | 'defer' | 'reject'

/** What the client is told; the codes are fixed by the choice unless a check knows better ones. */
export interface Words {
  readonly text: string
  /** Class and subject of the enhanced code after the first digit, such as `7.1`. */
  readonly enhanced?: string
}

/** 451 4.x.x for `defer`, 550 5.x.x for `reject`. */
export function refusal(choice: 'defer' | 'reject', { text, enhanced = '7.1' }: Words): SmtpReply {
  return choice === 'defer'
    ? { code: 451, enhanced: `4.${enhanced}`, text }
    : { code: 550, enhanced: `5.${enhanced}`, text }
}

/** `log` counts for nothing whatever the rules say; `score` is worth what the rules (or the hit itself) say. */
export function choose(choice: Choice, hit: Hit, words: Words): CheckResult {
  if (choice === 'log') return { kind: 'hits', hits: [{ ...hit, score: 0 }] }
  if (choice === 'score') return { kind: 'hits', hits: [hit] }
  return { kind: 'refuse', hit, reply: refusal(choice, words) }
}

/** One finding with the choice that goes with it. */
export interface Finding {
  readonly choice: Choice
  readonly hit: Hit
  readonly words: Words
}

/** Several findings of one check: the strongest refusal if there is any, else all hits. */
export function chooseAll(findings: readonly Finding[]): CheckResult {
  const strongest =
    findings.find(({ choice }) => choice === 'reject') ?? findings.find(({ choice }) => choice === 'defer')
  if (strongest) return choose(strongest.choice, strongest.hit, strongest.words)
  return {
    kind: 'hits',
    hits: findings.map(({ choice, hit }) => (choice === 'log' ? { ...hit, score: 0 } : hit)),
  }
}

/** Why nothing is asked about this client: it has no address, or it is in an exempt group; null when it is to be asked. */
export function whyNotAsked(
  { client, groups }: Pick<Session, 'client' | 'groups'>,
  exempt: readonly string[],
): string | null {
  if (client.address === null) return 'the client has no address'
  const group = exempt.find((name) => groups.has(name))
  return group === undefined ? null : `the client is in the group ${group}`
}

/** Whether the client is in one of the groups that a check leaves alone. */
export function isExempt({ groups }: Pick<Session, 'groups'>, exempt: readonly string[]): boolean {
  return exempt.some((name) => groups.has(name))
}
