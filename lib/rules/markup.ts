/**
 * What rule files want written into a mail: add_header, rewrite_header Subject, subjprefix. Tags (_NAME_) that follow from the
 * message are put in here; those that follow from the verdict (_YESNO_, _SCORE_…) are left for policy.
 */
import type { Message } from '../mail/message.ts'
import type { Evaluated } from './evaluate.ts'
import type { RuleSet } from './ruleset.ts'
import { type AddedHeader, OWN_HEADERS } from './settings.ts'

export interface Markup {
  /** Headers X-Spam-NAME; names and templates are octets of the rule files, values of the message among them. */
  readonly headers: readonly AddedHeader[]
  /** Put before the subject of spam; undefined where no file has `rewrite_header Subject`. */
  readonly subject: string | undefined
  /** Put before the subject of any mail, by rules that hit; '' if none has. */
  readonly prefix: string
}

/** What one tag may put into a header, in octets. */
const MAX_VALUE = 900

/** Undefined if the files ask for nothing, which is the common case. */
export function markupOf(
  set: RuleSet,
  message: Message,
  { hits, captures, subhits }: Pick<Evaluated, 'hits' | 'captures' | 'subhits'>,
): Markup | undefined {
  const { rewrittenHeaders } = set.settings
  const addedHeaders = set.settings.addedHeaders.filter(({ name }) => !OWN_HEADERS.has(name.toLowerCase()))
  const subject = rewrittenHeaders.get('Subject')
  if (addedHeaders.length === 0 && subject === undefined) return undefined
  const prefixes = hits.flatMap(({ name }) => set.subjectPrefixes.get(name) ?? [])
  const prefix = [...new Set(prefixes)].join(' ')
  const value = (name: string, argument: string): string | undefined => {
    if (name === 'HEADER') return message.header(argument).join(' ')
    if (name === 'SUBJPREFIX') return prefix
    if (name === 'SUBTESTS') return subhits.toSorted().join(argument === '' ? ',' : argument)
    return captures.get(name)?.join(' ')
  }
  const fill = (template: string): string =>
    template.replace(TAG, (whole, name: string, argument = '') => {
      const text = value(name, argument)
      // what comes from a mail ends no line and makes no tags
      return text === undefined ? whole : clean(text)
    })
  return {
    headers: addedHeaders.map((header) => ({ ...header, template: fill(header.template) })),
    subject: subject === undefined ? undefined : fill(subject),
    prefix: fill(prefix),
  }
}

const TAG = /_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:\(([^()]*)\))?_/g

function clean(text: string): string {
  return text
    .slice(0, MAX_VALUE)
    .replace(/[\0-\x1f\x7f]+/g, ' ')
    .replace(/_(?=[A-Z])/g, '-')
    .trim()
}
