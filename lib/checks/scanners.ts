/**
 * Outside scanners, all asked at once, each with its own time, size limit and circuit breaker. One that does not answer
 * makes the verdict incomplete and is named in it; whether mail then passes or is deferred is the site's choice.
 */
import type { Config } from '../config/schema.ts'
import { Circuit, commonClock, type Circuits } from '../net/circuits.ts'
import { openScanner, type ScannerConfig } from '../scanners/open.ts'
import { unavailable, type OutsideScanner, type ScanAnswer, type ScanMail } from '../scanners/scanner.ts'
import type { Check, CheckResult, Hit, MessageInput } from './check.ts'
import type { Demand } from './demand.ts'
import { within } from './weigh.ts'

export const scanners: Check<'message'> = {
  name: 'scanners',
  stage: 'message',
  asksNetwork: true,
  enabled: ({ scanners }) => scanners.some(({ enabled }) => enabled),
  async run(input, { config, circuits, signal }) {
    const asked = config.scanners.filter(({ enabled }) => enabled)
    const small = asked.some(({ max_size: most }) => input.body.length <= most)
    const mail = small ? mailOf(input) : null
    const answers = await Promise.all(asked.map((one) => askOne(one, mail, circuits, signal)))
    return judge(
      asked.map((scanner, index) => ({ scanner, answer: answers[index] ?? unavailable('not asked') })),
    )
  },
}

interface Opened {
  readonly scanner: OutsideScanner
  /** Where no memory is shared. */
  readonly circuit: Circuit
}

/** By the scanner's own part of the configuration, which lives as long as that. */
const opened = new WeakMap<ScannerConfig, Opened>()

function openedOf(config: ScannerConfig): Opened {
  const known = opened.get(config)
  if (known) return known
  const fresh = { scanner: openScanner(config), circuit: new Circuit() }
  opened.set(config, fresh)
  return fresh
}

/** Milliseconds beyond its time-out after which a mail that tries a scanner again is taken for lost. */
const TRY_PATIENCE = 5000

/**
 * A scanner that failed several times in a row is left alone for a while, so that a dead one costs its time-out now and
 * then and not with every mail; then one mail tries it. What one thread learns holds for all.
 */
async function askOne(
  config: ScannerConfig,
  mail: ScanMail | null,
  circuits: Circuits | undefined,
  signal: AbortSignal,
): Promise<ScanAnswer> {
  if (mail === null || mail.octets.length > config.max_size)
    return unavailable('the mail is over its size limit')
  const own = openedOf(config)
  const circuit = circuits?.of(`scanner ${config.name}`) ?? own.circuit
  const now = circuits?.now ?? commonClock
  const { failures } = circuit
  if (failures >= config.breaker_failures && !circuit.claimsTry(now(), config.timeout + TRY_PATIENCE))
    return unavailable(`not asked: it failed ${failures} times in a row`)
  const answer = await own.scanner.scan(mail, within(signal, config.timeout))
  if (answer.kind === 'unavailable') circuit.failed(now() + config.breaker_pause)
  else circuit.succeeded(now())
  return answer
}

function mailOf(input: MessageInput): ScanMail {
  const header = input.headers
    .map(({ name, value }) => `${name}:${value.replace(/\r?\n/g, '\r\n')}\r\n`)
    .join('')
  return {
    octets: Buffer.concat([Buffer.from(`${header}\r\n`, 'latin1'), input.body]),
    clientAddress: input.client.address,
    clientName: input.client.hostname,
    helo: input.helo,
    sender: input.sender.address,
    recipients: input.recipients.map(({ address }) => address),
    user: input.user,
    queueId: input.queueId,
  }
}

const UNSCANNED: Demand = Object.freeze({
  action: 'defer',
  source: 'scanner',
  hit: 'SCANNER_MISSING',
  text: 'The mail cannot be scanned at the moment, please try again later',
  overridesAllow: true,
})

/** For mail whose content could not be judged at all: a site that wants every mail scanned wants this one scanned, too. */
export const demandsOfUnscanned = ({ scanners }: Pick<Config, 'scanners'>): readonly Demand[] =>
  scanners.some((one) => one.enabled && one.on_failure === 'closed') ? [UNSCANNED] : []

export interface Answered {
  readonly scanner: ScannerConfig
  readonly answer: ScanAnswer
}

export function judge(all: readonly Answered[]): CheckResult {
  const hits: Hit[] = []
  const demands: Demand[] = []
  const missing: string[] = []
  for (const { scanner, answer } of all) {
    if (answer.kind === 'threat') threat(scanner, answer, hits, demands)
    if (answer.kind === 'points') hits.push(...opinion(scanner, answer.points, answer.detail))
    if (answer.kind !== 'unavailable') continue
    missing.push(`${scanner.name}: ${answer.reason}`)
    if (scanner.on_failure === 'closed') demands.push(UNSCANNED)
  }
  const more = demands.length === 0 ? {} : { demands }
  return missing.length === 0
    ? { kind: 'hits', hits, ...more }
    : { kind: 'unavailable', reason: missing.join('; '), hits, ...more }
}

type Threat = Extract<ScanAnswer, { kind: 'threat' }>

function threat(
  scanner: ScannerConfig,
  { threat, name, points }: Threat,
  hits: Hit[],
  demands: Demand[],
): void {
  const hit =
    threat === 'malware' ? 'SCANNER_MALWARE' : threat === 'phishing' ? 'SCANNER_PHISHING' : 'SCANNER_SPAM'
  hits.push({ name: hit, detail: `${scanner.name}: ${name}${points === undefined ? '' : ` (${points})`}` })
  if (!('malware' in scanner) || threat === 'spam') return
  const action = scanner[threat]
  if (action === 'score') return
  const text = threat === 'malware' ? 'The mail contains malware' : 'The mail is phishing'
  demands.push({ action, source: 'scanner', hit, text, overridesAllow: scanner.overrides_allow })
}

/** Points of a second opinion, weighed and bounded. */
function opinion(scanner: ScannerConfig, points: number, detail: string): readonly Hit[] {
  if (!('weight' in scanner)) return []
  const score = Math.max(
    -scanner.most,
    Math.min(scanner.most, Math.round(points * scanner.weight * 1000) / 1000),
  )
  const name = `SCANNER_${scanner.type.toUpperCase()}`
  return [{ name, score, detail: `${scanner.name} says ${points}: ${detail}` }]
}
