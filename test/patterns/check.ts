/**
 * npm run -s patterns [-- --all]: looks at the regular expressions of lib/ that are not in the table yet (with --all at
 * every one, some minutes) with the checker, and writes the table of those that are linear, so that tests look at new
 * ones only. Names the others.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BOUNDED } from './bounded.ts'
import type { Collected } from './collect.ts'
import { complaint, fingerprint, knownLinear, TABLE } from './judge.ts'

const collected: Collected = JSON.parse(
  execFileSync(process.execPath, [join(import.meta.dirname, 'collect.ts')], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }),
)
const known = process.argv.includes('--all') ? new Set<string>() : knownLinear()
const linear = new Set<string>()
const seen = new Set<string>()
for (const pattern of collected.patterns) {
  const name = fingerprint(pattern)
  if (seen.has(name)) continue
  seen.add(name)
  if (BOUNDED.some((one) => fingerprint(one) === name)) continue
  const wrong = known.has(name) ? undefined : complaint(pattern, 3)
  if (wrong === undefined) linear.add(name)
  else
    process.stdout.write(`${pattern.file}:${pattern.line}: /${pattern.source}/${pattern.flags}\n  ${wrong}\n`)
}
writeFileSync(
  TABLE,
  [...linear]
    .toSorted()
    .map((name) => `${name}\n`)
    .join(''),
)
