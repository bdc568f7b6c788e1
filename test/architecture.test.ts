/** The plan of the house holds: who imports whom, how long files are, and that the maps are true. */
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { purposeOf, sourceFiles, withFileMap } from '../docs/file-map.ts'
import { configurationPage } from '../lib/config/document.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** Folder (or top file) -> what it may import besides itself; `type` marks folders of which only types may come. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  milter: [],
  mail: [],
  net: [],
  store: [],
  auth: ['mail', 'net'],
  links: ['net', 'auth'],
  rules: ['mail', 'type net', 'type auth'],
  bayes: ['mail', 'type store'],
  config: ['net', 'auth', 'links', 'milter'],
  attachments: ['type mail'],
  scanners: ['type config'],
  quarantine: ['mail'],
  // prettier-ignore
  checks: [
    'mail', 'net', 'auth', 'links', 'bayes', 'attachments', 'scanners', 'store', 'type config', 'type milter',
  ],
  policy: ['auth', 'type checks', 'type config', 'milter', 'type scan'],
  history: ['policy', 'type checks', 'type store'],
}

/** The words for what was caught, and text made fit to be shown; only the milter library, which is used alone, does without. */
const FOR_ALL: readonly string[] = ['fault.ts', 'plain-text.ts', 'octet-text.ts']

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

/** Relative imports of a source file, as paths from the root. */
function importsOf(file: string): readonly Import[] {
  const found = read(file).matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'(\.[^']+)'/gms)
  return [...found].map((match) => ({
    from: file,
    to: normalize(join(dirname(file), match[2] ?? '')),
    typeOnly: match[1] !== undefined || /^(?:import|export)\s*\{(?:\s*type\s+[^,}]+,?)+\s*\}/s.test(match[0]),
  }))
}

const folderOf = (file: string): string => file.split('/')[1] ?? ''

describe('the house', () => {
  const files = sourceFiles()

  it('imports only what the table allows', () => {
    const broken = files.flatMap((file) => {
      const allowed = MAY_IMPORT[folderOf(file)]
      if (allowed === undefined) return []
      return importsOf(file)
        .filter(({ to }) => to.startsWith('lib/') && folderOf(to) !== folderOf(file))
        .filter(({ to, typeOnly }) => {
          const target = folderOf(to)
          if (FOR_ALL.includes(target) && folderOf(file) !== 'milter') return false
          return !allowed.includes(target) && !(typeOnly && allowed.includes(`type ${target}`))
        })
        .map(({ from, to }) => `${from} -> ${to}`)
    })
    expect(broken).toEqual([])
  })

  it('keeps its pure folders pure: no await, no disk, no clock, no network', () => {
    const impure = files
      .filter((file) => /^lib\/(mail|rules|bayes|policy)\//.test(file))
      .filter((file) => {
        const code = withoutComments(read(file))
        return /\bawait\b|from 'node:(fs|net|dns|http|child_process|timers)|process\.env|Date\.now\(|new Date\(\)|Math\.random\(/.test(
          code,
        )
      })
    expect(impure).toEqual([])
  })

  it('keeps spam, scores and DNS out of the milter library', () => {
    const words = files
      .filter((file) => file.startsWith('lib/milter/'))
      .filter((file) => /\b(spam|score|dns)\b/i.test(read(file)))
    expect(words).toEqual([])
  })

  it('keeps sockets, promises and clocks out of the milter session', () => {
    expect(withoutComments(read('lib/milter/session.ts'))).not.toMatch(
      /Promise|await|setTimeout|Date\.|node:net/,
    )
  })

  it('says at the head of each file what it is for', () => {
    expect(files.filter((file) => purposeOf(file) === '')).toEqual([])
  })

  it('has no file that outgrew its name', () => {
    const long = files
      .filter((file) => !/table|data|entities|stopwords|confusables|tlds|shorteners/.test(file))
      .map((file) => ({ file, lines: read(file).split('\n').length }))
      .filter(({ lines }) => lines > 401)
    expect(long).toEqual([])
  })

  it('has a map that is true (npm run -s docs)', () => {
    const page = read('docs/architecture.md')
    expect(withFileMap(page)).toBe(page)
  })

  it('has a page of the configuration that is true (npm run -s docs)', () => {
    expect(read('docs/configuration.md')).toBe(configurationPage())
  })
})

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
