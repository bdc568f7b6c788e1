/**
 * The man pages: hamlet(8) and one for each verb, from the texts of `--help`; hamlet.yaml(5) and hamlet-rules(5) from
 * the pages of docs/. Nothing is written twice.
 */
import { readFileSync } from 'node:fs'
import { VERBS } from '../../lib/cli.ts'
import { optionLines } from '../../lib/cli/help.ts'
import type { Verb, VerbTable } from '../../lib/cli/verb.ts'
import { configurationPage } from '../../lib/config/document.ts'
import { markdownToMdoc } from './markdown.ts'
import { argument, definitions, head, paragraphs, words } from './mdoc.ts'

export interface ManPage {
  /** As it is installed, such as `hamlet-why.8`. */
  readonly file: string
  readonly text: string
}

/** All of them; `date` stands in their foot. */
export async function manPages(date: Date): Promise<readonly ManPage[]> {
  return [
    { file: 'hamlet.8', text: overview(date) },
    ...(await verbPages('hamlet', VERBS, date)),
    {
      file: 'hamlet.yaml.5',
      text: fromMarkdown('hamlet.yaml', 'configuration of the spam filter Hamlet', configurationPage(), date),
    },
    {
      file: 'hamlet-rules.5',
      text: fromMarkdown('hamlet-rules', 'rule files of the spam filter Hamlet', read('docs/rules.md'), date),
    },
  ]
}

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

async function verbPages(above: string, table: VerbTable, date: Date): Promise<readonly ManPage[]> {
  const pages: ManPage[] = []
  for (const [name, { summary, load }] of Object.entries(table)) {
    const { verb } = await load()
    const page = `${above}-${name}`
    pages.push({ file: `${page}.8`, text: verbPage(page, summary, verb, date) })
    pages.push(...(await verbPages(page, verb.commands ?? {}, date)))
  }
  return pages
}

function overview(date: Date): string {
  const verbs = Object.entries(VERBS).map(([name, { summary }]) => [`hamlet-${name}(8)`, summary] as const)
  const readme = read('README.md')
  const intro = /^# Hamlet\n\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
  return page([
    head({ name: 'hamlet', section: 8, summary: 'spam filter for Postfix and Sendmail', date }),
    '.Sh SYNOPSIS',
    '.Nm',
    argument('VERB [OPTION…] [ARGUMENT…]'),
    '.Sh DESCRIPTION',
    markdownToMdoc(intro).replace(/^\.Pp\n/, ''),
    '.Sh VERBS',
    definitions(verbs),
    '.Sh FILES',
    definitions([
      ['/etc/hamlet/hamlet.yaml', 'the configuration, hamlet.yaml(5)'],
      ['/etc/hamlet/rules', 'rules of the site, hamlet-rules(5)'],
      ['/var/lib/hamlet', 'what it has learned and remembers'],
    ]),
    '.Sh SEE ALSO',
    '.Xr hamlet-rules 5 ,',
    '.Xr hamlet.yaml 5 ,',
    '.Xr postconf 5',
  ])
}

function verbPage(name: string, summary: string, verb: Verb, date: Date): string {
  const { usage, about, options, actions, commands, exits } = verb
  const call = name.replaceAll('-', ' ')
  const spoken = name.startsWith('hamlet-check-config') ? 'hamlet check-config' : call
  const below = Object.entries(commands ?? {}).map(
    ([one, entry]) => [`${name}-${one}(8)`, entry.summary] as const,
  )
  return page([
    head({ name, section: 8, summary, date }),
    '.Sh SYNOPSIS',
    ...usage.flatMap((form, at) => [...(at === 0 ? [] : ['.br']), words(`${spoken} ${form}`.trimEnd())]),
    '.Sh DESCRIPTION',
    paragraphs(about),
    ...(actions === undefined ? [] : ['.Ss Actions', definitions(Object.entries(actions))]),
    ...(below.length === 0 ? [] : ['.Ss Commands', definitions(below)]),
    ...(Object.keys(options).length === 0 ? [] : ['.Sh OPTIONS', definitions(optionLines(options))]),
    ...(Object.keys(exits).length === 0 ? [] : ['.Sh EXIT STATUS', definitions(Object.entries(exits))]),
    '.Sh SEE ALSO',
    '.Xr hamlet.yaml 5 ,',
    '.Xr hamlet 8',
  ])
}

function fromMarkdown(name: string, summary: string, text: string, date: Date): string {
  const body = markdownToMdoc(text.replace(/^This page is made from .*\n/m, ''))
  return page([
    head({ name, section: 5, summary, date }),
    '.Sh DESCRIPTION',
    body.replace(/^\.Pp\n/, ''),
    '.Sh SEE ALSO',
    '.Xr hamlet 8',
  ])
}

const page = (pieces: readonly string[]): string => `${pieces.filter((piece) => piece !== '').join('\n')}\n`
