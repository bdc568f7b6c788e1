/** Completion, tried in the shells themselves. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { main } from '../../lib/cli.ts'
import { describeWith } from '../servers/support/describe-with.ts'
import { recordedTerminal } from '../support/terminal.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Line -> words that are offered, the first few, and how many there are at least. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ['hamlet qua', ['quarantine']],
  ['hamlet learn s', ['spam', 'spool']],
  ['hamlet learn --config CONFIG r', ['resume']],
  ['hamlet learn undo --s', ['--since', '--source']],
  ['hamlet limits re', ['reset']],
  ['hamlet rules show SITE_R', ['SITE_RULE']],
  ['hamlet rules show --config CONFIG SITE_R', ['SITE_RULE']],
  ['hamlet rules add --action r', ['redirect', 'reject']],
  ['hamlet explain --config CONFIG --domain own', ['own.example']],
  ['hamlet scan FOLDER/some', ['FOLDER/some.eml']],
]

let home = ''
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'completion-'))
  writeFileSync(join(home, 'some.eml'), 'Subject: x\n\n')
  writeFileSync(join(home, 'site.cf'), 'header SITE_RULE Subject =~ /x/\nscore SITE_RULE 1\n')
  writeFileSync(
    join(home, 'c.yaml'),
    'state: ./state\nrules: [./site.cf]\nbayes: { domains: [own.example] }\n',
  )
  // as it is installed: `hamlet` on the PATH; a configuration where none is named
  writeFileSync(
    join(home, 'hamlet'),
    `#!/bin/sh\ncase "$*" in *--config*) ;; *) set -- "$@" --config ${home}/c.yaml ;; esac\nexec ${process.execPath} ${ROOT}/bin/hamlet.mjs "$@"\n`,
  )
  chmodSync(join(home, 'hamlet'), 0o755)
})
afterAll(() => rmSync(home, { recursive: true }))

const inPlace = (text: string): string =>
  text.replaceAll('CONFIG', join(home, 'c.yaml')).replaceAll('FOLDER', home)

async function script(shell: string): Promise<string> {
  const terminal = recordedTerminal()
  expect(await main(['completion', shell], terminal)).toBe(0)
  return `${terminal.lines.out.join('\n')}\n`
}

function run(shell: string, args: readonly string[]): readonly string[] {
  const out = execFileSync(shell, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${home}:${process.env['PATH']}`, TERM: 'dumb' },
  })
  return out.split('\n').filter((line) => line !== '')
}

describe('completion', () => {
  it('offers nothing, and says nothing, where the configuration is wrong', async () => {
    const terminal = recordedTerminal()
    expect(await main(['completion', 'candidates', 'group', '--config', '/nowhere'], terminal)).toBe(0)
    expect(terminal.lines).toEqual({ out: [], err: [] })
  })
})

describeWith('completion in bash', { programs: ['bash'] }, () => {
  it.each(LINES)('of %s', async (line, expected) => {
    const words = inPlace(line).split(' ')
    const ask = `${await script('bash')}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _hamlet; printf '%s\\n' "\${COMPREPLY[@]}"`
    expect(run('bash', ['-c', ask]).toSorted()).toEqual(expected.map(inPlace))
  })
})

describeWith('completion in fish', { programs: ['fish'] }, () => {
  it.each(LINES)('of %s', async (line, expected) => {
    const file = join(home, 'c.fish')
    writeFileSync(file, await script('fish'))
    const found = run('fish', ['--no-config', '-c', `source ${file}; complete -C '${inPlace(line)}'`])
    expect(found.map((one) => one.split('\t')[0]).toSorted()).toEqual(expected.map(inPlace))
  })
})

describeWith('completion in zsh', { programs: ['zsh'] }, () => {
  it.each(LINES)('of %s', async (line, expected) => {
    const file = join(home, 'c.zsh')
    // the shell's own widgets need a terminal: what the function hands to compadd is looked at
    writeFileSync(
      file,
      `compdef() { : }\ncompadd() { local word; for word in "\${@[2,-1]}"; do [[ $word == \${words[CURRENT]}* ]] && print -r -- $word; done }\n` +
        `_files() { local word; for word in \${words[CURRENT]}*(N); do print -r -- $word; done }\n${await script('zsh')}`,
    )
    const words = inPlace(line).split(' ')
    const ask = `source ${file}; words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _hamlet; true`
    expect(run('zsh', ['-f', '-c', ask]).toSorted()).toEqual(expected.map(inPlace))
  })
})
