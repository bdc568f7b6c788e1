/**
 * `hamlet learn spool`: learns the messages that dovecot/hamlet-learn laid down, and takes them away. Everyone may write
 * into the spool, so nothing in it is trusted: only plain files with the right kind of name and a bounded size count.
 */
import { constants } from 'node:fs'
import { open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { missing, teach } from '../../bayes/classify.ts'
import { lessonFrom } from '../../bayes/lesson.ts'
import { messageOf } from '../../fault.ts'
import { parseMessage } from '../../mail/message.ts'
import { splitMail } from '../../mail/split.ts'
import type { BayesStore, LessonInput, MailClass } from '../../store/bayes-store.ts'
import { modelDomain } from '../../store/bayes-place.ts'
import { loadConfig } from '../config-file.ts'
import { unreadable } from '../mail-files.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, UsageError } from '../verb.ts'
import type { Terminal, Verb } from '../verb.ts'
import { BATCH, withBayesStore, type StoreOptions } from './store.ts'

/** CLASS.NANOSECONDS.RANDOM.USER.eml */
const NAME = /^(spam|ham)\.(\d{10,25})\.[A-Za-z0-9]{6,20}\.([A-Za-z0-9@._+-]{1,100})\.eml$/
/** What wakes us (dovecot/hamlet-learn.path); what is left of it when we end would wake us for ever. */
const WAKING = /^(?:spam|ham)\.[0-9].*\.eml$/
const LARGEST = 32 * 1024 ** 2
const DAY = 86_400_000

interface Laid {
  readonly path: string
  readonly as: MailClass
  readonly at: bigint
  readonly who: string
}

const OPTIONS = {
  config: CONFIG_OPTION,
  quiet: { help: 'no summary' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'spool',
  usage: ['[OPTION…] DIRECTORY'],
  about: `Learns and removes the messages that Dovecot laid into DIRECTORY (docs/dovecot.md); each user teaches the model of their domain.`,
  options: OPTIONS,
  takes: 'directory',
  exits: {
    0: 'done',
    1: 'the model of a domain is not there',
    64: 'wrong arguments',
    66: 'the directory cannot be read',
    75: 'the database is busy or unusable: try later',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    const [directory, ...more] = positionals
    if (directory === undefined || more.length > 0) throw new UsageError('expected one DIRECTORY')
    const laid = await messagesIn(directory, terminal)
    const { domains, train } = loadConfig(values.config).config.bayes
    const most = train.most_a_day
    const domainOf = ({ who }: Laid) => modelDomain([who], domains)
    for (const domain of new Set([null, ...laid.map(domainOf)])) {
      const own = laid.filter((one) => domainOf(one) === domain)
      const { config } = values
      await learnLaid(own, { config, domain, most, quiet: values.quiet === true }, terminal)
    }
    return EXIT.ok
  },
}

/** What the users of one model have laid down. */
function learnLaid(
  laid: readonly Laid[],
  { quiet, most, ...options }: StoreOptions & { readonly quiet: boolean; readonly most: number },
  terminal: Terminal,
): Promise<void> {
  return withBayesStore(options, async (store) => {
    let learned = 0
    const room = roomOf(store, most, terminal)
    for (let at = 0; at < laid.length; at += BATCH)
      learned += await learnBatch(store, laid.slice(at, at + BATCH), room, terminal)
    const totals = store.totals()
    const needs = missing(totals)
    if (!quiet)
      terminal.out(
        `${options.domain ? `${options.domain}: ` : ''}${learned} learned; now ${totals.spam} spam and ${totals.ham} ham${needs === null ? '' : ` (${needs})`}`,
      )
  })
}

/** Whether this user may teach one more today; says so once when not. */
function roomOf(store: BayesStore, most: number, terminal: Terminal): (who: string) => boolean {
  const left = new Map<string, number>()
  return (who) => {
    const now = left.get(who) ?? most - store.taughtBy(who, Date.now() - DAY)
    if (now === 0 || (now < 0 && !left.has(who)))
      terminal.err(`${who}: ${most} lessons a day (bayes.train.most_a_day), the others are not learned`)
    left.set(who, now - 1)
    return now > 0
  }
}

/** In the order in which they were laid down: the last word of a user counts. */
async function messagesIn(directory: string, terminal: Terminal): Promise<Laid[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw unreadable(directory, error)
  })
  for (const name of names)
    if (WAKING.test(name) && !NAME.test(name)) await setAside(join(directory, name), terminal)
  return names
    .flatMap((name) => {
      const [, as, at, who] = NAME.exec(name) ?? []
      if ((as !== 'spam' && as !== 'ham') || at === undefined || who === undefined) return []
      return [{ path: join(directory, name), as: as as MailClass, at: BigInt(at), who }]
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

/** Files go only when their lessons are in the database. */
async function learnBatch(
  store: BayesStore,
  batch: readonly Laid[],
  room: (who: string) => boolean,
  terminal: Terminal,
): Promise<number> {
  const lessons: LessonInput[] = []
  for (const laid of batch) {
    const bytes = await readPlain(laid.path)
    if (bytes === null)
      terminal.err(`${laid.path}: not a plain file of at most ${LARGEST} octets, passed over`)
    else if (room(laid.who)) {
      const origin = { at: Number(laid.at / 1_000_000n), who: laid.who, source: 'folder' }
      lessons.push(lessonFrom(parseMessage(splitMail(bytes)), laid.as, store.salt, origin))
    }
  }
  const results = store.learn(lessons, teach)
  // a folder of such a name cannot be removed when something is in it
  await Promise.all(batch.map(({ path }) => unlink(path).catch(() => setAside(path, terminal))))
  return results.filter((result) => result !== 'known').length
}

/** Under a name that nothing looks for; the administrator sees what it was. */
async function setAside(path: string, terminal: Terminal): Promise<void> {
  const aside = join(dirname(path), `.refused.${basename(path)}`)
  try {
    await rename(path, aside)
    terminal.err(`${path}: no message of hamlet-learn, renamed to ${basename(aside)}`)
  } catch (error) {
    terminal.err(`${path}: no message of hamlet-learn, and cannot be renamed: ${messageOf(error)}`)
  }
}

/** Never follows a link, never waits for a pipe. */
async function readPlain(path: string): Promise<Uint8Array | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null)
  if (!file) return null
  try {
    const { size } = await file.stat()
    return (await file.stat()).isFile() && size <= LARGEST ? await file.readFile() : null
  } finally {
    await file.close()
  }
}
