/** Command line options of a verb: node's parser with one-line errors. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { messageOf } from '../fault.ts'
import { UsageError } from './verb.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Options and positional arguments; anything unknown is a `UsageError`. */
export function parseOptions<const O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const text = messageOf(error)
    throw new UsageError((text.split('. ')[0] ?? text).replace(/\.$/, ''))
  }
}
