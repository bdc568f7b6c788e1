/**
 * Plugins that SpamAssassin's tests load from Perl files beside them, done again for Hamlet: each gives its test the same
 * look into the engine (its feature words, what get() answers, an eval function that counts twice).
 */
import type { EvalInput } from '../../lib/rules/eval.ts'
import type { RegisteredPlugin } from '../../lib/rules/plugins.ts'

const TEST = 'Mail::SpamAssassin::Plugin::Test'

/** Asked for its features: one that is there, one that is there and says no. */
const features: RegisteredPlugin = {
  name: TEST,
  initial: () => null,
  directives: {},
  functions: { check_test_plugin: () => true },
  can: [`${TEST}::check_test_plugin`, `${TEST}::test_feature_xxxx_true`],
  has: [`${TEST}::test_feature_xxxx_false`],
}

const counting: RegisteredPlugin = {
  name: 'myTestPlugin',
  initial: () => null,
  directives: {},
  functions: { check_return_2: () => 2 },
}

const AS_ONE: readonly (readonly [label: string, spec: string])[] = [
  ['all-raw', 'ALL:raw'],
  ['all-noraw', 'ALL'],
  ['from-raw', 'From:raw'],
  ['from-noraw', 'From'],
  ['from-addr', 'From:addr'],
]
const AS_LIST: typeof AS_ONE = [
  ...AS_ONE,
  ['from-first-addr', 'From:first:addr'],
  ['from-last-addr', 'From:last:addr'],
  ['msgid-host', 'MESSAGEID:host'],
  ['msgid-domain', 'MESSAGEID:domain'],
  ['received-ip', 'Received:ip'],
  ['received-revip', 'Received:revip'],
]
const shown = (value: string): string => value.replaceAll('\n', '[\\n]').replaceAll('\t', '[\\t]')

/** Shows what get() answers, as one value and as a list. */
const dump: RegisteredPlugin = {
  name: 'Dumpheaders',
  initial: () => null,
  directives: {},
  functions: {},
  trace: (input: EvalInput) => [
    ...AS_ONE.map(([label, spec]) => `scalar-text-${label}: ${shown(input.get(spec) ?? '')}[END]`),
    ...AS_LIST.map(
      ([label, spec]) => `list-text-${label}: ${input.all(spec).map(shown).join('[LIST]')}[END]`,
    ),
  ],
}

export const TEST_PLUGINS: readonly RegisteredPlugin[] = [features, counting, dump]

/** What a test's plugin puts on top of a message for rules to see, as its Perl twin does with put_metadata(). */
export const METADATA: Readonly<Record<string, string>> = { myTestPlugin: 'Plugin-Meta-Test: bar\n' }

/** Lines that the header dump prints among the results. */
export const isDump = (line: string): boolean => /^(?:scalar|list)-text-/.test(line)
