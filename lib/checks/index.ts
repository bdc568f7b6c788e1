/** All checks, in the order of the report. */
import { arc } from './arc.ts'
import { attachments } from './attachments.ts'
import { bayes } from './bayes.ts'
import { callerId } from './caller-id.ts'
import type { Recorder } from './check.ts'
import { clientLists } from './client-lists.ts'
import { clientName } from './client-name.ts'
import { messageRate, recipientRate } from './client-rate.ts'
import { connections } from './connections.ts'
import { correspondentLookup, correspondentRecorder, knownCorrespondent } from './correspondents.ts'
import { dkim } from './dkim.ts'
import { dmarc } from './dmarc.ts'
import { dnsLists } from './dns-lists.ts'
import { failedBefore, failedCommands, failedMeanwhile, failedRecipients } from './failed-commands.ts'
import { greylist, greylistRecorder } from './greylist.ts'
import { harvestCount } from './harvest.ts'
import { helo } from './helo.ts'
import { linkLists } from './link-lists.ts'
import { links } from './links.ts'
import { announcedSize, messageSize } from './message-size.ts'
import { receivedLists } from './received-lists.ts'
import { receivedSpf } from './received-spf.ts'
import { recipientCount } from './recipient-count.ts'
import { fastHelo, repellent } from './repellent.ts'
import { released } from './released.ts'
import { reputationRecorder } from './reputation.ts'
import type { AnyCheck } from './run.ts'
import { scanners } from './scanners.ts'
import { senderDomain } from './sender-domain.ts'
import { senderLists } from './sender-lists.ts'
import { sessionRecorder } from './session-recorder.ts'
import { shutOut } from './shut-out.ts'
import { spf } from './spf.ts'
import { textLeftOut } from './text-left-out.ts'
import { userMessageRate, userRecipientRate } from './user-rate.ts'

/** Those that run while the SMTP dialogue goes on, on the thread that talks to the MTA. */
export const sessionChecks: readonly AnyCheck[] = [
  clientLists,
  connections,
  repellent,
  dnsLists,
  clientName,
  fastHelo,
  helo,
  failedCommands,
  failedRecipients,
  failedBefore,
  failedMeanwhile,
  messageRate,
  userMessageRate,
  announcedSize,
  senderDomain,
  spf,
  correspondentLookup,
  harvestCount,
  shutOut,
  recipientCount,
  recipientRate,
  userRecipientRate,
  greylist,
]

/** Those that judge a whole message, in the scan pool. */
export const messageChecks: readonly AnyCheck[] = [
  messageSize,
  textLeftOut,
  dkim,
  arc,
  dmarc,
  callerId,
  receivedLists,
  receivedSpf,
  knownCorrespondent,
  released,
  senderLists,
  links,
  linkLists,
  attachments,
  scanners,
  bayes,
]

/** What remembers what happened, after the answer is given. */
export const recorders: readonly Recorder[] = [
  sessionRecorder,
  correspondentRecorder,
  greylistRecorder,
  reputationRecorder,
]
