/** `hamlet learn spam|ham|forget`: messages from files or standard input. */
import { missing, teach } from '../../bayes/classify.ts'
import { lessonFrom } from '../../bayes/lesson.ts'
import { parseMessage } from '../../mail/message.ts'
import { splitMail } from '../../mail/split.ts'
import type { BayesStore, Lesson, LessonInput, MailClass } from '../../store/bayes-store.ts'
import { readMails } from '../mail-files.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, UsageError } from '../verb.ts'
import type { RunnableVerb, Terminal } from '../verb.ts'
import { learnSeen } from './seen.ts'
import { DOMAIN_OPTION, accountName, BATCH, withBayesStore } from './store.ts'

type Action = MailClass | 'forget'
type Tally = Map<Lesson, number>

const OPTIONS = {
  config: CONFIG_OPTION,
  domain: DOMAIN_OPTION,
  'message-id': {
    value: 'ID',
    multiple: true,
    help: '(forget) the message of this Message-ID, instead of a FILE',
  },
  ref: {
    value: 'REFERENCE',
    multiple: true,
    complete: 'reference',
    help: 'a message judged lately, by the reference in its X-Spam-Status (ref=…), in the SMTP reply or in the journal, instead of a FILE; bayes.remember says how many are remembered',
  },
  who: {
    value: 'NAME',
    help: 'whom the journal of lessons names; default: the account that runs the command',
  },
  source: { value: 'NAME', help: 'where the lesson comes from: command (default), folder, mail…' },
  quiet: { help: 'no summary and no progress' },
} satisfies OptionTable

/** `hamlet learn spam`, `ham` and `forget`. */
export function teaching(action: Action): RunnableVerb {
  return {
    name: action,
    usage: ['[OPTION…] FILE…|-'],
    about: `Messages are read from files, mbox files, Maildirs, directories or standard input.`,
    options: OPTIONS,
    takes: 'file',
    exits: {
      0: 'done',
      1: 'nothing to forget, or no such reference',
      64: 'wrong arguments',
      66: 'a file cannot be read',
      75: 'the database is busy or unusable: try later',
    },
    run: (args, terminal) => teachMessages(action, args, terminal),
  }
}

async function teachMessages(action: Action, args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS)
  const ids = values['message-id'] ?? []
  if (ids.length > 0 && action !== 'forget') throw new UsageError('--message-id is for forget only')
  const references = values.ref ?? []
  if (positionals.length + ids.length + references.length === 0)
    throw new UsageError('no FILE given; - is standard input')
  const origin = { who: values.who ?? accountName(), source: values.source ?? 'command' }
  return withBayesStore(values, async (store) => {
    const tally: Tally = new Map()
    for (const id of ids) count(tally, forgetById(store, id, origin))
    if (references.length > 0)
      for (const lesson of learnSeen(store, action, references, origin, values.config, terminal))
        count(tally, lesson)
    if (positionals.length > 0) {
      const quiet = values.quiet === true
      await learnAll(store, { action, paths: positionals, origin, tally, quiet }, terminal)
    }
    if (values.quiet !== true) terminal.out(summary(store, tally))
    const done = [...tally.keys()].some((lesson) => lesson !== 'unknown')
    return done || (action !== 'forget' && references.length === 0) ? EXIT.ok : EXIT.negative
  })
}

interface Origin {
  readonly who: string
  readonly source: string
}

interface Lessons {
  readonly action: Action
  readonly paths: readonly string[]
  readonly origin: Origin
  readonly tally: Tally
  readonly quiet: boolean
}

async function learnAll(
  store: BayesStore,
  { action, paths, origin, tally, quiet }: Lessons,
  terminal: Terminal,
): Promise<void> {
  let batch: LessonInput[] = []
  const flush = () => {
    for (const lesson of store.learn(batch, teach)) count(tally, lesson)
    batch = []
  }
  for await (const { bytes } of readMails(paths, terminal, quiet ? { progressEvery: 0 } : {})) {
    const lesson = lessonFrom(
      parseMessage(splitMail(bytes)),
      action === 'forget' ? 'ham' : action,
      store.salt,
      {
        ...origin,
        at: Date.now(),
      },
    )
    if (action === 'forget') count(tally, store.forget(lesson.message, lesson.features, lesson))
    else if (batch.push(lesson) >= BATCH) flush()
  }
  if (batch.length > 0) flush()
}

function forgetById(store: BayesStore, id: string, origin: Origin): Lesson {
  const message = store.messageOf(id.trim())
  if (message === null) return 'unknown'
  return store.forget(message, null, { ...origin, at: Date.now(), about: id.trim() })
}

function count(tally: Tally, lesson: Lesson): void {
  tally.set(lesson, (tally.get(lesson) ?? 0) + 1)
}

const WORDS: Readonly<Record<Lesson, string>> = {
  learned: 'learned',
  relearned: 'moved to the other class',
  known: 'known already',
  forgotten: 'forgotten',
  unknown: 'never learned',
}

function summary(store: BayesStore, tally: Tally): string {
  const { spam, ham } = store.totals()
  const parts = [...tally].map(([lesson, number]) => `${number} ${WORDS[lesson]}`)
  const needs = missing({ spam, ham })
  return `${parts.join(', ') || 'no message'}; now ${spam} spam and ${ham} ham${needs === null ? '' : ` (${needs})`}`
}
