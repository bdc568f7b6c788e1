/** Every command that reads what Hamlet remembers, while that is damaged: one sentence that says which file, and no stack. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import Database from 'better-sqlite3'
import { main } from '../../lib/cli.ts'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import { openHistory } from '../../lib/store/history-sqlite.ts'
import { openState } from '../../lib/store/state.ts'
import { recordedTerminal } from '../support/terminal.ts'
import { decisionWith } from '../support/decision.ts'

const RUBBISH = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(60_000, 7)])
const FILES = ['state', 'counters', 'greylist', 'reputation', 'history', 'bayes', 'seen']
let folder = ''

const COMMANDS = [
  ['why', 'r-1'],
  ['why', 'a@b.example'],
  ['limits'],
  ['lists'],
  ['senders'],
  ['senders', 'forget', 'a@b.example'],
  ['allow', 'a@b.example'],
  ['allow', '--list'],
  ['block', '--remove', 'a@b.example'],
  ['stats'],
  ['learn', 'log'],
  ['learn', 'spam', 'mail.eml'],
  ['explain', 'mail.eml'],
]

/** As rubbish, and as a file that ends after its first page. */
const DAMAGES: readonly (readonly [string, (path: string) => void])[] = [
  ['rubbish', (path) => writeFileSync(path, RUBBISH)],
  [
    'cut off',
    (path) => {
      const database = new Database(path)
      database.pragma('wal_checkpoint(TRUNCATE)')
      database.close()
      truncateSync(path, 4096)
    },
  ],
]

describe.each(DAMAGES)('databases that are %s', (name, damage) => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'damaged-'))
    const state = join(folder, 'state')
    mkdirSync(state)
    writeFileSync(
      join(folder, 'hamlet.yaml'),
      'state: ./state\ndns_lists: { lists: [{ zone: a.test, codes: { 127.0.0.2: { hit: A_LIST, score: 1 } } }] }\n',
    )
    writeFileSync(join(folder, 'mail.eml'), 'Message-ID: <1@x>\nSubject: hello\n\ntext\n')
    openState(state).close()
    openBayesStore(state).close()
    const history = openHistory(state)
    history.add(Array.from({ length: 500 }, (_, number) => decision(number)))
    history.close()
    for (const file of FILES) {
      const path = join(state, `${file}.sqlite`)
      if (name === 'cut off' && file === 'seen') continue
      damage(path)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(COMMANDS.map((words) => [words.join(' '), words] as const))('%s', async (_name, args) => {
    const words = args.map((word) => (word === 'mail.eml' ? join(folder, word) : word))
    const terminal = recordedTerminal()
    const code = await main([...words, '--config', join(folder, 'hamlet.yaml')], terminal)
    const { err } = terminal.lines
    expect(code).not.toBe(0)
    expect(err.join('\n')).toMatch(/\.sqlite is (damaged|not an SQLite database)/)
    expect(err.join('\n')).not.toMatch(/\n\s+at |SqliteError|node_modules/)
    expect(err).toHaveLength(1)
  })
})

const decision = (number: number) => decisionWith({ reference: `r-${number}`, sender: 'a@b.example' })
