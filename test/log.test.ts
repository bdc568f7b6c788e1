import { Writable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { createLog, type LogOptions } from '../lib/log.ts'

async function written(
  options: Omit<LogOptions, 'stream'>,
  write: (log: ReturnType<typeof createLog>) => void,
) {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const log = createLog({ ...options, stream })
  write(log)
  await log.close()
  return text
}

describe('the journal', () => {
  const TEXT = { format: 'text', level: 'info', journald: false } as const

  it('writes one line an event: text, then fields', async () => {
    expect(
      await written(TEXT, (log) =>
        log.info('4D2:', { verdict: 'tag', to: '<a@b>', why: 'two words', none: undefined }),
      ),
    ).toBe('4D2: verdict=tag to=<a@b> why="two words"\n')
  })

  it('gives journald the priority of each line', async () => {
    const lines = await written({ ...TEXT, level: 'debug', journald: true }, (log) => {
      log.error('e')
      log.warn('w')
      log.notice('n')
      log.info('i')
      log.debug('d')
    })
    expect(lines).toBe('<3>e\n<4>w\n<5>n\n<6>i\n<7>d\n')
  })

  it('says errors and warnings in words where there are no priorities, and drops what is below the level', async () => {
    expect(
      await written({ ...TEXT, level: 'warn' }, (log) => {
        log.error('e')
        log.warn('w')
        log.info('i')
      }),
    ).toBe('error: e\nwarn: w\n')
  })

  it('cannot be made to write a second line or to break a field', async () => {
    expect(await written(TEXT, (log) => log.info('x', { from: 'a\r\nb\u0000c "d" \\ \u2028e' }))).toBe(
      'x from="a b c \\"d\\" \\\\  e"\n',
    )
  })

  it('writes JSON when asked', async () => {
    const line = await written({ ...TEXT, format: 'json' }, (log) =>
      log.notice('x', { ms: 4, tests: ['A', 'B'] }),
    )
    expect(JSON.parse(line)).toEqual({ level: 'notice', message: 'x', ms: 4, tests: ['A', 'B'] })
  })
})
