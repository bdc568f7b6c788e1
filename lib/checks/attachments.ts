/**
 * The attachment filter. Files are looked into, the rules of the configuration name the ones they mean, and each rule
 * that means one takes effect: points, an action on the whole mail, or the attachment replaced by a short text.
 */
import { budgetOf, inspect, type File } from '../attachments/inspect.ts'
import { placeholder, type TakenOut } from '../attachments/notice.ts'
import { meant } from '../attachments/rules.ts'
import { strip, type Stripped } from '../attachments/strip.ts'
import type { Config } from '../config/schema.ts'
import type { Message } from '../mail/message.ts'
import type { Part } from '../mail/mime.ts'
import type { Edit } from '../milter/handler.ts'
import type { Check, CheckResult, Hit, MessageInput } from './check.ts'
import type { Demand } from './demand.ts'
import { factsOf } from './facts.ts'
import { weigh } from './weigh.ts'

type Section = Config['attachments']
type Rule = Section['rules'][number]

export const attachments: Check<'message'> = {
  name: 'attachments',
  stage: 'message',
  after: ['dkim'],
  enabled: ({ attachments }) => attachments.check !== 'off' && attachments.rules.length > 0,
  async run(input, { config, results }) {
    const section = config.attachments
    const found = findings(input.message, section)
    const result = judge(found, section)
    const taken = victims(found)
    if (section.check === 'log' || taken.size === 0 || result.kind !== 'hits') return result
    return stripped(input, taken, result, signatureState(results))
  },
}

/** One file that one rule means. */
export interface Finding {
  readonly part: Part
  readonly file: File
  readonly rule: Rule
}

/** More parts than the parser keeps have not been looked at. */
const UNSEEN = ['mimepart-limit-exceeded', 'mime-nesting-limit']
const MOST_FINDINGS = 1000

export function findings(message: Message, section: Section): readonly Finding[] {
  const budget = budgetOf(section)
  const found: Finding[] = []
  for (const part of message.leaves) {
    const name = Buffer.from(part.filename ?? '', 'latin1').toString('utf8')
    if (name === '' && /^text\/(?:plain|html)$/.test(part.type) && part.disposition !== 'attachment') continue
    const files = inspect({ name, mediaType: part.type, bytes: part.bytes() }, section, budget)
    for (const rule of section.rules) {
      const file = files.find((one) => meant(rule, one))
      if (file !== undefined && found.length < MOST_FINDINGS) found.push({ part, file, rule })
    }
  }
  if (message.defects.some(({ code }) => UNSEEN.includes(code))) {
    const rule = section.rules.find(({ contents }) => contents.includes('bomb'))
    const [part] = message.leaves
    if (rule !== undefined && part !== undefined) found.push({ part, file: UNSEEN_FILE, rule })
  }
  return found
}

const UNSEEN_FILE: File = {
  path: 'more parts than are looked at',
  name: '',
  extension: '',
  type: null,
  mediaType: '',
  traits: new Set(['bomb']),
  depth: 0,
}

export function judge(found: readonly Finding[], section: Section): CheckResult {
  const hits: Hit[] = []
  const demands: Demand[] = []
  for (const rule of section.rules) {
    const mine = found.filter((one) => one.rule === rule)
    if (mine.length === 0) continue
    const names = mine.slice(0, 5).map(({ file }) => describe(file))
    hits.push(
      ...weigh(rule.action === 'log' ? 'log' : section.check, [
        {
          name: rule.hit,
          detail: names.join(', '),
          ...(rule.score === undefined ? {} : { score: rule.score }),
        },
      ]),
    )
    if (
      section.check !== 'log' &&
      rule.action !== 'log' &&
      rule.action !== 'score' &&
      rule.action !== 'strip'
    )
      demands.push({
        action: rule.action,
        source: 'attachment',
        hit: rule.hit,
        text: rule.text || 'This kind of attachment is not accepted here',
      })
  }
  return { kind: 'hits', hits, ...(demands.length === 0 ? {} : { demands }) }
}

const describe = ({ path, type, traits }: File): string =>
  `${path || '(no name)'} [${[type, ...traits].filter((word) => word !== null).join(' ')}]`

function victims(found: readonly Finding[]): ReadonlyMap<Part, readonly Finding[]> {
  const taken = new Map<Part, Finding[]>()
  for (const one of found)
    if (one.rule.action === 'strip') taken.set(one.part, [...(taken.get(one.part) ?? []), one])
  return taken
}

function signatureState(results: ReadonlyMap<string, CheckResult>): string {
  const { dkim } = factsOf(results)
  if (dkim === undefined) return 'not looked at'
  if (dkim.signatures.length === 0) return dkim.skipped === null ? 'none' : `not verified, ${dkim.skipped}`
  return dkim.signatures
    .slice(0, 3)
    .map(({ result, domain }) => `${result} (${domain})`)
    .join(', ')
}

/**
 * What cannot be taken out of a mail holds the whole mail back: delivering it would be worse. Who is to get the original
 * is only said here: judging sends nothing.
 */
function stripped(
  input: MessageInput,
  taken: ReadonlyMap<Part, readonly Finding[]>,
  result: Extract<CheckResult, { kind: 'hits' }>,
  signature: string,
): CheckResult {
  const held = (why: string): CheckResult => {
    const hit = [...taken.values()][0]?.[0]?.rule.hit ?? 'ATTACHED'
    const demand: Demand = { action: 'quarantine', source: 'attachment', hit, text: why }
    return { ...result, kind: 'unavailable', reason: why, demands: [...(result.demands ?? []), demand] }
  }
  if (input.truncated) return held('the mail is over the size limit, so its attachment cannot be taken out')
  const words = (part: Part) => takenOut(taken.get(part) ?? [...taken.values()].flat())
  const done = strip(input.body, input.message.root, new Set(taken.keys()), (part) =>
    placeholder(words(part), signature),
  )
  if (done === null || done.parts.length < taken.size) return held('an attachment could not be taken out')
  const all = [...taken.values()].flat()
  const notify = all.filter(({ rule }) => rule.notify_sender)
  return {
    ...result,
    edits: editsOf(done),
    facts: {
      attachments: {
        takenOut: takenOut(all),
        notify: answerable(input) ? takenOut(notify) : [],
        copyTo: [...new Set(all.flatMap(({ rule }) => rule.copy_to ?? []))],
      },
    },
  }
}

const takenOut = (found: readonly Finding[]): readonly TakenOut[] =>
  found.slice(0, 50).map(({ file, rule }) => ({ name: file.path, hit: rule.hit, text: rule.text }))

/** Lists and machines get no notices (RFC 3834 section 2). */
function answerable({ headers }: MessageInput): boolean {
  return !headers.some(
    ({ name, value }) =>
      /^list-|^precedence$/i.test(name) || (/^auto-submitted$/i.test(name) && !/^\s*no\b/i.test(value)),
  )
}

function editsOf({ body, headers }: Stripped): readonly Edit[] {
  const changes = headers.map(({ kind, name, value }): Edit => {
    if (kind === 'add') return { kind: 'addHeader', name, value: ` ${value}` }
    return kind === 'change'
      ? { kind: 'changeHeader', nth: 1, name, value: ` ${value}` }
      : { kind: 'removeHeader', nth: 1, name }
  })
  return [...changes, { kind: 'replaceBody', body }]
}
