import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { MilterClient } from '../../lib/milter/index.ts'
import { newFolder, stopAll } from './support/running.ts'

afterEach(stopAll)

const root = join(import.meta.dirname, '..', '..')
const library = join(root, 'lib', 'milter')

describe('the library by itself', () => {
  it('is built, exported as hamlet-milter/milter, and typed for those who import it, such as the example', async () => {
    const app = newFolder()
    const installed = join(app, 'node_modules', 'hamlet-milter')
    mkdirSync(installed, { recursive: true })
    copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
    const build = join(app, 'tsconfig.build.json')
    const outDir = join(installed, 'dist')
    const paths = { typeRoots: [join(root, 'node_modules', '@types')], types: ['node'] }
    writeFileSync(
      build,
      JSON.stringify({
        extends: join(root, 'tsconfig.build.json'),
        compilerOptions: { rootDir: root, outDir, ...paths },
        include: [library],
      }),
    )
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    execFileSync(tsc, ['-p', build], { stdio: 'pipe' })

    writeFileSync(join(app, 'package.json'), '{"type":"module"}')
    copyFileSync(join(root, 'examples', 'milter.ts'), join(app, 'app.ts'))
    writeFileSync(
      join(app, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, ...paths },
        include: ['app.ts'],
      }),
    )
    // The declarations of the package are checked as a user's compiler does.
    execFileSync(tsc, ['-p', join(app, 'tsconfig.json')], { stdio: 'pipe' })
    const example = spawn(process.execPath, [join(app, 'app.ts'), `unix:${join(app, 's')}`])
    expect(String((await once(example.stdout, 'data'))[0])).toBe(`listening on unix:${join(app, 's')}\n`)
    const client = await MilterClient.connect(`unix:${join(app, 's')}`)
    await client.negotiate()
    await client.mail('a@example.com')
    expect(await client.rcpt('nobody@example.com')).toMatchObject({ kind: 'refuse', code: 550 })
    expect(await client.rcpt('b@example.com')).toEqual({ kind: 'continue' })
    await client.body('12345')
    expect((await client.eom()).edits).toEqual([{ kind: 'addHeader', name: 'X-Body-Size', value: ' 5' }])
    await client.quit()
    example.kill('SIGTERM')
    expect(await once(example, 'exit')).toEqual([0, null])
  })

  const sources = readdirSync(library).map((name) => ({
    name,
    text: readFileSync(join(library, name), 'utf8'),
  }))

  it.each(sources)('imports nothing but itself and node: $name', ({ text }) => {
    const imported = [...text.matchAll(/^\} from '([^']+)'|^(?:import|export) .*from '([^']+)'/gm)].map(
      (match) => match[1] ?? match[2] ?? '',
    )
    for (const specifier of imported) expect(specifier).toMatch(/^(?:\.\/[a-z-]+\.ts|node:[a-z]+)$/)
  })

  it.each(sources)('has no word for what its users do with it: $name', ({ text }) => {
    expect(text).not.toMatch(/spam|\bscor(?:e|es|ing)\b|\bdns/i)
  })

  it('keeps sockets, promises and clocks out of the state machine', () => {
    const pure = [
      'session.ts',
      'question.ts',
      'transaction.ts',
      'body.ts',
      'macros.ts',
      'command.ts',
      'reply.ts',
      'negotiate.ts',
      'frame.ts',
    ]
    for (const { name, text } of sources.filter(({ name }) => pure.includes(name)))
      expect(
        `${name} ${text.match(/\b(?:async|await|Promise|setTimeout|Date|performance|Socket)\b/)?.[0]}`,
      ).toBe(`${name} undefined`)
  })
})
