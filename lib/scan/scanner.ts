/**
 * What a scan worker does with one mail: parse once, run the message checks, ask what the rules need to know from
 * outside, then the rules last, because a `meta` rule may name any earlier hit.
 */
import type { CheckResult, MessageInput } from '../checks/check.ts'
import { authFacts, factsOf } from '../checks/facts.ts'
import { demandsOf, hitsOf, unavailableOf } from '../checks/findings.ts'
import { messageChecks } from '../checks/index.ts'
import { CheckRun } from '../checks/run.ts'
import type { Config } from '../config/schema.ts'
import { parseMessage, type Message } from '../mail/message.ts'
import type { Circuits } from '../net/circuits.ts'
import type { Dns } from '../net/dns.ts'
import { dnsAccount } from '../net/dns-account.ts'
import type { EnvelopeFacts } from '../rules/eval.ts'
import { ruleNames } from '../rules/evaluate.ts'
import { toOctets } from '../octet-text.ts'
import { parseOptions } from '../rules/parse-options.ts'
import type { SeenStore } from '../store/seen-store.ts'
import type { Store } from '../store/store.ts'
import type { ScanJob, ScanResult } from './job.ts'
import { createModels } from './models.ts'
import { learnFrom, remember, trainFrom } from './learn.ts'
import { receivedHeader } from './received-header.ts'
import {
  CHECK_LAYERS,
  layerOf,
  NO_BOUNDS,
  TIGHT_LEAST,
  TIGHT_PART,
  type Bounds,
  type Layer,
} from './layers.ts'
import { createRulePass } from './rule-pass.ts'
import type { LoadReport, WorkerSetup } from './worker.ts'

export interface Scanner {
  readonly report: LoadReport
  judge(job: ScanJob, course?: ScanCourse): Promise<ScanResult>
}

/** What a scan tells the thread it runs in, and within which bounds it stays. */
export interface ScanCourse {
  readonly bounds: Bounds
  /** It begins with a layer. */
  enter(layer: Layer): void
  /** An answer from outside has come: from here on it is this mail that uses the CPU. */
  turn(): void
  /** All that is left to do is to wait for answers from outside. */
  waits(): void
  /** Where the rule pass notes the rule that runs and those that hit. */
  ruleWords(): Int32Array | undefined
  /** What the checks have found so far, where somebody wants to know. */
  found?(results: ReadonlyMap<string, CheckResult>): void
}

const ALONE: ScanCourse = {
  bounds: NO_BOUNDS,
  enter: () => undefined,
  turn: () => undefined,
  waits: () => undefined,
  ruleWords: () => undefined,
}

export interface ScannerServices {
  readonly dns: Dns
  readonly circuits?: Circuits
  readonly store: Store
  readonly now: () => number
  /** Where messages are remembered for lessons by reference; absent when that is off or impossible. */
  readonly seen?: SeenStore | undefined
}

