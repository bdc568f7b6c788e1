/**
 * SPF (RFC 7208) by mailauth in its strict mode, behind guards: our own resolver with its deadlines and cache, a limit
 * on the whole evaluation, inputs of sane length, and HELO and MAIL FROM asked one by one, because mailauth by itself
 * looks at HELO for the null sender only.
 */
import { spf } from 'mailauth/lib/spf/index.js'
import type { Answer, Dns } from '../net/dns.ts'
import { toCharacters } from '../octet-text.ts'
import { isHostName } from '../net/name.ts'
import type { SpfFact, SpfResult } from './facts.ts'
import { standIns, type StandIns } from './spf-names.ts'

export interface SpfQuestion {
  readonly ip: string
  /** HELO name as the client gave it; octets. */
  readonly helo: string
  /** MAIL FROM address without brackets, '' for the null sender; octets of UTF-8. */
  readonly sender: string
  /** Our own name, for explanations and macros. */
  readonly hostname: string
}

export interface SpfOptions {
  /** Milliseconds the evaluation of one identity may take (RFC 7208 section 4.6.4); temperror afterwards. */
  readonly timeLimit: number
  readonly signal?: AbortSignal
}

export interface SpfAnswer {
  readonly fact: SpfFact
  /** Value of a Received-SPF header (RFC 7208 section 9.1). */
  readonly received: string
  /** What the domain's owner wants a refused sender to read; third-party text. */
  readonly explanation: string | null
}

/** Names and addresses beyond what RFC 5321 section 4.5.3.1 allows cannot have a policy. */
const LONGEST_SENDER = 320
const LONGEST_NAME = 255

const RESULTS: ReadonlySet<string> = new Set([
  'pass',
  'fail',
  'softfail',
  'neutral',
  'none',
  'temperror',
  'permerror',
])

/** The policy of the MAIL FROM domain; null for the null sender, for which only HELO can be asked. */
export async function checkMailFrom(
  question: SpfQuestion,
  dns: Dns,
  options: SpfOptions,
): Promise<SpfAnswer | null> {
  if (question.sender === '') return null
  const sender = toCharacters(question.sender).replace(/\.$/, '')
  const domain = sender.slice(sender.lastIndexOf('@') + 1).toLowerCase()
  if (sender.length > LONGEST_SENDER)
    return nothing('mailfrom', domain.slice(0, LONGEST_NAME), 'address too long')
  return ask('mailfrom', sender, question, dns, options)
}

/** The policy of the HELO name; null when it is no host name (an address literal, a bare word), which has none. */
export async function checkHelo(
  question: SpfQuestion,
  dns: Dns,
  options: SpfOptions,
): Promise<SpfAnswer | null> {
  const helo = question.helo.replace(/\.$/, '').toLowerCase()
  if (helo.length > LONGEST_NAME || !isHostName(helo)) return null
  return ask('helo', '', { ...question, helo }, dns, options)
}

async function ask(
  identity: SpfFact['identity'],
  sender: string,
  { ip, helo, hostname }: SpfQuestion,
  dns: Dns,
  { timeLimit, signal }: SpfOptions,
): Promise<SpfAnswer> {
  const at = sender.lastIndexOf('@')
  const heloName = toCharacters(helo).replace(/\.$/, '').slice(0, LONGEST_NAME)
  const names = standIns(identity === 'helo' ? heloName : sender.slice(at + 1), [sender, heloName, hostname])
  const result = await spf({
    ip,
    helo: identity === 'helo' ? names.domain : heloName,
    sender: identity === 'helo' ? '' : `${sender.slice(0, at + 1)}${names.domain}`,
    mta: hostname,
    strict: true,
    maxElapsedTime: timeLimit,
    resolver: spfResolver(dns, names, signal),
  })
  const comment = names.text(result.status.comment ?? '').replace(`${hostname}: `, '')
  const fact: SpfFact = {
    result: RESULTS.has(result.status.result) ? (result.status.result as SpfResult) : 'permerror',
    identity,
    domain: names.real(result.domain.toLowerCase()),
    value: identity === 'helo' ? helo : sender,
    ...(comment === '' ? {} : { comment }),
  }
  return {
    fact,
    received: names.text(result.header ?? '').replace(/^received-spf:\s*/i, ''),
    explanation: result.explanation === undefined ? null : names.text(result.explanation),
  }
}

function nothing(identity: SpfFact['identity'], domain: string, comment: string): SpfAnswer {
  return {
    fact: { result: 'none', identity, domain, value: domain, comment },
    received: '',
    explanation: null,
  }
}

/** mailauth's way to ask: node's record shapes, and node's error codes for what there is not and what nobody knows. */
function spfResolver(dns: Dns, names: StandIns, signal?: AbortSignal) {
  return async (name: string, type: string): Promise<string[]> => {
    // mailauth's type says string[]; what it expects is what node's resolver gives for the record type.
    const asked = names.real(name.replace(/\.$/, ''))
    const answer = await records(dns, asked, type.toUpperCase(), signal)
    return (
      type.toUpperCase() === 'PTR' ? answer.map((one) => names.standIn(String(one))) : answer
    ) as string[]
  }
}

async function records(
  dns: Dns,
  name: string,
  type: string,
  signal?: AbortSignal,
): Promise<readonly unknown[]> {
  switch (type) {
    case 'A':
      return found(await dns.a(name, signal))
    case 'AAAA':
      return found(await dns.aaaa(name, signal))
    case 'MX':
      return found(await dns.mx(name, signal)).map((record) => ({ ...record }))
    case 'TXT':
      return found(await dns.txt(name, signal)).map((text) => [text])
    case 'PTR':
      return found(await dns.ptr(addressOf(name), signal))
    default:
      throw codedError('ENODATA', `no record type ${type}`)
  }
}

function found<T>(answer: Answer<T>): T[] {
  if (answer.kind === 'found') return [...answer.records]
  if (answer.kind === 'absent') throw codedError('ENOTFOUND', 'no such record')
  throw codedError('ETIMEOUT', answer.reason)
}

/** The address whose PTR name this is; what is none is given back and found by nobody. */
function addressOf(name: string): string {
  const four = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/i.exec(name)
  if (four) return four.slice(1).reverse().join('.')
  const six = /^((?:[\da-f]\.){32})ip6\.arpa$/i.exec(name)
  if (!six) return name
  const nibbles = six[1]!.split('.').reverse().join('')
  return nibbles.match(/.{4}/g)!.join(':')
}

function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
