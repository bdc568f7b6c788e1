import { describe, expect, it } from '@jest/globals'
import { attachedMessages, train, trainingClass } from '../../lib/checks/training.ts'
import { defaultConfig } from '../../lib/config/load.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import type { Store } from '../../lib/store/store.ts'

const { bayes } = defaultConfig()
const config = {
  bayes: { ...bayes, train: { spam: ['spam@example.org'], ham: ['ham@example.org'], most_a_day: 1000 } },
}
const to = (user: string | null, ...addresses: string[]) =>
  trainingClass({ user, recipients: addresses.map((address) => ({ address, parameters: [] })) }, config)

const inner = (n: number) => `Message-ID: <${n}@x>\nSubject: inner ${n}\n\ntext ${n}\n`
const outer = parseMessage(
  splitMail(
    Buffer.from(
      `Subject: Fwd\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nplease learn\n--b\nContent-Type: message/rfc822\n\n${inner(1)}\n--b\nContent-Type: application/octet-stream; name="a.eml"\nContent-Transfer-Encoding: base64\n\n${Buffer.from(inner(2)).toString('base64')}\n--b--\n`,
    ),
  ),
)

describe('training by mail', () => {
  it('is for authenticated users, to training addresses alone', () => {
    expect(to('anna', 'Spam@example.org')).toBe('spam')
    expect(to('anna', 'ham@example.org')).toBe('ham')
    expect(to(null, 'spam@example.org')).toBeNull()
    expect(to('anna', 'spam@example.org', 'ham@example.org')).toBeNull()
    expect(to('anna', 'spam@example.org', 'ben@example.org')).toBeNull()
    expect(to('anna')).toBeNull()
  })
  it('learns what is attached, as message or as file, not the mail around it', () => {
    expect(attachedMessages(outer).map((one) => one.header('subject')[0])).toEqual(['inner 1', 'inner 2'])
    const store = { bayes: openBayesStore(':memory:') } as unknown as Store
    expect(train(outer, 'spam', 'anna', { store, now: () => 5, most: 2 })).toEqual(['learned', 'learned'])
    expect(store.bayes.totals()).toEqual({ spam: 2, ham: 0 })
    expect(store.bayes.journal({})[0]).toMatchObject({ who: 'anna', source: 'mail', about: '<2@x>' })
  })
  it('one user teaches no more than the limit in a day, others go on', () => {
    const store = { bayes: openBayesStore(':memory:') } as unknown as Store
    const day = 86_400_000
    const teach = (who: string, as: 'spam' | 'ham', at: number) =>
      train(outer, as, who, { store, now: () => at, most: 3 })
    expect(teach('anna', 'spam', 5)).toEqual(['learned', 'learned'])
    expect(teach('anna', 'ham', 6)[1]).toBe('over the daily limit')
    expect(store.bayes.totals()).toEqual({ spam: 1, ham: 1 })
    expect(teach('anna', 'ham', 7)).toEqual(['over the daily limit', 'over the daily limit'])
    expect(teach('bert', 'ham', 8)).not.toContain('over the daily limit')
    expect(teach('anna', 'spam', 6 + day)).not.toContain('over the daily limit')
  })
})
