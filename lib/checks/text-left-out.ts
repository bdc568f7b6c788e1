/** Whether all of a mail's text was read. What stands behind the limit, mail programs still show. */
import type { TextLeftOut } from '../mail/limited.ts'
import { CLEAN, type Check, type CheckResult } from './check.ts'

export const textLeftOut: Check<'message'> = {
  name: 'text_left_out',
  stage: 'message',
  enabled: () => true,
  async run({ head }) {
    return judge(head.leftOut)
  },
}

export const TEXT_LEFT_OUT = 'TEXT_LEFT_OUT'

export function judge(leftOut: TextLeftOut | null): CheckResult {
  if (leftOut === null) return CLEAN
  const { octets, of, limit } = leftOut
  const detail = `${octets} of ${of} octets of text are over scan.limit (${limit})`
  return { kind: 'hits', hits: [{ name: TEXT_LEFT_OUT, detail }] }
}
