/**
 * The classifier as TREC measured filters: every message of an index is scored before its label is learned, with the
 * shipped configuration and the SQLite store. `npm run -s bench:bayes -- INDEX.tsv OUT.tsv [--database FILE]`.
 * INDEX: `label<TAB>path` a line, paths from the folder of the index; OUT: `label<TAB>score`, log-odds.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { classify, teach } from '../lib/bayes/classify.ts'
import { lessonFrom } from '../lib/bayes/lesson.ts'
import type { Features } from '../lib/bayes/features.ts'
import { parseMessage } from '../lib/mail/message.ts'
import { splitMail } from '../lib/mail/split.ts'
import { openBayesStore } from '../lib/store/bayes-sqlite.ts'
import type { BayesStore } from '../lib/store/bayes-store.ts'
import { asLine, figuresOf } from './figures.ts'
import { readIndex } from './stream.ts'
import type { Mail } from './stream.ts'

const [index, out, option, file] = process.argv.slice(2)
if (index === undefined || out === undefined || (option !== undefined && option !== '--database')) {
  process.stderr.write('usage: bench:bayes INDEX.tsv OUT.tsv [--database FILE]\n')
  process.exit(64)
}
const home = mkdtempSync(join(tmpdir(), 'hamlet-bench-'))
const spent = { parse: 0, classify: 0, learn: 0 }

function timed<T>(what: keyof typeof spent, work: () => T): T {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  spent[what] += (user + system) / 1000
  return result
}

function scoreOf(store: BayesStore, { path, label }: Mail, at: number): number {
  const bytes = readFileSync(path)
  const message = timed('parse', () => {
    const parsed = parseMessage(splitMail(bytes))
    parsed.rendered()
    return parsed
  })
  const { lesson, score } = timed('classify', () => {
    const made = lessonFrom(message, label, store.salt, { at, who: 'bench', source: 'bench' })
    return { lesson: made, score: classify(made.features as Features, store.model()).logOdds }
  })
  timed('learn', () => store.learn([lesson], teach))
  return score
}

try {
  const store = openBayesStore(file ?? join(home, 'bayes.sqlite'), { salt: [1, 2] })
  const mails = readIndex(index)
  const stream = mails.map((mail, at) => ({ label: mail.label, score: scoreOf(store, mail, at) }))
  writeFileSync(out, `${stream.map(asLine).join('\n')}\n`)
  store.close()
  const each = Object.entries(spent).map(([what, ms]) => `${what} ${(ms / mails.length).toFixed(2)}`)
  process.stderr.write(
    `${mails.length} messages; CPU ms a message: ${each.join(', ')}\n${figuresOf(stream)}\n`,
  )
} finally {
  rmSync(home, { recursive: true })
}
