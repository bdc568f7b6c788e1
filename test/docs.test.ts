/** README and docs/ speak of what there is: keys, files, scripts, commands and their options; examples are valid. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { main, VERBS } from '../lib/cli.ts'
import { formatConfigError, parseConfig } from '../lib/config/load.ts'
import { recordedTerminal } from './support/terminal.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const PAGES = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })].map((file) => ({
  file,
  text: read(file),
}))

/** Every match in every page, as `page: match` for messages. */
const found = (pattern: RegExp): readonly { readonly at: string; readonly words: readonly string[] }[] =>
  PAGES.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map((match) => ({
      at: `${file}: ${match[0].slice(0, 80)}`,
      words: match.slice(1).map((word) => word ?? ''),
    })),
  )

/** `section.key` of the configuration page, without the marks of lists. */
function knownKeys(): ReadonlySet<string> {
  const keys = new Set<string>()
  let section = ''
  for (const line of read('docs/configuration.md').split('\n')) {
    section = /^## (\w+)$/.exec(line)?.[1] ?? section
    const path = /^\| `([^`]+)` \|/.exec(line)?.[1]?.replaceAll('[]', '')
    const steps = path?.split('.') ?? []
    for (let length = 1; length <= steps.length; length++)
      keys.add(`${section}.${steps.slice(0, length).join('.')}`)
  }
  return keys
}

describe('the documentation', () => {
  it('has examples of configuration that are valid', () => {
    const errors = found(/```yaml\n([\s\S]*?)```/g).flatMap(({ at, words: [text = ''] }) => {
      const loaded = parseConfig(text, at)
      return loaded.ok ? [] : loaded.errors.map(formatConfigError)
    })
    expect(errors).toEqual([])
  })

  it('names keys that the configuration has', () => {
    const keys = knownKeys()
    const sections = new Set([...keys].map((key) => key.split('.')[0]))
    const unknown = found(/`([a-z_]+)\.([a-z_]+(?:\[\])?(?:\.[a-z_]+)*)(?::[^`]*)?`/g)
      .filter(
        ({ words: [section = '', rest = ''] }) => sections.has(section) && !/^(?:ts|sqlite|cf)$/.test(rest),
      )
      .filter(({ words }) => !keys.has(words.join('.').replaceAll('[]', '')))
    expect(unknown.map(({ at }) => at)).toEqual([])
  })

  it('points to files and scripts that are there', () => {
    const links = PAGES.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => join(dirname(file), target)),
    )
    const files = found(/`((?:lib|test|bench|examples|dovecot|systemd)\/[\w./-]+)`/g).map(
      ({ words: [path = ''] }) => path,
    )
    expect([...links, ...files].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const scripts = found(/npm run -s ([\w:]+)/g).map(({ words: [name = ''] }) => name)
    const there = read('package.json')
    expect(scripts.filter((name) => !there.includes(`"${name}": "`))).toEqual([])
  })

  it('shows commands that there are, with options that they take', async () => {
    const wrong: string[] = []
    for (const { at, words } of found(/(?:^ *(?:\$ )?|`)hamlet ([a-z][a-z-]*)([^`\n#]*)/gm)) {
      const [verb = '', rest = ''] = words
      if (!Object.hasOwn(VERBS, verb)) {
        wrong.push(at)
        continue
      }
      const command = verb === 'rules' || verb === 'learn' ? (/^ ([a-z]+)/.exec(rest)?.[1] ?? '') : ''
      const terminal = recordedTerminal()
      await main([verb, ...(command === '' ? [] : [command]), '--help'], terminal)
      const help = terminal.lines.out.join('\n')
      for (const [option] of rest.matchAll(/--[a-z][a-z-]*/g))
        if (option !== '--help' && !help.includes(option)) wrong.push(`${at} (${option})`)
    }
    expect(wrong).toEqual([])
  })
})
