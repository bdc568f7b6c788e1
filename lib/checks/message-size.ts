/** Size of a message as the client announces it; the size that really came is looked at at the end of the message. */
import type { Config } from '../config/schema.ts'
import type { Path } from '../milter/handler.ts'
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { isExempt } from './choose.ts'

export const announcedSize: Check<'sender'> = {
  name: 'announced_size',
  stage: 'sender',
  enabled: isLimited,
  async run(input, { config }) {
    const limit = limitFor(input.groups, config.limits)
    if (limit === 'off' || isExempt(input, config.limits.exempt)) return CLEAN
    return judge(announced(input.sender), limit)
  },
}

/** What really came; the reply belongs to the end of the message. */
export const messageSize: Check<'message'> = {
  name: 'message_size',
  stage: 'message',
  enabled: isLimited,
  async run(input, { config }) {
    const limit = limitFor(input.groups, config.limits)
    if (limit === 'off' || isExempt(input, config.limits.exempt)) return CLEAN
    const headers = input.headers.reduce((sum, { name, value }) => sum + name.length + value.length + 3, 0)
    const result = judge(headers + input.bodySize, limit)
    if (result.kind !== 'refuse') return result
    const { name } = result.hit
    return {
      kind: 'hits',
      hits: [result.hit],
      demands: [
        {
          action: 'reject',
          source: 'limit',
          hit: name,
          text: result.reply.text,
          codes: { code: 552, enhanced: '5.3.4' },
        },
      ],
    }
  },
}

function isLimited({ limits }: Config): boolean {
  return [limits.message_size, ...Object.values(limits.message_size_of)].some((limit) => limit !== 'off')
}

/** The most generous of the client's groups, else the common one. */
export function limitFor(
  groups: ReadonlySet<string>,
  {
    message_size: common,
    message_size_of: special,
  }: Pick<Config['limits'], 'message_size' | 'message_size_of'>,
): number | 'off' {
  const own = Object.entries(special).flatMap(([group, limit]) => (groups.has(group) ? [limit] : []))
  if (own.length === 0) return common
  return own.includes('off') ? 'off' : Math.max(...own.filter((limit) => limit !== 'off'))
}

/** The SIZE parameter of MAIL (RFC 1870), 0 when there is none. */
export function announced({ parameters }: Path): number {
  const value = parameters.map((parameter) => /^size=(\d{1,15})$/i.exec(parameter)?.[1]).find(Boolean)
  return value === undefined ? 0 : Number(value)
}

/** 552 5.3.4 (RFC 1870 section 6.1). */
export function judge(octets: number, limit: number): CheckResult {
  if (octets <= limit) return CLEAN
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_SIZE', detail: `${octets} octets, limit ${limit}` },
    reply: { code: 552, enhanced: '5.3.4', text: `Message is larger than ${limit} octets` },
  }
}
