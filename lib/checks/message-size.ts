/** Size of a message as the client announces it; the size that really came is looked at at the end of the message. */
import type { Path } from '../milter/handler.ts'
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { isExempt } from './choose.ts'

export const announcedSize: Check<'sender'> = {
  name: 'announced_size',
  stage: 'sender',
  enabled: ({ limits }) => limits.message_size !== 'off',
  async run(input, { config }) {
    const limit = config.limits.message_size
    if (limit === 'off' || isExempt(input, config.limits.exempt)) return CLEAN
    return judge(announced(input.sender), limit)
  },
}

/** What really came; the reply belongs to the end of the message. */
export const messageSize: Check<'message'> = {
  name: 'message_size',
  stage: 'message',
  enabled: ({ limits }) => limits.message_size !== 'off',
  async run(input, { config }) {
    const limit = config.limits.message_size
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
