/** What every DNS list of the configuration is described by, whoever is looked up in it: zone, key, answer codes. */
import { z } from 'zod'
import { domainName } from '../net/name.ts'

/** The name of a hit that the administrator may choose, in the alphabet of rule names. */
export const hitName = () =>
  z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{1,63}$/, 'expected a name of capitals, digits and `_`')
    .describe('Name under which it appears in headers and log.')

/** Where a list is asked. To be spread into the list's object, which `keyInZone` then checks as a whole. */
export const listZone = {
  zone: z
    .string()
    .refine((text) => domainName(text.replaceAll('{key}', 'key')) !== null, 'expected a domain name')
    .describe('Zone of the list; `{key}` in it stands for `key`, which is never logged.'),
  key: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/, 'expected letters, digits, `-`, `_` and `.`')
    .optional()
    .describe('Key of a paid list.'),
}

/** A key that the zone does not name would go nowhere, and a zone without its key would ask for `{key}`. */
export const keyInZone = <T extends z.ZodType<{ zone: string; key?: string | undefined }>>(list: T): T =>
  list.refine(({ zone, key }) => zone.includes('{key}') === (key !== undefined), {
    path: ['key'],
    message: 'expected `{key}` in `zone` exactly if there is a `key`',
  })

/** Answer code -> what it means; `parse` is null for what is no code, `examples` are for the error. */
export const answerCodes = <T extends z.ZodType>(
  listing: T,
  parse: (code: string) => unknown,
  examples: string,
) =>
  z.record(z.string(), listing).superRefine((map, context) => {
    const codes = Object.keys(map)
    if (codes.length === 0)
      context.addIssue({ code: 'custom', message: `expected at least one code such as ${examples}` })
    for (const code of codes)
      if (parse(code) === null)
        context.addIssue({ code: 'custom', path: [code], message: `expected a code such as ${examples}` })
  })
