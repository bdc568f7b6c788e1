/** Outside scanners: clamd, spamd, rspamd, and a plain HTTPS service that answers 0 to 9. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { whyUnreadable } from '../../fault.ts'
import { parseHostPort } from '../../net/host-port.ts'
import { duration, size } from '../units.ts'

/** struct sockaddr_un has room for so many octets of a path. */
const LONGEST_PATH = 107

function isAddress(text: string): boolean {
  const path = /^(?:unix:)?(\/[^\s\0]+)$/.exec(text)?.[1]
  return path === undefined ? parseHostPort(text) !== null : Buffer.byteLength(path) <= LONGEST_PATH
}

const address = z
  .string()
  .refine(isAddress, 'expected unix:/path or host:port with a port from 1 to 65535 (IPv6: [address]:port)')

const common = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a short name of small letters, digits and `-`')
    .describe('Name in the journal and the verdict; two scanners must not share one.'),
  enabled: z.boolean().default(true).describe('Whether it is asked.'),
  timeout: duration('10s', { minimum: '100ms', maximum: '3m' }).describe(
    'How long its answer may take; must fit into `scan.deadline`.',
  ),
  max_size: size('25MB', { minimum: '1KB', maximum: '1GB' }).describe(
    'Larger mails are not sent to it; the verdict then says so.',
  ),
  on_failure: z
    .enum(['open', 'closed'])
    .default('open')
    .describe(
      'What happens to mail that it could not scan: `open` lets it pass with an incomplete verdict, `closed` defers it with 451.',
    ),
  breaker_failures: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('After so many failures in a row it is left alone for a while.'),
  breaker_pause: duration('30s', { minimum: '1s', maximum: '1h' }).describe(
    'How long it is left alone then.',
  ),
}

const threats = {
  malware: z
    .enum(['score', 'reject', 'quarantine', 'redirect', 'discard'])
    .default('reject')
    .describe('What malware leads to.'),
  phishing: z
    .enum(['score', 'reject', 'quarantine', 'redirect', 'discard'])
    .default('reject')
    .describe('What phishing leads to.'),
  overrides_allow: z
    .boolean()
    .default(true)
    .describe('Malware and phishing are acted on whatever allow lists and rules say.'),
}

const opinion = {
  weight: z
    .number()
    .min(0)
    .max(10)
    .default(0.3)
    .describe('Its points are multiplied by this and added to the score; 0 only shows them.'),
  most: z.number().min(0).max(100).default(5).describe('It adds or takes away at most so many points.'),
}

const scanner = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('clamd').describe('ClamAV, by its stream protocol.'),
    address: address.describe('`unix:/path` or `host:port`.'),
    ...common,
    ...threats,
  }),
  z.strictObject({
    type: z.literal('spamd').describe("SpamAssassin's daemon, as a second opinion."),
    address: address.describe('`unix:/path` or `host:port`.'),
    user: z
      .string()
      .regex(/^[\w.@+-]{0,64}$/, 'expected the name of a user')
      .default('')
      .describe('User whose preferences it takes; empty = its own.'),
    ...common,
    ...opinion,
  }),
  z.strictObject({
    type: z.literal('rspamd').describe('rspamd over HTTP, as a second opinion.'),
    url: z
      .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:11333' })
      .describe('Its normal worker.'),
    password: z.string().max(200).default('').describe('Password, where it asks for one.'),
    ...common,
    ...opinion,
  }),
  z.strictObject({
    type: z.literal('https').describe('A service that answers 0 (clean) to 9.'),
    url: z
      .url({ protocol: /^https$/, error: 'expected a URL that begins with https://' })
      .describe('Where mails are posted to; always encrypted.'),
    token: z.string().max(500).default('').describe('Secret sent as `Authorization: Bearer`.'),
    ca: z
      .string()
      .optional()
      .transform((file, context) => {
        if (file === undefined) return undefined
        try {
          return readFileSync(file, 'utf8')
        } catch (error) {
          context.addIssue({
            code: 'custom',
            message:
              file === ''
                ? 'expected the path of a PEM file'
                : `cannot read ${file}: ${whyUnreadable(error)}`,
          })
          return z.NEVER
        }
      })
      .describe(
        "PEM file of the authority that signed its certificate; without it the system's authorities count.",
      ),
    ...common,
    ...threats,
    weight: z.number().min(0).max(10).default(0.5).describe('Points of score for each step from 0 to 9.'),
    most: z.number().min(0).max(100).default(5).describe('It adds at most so many points.'),
  }),
])

export const scannersSection = z
  .array(scanner)
  .default([])
  .refine(
    (all) => new Set(all.map(({ name }) => name)).size === all.length,
    'expected a different name for each scanner',
  )
