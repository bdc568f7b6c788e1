/** A worker as the pool sees it: one that cannot even start is told from one that a mail has ended. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { ScanWorker } from '../../lib/scan/worker-thread.ts'
import { testConfig } from '../support/engine.ts'

it('one that fails while it starts never counts as started, so that it is not replaced at once for ever', async () => {
  const home = mkdtempSync(join(tmpdir(), 'worker-'))
  writeFileSync(join(home, 'fails.mjs'), "throw new Error('no rules today')\n")
  let gone: (reason: string) => void = () => undefined
  const ended = new Promise<string>((resolve) => (gone = resolve))
  const setup = { config: testConfig(), sources: [], local: true }
  const worker = new ScanWorker(
    join(home, 'fails.mjs'),
    setup,
    { megabytes: 192 },
    { said: () => undefined, gone },
  )
  await expect(worker.loaded).rejects.toThrow(/no rules today/)
  expect(await ended).toContain('no rules today')
  expect(worker).toMatchObject({ started: false, loading: false, alive: false, free: false })
  rmSync(home, { recursive: true })
})
