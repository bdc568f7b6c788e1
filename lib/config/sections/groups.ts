/** Named IP groups: the words in which limits, lists and exemptions speak of clients. */
import { z } from 'zod'
import { oneOrMore } from '../units.ts'

/** What is in them is looked at by `groupMistakes`, together with who names them. */
export const groupsSection = z.record(z.string(), oneOrMore(z.string()))

/** A list of group names elsewhere in the configuration, one name without brackets allowed. */
export const groupNames = (fallback: readonly string[] = []) =>
  z
    .union([z.string(), z.array(z.string())])
    .default([...fallback])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .meta({ kind: 'names of IP groups' })
