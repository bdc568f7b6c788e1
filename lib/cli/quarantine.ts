/** `hamlet quarantine`: held mail of the MTA, listed, shown, released, deleted, learned from. */
import { plainText } from '../plain-text.ts'
import { Readable } from 'node:stream'
import { releaseKey } from '../store/release-key.ts'
import { RELEASE_KEPT } from '../store/release-store.ts'
import { postfixQueue } from '../quarantine/postfix.ts'
import { QueueError, type Held, type HoldQueue } from '../quarantine/queue.ts'
import { sendmailQueue } from '../quarantine/sendmail.ts'
import { summarize } from '../quarantine/summary.ts'
import type { Config } from '../config/schema.ts'
import { splitMail } from '../mail/split.ts'
import { loadConfig } from './config-file.ts'
import { teaching } from './learn/messages.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { openStateOf, runList } from './sender-list.ts'
import { CommandError, EXIT, UsageError, type Terminal, type Verb } from './verb.ts'

const WHOLE = 1 << 30
/** Enough for any header we judge by. */
const HEAD = 256 * 1024

const OPTIONS = {
  config: CONFIG_OPTION,
  all: { help: '(list) also mails held by others' },
  json: { help: '(list) one JSON object a line' },
  head: { help: '(show) the header only' },
  learn: { help: '(release) and learn it as ham' },
  allow: { help: '(release) and allow its sender, as far as mails are proven to be theirs' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'quarantine',
  usage: [
    '[list] [--all] [--json]',
    'show [--head] ID...',
    'release [--learn] [--allow] ID...',
    'delete ID...',
    'learn spam|ham ID...',
  ],
  about: `Works on the MTA's own queue of held mail, so it must run where the MTA runs, as a user who may (usually root).`,
  actions: {
    list: 'mails held by Hamlet, oldest first: id, age, score, sender, recipients, subject',
    show: 'the mail as it stands in the queue, octet by octet',
    release: 'hand it on to delivery; it is not judged again',
    delete: 'remove it for good',
    learn: 'teach the classifier, leave the mail where it is',
  },
  options: OPTIONS,
  exits: {
    0: 'done',
    1: 'an ID was not there',
    64: 'wrong usage',
    69: "the MTA's programs cannot be used",
    78: 'wrong configuration',
  },
  run: (args, terminal) => run(args, terminal, Date.now()),
}

/** Exported for tests, which bring their own time. */
export async function run(args: readonly string[], terminal: Terminal, now: number): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS)
  const [action = 'list', ...rest] = positionals
  const { config } = loadConfig(values.config)
  const job: Job = { queue: queueOf(config), config, configFile: values.config, terminal, now }
  try {
    switch (action) {
      case 'list':
        return list(job, values.all === true, values.json === true)
      case 'show':
        return each(rest, job, async (id) => show(id, job, values.head === true))
      case 'release':
        return await each(rest, job, (id) => release(id, job, values.learn === true, values.allow === true))
      case 'delete':
        return await each(rest, job, async (id) => remove(id, job))
      case 'learn': {
        const [as, ...ids] = rest
        if (as !== 'spam' && as !== 'ham') throw new UsageError('learn wants spam or ham, then ids')
        return await each(ids, job, (id) => teach(as, job.queue.read(id, WHOLE), job))
      }
      default:
        throw new UsageError(`expected list, show, release, delete or learn, not ${action}`)
    }
  } catch (error) {
    if (error instanceof QueueError) throw new CommandError(error.message, EXIT.unavailable)
    throw error
  }
}

interface Job {
  readonly queue: HoldQueue
  readonly config: Config
  readonly configFile: string | undefined
  readonly terminal: Terminal
  readonly now: number
}

function queueOf({ quarantine }: Config): HoldQueue {
  return quarantine.mta === 'postfix'
    ? postfixQueue(quarantine.config)
    : sendmailQueue({
        queueDirectory: quarantine.queue_directory,
        program: quarantine.sendmail,
        configFile: quarantine.config,
      })
}

