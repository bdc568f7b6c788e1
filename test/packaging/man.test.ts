/** The man pages: one a verb, without a warning of the readers of man pages. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { VERBS } from '../../lib/cli.ts'
import { markdownToMdoc } from '../../packaging/man/markdown.ts'
import { manPages } from '../../packaging/man/pages.ts'
import { definitions, paragraphs, words } from '../../packaging/man/mdoc.ts'
import { describeWith } from '../servers/support/describe-with.ts'

const pages = await manPages(new Date('2026-11-21T00:00:00Z'))

describe('man pages', () => {
  it('are there for the program, every verb and command, the configuration and the rules', () => {
    const files = pages.map(({ file }) => file)
    expect(files).toEqual(expect.arrayContaining(['hamlet.8', 'hamlet.yaml.5', 'hamlet-rules.5']))
    expect(files).toEqual(
      expect.arrayContaining(
        [...Object.keys(VERBS), 'rules-lint', 'learn-spam'].map((name) => `hamlet-${name}.8`),
      ),
    )
  })

  it.each([
    ['a line that begins with a dot or a quote', ".Sh no\n'no", "\\&.Sh no\n\\&'no"],
    ['a backslash', 'C:\\new', 'C:\\enew'],
    ['sentences, a line each', 'One. Two? (Three.) four', 'One.\nTwo?\n(Three.)\nfour'],
    ['a hyphen that is to be typed', '--config', '\\-\\-config'],
  ])('write %s as text', (_, text, mdoc) => expect(words(text)).toBe(mdoc))

  it('keep lines that begin with blanks as they are', () => {
    expect(paragraphs('One.\n\n  a  b\n  c  d\n\nTwo.')).toBe(
      'One.\n.Bd -literal -offset indent\n  a  b\n  c  d\n.Ed\nTwo.',
    )
  })

  it('write a table as terms with what is said of them', () => {
    expect(markdownToMdoc('| key | value | |\n|---|---|---|\n| `a` | number | How many. |\n')).toBe(
      definitions([['a', 'value: number; How many.']]),
    )
  })
})

describeWith('man pages through mandoc and groff', { programs: ['mandoc', 'groff'] }, () => {
  let home = ''
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'man-'))
    for (const { file, text } of pages) writeFileSync(join(home, file), text)
  })
  afterAll(() => rmSync(home, { recursive: true }))

  it.each(pages.map(({ file }) => file))('%s has no warning', (file) => {
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', join(home, file)], { encoding: 'utf8' })
    expect(lint.stdout + lint.stderr).toBe('')
    const groff = spawnSync('groff', ['-mandoc', '-Tutf8', '-ww', '-rLL=80n', join(home, file)], {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 ** 2,
    })
    expect(groff.stderr.split('\n').filter((line) => /warning|error/.test(line))).toEqual([])
  })

  it('say what --help says', () => {
    const text = execFileSync('mandoc', ['-T', 'utf8', join(home, 'hamlet-scan.8')], { encoding: 'utf8' })
    const plain = text.replace(/.\u0008/g, '').replace(/\s+/g, ' ')
    expect(plain).toContain('--client-ip A address the mail came from')
    expect(plain).toContain('66 a file cannot be read')
  })
})
