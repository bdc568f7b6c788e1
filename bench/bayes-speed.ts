/**
 * What the classifier costs with a large database on disk: CPU time of opening it, of judging a mail and of learning
 * one, in batches and by itself. `npm run -s bench:bayes-speed -- INDEX.tsv [--words 1000000] [--rounds 3] [--batch 50]`.
 * Half of the mails of the index are learned before, the others measured; the words besides theirs are made up.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { classify, teach } from '../lib/bayes/classify.ts'
import { lessonFrom } from '../lib/bayes/lesson.ts'
import type { Features } from '../lib/bayes/features.ts'
import { parseMessage } from '../lib/mail/message.ts'
import { splitMail } from '../lib/mail/split.ts'
import { openBayesStore } from '../lib/store/bayes-sqlite.ts'
import type { BayesStore, LessonInput } from '../lib/store/bayes-store.ts'
import { readIndex } from './stream.ts'
import type { Mail } from './stream.ts'

const WORDS_A_LESSON = 400
const NOW = Date.UTC(2026, 0, 1)
const ORIGIN = { at: NOW + 86_400_000, who: 'bench', source: 'bench' }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    words: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '50' },
  },
})
const [index] = positionals
if (index === undefined) {
  process.stderr.write('usage: bench:bayes-speed INDEX.tsv [--words N] [--rounds N] [--batch N]\n')
  process.exit(64)
}
const BATCH = Number(values.batch)
const say = (text: string) => process.stdout.write(`${text}\n`)

/** CPU milliseconds of this process. */
function cpu(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function parsed({ path }: Mail) {
  const message = parseMessage(splitMail(readFileSync(path)))
  message.rendered()
  return message
}

const lessonOf = (store: BayesStore, mail: Mail, at: number): LessonInput =>
  lessonFrom(parsed(mail), mail.label, store.salt, { at: NOW + at, who: 'bench', source: 'bench' })

function inBatches<T>(all: readonly T[], size: number, work: (some: readonly T[]) => void): void {
  for (let at = 0; at < all.length; at += size) work(all.slice(at, at + size))
}

/** Words nobody has seen elsewhere, as many a lesson as mails have. */
function madeUp(count: number): LessonInput[] {
  const word = () => Math.floor(Math.random() * 2 ** 53)
  return Array.from({ length: Math.ceil(count / WORDS_A_LESSON) }, (_, at) => ({
    at: NOW,
    who: 'bench',
    source: 'bench',
    about: '',
    as: at % 2 === 0 ? 'spam' : 'ham',
    message: Buffer.from(`made up ${at}`.padEnd(16)),
    features: { words: Float64Array.from({ length: WORDS_A_LESSON }, word), blocks: [] },
  }))
}

function fill(store: BayesStore, mails: readonly Mail[]): void {
  inBatches(madeUp(Number(values.words)), BATCH, (some) => store.learn(some, () => []))
  inBatches(mails, BATCH, (some) =>
    store.learn(
      some.map((mail, at) => lessonOf(store, mail, at)),
      teach,
    ),
  )
}

const home = mkdtempSync(join(tmpdir(), 'hamlet-bench-'))
try {
  const mails = readIndex(index)
  const known = mails.filter((_, at) => at % 2 === 0)
  const others = mails.filter((_, at) => at % 2 === 1)
  const first = openBayesStore(home)
  fill(first, known)
  first.close()
  const size = statSync(join(home, 'bayes.sqlite')).size / 1024 ** 2
  let store: BayesStore | null = null
  const opening = cpu(() => {
    store = openBayesStore(home)
    store.model()
  })
  if (store === null) throw new Error('not opened')
  const open: BayesStore = store
  say(
    `${open.overview(0).words} words, ${open.journal({ limit: 1e6 }).length} lessons, ${size.toFixed(0)} MB; opened in ${opening.toFixed(0)} ms`,
  )
  // a daemon has judged before: compiled code, and the counts of common words in memory
  for (const mail of known)
    classify(lessonFrom(parsed(mail), mail.label, open.salt, ORIGIN).features as Features, open.model())
  const rounds = Number(values.rounds)
  const share = Math.floor(others.length / rounds)
  for (let round = 0; round < rounds; round++) {
    const some = others.slice(round * share, (round + 1) * share)
    const messages = some.map(parsed)
    const lessons: LessonInput[] = []
    const taken: number[] = []
    const judging = cpu(() => {
      messages.forEach((message, at) => {
        const begun = performance.now()
        const lesson = lessonFrom(message, some[at]!.label, open.salt, ORIGIN)
        classify(lesson.features as Features, open.model())
        taken.push(performance.now() - begun)
        lessons.push(lesson)
      })
    })
    const typical = taken.toSorted((one, other) => one - other)[taken.length >> 1] ?? 0
    // every tenth by itself, as a daemon learns; the others as a folder is learned
    const alone = lessons.filter((_, at) => at % 10 === 0)
    const together = lessons.filter((_, at) => at % 10 !== 0)
    const batched = cpu(() => inBatches(together, BATCH, (batch) => open.learn(batch, teach)))
    const single = cpu(() => inBatches(alone, 1, (one) => open.learn(one, teach)))
    const each = (total: number, count: number) => (total / count).toFixed(2)
    say(
      `round ${round + 1}: judge ${each(judging, some.length)} (the median mail ${typical.toFixed(2)} ms), learn in batches of ${BATCH} ${each(batched, together.length)}, one by one ${each(single, alone.length)} CPU ms a mail`,
    )
  }
  open.close()
} finally {
  rmSync(home, { recursive: true })
}
