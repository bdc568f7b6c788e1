/** A recorded decision, empty but for what a test wants in it. */
import type { Decision } from '../../lib/store/history-store.ts'

export const decisionWith = (change: Partial<Decision>): Decision => ({
  at: Date.now(),
  reference: 'r1',
  queueId: 'Q',
  client: '',
  clientName: '',
  helo: '',
  user: '',
  sender: '',
  recipients: [],
  verdict: 'deliver',
  why: '',
  score: 0,
  required: 5,
  hits: [],
  unavailable: [],
  messageId: '',
  from: '',
  subject: '',
  ...change,
})
