/**
 * What a scan worker does with one mail: parse once, run the message checks, ask what the rules need to know from
 * outside, then the rules last, because a `meta` rule may name any earlier hit.
 */
import type { CheckResult, MessageInput } from '../checks/check.ts'
import { authFacts, factsOf } from '../checks/facts.ts'
import { hitsOf, unavailableOf } from '../checks/findings.ts'
import { messageChecks } from '../checks/index.ts'
import { CheckRun } from '../checks/run.ts'
import { parseMessage, type Message } from '../mail/message.ts'
import type { Dns } from '../net/dns.ts'
import type { EnvelopeFacts } from '../rules/eval.ts'
import { ruleNames } from '../rules/evaluate.ts'
import { parseOptions } from '../rules/parse-options.ts'
import type { SeenStore } from '../store/seen-store.ts'
import type { Store } from '../store/store.ts'
import type { ScanJob, ScanResult } from './job.ts'
import { createModels } from './models.ts'
import { enter, ruleWord } from './progress.ts'
import { learnFrom, remember, trainFrom } from './learn.ts'
import { receivedHeader } from './received-header.ts'
import { createRulePass } from './rule-pass.ts'
import type { LoadReport, WorkerSetup } from './worker.ts'

export interface Scanner {
  readonly report: LoadReport
  judge(job: ScanJob): Promise<ScanResult>
}

export interface ScannerServices {
  readonly dns: Dns
  readonly store: Store
  readonly now: () => number
  /** Where messages are remembered for lessons by reference; absent when that is off or impossible. */
  readonly seen?: SeenStore | undefined
}

export function createScanner(setup: WorkerSetup, { dns, store, now, seen }: ScannerServices): Scanner {
  const { config, local } = setup
  const rules = createRulePass(setup)
  const models = createModels(config, store)
  const { scores, descriptions, problems } = rules.set
  const options = parseOptions(rules.set)
  const checks = messageChecks.filter(({ asksNetwork }) => !local || asksNetwork !== true)

  async function judge(job: ScanJob): Promise<ScanResult> {
    const clock = stopwatch()
    const { progress } = job
    enter(progress, 'parse')
    const message = parse(job, job.body, job.truncated)
    const head = headOf(job, message)
    clock.lap('parse')
    enter(progress, 'checks')
    const { judging, teaching, domain } = models(job.recipients)
    const trained = trainFrom(job, message, { config, store: teaching, now })
    if (trained !== null) return trainingResult(job, trained, clock.laps)
    const results = await runChecks(job, message, head, judging)
    clock.lap('checks')
    enter(progress, 'rules')
    const auth = authFacts(results, job.user)
    const { bayes } = factsOf(results)
    const pass = await rules.run({
      message: head,
      envelope: envelopeOf(job),
      facts: [...results.values()].flatMap(hitsOf),
      auth,
      // one half because nothing was learned is no answer
      bayes: bayes !== undefined && bayes.confidence > 0 ? bayes.probability : undefined,
      dns,
      now: now(),
      signal: AbortSignal.timeout(config.scan.rules_budget),
      progress: ruleWord(progress),
    })
    clock.lap('rules')
    enter(progress, 'learn')
    remember(job, head, { config, store: teaching, seen, now })
    const learned = learnFrom(job, head, pass.hits, rules.set, { config, store: teaching, now })
    const autolearn = domain === null ? learned : { ...learned, model: domain }
    clock.lap('learn')
    return {
      autolearn,
      classifier: { autolearn: autolearn.word, needs: bayes?.needs ?? null },
      hits: pass.hits,
      markup: pass.markup,
      unavailable: [...unavailableOf(results), ...pass.unavailable],
      demands: [...[...results.values()].flatMap(demandsOf), ...pass.demands],
      edits: [...results.values()].flatMap(editsOf),
      results,
      auth,
      descriptions: new Map(pass.hits.flatMap(({ name }) => entryOf(descriptions, name))),
      times: clock.laps,
    }
  }

  /** Earlier results first, then those of the message checks, all in list order. */
  async function runChecks(
    job: ScanJob,
    message: Message,
    head: Message,
    judging: Store,
  ): Promise<ReadonlyMap<string, CheckResult>> {
    const run = new CheckRun({
      checks,
      context: { config, dns, store: judging, now, scores },
      // the rules need time, too, and the pool's deadline ends the whole worker
      deadline: Math.max(250, config.scan.deadline - config.scan.rules_budget),
      known: job.earlier,
    })
    const input: MessageInput = { ...withoutEarlier(job), message, head }
    run.start('message', input, false)
    await run.join('message')
    return new Map([...job.earlier, ...run.results()])
  }

  /** With the Received header of the last hop on top: the mail as it will stand in the recipient's mailbox. */
  function parse(job: ScanJob, body: Uint8Array, truncated: boolean): Message {
    const received = receivedHeader(job, now())
    const headers = received === null ? job.headers : [received, ...job.headers]
    return parseMessage({ headers, body, truncated }, options)
  }

  /** Of an over-long body the first part; else the whole mail itself, so that its views are made once. */
  function headOf(job: ScanJob, whole: Message): Message {
    const { limit } = config.scan
    return job.body.length > limit ? parse(job, job.body.subarray(0, limit), true) : whole
  }

  return { report: { scores, problems, rules: rules.set.rules.size, ruleNames: ruleNames(rules.set) }, judge }
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

function withoutEarlier({ earlier, progress, session, ...job }: ScanJob) {
  void [earlier, progress]
  return { ...session, ...job }
}

function envelopeOf({ session, helo, sender, recipients, user }: ScanJob): EnvelopeFacts {
  const { client } = session
  return {
    clientAddress: client.address,
    clientName: /^\[.*\]$/.test(client.hostname) ? '' : client.hostname,
    helo,
    sender: client.address === null && sender.address === '' ? null : sender.address,
    recipients: recipients.map(({ address }) => address),
    user,
  }
}

const demandsOf = (result: CheckResult) => (result.kind === 'refuse' ? [] : (result.demands ?? []))
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
