/**
 * The completion scripts of bash, zsh and fish, made from the table of verbs. A script knows verbs, commands, options
 * and fixed words by itself, so that a key costs no start of Node; only for names that live in files it asks Hamlet.
 */
import type { Completion, OptionSpec } from '../options.ts'
import type { Verb, VerbTable } from '../verb.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A verb or command with the words that call it. */
interface Called {
  readonly path: string
  readonly summary: string
  readonly verb: Verb
}

export async function completionScript(shell: Shell): Promise<string> {
  // the table of verbs loads this file with the verb `completion`
  const { VERBS } = await import('../../cli.ts')
  const all = await everyVerb('', VERBS)
  const top = Object.entries(VERBS).map(([name, { summary }]) => [name, summary] as const)
  switch (shell) {
    case 'bash':
      return bash(all, top)
    case 'zsh':
      return zsh(all, top)
    case 'fish':
      return fish(all, top)
  }
}

async function everyVerb(above: string, table: VerbTable): Promise<readonly Called[]> {
  const found: Called[] = []
  for (const [name, { summary, load }] of Object.entries(table)) {
    const { verb } = await load()
    const path = `${above} ${name}`.trim()
    found.push({ path, summary, verb }, ...(await everyVerb(path, verb.commands ?? {})))
  }
  return found
}

type Words = readonly (readonly [string, string])[]

/** What may follow a verb as its first word. */
const firstWords = ({ verb }: Called): Words => [
  ...Object.entries(verb.commands ?? {}).map(([name, { summary }]) => [name, summary] as const),
  ...Object.entries(verb.actions ?? {}),
]

/** What to offer for the value of an option; null for a value that nobody can know. */
function valueOf({ value, complete }: OptionSpec): Completion | null {
  if (complete !== undefined) return complete
  if (value === 'FILE' || value === 'PATH') return 'file'
  return value === 'DIRECTORY' ? 'directory' : null
}

/** In one word for the scripts: `file`, `directory`, `ask:KIND`, `words:a b c`, `none`. */
function spoken(completion: Completion | null | undefined): string {
  if (completion === null || completion === undefined) return 'none'
  if (typeof completion !== 'string') return `words:${completion.join(' ')}`
  return completion === 'file' || completion === 'directory' ? completion : `ask:${completion}`
}

const optionsOf = ({ verb }: Called): readonly (readonly [string, OptionSpec])[] =>
  Object.entries(verb.options)

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The three functions of tables that bash and zsh share: words after a path, options of a path, what a value is. */
function tables(all: readonly Called[], top: Words): string {
  const names = (words: Words) => words.map(([name]) => name).join(' ')
  const commands = all.filter((one) => firstWords(one).length > 0)
  const values = all.flatMap((one) =>
    optionsOf(one).flatMap(([name, spec]) =>
      spec.value === undefined
        ? []
        : [`    ${quoted(`${one.path} --${name}`)}) echo ${quoted(spoken(valueOf(spec)))} ;;`],
    ),
  )
  const table = (name: string, lines: readonly string[]) =>
    [`${name}() {`, '  case "$1" in', ...lines, '  esac', '}'].join('\n')
  return [
    table('__hamlet_words', [
      `    '') echo ${quoted(names(top))} ;;`,
      ...commands.map((one) => `    ${quoted(one.path)}) echo ${quoted(names(firstWords(one)))} ;;`),
    ]),
    table(
      '__hamlet_options',
      all.map(
        (one) =>
          `    ${quoted(one.path)}) echo ${quoted([...optionsOf(one).map(([name]) => `--${name}`), '--help'].join(' '))} ;;`,
      ),
    ),
    table('__hamlet_value', values),
    table(
      '__hamlet_takes',
      all.flatMap((one) =>
        one.verb.takes === undefined
          ? []
          : [`    ${quoted(one.path)}) echo ${quoted(spoken(one.verb.takes))} ;;`],
      ),
    ),
  ].join('\n')
}

/** Finds out where the line stands: sets `place` (verb and command), `kind` (what to offer) and `config`. */
const PLACE = `__hamlet_place() {
  # $@: the words between \`hamlet\` and the one that is being typed
  place='' config='' kind=''
  local word before=''
  for word in "$@"; do
    if [[ -n $before ]]; then
      [[ $before == --config ]] && config=$word
      before=''
    elif [[ $word == --*=* ]]; then
      [[ $word == --config=* ]] && config=\${word#--config=}
    elif [[ $word == --* ]]; then
      [[ -n $(__hamlet_value "$place $word") ]] && before=$word
    elif [[ " $(__hamlet_words "$place") " == *" $word "* ]]; then
      [[ -n $(__hamlet_options "\${place:+$place }$word") ]] && place="\${place:+$place }$word"
    fi
  done
  [[ -n $before ]] && kind=$(__hamlet_value "$place $before")
}
__hamlet_ask() {
  hamlet completion candidates "$1" \${config:+"--config=$config"} 2>/dev/null
}`

