/** `hamlet learn`: teaches the classifier, takes lessons back, shows the journal of lessons. */
import { messages } from './learn/messages.ts'
import { log } from './learn/log.ts'
import { resume } from './learn/resume.ts'
import { spool } from './learn/spool.ts'
import { undo } from './learn/undo.ts'
import { commandFirst } from './options.ts'
import { UsageError } from './verb.ts'
import type { Terminal, Verb } from './verb.ts'

const ACTIONS: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => Promise<number>>> = {
  spam: (args, terminal) => messages('spam', args, terminal),
  ham: (args, terminal) => messages('ham', args, terminal),
  forget: (args, terminal) => messages('forget', args, terminal),
  spool,
  log,
  undo,
  resume,
}

export const verb: Verb = {
  name: 'learn',
  summary: 'teach the classifier spam and ham, or take that back',
  help: `Usage: hamlet learn spam|ham|forget [OPTION…] FILE…|-
       hamlet learn spool [OPTION…] DIRECTORY
       hamlet learn log [OPTION…]
       hamlet learn undo [OPTION…] LESSON…
       hamlet learn resume [--config FILE]

Messages are read from files, mbox files, Maildirs, directories or standard input. Learning a message again changes
nothing; learning it as the other class moves it.

  --config FILE     as for start
  --domain NAME     the model of this domain (bayes.domains) instead of the site's; spool takes that of the user
  --message-id ID   (forget) the message of this Message-ID, instead of a FILE
  --ref REFERENCE   a message judged lately, by the reference in its X-Spam-Status (ref=…), in the SMTP reply or in
                    the journal, instead of a FILE; how many are remembered says bayes.remember
  --who NAME        whom the journal names; default: the account that runs the command
  --source NAME     where the lesson comes from: command (default), folder, mail…
  --quiet           no summary

spool learns and removes the messages that Dovecot laid into DIRECTORY (docs/dovecot.md).

log and undo:
  --since TIME      from 2026-11-20, 2026-11-20T08:00 or an age such as 3d
  --until TIME      before
  --source NAME, --who NAME
  --limit N         (log) lessons shown, newest first; default 50
  --json            (log) one JSON object a line

undo takes lessons back by their number, or all of --since, --until, --source, --who.
resume lets autolearn go on after people's corrections have stopped it.

Exit codes: 0 done, 1 nothing to undo or forget, or no such reference, 64 wrong arguments, 66 a file cannot be read, 75 the database is busy
or unusable: try later.`,

  async run(given, terminal) {
    const [name, ...args] = commandFirst(given)
    const action = ACTIONS[name ?? '']
    if (!action)
      throw new UsageError(
        `expected one of ${Object.keys(ACTIONS).join(', ')}${name === undefined ? '' : `, not ${name}`}`,
      )
    return action(args, terminal)
  },
}
