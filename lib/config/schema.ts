/**
 * Every setting there is: one section a file in `sections/`, put together here. The section files are the only place
 * where a key, its type, its default and its sentence stand; the parser, `docs/configuration.md` and the types follow.
 */
import { z } from 'zod'
import { duration } from './units.ts'

export const configSchema = z.strictObject({
  listen: z
    .array(z.string())
    .default(['inet:8893@127.0.0.1'])
    .describe(
      'Where the MTA reaches Hamlet: `inet:port@host`, `inet:host:port`, `inet6:…`, `unix:/path` or `systemd`; one or a list.',
    ),
  state: z.string().default('./var').describe('Directory of the databases; made if it is missing.'),
  rules: z.array(z.string()).default(['builtin']).describe('Rule files or directories of *.cf files.'),
  dns: z
    .strictObject({
      servers: z
        .array(z.string())
        .default([])
        .describe('Resolvers, `address` or `address:port`; empty = /etc/resolv.conf.'),
      timeout: duration('3s', { minimum: '50ms', maximum: '30s' }).describe(
        'How long one question may take.',
      ),
    })
    .prefault({}),
})

export type Config = z.infer<typeof configSchema>