const HEAD = '# Completion of hamlet; made by `hamlet completion`.'

function bash(all: readonly Called[], top: Words): string {
  return `${HEAD}
${tables(all, top)}
${PLACE}
_hamlet() {
  local current=\${COMP_WORDS[COMP_CWORD]} place config kind words
  # a value behind = is a word of its own in bash: --config = FILE
  local line=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  [[ $current == = ]] && current=''
  __hamlet_place "\${line[@]/#=}"
  COMPREPLY=()
  if [[ -z $kind && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(__hamlet_options "$place")" -- "$current")
    return
  fi
  if [[ -z $kind ]]; then
    words=$(__hamlet_words "$place")
    kind=$(__hamlet_takes "$place")
  fi
  case $kind in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    directory) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    ask:*) words="$words $(__hamlet_ask "\${kind#ask:}")" ;;
    words:*) words="$words \${kind#words:}" ;;
  esac
  [[ -n $words ]] && mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _hamlet hamlet
`
}

function zsh(all: readonly Called[], top: Words): string {
  return `#compdef hamlet
${HEAD}
${tables(all, top)}
${PLACE}
_hamlet() {
  local place config kind
  local -a offer
  __hamlet_place "\${(@)words[2,CURRENT-1]}"
  local current=\${words[CURRENT]}
  if [[ -z $kind && $current == -* ]]; then
    offer=(\${=$(__hamlet_options "$place")})
    compadd -- $offer
    return
  fi
  if [[ -z $kind ]]; then
    offer=(\${=$(__hamlet_words "$place")})
    kind=$(__hamlet_takes "$place")
  fi
  case $kind in
    file) _files ;;
    directory) _files -/ ;;
    ask:*) offer+=(\${(f)"$(__hamlet_ask "\${kind#ask:}")"}) ;;
    words:*) offer+=(\${=kind#words:}) ;;
  esac
  (( $#offer )) && compadd -- $offer
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _hamlet "$@"
else
  compdef _hamlet hamlet
fi
`
}

function fish(all: readonly Called[], top: Words): string {
  const at = (path: string) => `-n ${quoted(`__hamlet_at ${path}`)}`
  const offered = (completion: Completion | null | undefined): string => {
    const kind = spoken(completion)
    if (kind === 'file') return ' -F'
    if (kind === 'directory') return ` -f -a '(__fish_complete_directories)'`
    if (kind === 'none') return ' -f'
    return kind.startsWith('ask:')
      ? ` -f -a '(__hamlet_ask ${kind.slice('ask:'.length)})'`
      : ` -f -a ${quoted(kind.slice('words:'.length))}`
  }
  const words = (path: string, list: Words) =>
    list.map(([name, summary]) => `complete -c hamlet -f ${at(path)} -a ${name} -d ${quoted(summary)}`)
  return `${HEAD}
function __hamlet_place
    set -l path
    set -l known ${quoted('')} ${all.map(({ path }) => quoted(path)).join(' ')}
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim "$path $word")
        contains -- $longer $known; and set path $longer
    end
    echo "$path"
end
function __hamlet_at
    test (__hamlet_place) = "$argv"
end
function __hamlet_ask
    set -l words (commandline -opc)
    set -l config
    for at in (seq (count $words))
        test $words[$at] = --config; and set config --config $words[(math $at + 1)]
    end
    hamlet completion candidates $argv[1] $config 2>/dev/null
end
complete -c hamlet -f
${words('', top).join('\n')}
${all
  .flatMap((one) => [
    ...words(one.path, firstWords(one)),
    ...(one.verb.takes === undefined ? [] : [`complete -c hamlet ${at(one.path)}${offered(one.verb.takes)}`]),
    ...optionsOf(one).map(
      ([name, spec]) =>
        `complete -c hamlet ${at(one.path)} -l ${name}${spec.value === undefined ? '' : ` -r${offered(valueOf(spec))}`} -d ${quoted(spec.help)}`,
    ),
  ])
  .join('\n')}
`
}
