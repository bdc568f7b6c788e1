/** `hamlet learn resume`: lets autolearn go on after its brake has stopped it. */
import { brakeReason } from '../../bayes/autolearn.ts'
import { loadConfig } from '../config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT } from '../verb.ts'
import type { Verb } from '../verb.ts'
import { DOMAIN_OPTION, withBayesStore } from './store.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  domain: DOMAIN_OPTION,
} satisfies OptionTable

export const verb: Verb = {
  name: 'resume',
  usage: ['[OPTION…]'],
  about: `Lets autolearn go on after people's corrections have stopped it.`,
  options: OPTIONS,
  exits: {
    0: 'done',
    1: 'the model of this domain is not there',
    64: 'wrong arguments',
    75: 'the database is busy or unusable: try later',
  },

  async run(args, terminal) {
    const { values } = parseOptions(args, OPTIONS)
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
  },
}
