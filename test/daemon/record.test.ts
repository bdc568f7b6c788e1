/** The record's writer with its real thread and a real file. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import Database from 'better-sqlite3'
import { startRecordWriter, type RecordOptions } from '../../lib/daemon/record-writer.ts'
import { openHistory } from '../../lib/store/history-sqlite.ts'
import { waitFor } from '../servers/support/programs.ts'
import { decisionWith } from '../support/decision.ts'

let directory = ''
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'record-'))))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const decision = (reference: string, recipients = 1) =>
  decisionWith({
    reference,
    client: '192.0.2.7',
    clientName: 'mx.example',
    helo: 'mx.example',
    sender: 'anna@sender.example',
    recipients: Array.from({ length: recipients }, (_, index) => `user${index}@example.test`),
  })

function writer(options: Partial<RecordOptions> = {}) {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const record = startRecordWriter({
    directory,
    log: { error: say, warn: say, notice: say },
    setup: { flushAfter: 50 },
    ...options,
  })
  record.configure(30 * 86_400_000, 1000, 1_000_000)
  return { record, said }
}

function written(): number {
  const history = openHistory(directory)
  try {
    return history.find({ word: '192.0.2.7', since: 0, limit: 10_000 }).length
  } finally {
    history.close()
  }
}

describe('the record of a running daemon', () => {
  it('holds at the end what was decided a moment before', async () => {
    const { record, said } = writer({ setup: { flushAfter: 60_000 } })
    for (let number = 0; number < 450; number++) record.add(decision(`r-${number}`))
    await record.close()
    expect([written(), said]).toEqual([450, []])
  })

  it('is written within its time without any end', async () => {
    const { record } = writer()
    record.add(decision('r-1'))
    await waitFor(() => written() === 1)
    await record.close()
  })

  it('waits for a file that another program has locked, and writes everything later', async () => {
    openHistory(directory).close()
    const other = new Database(join(directory, 'history.sqlite'))
    other.exec('BEGIN IMMEDIATE')
    const { record, said } = writer()
    for (let number = 0; number < 300; number++) record.add(decision(`r-${number}`))
    await waitFor(() => said.length > 0)
    expect(said[0]).toMatch(/cannot be recorded now: .*locked by another program/)
    other.exec('COMMIT')
    other.close()
    await waitFor(() => said.length > 1)
    expect(said.slice(1)).toEqual(['decisions are recorded again'])
    await record.close()
    expect(written()).toBe(300)
  })

  it('never takes more memory than it may: what finds no room is counted, and said', async () => {
    openHistory(directory).close()
    const other = new Database(join(directory, 'history.sqlite'))
    other.exec('BEGIN IMMEDIATE')
    const { record, said } = writer()
    record.configure(30 * 86_400_000, 1000, 1_000_000)
    for (let number = 0; number < 100; number++) record.add(decision(`r-${number}`, 1000))
    expect(said).toEqual(['decisions are not recorded for now: too many wait already'])
    other.exec('COMMIT')
    other.close()
    await waitFor(() => said.some((text) => /^\d+ decisions were not recorded/.test(text)))
    await record.close()
    expect(said.find((text) => /^\d+ decisions/.test(text))).toMatch(/^91 decisions/)
    expect(written()).toBe(9)
  })

  it('gives up in time when the file stays locked at the end, and says what is lost', async () => {
    openHistory(directory).close()
    const other = new Database(join(directory, 'history.sqlite'))
    other.exec('BEGIN IMMEDIATE')
    const { record, said } = writer({ patience: 100 })
    record.add(decision('r-1'))
    await record.close()
    expect(said.at(-1)).toBe('1 decisions could not be recorded before the end')
    other.close()
  })

  it('moves a damaged file aside, says so once and begins a new one', async () => {
    writeFileSync(
      join(directory, 'history.sqlite'),
      'this is no database at all, but long enough\n'.repeat(50),
    )
    const { record, said } = writer()
    record.add(decision('r-1'))
    await waitFor(() => said.length > 0 && written() === 1)
    await record.close()
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/history\.sqlite\.damaged-\d{4}-\d\d-\d\dT\d{6}Z, and a new one is begun/)
    expect(readdirSync(directory).filter((name) => name.includes('damaged'))).toHaveLength(1)
  })
})
