/**
 * What parsing and rendering costs: CPU time per mail over a corpus, by step, and the slowest mails.
 *
 *   node bench/mail.ts [--every N] [--slowest N] DIRECTORY...
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseMessage } from '../lib/mail/message.ts'
import { parseReceived } from '../lib/mail/received.ts'
import { splitMail } from '../lib/mail/split.ts'
import type { Message } from '../lib/mail/message.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

function* filesUnder(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) yield path
  else for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name))
}

const options = { every: 1, slowest: 5, warm: 200 }
const paths: string[] = []
const args = process.argv.slice(2)
while (args.length > 0) {
  const arg = args.shift()!
  const name = arg.replace(/^--/, '') as keyof typeof options
  if (arg.startsWith('--') && name in options) options[name] = Number(args.shift())
  else paths.push(arg)
}

const mails = paths
  .flatMap((path) => [...filesUnder(path)])
  .filter((name) => !name.endsWith('.tsv'))
  .filter((_, index) => index % options.every === 0)
  .map((name) => ({ name, bytes: readFileSync(name) }))

const NAMES = ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'received', 'content-type', 'reply-to']
const STEPS: readonly (readonly [string, (message: Message) => unknown])[] = [
  ['headers', (message) => [NAMES.map((name) => message.header(name)), message.allHeaders()]],
  ['mime', (message) => message.leaves],
  ['rendered', (message) => message.rendered()],
  ['visible', (message) => [message.visible(), message.invisible()]],
  ['decoded', (message) => message.decoded()],
  ['uris', (message) => message.uris()],
  ['received', (message) => parseReceived(message, {})],
  ['full', (message) => message.full()],
]

const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const spent = new Map<string, number>([['parse', 0], ...STEPS.map(([name]): [string, number] => [name, 0])])

function measure(bytes: Uint8Array, count: boolean): number {
  let last = performance.now()
  const started = last
  const lap = (name: string) => {
    const now = performance.now()
    if (count) spent.set(name, spent.get(name)! + now - last)
    last = now
  }
  const message = parseMessage(splitMail(bytes))
  lap('parse')
  for (const [name, step] of STEPS) {
    step(message)
    lap(name)
  }
  return performance.now() - started
}

for (const { bytes } of mails.slice(0, options.warm)) measure(bytes, false)
const before = cpu()
const times = mails.map(({ name, bytes }) => ({ name, size: bytes.length, time: measure(bytes, true) }))
const total = cpu() - before
times.sort((one, other) => other.time - one.time)
const at = (share: number) => times[Math.floor(times.length * (1 - share))]?.time.toFixed(2)
print(`${mails.length} mails, ${(total / mails.length).toFixed(3)} CPU ms a mail`)
print(`wall: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms`)
for (const [name, time] of spent) print(`  ${name.padEnd(10)} ${(time / mails.length).toFixed(3)} ms`)
for (const { name, size, time } of times.slice(0, options.slowest))
  print(`  ${time.toFixed(1)} ms  ${(size / 1024).toFixed(0)} KB  ${name}`)
