/** Several processes learn and classify at once: no count is lost, and nobody waits for a reader. */
import { expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'

const PROCESSES = 3
const LESSONS = 40

const program = (home: string, number: number) => `
  const { openBayesStore } = await import(${JSON.stringify(pathToFileURL(join(process.cwd(), 'lib/store/bayes-sqlite.ts')).href)})
  const store = openBayesStore(${JSON.stringify(home)}, { slots: 1024, lockTimeout: 20000 })
  const teach = () => [0.25]
  for (let n = 0; n < ${LESSONS}; n++) {
    const own = 1000 * ${number} + n + 10
    store.learn([{
      at: 0, who: '', source: '', about: '', as: n % 2 ? 'spam' : 'ham', message: Buffer.from(('${number}/' + n).padEnd(16)),
      features: { words: Float64Array.from([7, own]), blocks: [Int32Array.from([5])] },
    }], teach)
    store.model().counts(Float64Array.from([7]))
  }
  store.close()
`

it('loses no lesson when several processes learn at once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'bayes-many-'))
  try {
    openBayesStore(home, { slots: 1024 }).close()
    const codes = await Promise.all(
      Array.from({ length: PROCESSES }, (_, number) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', program(home, number)], {
          stdio: 'inherit',
        })
        return new Promise((resolve) => child.once('exit', resolve))
      }),
    )
    expect(codes).toEqual([0, 0, 0])
    const store = openBayesStore(home, { slots: 1024 })
    const half = (PROCESSES * LESSONS) / 2
    expect(store.totals()).toEqual({ spam: half, ham: half })
    expect([...store.model().counts(Float64Array.from([7, 10, 2049]))]).toEqual([half, half, 0, 1, 1, 0])
    // every lesson moved the weight, and each but the very first was followed by going over another
    const lessons = store.model().weights[5]! / 0.25
    expect(lessons).toBeGreaterThan(PROCESSES * LESSONS)
    expect(Number.isInteger(lessons)).toBe(true)
    store.close()
  } finally {
    rmSync(home, { recursive: true })
  }
}, 120_000)
