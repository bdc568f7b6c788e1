/** The labelled stream of mails that the classifier's benchmarks run over: `label<TAB>path` a line, in order of arrival. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { MailClass } from '../lib/store/bayes-store.ts'

export interface Mail {
  readonly label: MailClass
  readonly path: string
}

/** Paths are those of the index, taken from its folder. */
export function readIndex(index: string): readonly Mail[] {
  const rows = readFileSync(index, 'utf8').trim().split('\n')
  return rows.map((row, at) => {
    const [label, path] = row.split('\t')
    if ((label !== 'spam' && label !== 'ham') || path === undefined)
      throw new Error(`${index}:${at + 1}: expected spam or ham, a tab, a path`)
    return { label, path: join(dirname(index), path) }
  })
}
