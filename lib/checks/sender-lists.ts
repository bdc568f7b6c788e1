/**
 * Allowed and blocked senders. An entry of the allow list holds only for mail that proves to be from that sender, so
 * that a forger gains nothing by a listed address; a listed address without its proof is reported. Between an allow and
 * a block entry the one that names the sender more closely counts, and of equals the one that allows.
 */
import type { AuthFacts } from '../auth/facts.ts'
import type { Config } from '../config/schema.ts'
import type { ListedSender } from '../store/sender-list-store.ts'
import { fromAddresses } from './author.ts'
import type { Check, CheckResult, Context, Hit, MessageInput } from './check.ts'
import type { Demand } from './demand.ts'
import { authFacts } from './facts.ts'
import { isFor, keysOf, parseProof, parseSender, proves } from '../auth/sender-entry.ts'

type Entry = Pick<ListedSender, 'kind' | 'sender' | 'recipient' | 'proof' | 'note'> & {
  readonly stored: boolean
}

export const senderLists: Check<'message'> = {
  name: 'sender_lists',
  stage: 'message',
  after: ['dkim'],
  enabled: () => true,
  run: async (input, context) => listedSender(input, context),
}

/** Needs nothing of the mail but its header and envelope: it holds for mail that could not be judged as well. */
export function listedSender(
  input: Omit<MessageInput, 'message' | 'head'>,
  { config, store, now, results }: Pick<Context, 'config' | 'store' | 'now' | 'results'>,
): CheckResult {
  const authors = fromAddresses(input.headers)
  const senders = sendersOf(input, authors)
  const keys = [...new Set(senders.flatMap(keysOf))]
  const stored = store.senderLists.find(keys, now()).map((entry): Entry => ({ ...entry, stored: true }))
  const entries = [...configured(config.senders), ...stored]
  const situation = {
    author: authors.length === 1 ? (authors[0] ?? null) : null,
    senders,
    recipients: input.recipients.map(({ address }) => address),
    auth: authFacts(results, input.user),
    groups: input.groups,
    address: input.client.address,
  }
  const { result, used } = judge(entries, situation, config.senders)
  // a mail in a file is only looked at
  if (used?.stored === true && input.queueId !== '') noteUse(() => store.senderLists.used(used, now()))
  return result
}

/** A note that cannot be written (a locked database) must not cost the verdict. */
function noteUse(write: () => void): void {
  try {
    write()
  } catch {
    // it will be used again
  }
}

/** Authors first, then the envelope. */
function sendersOf(input: Pick<MessageInput, 'sender'>, authors: readonly string[]): readonly string[] {
  const envelope = input.sender.address.toLowerCase()
  return [...new Set([...authors.slice(0, 5), ...(envelope === '' ? [] : [envelope])])]
}

function configured({ allow, block }: Config['senders']): readonly Entry[] {
  const entry = (kind: 'allow' | 'block', sender: string, proof: string, recipients: readonly string[]) =>
    (recipients.length === 0 ? [''] : recipients).map((recipient): Entry => ({
      kind,
      sender: parseSender(sender) ?? sender,
      recipient: recipient.toLowerCase(),
      proof,
      note: '',
      stored: false,
    }))
  return [
    ...allow.flatMap((one) => entry('allow', one.sender, one.proof, one.for)),
    ...block.flatMap((one) => entry('block', one.sender, '', one.for)),
  ]
}

export interface Situation {
  /** The one author; null when From names none or several: then no reader knows whose mail it is. */
  readonly author: string | null
  /** The authors, and then the envelope sender; lower case. */
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  readonly auth: Pick<AuthFacts, 'spf' | 'dkim'>
  readonly groups: ReadonlySet<string>
  /** The client's address. */
  readonly address?: string | null
}

interface Match {
  readonly entry: Entry
  readonly sender: string
  /** Larger is closer: an address before domains, longer domains before shorter ones. */
  readonly closeness: number
}

export function judge(
  entries: readonly Entry[],
  situation: Situation,
  { block_action: action, block_text: text }: Pick<Config['senders'], 'block_action' | 'block_text'>,
): { readonly result: CheckResult; readonly used: Entry | null } {
  const matches = entries
    .flatMap((entry) => matchOf(entry, situation))
    .toSorted((a, b) => b.closeness - a.closeness)
  const allowed = matches
    .filter(({ entry }) => entry.kind === 'allow')
    .map((match) => ({ match, proof: proofOf(match, situation) }))
  const proven = allowed.find(({ proof }) => proof !== null)
  const blocked = matches.find(({ entry }) => entry.kind === 'block')
  const hits: Hit[] = []
  const broken = allowed.find(({ proof }) => proof === null)
  if (broken !== undefined && proven === undefined)
    hits.push({
      name: 'SENDER_UNPROVEN',
      detail: `${broken.match.sender} is allowed ${condition(broken.match.entry)}`,
    })
  if (proven !== undefined && (blocked === undefined || proven.match.closeness >= blocked.closeness)) {
    const { entry, sender } = proven.match
    const demand: Demand = { action: 'accept', source: 'allow-list', hit: 'SENDER_ALLOWED' }
    hits.push({ name: 'SENDER_ALLOWED', detail: `${sender} by ${entry.sender}, proven ${proven.proof}` })
    return { result: { kind: 'hits', hits, demands: [demand] }, used: entry }
  }
  if (blocked === undefined) return { result: { kind: 'hits', hits }, used: null }
  hits.push({ name: 'SENDER_BLOCKED', detail: `${blocked.sender} by ${blocked.entry.sender}` })
  const demand: Demand = { action, source: 'block-list', hit: 'SENDER_BLOCKED', text }
  return { result: { kind: 'hits', hits, demands: [demand] }, used: blocked.entry }
}

const condition = ({ proof }: Entry): string =>
  proof === 'aligned' ? 'when SPF or DKIM of its own domain passes' : `when ${proof} proves it`

/** Allow entries ask for the author, and that there is one only: the reader sees the author, not the envelope. */
function matchOf(entry: Entry, { author, senders, recipients }: Situation): readonly Match[] {
  const forAll = entry.recipient === '' || recipients.every((one) => isFor(entry.recipient, one))
  const forOne = entry.recipient === '' || recipients.some((one) => isFor(entry.recipient, one))
  if (entry.kind === 'allow' ? !forAll : !forOne) return []
  const candidates = entry.kind === 'allow' ? (author === null ? [] : [author]) : senders
  return candidates.flatMap((sender) => {
    const index = keysOf(sender).indexOf(entry.sender)
    return index < 0
      ? []
      : [{ entry, sender, closeness: entry.sender.startsWith('@') ? entry.sender.length : 1000 }]
  })
}

function proofOf({ entry, sender }: Match, { auth, groups, address = null }: Situation): string | null {
  const proof = parseProof(entry.proof)
  return proof === null ? null : proves(proof, sender, auth, { address, groups })
}
