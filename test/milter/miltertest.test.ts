import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Edit, MilterHandler, Reply } from '../../lib/milter/handler.ts'
import { run, stopAll } from './support/running.ts'
import { mailAddress } from '../../lib/milter/mail-address.ts'

// Debian's miltertest is an MTA's side that others wrote (OpenDKIM's project), driven by Lua scripts.
const folder = join(import.meta.dirname, 'miltertest')
const scripts = readdirSync(folder).filter((name) => name.endsWith('.lua') && name !== 'support.lua')
const installed = spawnSync('miltertest', ['-V']).error === undefined
const required = process.env.HAMLET_REQUIRE_SERVERS === '1'

afterEach(stopAll)

const proceed: Reply = { kind: 'continue' }
const edits: readonly Edit[] = [
  { kind: 'addHeader', name: 'X-Added', value: 'one' },
  { kind: 'insertHeader', index: 0, name: 'X-Inserted', value: 'two' },
  { kind: 'changeHeader', nth: 1, name: 'Subject', value: 'three' },
  { kind: 'removeHeader', nth: 1, name: 'X-Old' },
  { kind: 'addRecipient', address: mailAddress('c@example') },
  { kind: 'removeRecipient', address: mailAddress('b@example') },
  { kind: 'replaceBody', body: Buffer.from('new body\r\n') },
  { kind: 'quarantine', reason: 'held' },
]
const refuse = (text: string): Reply => ({ kind: 'refuse', reply: { code: 550, enhanced: '5.7.1', text } })

/** Decides by the sender's local part, as the scripts expect. */
function decisive(): MilterHandler {
  return {
    sender: ({ sender: { address } }) =>
      address === 'reject@example'
        ? refuse('Not you')
        : address === 'later@example'
          ? { kind: 'tempfail' }
          : proceed,
    recipient: ({ recipient }) => (recipient.address === 'nobody@example' ? refuse('No such user') : proceed),
    unknown: () => ({ kind: 'refuse', reply: { code: 421, enhanced: '4.7.0', text: 'Enough' } }),
    message: async ({ sender: { address } }) => {
      await Promise.resolve()
      if (address === 'refuse@example') return { reply: refuse('Not 100% wanted'), edits: [] }
      if (address === 'discard@example') return { reply: { kind: 'discard' }, edits: [] }
      return { reply: { kind: 'accept' }, edits: address === 'edits@example' ? edits : [] }
    },
  }
}

describe('miltertest', () => {
  if (!installed) {
    it('is not installed (apt-get install miltertest): its scripts are not run', () => {
      expect(required).toBe(false)
    })
    return
  }

  it.each(scripts)('%s', async (script) => {
    const running = await run(decisive)
    const path = running.address.replace(/^unix:/, '')
    const support = `support=${join(folder, 'support.lua')}`
    const child = spawn('miltertest', ['-D', `socket=${path}`, '-D', support, '-s', join(folder, script)])
    let output = ''
    child.stdout.on('data', (chunk) => (output += String(chunk)))
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    const [code] = (await once(child, 'close')) as [number | null]
    expect(output).toBe(`${script.replace('.lua', '')}: passed\n`)
    expect(code).toBe(0)
    expect(running.problems).toEqual([])
  })
})
