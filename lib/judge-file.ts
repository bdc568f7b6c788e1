/**
 * A mail in a file -> verdict, by the same checks, in the same order, as if an MTA had just handed it over. What is not
 * known of its envelope is taken from its headers where they say it (Return-Path), else the checks that need it are
 * not run.
 */
import { CheckRun } from './checks/run.ts'
import type { Engine } from './engine.ts'
import type { SenderInput } from './checks/check.ts'
import { judgeMessage, type Judged } from './judge.ts'
import { splitMail } from './mail/split.ts'
import type { Path } from './milter/handler.ts'

export interface GivenEnvelope {
  readonly clientAddress: string | null
  readonly clientName: string | null
  readonly helo: string | null
  readonly sender: string | null
  readonly recipients: readonly string[]
}

const path = (address: string): Path => ({ address, parameters: [] })

export async function judgeArrival(
  engine: Engine,
  bytes: Uint8Array,
  given: GivenEnvelope,
  local: boolean,
): Promise<Judged> {
  const { headers, body } = splitMail(bytes)
  const groups = engine.groupsOf(given.clientAddress)
  const id = engine.newId()
  const session: SenderInput = {
    id,
    startedAt: engine.now(),
    client: {
      address: given.clientAddress,
      hostname: given.clientName ?? (given.clientAddress === null ? 'unknown' : `[${given.clientAddress}]`),
      port: 0,
    },
    macros: new Map(),
    groups,
    trusted: groups.has(engine.config.judge.trusted_group),
    helo: given.helo ?? '',
    sender: path(given.sender ?? returnPath(headers) ?? ''),
    user: null,
  }
  const recipients = given.recipients.map(path)
  const run = new CheckRun({
    checks: engine.checks.filter(
      ({ liveOnly, asksNetwork }) => liveOnly !== true && (!local || asksNetwork !== true),
    ),
    context: engine,
    deadline: engine.config.judge.stage_deadline,
  })
  if (given.clientAddress !== null) run.start('connect', session, false)
  if (given.helo !== null) run.start('helo', session, false)
  if (given.sender !== null) run.start('sender', session, false)
  await run.join('message')
  const results = run.results()
  run.close()
  const arrival = {
    ...session,
    recipients,
    queueId: '',
    headers,
    body,
    truncated: false,
    bodySize: body.length,
  }
  return judgeMessage(engine, arrival, results, false, `${id}-1`)
}

function returnPath(headers: readonly { readonly name: string; readonly value: string }[]): string | null {
  const value = headers.find(({ name }) => name.toLowerCase() === 'return-path')?.value
  return value === undefined ? null : (/<([^<>\s]*)>/.exec(value)?.[1] ?? null)
}
