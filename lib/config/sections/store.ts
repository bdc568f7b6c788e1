/** How much is remembered at most, table by table; each has a time after which its rows go, too, in its own section. */
import { z } from 'zod'

const rows = (fallback: number) =>
  z.number().int().min(1000).max(100_000_000).default(fallback).meta({ kind: 'a number of rows from 1000' })

export const storeSection = z.strictObject({
  most_events: rows(1_000_000).describe(
    'Events of the sliding counters (`limits`), in counters.sqlite: one for each client or user and millisecond, about 60 octets each. The oldest go first, so that a limit counts too little rather than the file growing without end.',
  ),
  most_greylisted: rows(1_000_000).describe(
    'Senders and pairs that greylisting remembers, and as many good sources, in greylist.sqlite; about 150 octets each. The ones not seen for longest go first.',
  ),
  most_reputations: rows(500_000).describe(
    'Senders with a reputation, in reputation.sqlite; about 160 octets each. The ones who have not written for longest go first.',
  ),
  most_correspondents: rows(500_000).describe(
    'People our users write to, in state.sqlite; about 120 octets each. The ones not written to for longest go first.',
  ),
  most_blocks: rows(100_000).describe(
    'Clients that are shut out for a while, in state.sqlite. The longest shut out go first.',
  ),
  most_sender_entries: rows(100_000).describe(
    'Entries of `hamlet allow` and `hamlet block`, in state.sqlite; more are refused by the command.',
  ),
  most_releases: rows(10_000).describe(
    'Mails released from quarantine that are known again, in state.sqlite. The ones that end first go first.',
  ),
})
