/** What a verb says of itself -> the text of `hamlet VERB --help`. */
import type { OptionTable } from './options.ts'
import type { Verb, VerbTable } from './verb.ts'

/** Columns of the text; that of a plain terminal, and of the man pages. */
const WIDTH = 100
/** Of names of options and commands; a longer one has its words on the next line. */
const LONGEST_NAME = 26

/** `path` is what stands before the arguments: `learn`, `rules lint`. */
export function helpText(path: string, verb: Verb): string {
  const { usage, about, options, exits, commands, actions } = verb
  return [
    usage.map((form, at) => `${at === 0 ? 'Usage:' : '      '} hamlet ${path} ${form}`.trimEnd()).join('\n'),
    ...(about === '' ? [] : [paragraphs(about)]),
    ...(actions === undefined ? [] : [definitions(Object.entries(actions))]),
    ...(commands === undefined ? [] : [commandList(commands)]),
    ...(Object.keys(options).length === 0 ? [] : [definitions(optionLines(options))]),
    ...(commands === undefined ? [] : [`hamlet ${path} COMMAND --help says more.`]),
    exitLine(exits),
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

/** `--name VALUE` and its help. */
export function optionLines(options: OptionTable): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([name, { short, value, help }]) => {
    const names = `${short === undefined ? '' : `-${short}, `}--${name}`
    return [value === undefined ? names : `${names} ${value}`, help] as const
  })
}

const commandList = (commands: VerbTable): string =>
  definitions(Object.entries(commands).map(([name, { summary }]) => [name, summary] as const))

function exitLine(exits: Verb['exits']): string {
  const codes = Object.entries(exits)
  return codes.length === 0
    ? ''
    : filled(`Exit codes: ${codes.map((pair) => pair.join(' ')).join(', ')}.`, '')
}

/** Two columns, the second filled to the width of the text. */
export function definitions(pairs: readonly (readonly [string, string])[]): string {
  const fitting = pairs.map(([name]) => name.length).filter((length) => length <= LONGEST_NAME)
  const column = Math.max(0, ...fitting) + 4
  return pairs
    .map(([name, words]) => {
      const indent = ' '.repeat(column)
      const body = filled(words, indent)
      return name.length > LONGEST_NAME ? `  ${name}\n${body}` : `  ${name}`.padEnd(column) + body.trimStart()
    })
    .join('\n')
}

/** Plain paragraphs are filled; lines that begin with blanks stand as they are. */
const paragraphs = (text: string): string =>
  text
    .split(/\n{2,}/)
    .map((block) => (/^ /m.test(block) ? block : filled(block, '')))
    .join('\n\n')

/** Words in lines of at most the width, each line behind `indent`. */
function filled(text: string, indent: string): string {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(/\s+/)) {
    const longer = line === indent ? `${line}${word}` : `${line} ${word}`
    if (longer.length > WIDTH && line !== indent) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = longer
  }
  return [...lines, line].join('\n')
}
