/**
 * State that a released version wrote is understood: the files below `released/VERSION` were made by that version (six
 * decisions over three sessions of 2026-11-27, three lessons, an allow and a block entry) and are never made anew.
 */
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { main } from '../../lib/cli.ts'
import { openStores } from '../../lib/store/open.ts'
import { recordedTerminal } from '../support/terminal.ts'

const RELEASED = join(import.meta.dirname, 'released')

describe.each(readdirSync(RELEASED))('state written by %s', (version) => {
  let home = ''
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'released-'))
    for (const file of readdirSync(join(RELEASED, version)))
      writeFileSync(
        join(home, file.replace(/\.gz$/, '')),
        gunzipSync(readFileSync(join(RELEASED, version, file))),
      )
    writeFileSync(join(home, 'c.yaml'), `state: ${home}\n`)
  })
  afterEach(() => rmSync(home, { recursive: true }))

  const run = async (...words: string[]) => {
    const [verb = '', ...rest] = words
    const command = verb === 'learn' ? [rest.shift() ?? ''] : []
    const terminal = recordedTerminal()
    const code = await main([verb, ...command, '--config', join(home, 'c.yaml'), ...rest], terminal)
    return { code, out: terminal.lines.out.join('\n'), err: terminal.lines.err.join('\n') }
  }
  /** The daemon is the one that brings files up to date. */
  const upgrade = () => {
    const { store, problems } = openStores(home, {}, { owner: true })
    const sighting = store.greylist.credits('nobody', Date.now(), 1)
    store.close()
    return { problems, sighting }
  }

  it.each([
    ['before the daemon has seen it', false],
    ['after', true],
  ])('tells commands what it knows, %s', async (_, first) => {
    if (first) expect(upgrade()).toEqual({ problems: [], sighting: 0 })
    expect((await run('allow', '--list')).out).toMatch(/^allow friend@example\.org /)
    expect((await run('block', '--list')).out).toMatch(/^block foe@example\.org/)
    expect((await run('senders')).out).toContain('a1@sender.example')
    const why = await run('why', 'a3@sender.example')
    expect(why.code).toBe(0)
    expect(why.out).toContain('GTUBE')
    expect((await run('stats')).out).toMatch(/2 spam and 1 ham/)
    expect((await run('learn', 'log')).out).toContain('<l3@example.org>')
  })

  it('takes further lessons, by reference too, and takes old ones back', async () => {
    const [reference = ''] =
      /reference (\S+?),/.exec((await run('why', '<m1@sender.example>')).out)?.slice(1) ?? []
    expect((await run('learn', 'spam', '--ref', reference)).out).toMatch(/^1 learned; now 3 spam and 1 ham/)
    expect((await run('learn', 'undo', '1')).out).toMatch(/^1 of 1 lessons taken back; now 2 spam/)
  })

  it('opens a second time after it was brought up to date', () => {
    upgrade()
    copyFileSync(join(home, 'state.sqlite'), join(home, 'copy.sqlite'))
    expect(upgrade().problems).toEqual([])
  })
})
