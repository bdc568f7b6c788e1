/** Cuts a rule file into lines with comments removed, `lang` lines of other languages left out. */

export interface LogicalLine {
  readonly file: string
  readonly line: number
  /** First word, lower case, hyphens as underscores; '' for a #hamlet: line. */
  readonly key: string
  readonly value: string
  /** What follows `#hamlet:`. */
  readonly hamlet: string | undefined
}

/** A # begins a comment unless a backslash stands before it; \# is a plain #. */
function withoutComment(line: string): string {
  if (!line.includes('#')) return line
  return line.replace(/(?<!\\)#[^]*$/, '').replaceAll('\\#', '#')
}

/** The lines that say something. `lang` as in loadRules. */
export function* logicalLines(
  source: { readonly file: string; readonly text: string },
  lang = 'en_US',
): Generator<LogicalLine> {
  const { file, text } = source
  let line = 0
  for (const raw of text.split('\n')) {
    line++
    if (raw.startsWith('#hamlet:')) {
      yield { file, line, key: '', value: '', hamlet: raw.slice('#hamlet:'.length) }
      continue
    }
    let content = withoutComment(raw).replace(/^[ \t\r\f\v]+|(?<![ \t\r\f\v])[ \t\r\f\v]+$/g, '')
    if (content === '') continue
    const language = /^lang\s+(\S+)\s+/.exec(content)
    if (language !== null) {
      if (!lang.toLowerCase().startsWith(language[1]!.toLowerCase())) continue
      content = content.slice(language[0].length)
    }
    const space = content.search(/\s/)
    const key = (space === -1 ? content : content.slice(0, space)).toLowerCase().replaceAll('-', '_')
    yield { file, line, key, value: space === -1 ? '' : content.slice(space).trimStart(), hamlet: undefined }
  }
}
