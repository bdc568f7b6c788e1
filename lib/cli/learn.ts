/** `hamlet learn`: teaches the classifier, takes lessons back, shows the journal of lessons. */
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'learn',
  usage: ['COMMAND …'],
  about: `Teaches the classifier spam and ham. Learning a message again changes nothing; learning it as the other class moves it.`,
  options: {},
  exits: {},

  commands: {
    spam: {
      summary: 'teach messages as spam',
      load: async () => ({ verb: (await import('./learn/messages.ts')).teaching('spam') }),
    },
    ham: {
      summary: 'teach messages as ham (wanted mail)',
      load: async () => ({ verb: (await import('./learn/messages.ts')).teaching('ham') }),
    },
    forget: {
      summary: 'take back what was learned of messages',
      load: async () => ({ verb: (await import('./learn/messages.ts')).teaching('forget') }),
    },
    spool: {
      summary: 'learn and remove the messages that Dovecot laid into a directory',
      load: () => import('./learn/spool.ts'),
    },
    log: { summary: 'show the journal of lessons', load: () => import('./learn/log.ts') },
    undo: {
      summary: 'take lessons back, by number, time, source or person',
      load: () => import('./learn/undo.ts'),
    },
    resume: {
      summary: "let autolearn go on after people's corrections have stopped it",
      load: () => import('./learn/resume.ts'),
    },
  },
}
