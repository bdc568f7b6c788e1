/** The map of the house: every source file with the first sentence of its head comment. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const BEGIN = '<!-- file map: npm run -s docs -->'
const END = '<!-- end of file map -->'

/** Every TypeScript file of lib/, sorted. */
export function sourceFiles(folder = join(ROOT, 'lib')): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .toSorted()
}

/** First sentence of the comment at the head of a file; '' when there is none. */
export function purposeOf(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? ''
  const words = comment
    .replace(/^[ \t]*\*[ \t]?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
  return /^(.*?[.:?])(?= [A-Z`]|$)/.exec(words)?.[1]?.replace(/:$/, '.') ?? words
}

/** The page with the map between its two marks made anew. */
export function withFileMap(page: string): string {
  const start = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (start < 0 || end < start) throw new Error('docs/architecture.md has lost the marks of its file map')
  return `${page.slice(0, start)}${BEGIN}\n\n${fileMap()}\n${page.slice(end)}`
}

function fileMap(): string {
  const folders = Map.groupBy(sourceFiles(), (file) => dirname(file))
  return [...folders]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([folder, files]) =>
      [
        `### ${folder}/`,
        '',
        ...files.map((file) => `- \`${file.slice(folder.length + 1)}\`: ${purposeOf(file)}`),
        '',
      ].join('\n'),
    )
    .join('\n')
}
