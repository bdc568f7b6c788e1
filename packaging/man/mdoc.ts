/**
 * Text for mdoc(7), the language of man pages: what would be a request or an escape is written so that it is none.
 */

const LONGEST_LINE = 78

/** Words of a paragraph: backslashes are escaped, each sentence begins a line, and no line begins a request. */
export function words(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => line.split(/(?<=[^\s.][.?!]['")]?)\s+(?=\S)/))
    .flatMap(wrapped)
    .map(escaped)
    .join('\n')
}

function wrapped(sentence: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of sentence.split(/ +/)) {
    if (line !== '' && line.length + word.length >= LONGEST_LINE) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A word longer than this may be parted behind its commas. */
const LONGEST_WORD = 40

const escaped = (line: string): string =>
  line
    .replaceAll('\\', '\\e')
    .replaceAll('…', '...')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
    .replace(/\S+/g, (word) => (word.length > LONGEST_WORD ? word.replaceAll(',', ',\\:') : word))

/** Arguments of a macro: one that looks like a macro's name or like punctuation is no macro there. */
export function argument(text: string): string {
  return escaped(text)
    .split(' ')
    .map((word) =>
      /^(?:[A-Z][a-z]|[.,;:()[\]?!|])$/.test(word) ? `\\&${word}` : word.replaceAll('"', '\\(dq'),
    )
    .join(' ')
}

export interface PageHead {
  readonly name: string
  readonly section: 5 | 8
  /** One line, lower case, no full stop. */
  readonly summary: string
  readonly date: Date
}

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July',
  'August', 'September', 'October', 'November', 'December',
] as const // prettier-ignore

export function head({ name, section, summary, date }: PageHead): string {
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  return [
    `.Dd ${day}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${argument(name)}`,
    `.Nd ${argument(summary)}`,
  ].join('\n')
}

/** Lines as they stand, in a fixed pitch. */
export function literal(text: string): string {
  return [
    '.Bd -literal -offset indent',
    text.replace(/\s+$/, '').split('\n').map(escaped).join('\n'),
    '.Ed',
  ].join('\n')
}

/** Terms with their explanation. */
export function definitions(pairs: readonly (readonly [string, string])[]): string {
  if (pairs.length === 0) return ''
  return [
    '.Bl -tag -width Ds',
    ...pairs.flatMap(([term, text]) => [`.It ${argument(term)}`, words(text)]),
    '.El',
  ].join('\n')
}

/** Paragraphs parted by empty lines; those with lines that begin with blanks stand as they are. */
export function paragraphs(text: string): string {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .map((block) => (/^ /m.test(block) ? literal(block) : words(block.replaceAll('\n', ' '))))
    .join('\n.Pp\n')
    .replaceAll('.Pp\n.Bd', '.Bd')
    .replaceAll('.Ed\n.Pp', '.Ed')
}
