/**
 * Hamlet and the installed SpamAssassin hit the same rules of the stock set in our own fixture mails. Without
 * SpamAssassin the test says so and does not run; with HAMLET_REQUIRE_SERVERS=1 that is a failure.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { judge } from '../rules/support.ts'
import { FIXTURES } from './mails.ts'
import { hasSpamAssassin, stockRules } from './stock-rules.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const required = process.env['HAMLET_REQUIRE_SERVERS'] === '1'

interface Reference {
  readonly score: number
  readonly hits: readonly string[]
  readonly sub: readonly string[]
}

/** Differences with a known cause that is SpamAssassin's own. */
const KNOWN: ReadonlySet<string> = new Set([
  // Patterns with %{CAPTURE} are compiled once per process there, with the first message's capture.
  '__GB_CUSTOM_HTM_URI0',
  '__GB_CUSTOM_HTM_URI1',
  '__GB_CUSTOM_HTM_URI2',
  'GB_CUSTOM_HTM_URI',
])

function reference(): readonly Reference[] {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-differential-'))
  try {
    const files = FIXTURES.map(({ mail }, at) => {
      const file = join(folder, `${String(at).padStart(3, '0')}.eml`)
      writeFileSync(file, mail)
      return file
    })
    const { stdout, stderr, status } = spawnSync('perl', [join(HERE, 'sa-hits.pl'), ...files], {
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(stderr.toString())
    return stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Reference)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the installed SpamAssassin', () => {
  if (!hasSpamAssassin && !required) {
    it('is not installed here: not compared', () => {
      expect(hasSpamAssassin).toBe(false)
    })
    return
  }

  it('hits the same rules of its stock set as Hamlet', () => {
    const expected = reference()
    const set = stockRules()
    const different: string[] = []
    let agreed = 0
    for (const [at, { name, mail }] of FIXTURES.entries()) {
      const { hits, subhits } = judge(set, mail, { tuning: { lazy: false }, now: Date.now() })
      const ours = new Set([...hits.map((hit) => hit.name), ...subhits])
      const theirs = new Set([...(expected[at]?.hits ?? []), ...(expected[at]?.sub ?? [])])
      for (const rule of new Set([...ours, ...theirs])) {
        if (ours.has(rule) === theirs.has(rule)) agreed++
        else if (!KNOWN.has(rule))
          different.push(`${name}: ${rule} ${ours.has(rule) ? 'only Hamlet' : 'only SpamAssassin'}`)
      }
    }
    expect(agreed).toBeGreaterThan(20 * FIXTURES.length)
    expect(different).toEqual([])
  }, 300_000)
})