export function createScanner(
  setup: WorkerSetup,
  { dns, circuits, store, now, seen }: ScannerServices,
): Scanner {
  const { config, local } = setup
  const rules = createRulePass(setup)
  const models = createModels(config, store)
  const { scores, descriptions, problems } = rules.set
  const options = parseOptions(rules.set)
  const checks = messageChecks.filter(({ asksNetwork }) => !local || asksNetwork !== true)

  const tightConfig = tightened(config)

  async function judge(job: ScanJob, course: ScanCourse = ALONE): Promise<ScanResult> {
    const clock = stopwatch()
    const { bounds } = course
    const account = dnsAccount({
      time: config.dns.mail_time,
      open: config.dns.mail_questions,
      spent: job.dnsSpent ?? 0,
    })
    const outside = accounted(account.of(dns), course.turn)
    course.enter('reading')
    const message = parse(job, job.body, job.truncated)
    const head = headOf(job, message, bounds)
    clock.lap('parse')
    const { judging, teaching, domain } = models(job.recipients)
    const trained = trainFrom(job, message, { config, store: teaching, now })
    if (trained !== null) return trainingResult(job, trained, clock.laps)
    const results = await runChecks(job, bounds.headOnly ? head : message, head, judging, outside, course)
    clock.lap('checks')
    course.enter('rules')
    const auth = authFacts(results, job.user)
    const { bayes } = factsOf(results)
    const pass = await rules.run({
      message: head,
      envelope: envelopeOf(job),
      facts: [...results.values()].flatMap(hitsOf),
      auth,
      // one half because nothing was learned is no answer
      bayes: bayes !== undefined && bayes.confidence > 0 ? bayes.probability : undefined,
      dns: outside,
      now: now(),
      signal: AbortSignal.timeout(config.scan.rules_budget),
      waits: course.waits,
      words: () => {
        course.enter('rules')
        return course.ruleWords()
      },
      without: bounds.withoutRules,
    })
    clock.lap('rules')
    course.enter('learning')
    if (!bounds.without.includes('learning')) remember(job, head, { config, store: teaching, seen, now })
    // what was not read as a whole teaches nothing by itself
    const learned = bounds.tight
      ? ({ word: 'no' } as const)
      : learnFrom(job, head, pass.hits, rules.set, { config, store: teaching, now })
    const autolearn = domain === null ? learned : { ...learned, model: domain }
    clock.lap('learn')
    return {
      autolearn,
      classifier: { autolearn: autolearn.word, needs: bayes?.needs ?? null },
      hits: pass.hits,
      markup: pass.markup,
      unavailable: [...unavailableOf(results), ...pass.unavailable],
      demands: [...[...results.values()].flatMap(demandsOf), ...pass.demands],
      // of a mail that was not read as a whole nothing can be taken out
      edits: bounds.headOnly ? [] : [...results.values()].flatMap(editsOf),
      results,
      auth,
      descriptions: new Map(pass.hits.flatMap(({ name }) => entryOf(descriptions, name))),
      times: clock.laps,
    }
  }

  /**
   * Earlier results first, then those of the message checks, all in list order. Checks are started layer by layer, the
   * cheapest first, and waited for together.
   */
  async function runChecks(
    job: ScanJob,
    message: Message,
    head: Message,
    judging: Store,
    outside: Dns,
    course: ScanCourse,
  ): Promise<ReadonlyMap<string, CheckResult>> {
    const { bounds } = course
    const run = new CheckRun({
      checks,
      context: {
        config: bounds.tight ? tightConfig : config,
        dns: outside,
        store: judging,
        now,
        scores,
        ...(circuits === undefined ? {} : { circuits }),
      },
      deadline: config.scan.answers,
      known: job.earlier,
    })
    const input: MessageInput = { ...withoutEarlier(job), message, head }
    for (const layer of CHECK_LAYERS) {
      if (bounds.without.includes(layer)) continue
      course.enter(layer)
      run.start('message', input, false, (name) => layerOf(name) === layer)
      if (course.found === undefined) continue
      // what was found is to be known before the next layer begins
      await new Promise(setImmediate)
      course.found(run.results())
    }
    course.waits()
    await run.join('message')
    course.turn()
    return new Map([...job.earlier, ...run.results()])
  }

  /** With the Received header of the last hop on top: the mail as it will stand in the recipient's mailbox. */
  function parse(job: ScanJob, body: Uint8Array, truncated: boolean): Message {
    const received = receivedHeader(job, now())
    const headers = received === null ? job.headers : [received, ...job.headers]
    return parseMessage({ headers, body, truncated }, options)
  }

  /**
   * Of an over-long mail so much of its text; else the whole mail itself, so that its views are made once. Where not even
   * the parts may be looked for, the first octets of the body.
   */
  function headOf(job: ScanJob, whole: Message, { tight, headOnly }: Bounds): Message {
    const usual = Math.min(job.body.length, config.scan.limit)
    const limit = tight ? Math.max(TIGHT_LEAST, Math.floor(usual / TIGHT_PART)) : config.scan.limit
    if (job.body.length <= limit) return whole
    return headOnly ? parse(job, job.body.subarray(0, limit), true) : whole.upTo(limit)
  }

  return { report: { scores, problems, rules: rules.set.rules.size, ruleNames: ruleNames(rules.set) }, judge }
}

/** For a second try: archives are listed and not unpacked. */
const tightened = (config: Config): Config => ({
  ...config,
  attachments: { ...config.attachments, unpacked: Math.min(config.attachments.unpacked, TIGHT_UNPACKED) },
})
/** Octets. */
const TIGHT_UNPACKED = 256 * 1024

/** The DNS of one mail: after each answer it is this mail that uses the CPU. */
function accounted(dns: Dns, turn: () => void): Dns {
  const after = async <T>(answer: Promise<T>): Promise<T> => {
    const value = await answer
    turn()
    return value
  }
  return {
    a: (name, signal) => after(dns.a(name, signal)),
    aaaa: (name, signal) => after(dns.aaaa(name, signal)),
    mx: (name, signal) => after(dns.mx(name, signal)),
    txt: (name, signal) => after(dns.txt(name, signal)),
    ptr: (address, signal) => after(dns.ptr(address, signal)),
    ns: (name, signal) => after(dns.ns(name, signal)),
    cname: (name, signal) => after(dns.cname(name, signal)),
  }
}

/** A lesson sent by mail is not judged. */
function trainingResult(
  job: ScanJob,
  { hit, demands, result }: NonNullable<ReturnType<typeof trainFrom>>,
  times: ScanResult['times'],
): ScanResult {
  const results = new Map([...job.earlier, ['training', result] as const])
  return {
    hits: [hit],
    unavailable: [],
    demands,
    edits: [],
    results,
    auth: authFacts(results, job.user),
    descriptions: new Map(),
    times,
  }
}

function withoutEarlier({ earlier, session, ...job }: ScanJob) {
  void earlier
  return { ...session, ...job }
}

function envelopeOf({ session, helo, sender, recipients, user }: ScanJob): EnvelopeFacts {
  const { client } = session
  return {
    clientAddress: client.address,
    clientName: /^\[.*\]$/.test(client.hostname) ? '' : client.hostname,
    // rules look at octets
    helo: toOctets(helo),
    sender: client.address === null && sender.address === '' ? null : toOctets(sender.address),
    recipients: recipients.map(({ address }) => toOctets(address)),
    user,
  }
}

const editsOf = (result: CheckResult) => (result.kind === 'refuse' ? [] : (result.edits ?? []))

function entryOf(map: ReadonlyMap<string, string>, name: string): readonly (readonly [string, string])[] {
  const value = map.get(name)
  return value === undefined ? [] : [[name, value]]
}

function stopwatch() {
  const laps: Record<string, number> = {}
  let last = performance.now()
  return {
    laps,
    lap(name: string) {
      const now = performance.now()
      laps[name] = now - last
      last = now
    },
  }
}
