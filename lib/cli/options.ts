/** Command line options of a verb: node's parser with one-line errors. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { messageOf } from '../fault.ts'
import { UsageError } from './verb.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** `--config FILE` may stand before the command of a verb (`hamlet learn --config FILE log`) as well as behind it. */
export function commandFirst(args: readonly string[]): readonly string[] {
  const [first = ''] = args
  const length = first === '--config' ? 2 : first.startsWith('--config=') ? 1 : 0
  const [command, ...rest] = args.slice(length)
  return command === undefined ? args : [command, ...args.slice(0, length), ...rest]
}

/** Options and positional arguments; anything unknown is a `UsageError`. */
export function parseOptions<const O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const text = messageOf(error)
    throw new UsageError((text.split('. ')[0] ?? text).replace(/\.$/, ''))
  }
}
