/** Takes a session out of every count of open sessions when it ends, whatever ended it. */
import type { Recorder } from './check.ts'

export const sessionRecorder: Recorder = {
  name: 'sessions',
  record() {
    // What happens within a session is counted by the checks themselves.
  },
  closed(session, { store }) {
    store.sessions.close(session.id)
  },
}
