/** `--help` of every verb: there, and naming every option that the verb takes. */
import { describe, expect, it } from '@jest/globals'
import { main, VERBS } from '../../lib/cli.ts'
import type { Verb, VerbTable } from '../../lib/cli/verb.ts'
import { recordedTerminal } from '../support/terminal.ts'

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordedTerminal()
  const code = await main(args, terminal)
  const whole = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return { code, out: whole(terminal.lines.out), err: whole(terminal.lines.err) }
}

/** Every verb and command with the words that call it. */
async function everyVerb(): Promise<readonly (readonly [string, Verb])[]> {
  const below = async (path: string, table: VerbTable): Promise<readonly (readonly [string, Verb])[]> => {
    const found = await Promise.all(
      Object.entries(table).map(async ([name, { load }]) => {
        const { verb } = await load()
        const words = `${path} ${name}`.trim()
        return [[words, verb] as const, ...(await below(words, verb.commands ?? {}))]
      }),
    )
    return found.flat()
  }
  return below('', VERBS)
}
const ALL = await everyVerb()

describe('help', () => {
  it('lists every verb', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const name of Object.keys(VERBS)) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it.each(ALL)('of %s names its options, its exit codes, and what it is called', async (words, verb) => {
    const { code, out } = await run(...words.split(' '), '--help')
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: hamlet ${words}\\b`))
    expect(await run('help', ...words.split(' '))).toEqual({ code, out, err: '' })
    expect(words.split(' ').at(-1)).toBe(verb.name)
    for (const option of Object.keys(verb.options))
      expect(out).toMatch(new RegExp(`^  (?:-\\w, )?--${option}\\b`, 'm'))
    for (const [exit, meaning] of Object.entries(verb.exits))
      expect(out.replaceAll('\n', ' ')).toContain(`${exit} ${meaning}`)
    for (const line of out.split('\n').filter((one) => !one.startsWith(' ') && !one.startsWith('Usage')))
      expect(line.length).toBeLessThanOrEqual(100)
  })

  it('is a guess for what is mistyped', async () => {
    expect((await run('statts')).err).toMatch(/^hamlet: unknown verb `statts`; did you mean `stats`\?\n/)
    expect((await run('learn', 'spma')).err).toMatch(
      /^hamlet learn: unknown command spma; did you mean spam\?\n/,
    )
    expect((await run('scan', '--jsno', 'x')).err).toMatch(
      /^hamlet scan: unknown option '--jsno' \(Did you mean --json\?\)\n/,
    )
  })

  it('is pointed at by an error, under the name of the command that was meant', async () => {
    expect(await run('rules', 'show', '--jason')).toMatchObject({
      code: 64,
      err: expect.stringMatching(
        /^hamlet rules show: unknown option '--jason'(?: .*)?\nSee hamlet rules show --help\.$/m,
      ),
    })
    expect((await run('learn', '--config', '/nowhere.yaml', 'log')).err).toBe(
      'hamlet learn log: /nowhere.yaml: there is no such file\n',
    )
    expect((await run('rules', '--config=/nowhere.yaml', 'lint')).err).toBe(
      'hamlet rules lint: /nowhere.yaml: there is no such file\n',
    )
  })
})
