/**
 * Domains of links in DNS lists of bad domains (DBL, SURBL, URIBL). A list that answers with an error code, or not at
 * all, makes the check unavailable for that list; it is never read as "not listed".
 */
import { isSubdomain } from '../auth/domains.ts'
import type { Config } from '../config/schema.ts'
import { parseListCode } from '../links/list-code.ts'
import { errorMeaning, isErrorCode } from '../net/dns-list.ts'
import type { Answer, Dns } from '../net/dns.ts'
import type { Message } from '../mail/message.ts'
import type { Check, CheckResult, Hit } from './check.ts'
import { within } from './weigh.ts'

type List = Config['links']['lists'][number]

/** Addresses of hosts are asked for few: each costs two more questions. */
const MOST_ADDRESSES = 10

export const linkLists: Check<'message'> = {
  name: 'link_lists',
  stage: 'message',
  enabled: ({ links }) => links.check !== 'off' && links.lists.length > 0,
  async run(input, { config, dns, signal }) {
    const { lists, ignore, most_lookups: most, timeout } = config.links
    const names = namesOf(input.head, ignore, most)
    if (names.hosts.length === 0) return { kind: 'hits', hits: [] }
    const limit = within(signal, timeout)
    const answers = await Promise.all(lists.map((list) => askList(list, names, dns, limit)))
    return judge(lists, answers)
  },
}

export interface Names {
  readonly hosts: readonly string[]
  readonly domains: readonly string[]
}

/** Hosts and registered domains of all links, without the ignored ones, in order of appearance. */
function namesOf(message: Message, ignore: readonly string[], most: number): Names {
  const hosts = new Set<string>()
  const domains = new Set<string>()
  for (const uri of message.uris().slice(0, 500))
    for (const [host, domain] of uri.hosts) {
      const name = domain || host
      if (name.length > 200 || ignore.some((one) => isSubdomain(host, one))) continue
      if (domains.size < most) domains.add(name.toLowerCase())
      if (hosts.size < most) hosts.add(host.toLowerCase())
    }
  return { hosts: [...hosts], domains: [...domains] }
}

/** What one list said of one name. */
export interface ListAnswer {
  readonly subject: string
  readonly answer: Answer<string>
}

async function askList(
  list: List,
  names: Names,
  dns: Dns,
  signal: AbortSignal,
): Promise<readonly ListAnswer[]> {
  const zone = list.zone.replaceAll('{key}', list.key ?? '')
  const ask = async (subject: string, question: string): Promise<ListAnswer> => ({
    subject,
    answer: await dns.a(`${question}.${zone}`, signal),
  })
  if (list.of === 'address') {
    const found = await Promise.all(
      names.hosts.slice(0, MOST_ADDRESSES).map((host) => addressesOf(host, dns, signal)),
    )
    return Promise.all(
      found
        .flat()
        .slice(0, MOST_ADDRESSES * 2)
        .map(({ host, address }) => ask(`${host} (${address})`, backwards(address))),
    )
  }
  const subjects = list.of === 'host' ? names.hosts : names.domains
  return Promise.all(subjects.map((name) => ask(name, isAddress(name) ? backwards(name) : name)))
}

const isAddress = (name: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(name)
const backwards = (address: string): string => address.split('.').reverse().join('.')

async function addressesOf(host: string, dns: Dns, signal: AbortSignal) {
  if (isAddress(host)) return [{ host, address: host }]
  const answer = await dns.a(host, signal)
  return answer.kind === 'found' ? answer.records.slice(0, 2).map((address) => ({ host, address })) : []
}

export function judge(lists: readonly List[], answers: readonly (readonly ListAnswer[])[]): CheckResult {
  const hits: Hit[] = []
  const troubles: string[] = []
  for (const [index, list] of lists.entries()) {
    const { listed, trouble } = judgeList(list, answers[index] ?? [])
    hits.push(...listed)
    if (trouble !== null) troubles.push(`${list.zone}: ${trouble}`)
  }
  return troubles.length > 0
    ? { kind: 'unavailable', reason: troubles.join('; '), hits }
    : { kind: 'hits', hits }
}

function judgeList(list: List, answers: readonly ListAnswer[]) {
  const meanings = Object.entries(list.codes).flatMap(([text, { hit, score }]) => {
    const code = parseListCode(text)
    return code === null ? [] : [{ code, hit, score, subjects: new Set<string>() }]
  })
  let trouble: string | null = null
  for (const { subject, answer } of answers) {
    if (answer.kind === 'unavailable') trouble ??= answer.reason
    if (answer.kind !== 'found') continue
    for (const record of answer.records.slice(0, 20)) {
      if (isErrorCode(record)) trouble ??= errorMeaning(record)
      for (const meaning of meanings) if (meaning.code.matches(record)) meaning.subjects.add(subject)
    }
  }
  const listed = meanings
    .filter(({ subjects }) => subjects.size > 0)
    .map(({ hit, score, subjects }): Hit => ({
      name: hit,
      score,
      detail: [...subjects].slice(0, 5).join(', '),
    }))
  return { listed, trouble }
}
