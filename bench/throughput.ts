/**
 * npm run -s bench:throughput -- [--mail DIR] [--messages N] [--concurrency N]
 *
 * What a message costs: the whole daemon, its embedded rules and checks (nothing asked of the network), beside a null
 * milter, both asked by the same client in the same run. Prints messages per second, CPU milliseconds per message and
 * memory of each, and the ratio. The null milter is libmilter's where a C compiler and libmilter are installed, else
 * this project's own library with a handler that accepts.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MilterClient } from '../lib/milter/index.ts'
import { splitMail } from '../lib/mail/split.ts'
import {
  findProgram,
  freePort,
  startProgram,
  waitFor,
  type Running,
} from '../test/servers/support/programs.ts'
import { ROOT } from '../test/servers/support/hamlet.ts'

const { values } = parseArgs({
  options: {
    mail: { type: 'string', default: join(ROOT, 'test', 'mail') },
    messages: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '32' },
  },
})
const MESSAGES = Number(values.messages)
const CONCURRENCY = Number(values.concurrency)
const WARM_UP = Math.min(300, MESSAGES)
const TICKS_PER_SECOND = 100

interface Mail {
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly body: Uint8Array
}
interface Figures {
  readonly name: string
  readonly perSecond: number
  readonly cpuMs: number
  readonly memoryMb: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

const mails = readMails(values.mail)
const folder = mkdtempSync(join(tmpdir(), 'hamlet-bench-'))
try {
  const floor = await measure(await startNull())
  const hamlet = await measure(await startDaemon())
  for (const { name, perSecond, cpuMs, memoryMb, p50, p99, failed } of [floor, hamlet])
    say(
      `${name.padEnd(24)} ${perSecond.toFixed(0).padStart(6)} msg/s  ${cpuMs.toFixed(2).padStart(7)} CPU ms/msg  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  ${memoryMb.toFixed(0)} MB  ${failed} failed`,
    )
  say(
    `ratio hamlet / floor: ${(hamlet.cpuMs / floor.cpuMs).toFixed(1)} CPU, ${(hamlet.perSecond / floor.perSecond).toFixed(2)} messages per second (${mails.length} different mails, ${MESSAGES} sent, concurrency ${CONCURRENCY}, ${availableParallelism()} CPUs)`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Started {
  readonly name: string
  readonly running: Running
  readonly address: string
}

async function startNull(): Promise<Started> {
  const port = await freePort()
  const binary = join(folder, 'null-milter')
  const compiler = findProgram('cc')
  try {
    if (compiler === null) throw new Error('no compiler')
    execFileSync(
      compiler,
      ['-O2', '-o', binary, join(ROOT, 'bench', 'null-milter.c'), '-lmilter', '-lpthread'],
      {
        stdio: 'ignore',
      },
    )
    const running = startProgram(binary, [`inet:${port}@127.0.0.1`])
    await listening(port)
    return { name: 'null (libmilter)', running, address: `inet:${port}@127.0.0.1` }
  } catch {
    const running = startProgram(process.execPath, [join(ROOT, 'bench', 'null-milter.ts'), String(port)])
    await listening(port)
    return { name: 'null (own library)', running, address: `inet:${port}@127.0.0.1` }
  }
}

async function startDaemon(): Promise<Started> {
  const port = await freePort()
  const address = `inet:${port}@127.0.0.1`
  writeFileSync(
    join(folder, 'hamlet.yaml'),
    `listen: ${address}\nstate: ./state\ndns_lists: { lists: [] }\ndns: { servers: ["127.0.0.1:9"], timeout: 100ms, failure_ttl: 5m }\nlimits: { messages_per_hour: off, connections: off }\n`,
  )
  const running = startProgram(process.execPath, [
    join(ROOT, 'bin', 'hamlet.mjs'),
    'start',
    '--config',
    join(folder, 'hamlet.yaml'),
  ])
  await running.until(/is listening/, 60_000)
  return { name: 'hamlet', running, address }
}

async function measure({ name, running, address }: Started): Promise<Figures> {
  const pid = running.process.pid ?? 0
  await send(address, WARM_UP)
  const cpuBefore = cpuMilliseconds(pid)
  const startedAt = performance.now()
  const { latencies, failed } = await send(address, MESSAGES)
  const seconds = (performance.now() - startedAt) / 1000
  const cpuMs = (cpuMilliseconds(pid) - cpuBefore) / MESSAGES
  const memoryMb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  await running.stop()
  const sorted = latencies.toSorted((one, other) => one - other)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
  return { name, perSecond: MESSAGES / seconds, cpuMs, memoryMb, p50: at(0.5), p99: at(0.99), failed }
}

/** Sends so many mails, each in a session of its own, as Postfix does. */
async function send(address: string, count: number): Promise<{ latencies: number[]; failed: number }> {
  const latencies: number[] = []
  let next = 0
  let failed = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const mail = mails[index % mails.length]
      if (mail === undefined) return
      const startedAt = performance.now()
      try {
        await sendOne(address, mail, index)
      } catch {
        failed++
      }
      latencies.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return { latencies, failed }
}

async function sendOne(address: string, { headers, body }: Mail, index: number): Promise<void> {
  const id = `Q${index.toString(16).toUpperCase()}`
  const client = await MilterClient.connect(address)
  await client.negotiate()
  const ip = `198.51.${100 + ((index >> 8) % 100)}.${index & 255}`
  await client.connect(
    { address: ip, hostname: `mail${index}.example.net`, port: 25_000 },
    { j: 'mx.example.test' },
  )
  await client.helo(`mail${index}.example.net`)
  await client.mail(`sender${index}@example.net`)
  await client.rcpt('user@example.test', { i: id })
  await client.data({ i: id })
  for (const { name, value } of headers) await client.header(name, value)
  await client.eoh()
  await client.body(body)
  await client.eom({ i: id })
  await client.quit()
}

function readMails(path: string): readonly Mail[] {
  const files = readdirSync(path, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.eml'))
  if (files.length === 0) throw new Error(`no *.eml files below ${path}`)
  return files.slice(0, 2000).map((file) => splitMail(readFileSync(join(path, file))))
}

function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

async function listening(port: number): Promise<void> {
  await waitFor(async () => {
    try {
      const client = await MilterClient.connect(`inet:${port}@127.0.0.1`)
      client.destroy()
      return true
    } catch {
      return false
    }
  })
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
