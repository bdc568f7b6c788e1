/**
 * Verdict -> what the MTA is told: the reply, and the edits of the mail. Pure. Forged headers of ours go first, in
 * descending order of their index, because MTAs differ in whether a removal renumbers the headers behind it.
 */
import type { AuthFacts } from '../auth/facts.ts'
import { authenticationResults, claimsAuthservId } from '../auth/results.ts'
import type { Config } from '../config/schema.ts'
import type { Markup } from '../scan/job.ts'
import type { Edit, MessageReply, RawHeader } from '../milter/handler.ts'
import { mailAddress } from '../milter/mail-address.ts'
import { isForgiven, isSpam, verdictHeaders } from './headers.ts'
import { markupHeaders, subjectMark } from './markup.ts'
import { cleanText } from '../plain-text.ts'
import type { Verdict } from './verdict.ts'

export interface AnswerInput {
  readonly headers: readonly RawHeader[]
  readonly recipients: readonly string[]
  readonly auth: AuthFacts
  readonly descriptions: ReadonlyMap<string, string>
  /** What rule files want written into the mail. */
  readonly markup?: Markup | undefined
  /** Edits that checks asked for. */
  readonly edits: readonly Edit[]
  /** Host name of the MTA, for Authentication-Results when the configuration names none. */
  readonly hostname: string
  readonly reference: string
}

export function answer(verdict: Verdict, input: AnswerInput, config: Config): MessageReply {
  switch (verdict.kind) {
    case 'reject':
    case 'defer':
      return { reply: { kind: 'refuse', reply: verdict.reply }, edits: [] }
    case 'discard':
      return { reply: { kind: 'discard' }, edits: [] }
    case 'quarantine': {
      const reason = cleanText(`Hamlet: ${verdict.why} (ref ${input.reference})`, 95)
      const edits: readonly Edit[] = [...mailEdits(verdict, input, config), { kind: 'quarantine', reason }]
      return { reply: { kind: 'accept' }, edits }
    }
    case 'redirect':
      return {
        reply: { kind: 'accept' },
        edits: [...mailEdits(verdict, input, config), ...redirection(verdict.to, input)],
      }
    case 'deliver':
    case 'tag':
      return { reply: { kind: 'accept' }, edits: mailEdits(verdict, input, config) }
  }
}

function mailEdits(verdict: Verdict, input: AnswerInput, config: Config): readonly Edit[] {
  const authservId = config.answer.authserv_id || input.hostname
  const { markup } = input
  // held mail gets nothing that would stay on it after its release; mail of an allowed sender no mark of its score
  const asked =
    markup === undefined || verdict.kind === 'quarantine'
      ? []
      : markupHeaders(markup, verdict, input).filter(
          ({ name }) => !isForgiven(verdict) || !/^x-spam-(?:flag|level)$/i.test(name),
        )
  const own = verdictHeaders(verdict, input.descriptions, config, input.reference)
  const added = [...own, ...asked].map(({ name, value }) => ({ name, value: ` ${value}` }))
  if (config.answer.authentication_results)
    added.unshift({
      name: 'Authentication-Results',
      value: ` ${authenticationResults(authservId, input.auth)}`,
    })
  if (verdict.kind === 'tag' && verdict.junk)
    added.unshift({ name: 'X-Spam-Folder', value: ` ${config.actions.junk_folder}` })
  // mail that is held back keeps its attachments: whoever looks at it wants the original
  const changes = verdict.kind === 'deliver' || verdict.kind === 'tag' ? input.edits : []
  const copyTo = verdict.kind === 'tag' ? config.actions.copy_tagged_to : ''
  // every header is put at the very top, so the last one comes to stand first
  const inserts = added
    .toReversed()
    .map(({ name, value }): Edit => ({ kind: 'insertHeader', index: 0, name, value }))
  return [
    ...(config.answer.remove_foreign ? removals(input.headers, authservId) : []),
    ...subjectEdit(input.headers, subjectPrefix(verdict, input, config)),
    ...changes.filter(({ kind }) => kind !== 'replaceBody'),
    ...inserts,
    ...(copyTo === '' ? [] : [{ kind: 'addRecipient', address: mailAddress(copyTo) } as const]),
    // never between other edits: Postfix takes the body in one run
    ...changes.filter(({ kind }) => kind === 'replaceBody'),
  ]
}

/** Verdict headers that were in the mail before it came to us, and results in our own name (RFC 8601, section 5). */
export function removals(headers: readonly RawHeader[], authservId: string): readonly Edit[] {
  const seen = new Map<string, number>()
  const found: Edit[] = []
  for (const { name, value } of headers) {
    const key = name.toLowerCase()
    const nth = (seen.get(key) ?? 0) + 1
    seen.set(key, nth)
    if (
      key.startsWith('x-spam-') ||
      (key === 'authentication-results' && claimsAuthservId(value, authservId))
    )
      found.push({ kind: 'removeHeader', nth, name })
  }
  return found.toReversed()
}

/** The configuration's, else what rule files want there. */
function subjectPrefix(verdict: Verdict, input: AnswerInput, config: Config): string {
  // it would stay there after the mail is released
  if (verdict.kind === 'quarantine') return ''
  const own = isSpam(verdict) ? config.answer.subject_prefix : ''
  return own === '' && input.markup !== undefined ? subjectMark(input.markup, verdict, input) : own
}

function subjectEdit(headers: readonly RawHeader[], prefix: string): readonly Edit[] {
  if (prefix === '') return []
  const subject = headers.find(({ name }) => name.toLowerCase() === 'subject')
  if (subject === undefined) return [{ kind: 'addHeader', name: 'Subject', value: ` ${prefix.trim()}` }]
  const value = subject.value.trimStart()
  if (value.startsWith(prefix.trim())) return []
  return [{ kind: 'changeHeader', nth: 1, name: subject.name, value: ` ${prefix}${value}` }]
}

function redirection(to: string, { recipients }: AnswerInput): readonly Edit[] {
  return [
    // each goes to the top, so the last one comes to stand first
    ...recipients.toReversed().map((address): Edit => ({
      kind: 'insertHeader',
      index: 0,
      name: 'X-Spam-Original-Recipient',
      value: ` ${cleanText(address, 320)}`,
    })),
    ...recipients.map((address): Edit => ({ kind: 'removeRecipient', address: mailAddress(address) })),
    { kind: 'addRecipient', address: mailAddress(to) },
  ]
}
