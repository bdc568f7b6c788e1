/** WelcomeListSubject: subjects that let a mail pass or stop it, with `*` and `?`, anywhere in the subject. */
import type { Directive, EvalFunction, EvalInput, EvalPlugin } from '../eval.ts'
import { type Glob, makeGlob } from '../glob.ts'
import { header, lower } from './octets.ts'
import { withOldNames } from './wlbl-lists.ts'

export interface SubjectLists {
  readonly welcome: Glob[]
  readonly block: Glob[]
}

function fills(list: keyof SubjectLists): Directive<SubjectLists> {
  return (state, value) => {
    if (value === '') return 'a subject is missing'
    state[list].push(makeGlob(lower(value), 'part'))
    return undefined
  }
}

function matches(list: keyof SubjectLists): EvalFunction {
  return (input: EvalInput) => {
    const subject = lower(header(input, 'Subject'))
    return subject !== '' && input.conf(welcomeListSubject)[list].some((glob) => glob.test(subject))
  }
}

export const welcomeListSubject: EvalPlugin<SubjectLists> = {
  name: 'Mail::SpamAssassin::Plugin::WelcomeListSubject',
  initial: () => ({ welcome: [], block: [] }),
  directives: withOldNames({ welcomelist_subject: fills('welcome'), blocklist_subject: fills('block') }),
  functions: withOldNames({
    check_subject_in_welcomelist: matches('welcome'),
    check_subject_in_blocklist: matches('block'),
  }),
}
