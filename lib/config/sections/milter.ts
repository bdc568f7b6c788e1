/** The connection to the MTA. */
import { z } from 'zod'
import { duration, size } from '../units.ts'

export const milterSection = z.strictObject({
  connections: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe(
      'How many connections the MTA may hold at once; more are closed at once, with a line in the journal.',
    ),
  socket_mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected an octal mode such as 0660')
    .default('0660')
    .describe('Mode of a unix socket.'),
  socket_group: z
    .string()
    .regex(/^[^\s:,]{0,64}$/, 'expected the name or number of a group')
    .default('')
    .describe("Group of a unix socket, usually the MTA's (`postfix`); empty = the daemon's own."),
  idle_timeout: duration('2h', { minimum: '10s', maximum: '1d' }).describe(
    'How long a connection may be silent between commands. Postfix keeps it for the whole SMTP session.',
  ),
  command_timeout: duration('60s', { minimum: '1s', maximum: '10m' }).describe(
    'How long the rest of a command that has begun may take to arrive.',
  ),
  header_limit: size('1MB', { minimum: '64KB', maximum: '16MB' }).describe(
    'How much of the header block is kept; of the rest, headers that decide (MIME, addresses, Received, signatures, `X-Spam-*` and the like) are kept up to as much again. What is left out is the hit HEADERS_LEFT_OUT.',
  ),
  header_count: z
    .number()
    .int()
    .min(100)
    .max(100_000)
    .default(4000)
    .describe('How many header fields are kept; of the rest, those that decide, up to as many again.'),
  header_overflow: z
    .enum(['score', 'reject'])
    .default('score')
    .describe(
      'Mail with more headers than are kept: judged on what was kept, with the points of HEADERS_LEFT_OUT (`score`), or refused with 552 (`reject`). Mail with more than are kept even of those that decide is always refused.',
    ),
  body_limit: size('64MB', { minimum: '64KB', maximum: '512MB' }).describe(
    'How much of a body is taken from the MTA at all; the rest is not asked for, and is the hit BODY_LEFT_OUT.',
  ),
  memory: size('256MB', { minimum: '16MB', maximum: '64GB' }).describe(
    'How much memory the bodies of all connections may take together: half while they arrive, half while they are judged. What finds no room while it arrives is written to `spool` in the state directory (without a name, so that nothing is left by a crash); what finds none at its end waits its turn.',
  ),
  drain: duration('20s', { minimum: '0', maximum: '10m' }).describe(
    'How long a stopping daemon lets running transactions finish.',
  ),
})
