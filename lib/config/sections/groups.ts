/** Named IP groups: the words in which limits, lists and exemptions speak of clients. */
import { z } from 'zod'
import { oneOrMore } from '../units.ts'
import { GROUP_NAME, groupErrors } from '../../net/groups.ts'

const BUILT_IN: ReadonlySet<string> = new Set(['private'])

export const groupsSection = z
  .record(z.string(), oneOrMore(z.string()))
  .superRefine((definitions, context) => {
    for (const name of Object.keys(definitions))
      if (!GROUP_NAME.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'expected a group name of letters, digits, `-` and `_`, a letter first',
        })
    for (const { group, index, message } of groupErrors(definitions))
      context.addIssue({ code: 'custom', path: [group, index], message })
    for (const name of BUILT_IN)
      if (Object.hasOwn(definitions, name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `${name} is built in; choose another name`,
        })
  })

/** A list of group names elsewhere in the configuration, one name without brackets allowed. */
export const groupNames = (fallback: readonly string[] = []) =>
  z
    .union([z.string(), z.array(z.string())])
    .default([...fallback])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .meta({ kind: 'names of IP groups' })