function list({ queue, terminal, now }: Job, all: boolean, json: boolean): number {
  let shown = 0
  for (const held of queue.list().toSorted((a, b) => a.arrived - b.arrived)) {
    const about = summarize(queue.read(held.id, HEAD))
    if (about.score === null && !all) continue
    terminal.out(json ? JSON.stringify({ ...held, ...about }) : line(held, about, now))
    shown++
  }
  if (shown === 0) terminal.err('nothing is held')
  return EXIT.ok
}

function line(held: Held, { score, subject, tests }: ReturnType<typeof summarize>, now: number): string {
  const age = held.arrived === 0 ? '?' : ageOf(now - held.arrived)
  const to = held.recipients.length > 2 ? `${held.recipients.length} recipients` : held.recipients.join(', ')
  return `${held.id}  ${age}  ${score ?? '-'}  <${plain(held.sender)}> -> ${plain(to)}  "${subject}"  ${tests.slice(0, 100)}`.trimEnd()
}

const plain = (text: string): string => plainText(text).slice(0, 200)

function ageOf(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  return hours < 1
    ? `${Math.max(0, Math.round(hours * 60))}m`
    : hours < 48
      ? `${Math.round(hours)}h`
      : `${Math.round(hours / 24)}d`
}

/** Does one thing with each id; one that fails does not keep the others from it. */
async function each(
  ids: readonly string[],
  { terminal }: Job,
  act: (id: string) => Promise<number>,
): Promise<number> {
  if (ids.length === 0) throw new UsageError('expected at least one id')
  let code: number = EXIT.ok
  for (const id of ids) {
    try {
      code = Math.max(code, await act(id))
    } catch (error) {
      if (!(error instanceof QueueError)) throw error
      terminal.err(`${id}: ${error.message}`)
      code = Math.max(code, EXIT.negative)
    }
  }
  return code
}

function show(id: string, { queue, terminal }: Job, headOnly: boolean): number {
  const mail = queue.read(id, WHOLE).toString('latin1')
  const end = mail.indexOf('\n\n')
  const text = headOnly && end >= 0 ? mail.slice(0, end + 1) : mail
  if (terminal.octets) terminal.octets(Buffer.from(text, 'latin1'))
  else terminal.out(text)
  return EXIT.ok
}

async function release(id: string, job: Job, learnIt: boolean, allowIt: boolean): Promise<number> {
  const { queue, config, terminal, now } = job
  const mail = queue.read(id, WHOLE)
  const { headers, body } = splitMail(mail)
  const messageId = headers.find(({ name }) => name.toLowerCase() === 'message-id')?.value ?? ''
  const store = openStateOf(config)
  try {
    store.releases.add(releaseKey(messageId, body), now + RELEASE_KEPT)
  } finally {
    store.close()
  }
  const sender = summarize(mail.subarray(0, HEAD)).from
  queue.release(id)
  terminal.out(`${id}: released`)
  const learned = learnIt ? await teach('ham', mail, job) : EXIT.ok
  const address = /<([^<>\s@]+@[^<>\s]+)>|(?<![^<>\s])([^<>\s@]+@[^<>\s]+)/.exec(sender)
  const from = address?.[1] ?? address?.[2]
  if (from !== undefined && !allowIt)
    terminal.err(`to let this sender in from now on: hamlet allow ${plain(from)}`)
  if (from === undefined || !allowIt) return learned
  const options = job.configFile === undefined ? [] : ['--config', job.configFile]
  return Math.max(learned, runList('allow', [...options, '--note', `released ${id}`, from], terminal, now))
}

function remove(id: string, { queue, terminal }: Job): number {
  queue.remove(id)
  terminal.out(`${id}: deleted`)
  return EXIT.ok
}

async function teach(as: 'spam' | 'ham', mail: Buffer, { configFile, terminal }: Job): Promise<number> {
  const options = configFile === undefined ? [] : ['--config', configFile]
  return teaching(as).run([...options, '--source', 'quarantine', '-'], {
    ...terminal,
    stdin: Readable.from([mail]),
  })
}
