/** Bayes: the rules BAYES_00 to BAYES_99 over the probability that our own classifier found; silent while it has none. */
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { number } from './octets.ts'

const STOPWORD_LANGUAGES = 'de dk en es fi fr gr hu it nl no pt ru se tr'.split(' ')

export const bayes: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::Bayes',
  initial: () => ({}),
  // Words the real plugin leaves out of its tokens; ours has its own way to choose.
  directives: Object.fromEntries(
    STOPWORD_LANGUAGES.map((language) => [`bayes_stopword_${language}`, () => undefined]),
  ),
  functions: {
    check_bayes: (input, [min = '0', max = 'undef'], rule) => {
      const { bayes: probability } = input
      if (probability === undefined || isOff(input)) return false
      const above = number(min) === 0 || probability > number(min)
      const hit = above && (max === 'undef' || probability <= number(max))
      if (hit) input.report(rule.name, `score: ${probability.toFixed(4)}`)
      return hit
    },
  },
}

/** use_bayes and use_bayes_rules, both on unless a rule file says otherwise. */
function isOff(input: EvalInput): boolean {
  return ['use_bayes', 'use_bayes_rules'].some((name) => /^(?:0|no)$/i.test(input.setting(name)[0] ?? '1'))
}
