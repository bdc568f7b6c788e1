/**
 * Every setting there is: one section a file in `sections/`, put together here. The section files are the only place
 * where a key, its type, its default and its sentence stand; the parser, `docs/configuration.md` and the types follow.
 */
import { z } from 'zod'
import { ListenError, parseSocketAddress } from '../milter/address.ts'
import { attachmentsSection } from './sections/attachments.ts'
import { authenticationSection } from './sections/authentication.ts'
import { actionsSection } from './sections/actions.ts'
import { answerSection } from './sections/answer.ts'
import { bayesSection } from './sections/bayes.ts'
import { callerIdSection } from './sections/caller-id.ts'
import { clientsSection } from './sections/clients.ts'
import { correspondentsSection } from './sections/correspondents.ts'
import { dnsListsSection } from './sections/dns-lists.ts'
import { dnsSection } from './sections/dns.ts'
import { greylistSection } from './sections/greylist.ts'
import { groupsSection } from './sections/groups.ts'
import { clientNameSection, heloSection, senderDomainSection } from './sections/identity.ts'
import { historySection } from './sections/history.ts'
import { judgeSection } from './sections/judge.ts'
import { limitsSection } from './sections/limits.ts'
import { linksSection } from './sections/links.ts'
import { logSection } from './sections/log.ts'
import { milterSection } from './sections/milter.ts'
import { repellentSection } from './sections/repellent.ts'
import { scanSection } from './sections/scan.ts'
import { quarantineSection } from './sections/quarantine.ts'
import { reputationSection } from './sections/reputation.ts'
import { scannersSection } from './sections/scanners.ts'
import { scoresSection } from './sections/scores.ts'
import { oneOrMore } from './units.ts'
import { sendersSection } from './sections/senders.ts'
import { spfSection } from './sections/spf.ts'
import { storeSection } from './sections/store.ts'

const paths = oneOrMore(z.string().min(1))
const socket = z.string().superRefine((text, context) => {
  try {
    parseSocketAddress(text)
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    const why = error.why.startsWith('expected ')
      ? error.why
      : `expected a socket such as inet:8893@127.0.0.1; ${error.why}`
    context.addIssue({ code: 'custom', message: why })
  }
})

export const configSchema = z.strictObject({
  listen: oneOrMore(socket)
    .prefault(['inet:8893@127.0.0.1'])
    .describe(
      'Where the MTA reaches Hamlet: `inet:port@host`, `inet:host:port`, `inet6:…`, `unix:/path` or `systemd`; one or a list.',
    ),
  state: z.string().default('./var').describe('Directory of the databases; made if it is missing.'),
  rules: paths
    .prefault(['builtin'])
    .describe(
      'Rule files and directories of `*.cf` files, read in this order; `builtin` is the set that comes with Hamlet.',
    ),
  dns: dnsSection.prefault({}).describe('Name resolution.'),
  groups: groupsSection
    .prefault({})
    .describe(
      'Named IP groups: addresses, networks, ranges, other groups, `file:PATH` (one network a line, read again when it changes) and `country:XX`. `private` (private and loopback ranges) is built in.',
    ),
  clients: clientsSection.prefault({}).describe("The administrator's own lists of clients."),
  limits: limitsSection.prefault({}).describe('How much one client, session or user may do.'),
  dns_lists: dnsListsSection.prefault({}).describe('Blacklists and whitelists in the DNS.'),
  repellent: repellentSection.prefault({}).describe('The greeting held back.'),
  sender_domain: senderDomainSection.prefault({}).describe("Whether the sender's domain exists."),
  client_name: clientNameSection.prefault({}).describe("The client's name in the DNS."),
  helo: heloSection.prefault({}).describe('What the client calls itself.'),
  spf: spfSection.prefault({}).describe('SPF.'),
  caller_id: callerIdSection.prefault({}).describe("Microsoft's Caller ID for E-mail."),
  correspondents: correspondentsSection.prefault({}).describe('People our own users write to.'),
  greylist: greylistSection.prefault({}).describe('Greylisting.'),
  scores: scoresSection.prefault({}).describe('At which score what happens.'),
  judge: judgeSection.prefault({}).describe('Whose mail is judged, and when a refusal is said.'),
  actions: actionsSection.prefault({}).describe('Where mail goes that is not simply delivered.'),
  answer: answerSection.prefault({}).describe('What is written into judged mail and said to the client.'),
  scan: scanSection.prefault({}).describe('The workers that judge content.'),
  milter: milterSection.prefault({}).describe('The connection to the MTA.'),
  authentication: authenticationSection.prefault({}).describe('DKIM, ARC and DMARC.'),
  bayes: bayesSection.prefault({}).describe('The classifier that learns.'),
  attachments: attachmentsSection.prefault({}).describe('The attachment filter.'),
  scanners: scannersSection.describe('Outside scanners, all asked at once.'),
  senders: sendersSection.prefault({}).describe('Allowed and blocked senders.'),
  reputation: reputationSection.prefault({}).describe('What senders have earned by earlier mails.'),
  quarantine: quarantineSection.prefault({}).describe('Where `hamlet quarantine` finds held mail.'),
  links: linksSection.prefault({}).describe('Links in the text.'),
  store: storeSection.prefault({}).describe('How many rows of each kind are remembered at most.'),
  history: historySection.prefault({}).describe('The record of decisions that `hamlet why` reads.'),
  log: logSection.prefault({}).describe('The journal.'),
})

export type Config = z.infer<typeof configSchema>
