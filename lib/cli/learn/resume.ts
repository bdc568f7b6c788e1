/** `hamlet learn resume`: lets autolearn go on after its brake has stopped it. */
import { brakeReason } from '../../bayes/autolearn.ts'
import { loadConfig } from '../config-file.ts'
import { parseOptions } from '../options.ts'
import { EXIT } from '../verb.ts'
import type { Terminal } from '../verb.ts'
import { withBayesStore } from './store.ts'

export async function resume(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseOptions(args, { config: { type: 'string' }, domain: { type: 'string' } })
  const { brake } = loadConfig(values.config).config.bayes.autolearn
  return withBayesStore(values, (store) => {
    const record = store.autolearnRecord()
    const reason = brakeReason(record, brake)
    store.resumeAutolearn()
    const { lessons, corrected } = record
    terminal.out(
      reason === null
        ? `it had not stopped: ${corrected} of ${lessons} lessons corrected; counting begins anew`
        : 'autolearn goes on; corrections are counted from here',
    )
    return EXIT.ok
  })
}
