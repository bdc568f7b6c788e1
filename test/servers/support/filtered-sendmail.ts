/** A Sendmail that asks Hamlet, for the time of one test. */
import { type Hamlet, type HamletOptions, startHamlet } from './hamlet.ts'
import { SENDMAIL_NEEDS, startSendmail, type Sendmail } from './sendmail.ts'

/** Programs that `describeWith` must find for it. */
export const FILTERED_SENDMAIL_NEEDS = {
  programs: ['m4', 'unshare'],
  root: true,
  other: SENDMAIL_NEEDS,
} as const

export async function throughSendmail(
  options: HamletOptions,
  tests: (sendmail: Sendmail, hamlet: Hamlet) => Promise<void>,
): Promise<void> {
  const hamlet = await startHamlet(options)
  const sendmail = await startSendmail(options.listen ?? `inet:${hamlet.port}@127.0.0.1`)
  try {
    await tests(sendmail, hamlet)
  } finally {
    await sendmail.stop()
    await hamlet.stop()
    hamlet.remove()
  }
}
