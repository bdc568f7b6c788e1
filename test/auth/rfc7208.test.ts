/**
 * The RFC 7208 test suite of the pyspf project against our SPF, through our own resolver interface. The suite is not
 * part of this repository: name its file (test/rfc7208-tests.yml of pyspf) in HAMLET_RFC7208_SUITE.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { checkHelo, checkMailFrom } from '../../lib/auth/spf.ts'
import type { Answer, Dns, MxRecord } from '../../lib/net/dns.ts'
import { addressText, arpaName, parseAddress } from '../../lib/net/ip.ts'

const path = process.env['HAMLET_RFC7208_SUITE']

interface Case {
  readonly helo: string
  readonly host: string
  readonly mailfrom: string
  readonly result: string | readonly string[]
  readonly explanation?: string
}
type Entry = string | Readonly<Record<string, string | readonly [number, string]>>
interface Scenario {
  readonly description: string
  readonly tests: Readonly<Record<string, Case>>
  readonly zonedata: Readonly<Record<string, readonly Entry[]>>
}

/** Records of type SPF also stand for TXT unless the entry has TXT records of its own, as the suite's preface says. */
function suiteDns(zonedata: Scenario['zonedata']): Dns {
  const names = new Map(Object.entries(zonedata).map(([name, entries]) => [name.toLowerCase(), entries]))
  const look = async <T>(name: string, type: string): Promise<Answer<T>> => {
    const entries = names.get(name.toLowerCase())
    if (entries === undefined) return { kind: 'absent' }
    const of = (wanted: string) =>
      entries.flatMap((entry) =>
        typeof entry === 'string' || entry[wanted] === undefined ? [] : [entry[wanted]],
      )
    const own = of(type)
    const records = (type === 'TXT' && own.length === 0 ? of('SPF') : own).filter(
      (record) => record !== 'NONE',
    )
    if (records.includes('TIMEOUT') || (records.length === 0 && entries.includes('TIMEOUT')))
      return { kind: 'unavailable', reason: 'time-out' }
    const alias = of('CNAME')[0]
    if (records.length === 0 && typeof alias === 'string') return look(alias, type)
    if (records.length === 0) return { kind: 'absent' }
    return { kind: 'found', records: records as unknown as readonly T[], ttl: 60 }
  }
  const octets = (record: unknown) => (Array.isArray(record) ? record.map(String).join('') : String(record))
  return {
    a: (name) => look(name, 'A'),
    aaaa: (name) => look(name, 'AAAA'),
    async mx(name) {
      const answer = await look<readonly [number, string]>(name, 'MX')
      if (answer.kind !== 'found') return answer
      const records: MxRecord[] = answer.records.map(([priority, exchange]) => ({ priority, exchange }))
      return { ...answer, records }
    },
    async txt(name) {
      const answer = await look<string>(name, 'TXT')
      return answer.kind === 'found' ? { ...answer, records: answer.records.map(octets) } : answer
    },
    async ptr(address) {
      const parsed = parseAddress(address)
      return parsed === null ? { kind: 'absent' } : look(arpaName(parsed), 'PTR')
    },
    ns: (name) => look(name, 'NS'),
    cname: (name) => look(name, 'CNAME'),
  }
}

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

async function judge(test: Case, dns: Dns) {
  const host = addressText(parseAddress(test.host)!)
  const question = {
    ip: host,
    helo: latin1(test.helo),
    sender: latin1(test.mailfrom ?? ''),
    hostname: 'receiver',
  }
  const answer =
    (await checkMailFrom(question, dns, { timeLimit: 5000 })) ??
    (await checkHelo(question, dns, { timeLimit: 5000 }))
  return { result: answer?.fact.result ?? 'none', explanation: answer?.explanation ?? 'DEFAULT' }
}

if (path === undefined) {
  describe('RFC 7208 suite', () => {
    it('was not run: HAMLET_RFC7208_SUITE names no file', () => {
      expect(process.env['HAMLET_REQUIRE_SUITES']).toBeUndefined()
    })
  })
} else {
  const scenarios = parseAllDocuments(readFileSync(path, 'utf8')).map(
    (document) => document.toJS() as unknown as Scenario | null,
  )
  let count = 0
  for (const scenario of scenarios) {
    if (scenario?.tests === undefined) continue
    describe(scenario.description, () => {
      const dns = suiteDns(scenario.zonedata)
      for (const [name, test] of Object.entries(scenario.tests)) {
        count++
        it(name, async () => {
          const { result, explanation } = await judge(test, dns)
          expect([test.result].flat()).toContain(result)
          if (test.explanation !== undefined && test.explanation !== 'DEFAULT')
            // The case of hexadecimal digits is nobody's business (the suite wants capitals for %{i}, mailauth writes small).
            expect(explanation.toLowerCase()).toBe(test.explanation.toLowerCase())
        })
      }
    })
  }
  it('has 203 cases', () => expect(count).toBe(203))
}
