/** `hamlet completion`: prints the completion of a shell, and answers what its script asks while somebody types. */
import { candidates, isCandidateKind } from './completion/candidates.ts'
import { completionScript, SHELLS } from './completion/scripts.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { EXIT, UsageError, type Verb } from './verb.ts'

const OPTIONS = { config: CONFIG_OPTION } satisfies OptionTable

export const verb: Verb = {
  name: 'completion',
  usage: SHELLS.map((shell) => shell),
  about: `Prints a script that completes verbs, options, files, rule names, references, addresses and groups. The
Debian package puts it in place; by hand:

  bash  hamlet completion bash > /usr/share/bash-completion/completions/hamlet
  zsh   hamlet completion zsh > /usr/share/zsh/site-functions/_hamlet
  fish  hamlet completion fish > /usr/share/fish/vendor_completions.d/hamlet.fish

The script itself asks by hamlet completion candidates KIND, which prints a line for each word it knows.`,
  options: OPTIONS,
  takes: SHELLS,
  exits: { 0: 'done', 64: 'wrong usage' },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    const [what = '', kind = ''] = positionals
    if (what === 'candidates' && isCandidateKind(kind)) {
      for (const word of offered(kind, values.config)) terminal.out(word)
      return EXIT.ok
    }
    const shell = SHELLS.find((one) => one === what)
    if (shell === undefined) throw new UsageError(`expected one of ${SHELLS.join(', ')}`)
    terminal.out((await completionScript(shell)).trimEnd())
    return EXIT.ok
  },
}

/** Somebody is typing: whatever cannot be read offers nothing, and says nothing. */
function offered(kind: Parameters<typeof candidates>[0], file: string | undefined): readonly string[] {
  try {
    return candidates(kind, loadConfig(file).config)
  } catch {
    return []
  }
}
