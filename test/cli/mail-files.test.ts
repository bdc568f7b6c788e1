import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { readMails } from '../../lib/cli/mail-files.ts'
import type { ReadOptions } from '../../lib/cli/mail-files.ts'

let home = ''
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'mail-files-'))))
afterEach(() => rmSync(home, { recursive: true }))

const said: string[] = []
const terminal = (input: string | Buffer[] = '') => ({
  stdin: Readable.from(Array.isArray(input) ? input : [Buffer.from(input)]),
  out: () => undefined,
  err: (line: string) => void said.push(line),
})

async function read(paths: string[], input: string | Buffer[] = '', options: ReadOptions = {}) {
  const mails: [string, string][] = []
  for await (const { name, bytes } of readMails(paths, terminal(input), options))
    mails.push([name.replace(home, '~'), Buffer.from(bytes).toString('latin1')])
  return mails
}

const MBOX =
  'From a@b Mon Jan  1 00:00:00 2024\nSubject: 1\n\nFrom here on\n>From there\n>>From where\n\n' +
  'From the sea\n\nFrom c@d Tue Jan  2 00:00:00 2024\nSubject: 2\n\nx\n'
const FIRST = 'Subject: 1\n\nFrom here on\nFrom there\n>From where\n\nFrom the sea\n'

describe('readMails', () => {
  it('reads one message from standard input when nothing is named', async () => {
    expect(await read([], 'A: b\n\nc\n')).toEqual([['-', 'A: b\n\nc\n']])
  })
  it('reads an mbox whatever the chunks are', async () => {
    for (const size of [1, 2, 7, 50, 1000]) {
      const chunks = []
      for (let at = 0; at < MBOX.length; at += size) chunks.push(Buffer.from(MBOX.slice(at, at + size)))
      expect(await read(['-'], chunks)).toEqual([
        ['-#1', FIRST],
        ['-#2', 'Subject: 2\n\nx\n'],
      ])
    }
  })
  it('reads an mbox with CRLF', async () => {
    const mails = await read(['-'], MBOX.replaceAll('\n', '\r\n'))
    expect(mails[0]![1]).toBe(FIRST.replaceAll('\n', '\r\n'))
  })
  it('keeps only the beginning of a message over the limit, and finds the next', async () => {
    const big = 'From a@b Mon Jan  1 00:00:00 2024\n' + 'x'.repeat(90) + '\n'
    const chunks = [...Array(100).keys()].map(() => Buffer.from('y'.repeat(99) + '\n'))
    const mails = await read(
      ['-'],
      [Buffer.from(big), ...chunks, Buffer.from('\nFrom c@d Tue Jan  2 00:00:00 2024\nz\n')],
      {
        limit: 50,
      },
    )
    expect(mails).toEqual([
      ['-#1', 'x'.repeat(50)],
      ['-#2', 'z\n'],
    ])
  })
  it('reads directories in order of names, a Maildir without its sub-folders', async () => {
    for (const directory of ['plain/sub', 'maildir/cur', 'maildir/new', 'maildir/tmp', 'maildir/.Junk/cur'])
      mkdirSync(join(home, directory), { recursive: true })
    for (const file of ['plain/b', 'plain/a', 'plain/.hidden', 'plain/sub/c'])
      writeFileSync(join(home, file), file)
    for (const file of ['maildir/cur/1:2,S', 'maildir/new/2', 'maildir/tmp/3', 'maildir/dovecot.index'])
      writeFileSync(join(home, file), file)
    symlinkSync(join(home, 'plain'), join(home, 'plain/sub/loop'))
    const plain = await read([join(home, 'plain')])
    expect(plain.slice(0, 3).map(([, text]) => text)).toEqual(['plain/a', 'plain/b', 'plain/sub/c'])
    expect((await read([join(home, 'maildir')])).map(([name]) => name)).toEqual([
      '~/maildir/cur/1:2,S',
      '~/maildir/new/2',
    ])
  })
  it('says which named file is missing', async () => {
    await expect(read([join(home, 'none')])).rejects.toThrow('there is no such file')
  })
  it('tells progress', async () => {
    let clock = 0
    said.length = 0
    await read(['-'], MBOX, { now: () => (clock += 3000) })
    expect(said[0]).toMatch(/^1 messages in \d+ s, at -#1$/)
  })
  it('passes errors of its consumer on unchanged', async () => {
    writeFileSync(join(home, 'a'), 'x')
    const consume = async () => {
      for await (const _ of readMails([join(home, 'a')], terminal())) throw new Error('mine')
    }
    await expect(consume()).rejects.toThrow('mine')
  })
})
