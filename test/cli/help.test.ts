/** `--help` of every verb: there, and naming every option that the verb takes. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { main, VERBS } from '../../lib/cli.ts'
import { recordedTerminal } from '../support/terminal.ts'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../lib/cli')

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordedTerminal()
  const code = await main(args, terminal)
  const whole = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return { code, out: whole(terminal.lines.out), err: whole(terminal.lines.err) }
}

/** Names of options in a source, as node's parser takes them. */
const optionsIn = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^\s*'?([a-z-]+)'?: \{ type: '(?:string|boolean)'/gm)].map(
    ([, name]) => name ?? '',
  )

describe('help', () => {
  it('lists every verb', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const name of Object.keys(VERBS)) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it.each(Object.keys(VERBS))('of %s names its options', async (name) => {
    const { code, out } = await run(name, '--help')
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: hamlet ${name}\\b`))
    // the commands of `rules` have a help of their own
    const files = [join(FOLDER, `${name}.ts`), ...(name === 'learn' ? globSync(`${FOLDER}/learn/*.ts`) : [])]
    for (const option of files.flatMap(optionsIn)) expect(out).toContain(`--${option}`)
  })

  it.each(['lint', 'test', 'hits', 'show', 'list', 'add', 'fit'])(
    'of rules %s is its own, and names its options',
    async (name) => {
      const { code, out } = await run('rules', name, '--help')
      expect(code).toBe(0)
      expect(out).toMatch(new RegExp(`^Usage: hamlet rules ${name}\\b`))
      expect(await run('help', 'rules', name)).toEqual({ code, out, err: '' })
      for (const option of optionsIn(join(FOLDER, 'rules', `${name}.ts`)))
        expect(out).toContain(`--${option}`)
    },
  )

  it('is pointed at by an error, under the name of the command that was meant', async () => {
    expect(await run('rules', 'show', '--jason')).toMatchObject({
      code: 64,
      err: expect.stringMatching(
        /^hamlet rules show: Unknown option '--jason'\nSee hamlet rules show --help\.$/m,
      ),
    })
    expect((await run('learn', '--config', '/nowhere.yaml', 'log')).err).toBe(
      'hamlet learn: /nowhere.yaml: there is no such file\n',
    )
    expect((await run('rules', '--config=/nowhere.yaml', 'lint')).err).toBe(
      'hamlet rules lint: /nowhere.yaml: there is no such file\n',
    )
  })
})
