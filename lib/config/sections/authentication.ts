/** DKIM, ARC and DMARC: what is verified, whom we believe, and what a failure leads to. */
import { z } from 'zod'
import { duration } from '../units.ts'
import { groupNames } from './groups.ts'

const domainName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/i, 'expected a domain name such as lists.example')

export const authenticationSection = z.strictObject({
  dkim: z
    .enum(['off', 'log', 'score'])
    .default('score')
    .describe(
      'Verify DKIM signatures; `log` reports them without points. Off means that DMARC rests on SPF alone, and that a signed mail which SPF does not prove is not judged by it.',
    ),
  arc: z
    .enum(['off', 'log', 'score'])
    .default('score')
    .describe('Verify chains of ARC seals, by which forwarders say what a mail was when they got it.'),
  dmarc: z
    .enum(['off', 'log', 'score', 'obey'])
    .default('score')
    .describe(
      'What a DMARC failure leads to: `score` adds points by the policy the domain publishes, `obey` refuses or quarantines as the domain asks, `log` only reports.',
    ),
  trusted_sealers: z
    .array(domainName)
    .default([])
    .describe(
      'Domains whose ARC seal is believed, with everything below them: a mail that fails DMARC after one of these forwarded it is judged by what the sealer saw.',
    ),
  trusted_forwarders: groupNames().describe(
    'Names of IP groups that forward mail to you (backup servers, mailing lists, old addresses): DMARC failures of mail from them are reported and nothing more.',
  ),
  minimum_rsa_bits: z
    .number()
    .int()
    .min(512)
    .max(4096)
    .default(1024)
    .describe('Signatures by shorter RSA keys are not accepted (RFC 8301 asks for 1024).'),
  clock_tolerance: duration('5m', { minimum: '0', maximum: '1h' }).describe(
    'By how much the clocks of signers may differ from ours: a DKIM signature made (`t=`) no later than this from now, or expired (`x=`) no longer than this ago, counts.',
  ),
  timeout: duration('10s', { minimum: '500ms', maximum: '60s' }).describe(
    'How long all DNS questions of DKIM, ARC and DMARC for one mail may take together.',
  ),
})
