/**
 * Whether the state store stays fast when it is full: a million counted events, a million greylisted senders and
 * 200,000 correspondents, then the single steps a session takes. `node bench/state.ts [rows]`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expireState, openState } from '../lib/store/state.ts'

const ROWS = Number(process.argv[2] ?? 1_000_000)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 21)
const folder = mkdtempSync(join(tmpdir(), 'bench-state-'))
const say = (text: string) => process.stdout.write(`${text}\n`)

function fill(): void {
  openState(folder).close()
  const [events, greylist, people] = ['counters', 'greylist', 'state'].map(
    (name) => new Database(join(folder, `${name}.sqlite`)),
  )
  if (events === undefined || greylist === undefined || people === undefined) return
  const event = events.prepare('INSERT INTO events (key, at, amount) VALUES (?, ?, 1)')
  const grey = greylist.prepare('INSERT INTO greylist (key, first, last, passed) VALUES (?, ?, ?, ?)')
  const person = people.prepare(
    'INSERT INTO correspondents (address, first, last, mails) VALUES (?, ?, ?, 1)',
  )
  for (const database of [events, greylist, people]) database.exec('BEGIN')
  for (let row = 0; row < ROWS; row++) {
    const at = NOW - Math.floor((row / ROWS) * HOUR)
    event.run(`messages:192.${(row >> 4) & 255}.${(row >> 12) & 255}.${row & 15}`, at - (row & 1023))
    grey.run(
      `net:10.${row & 255}.${(row >> 8) & 255}.0/24|s${row}.example|user@example.test`,
      at - DAY,
      at,
      at,
    )
    if (row % 5 === 0) person.run(`person${row}@friends.example`, at, at)
  }
  for (const database of [events, greylist, people]) {
    database.exec('COMMIT')
    database.close()
  }
}

function measure(name: string, times: number, step: (index: number) => unknown): void {
  const each = new Float64Array(times)
  for (let index = 0; index < times; index++) {
    const started = performance.now()
    step(index)
    each[index] = (performance.now() - started) * 1000
  }
  each.sort()
  const at = (share: number) => Math.round(each[Math.floor(share * (times - 1))] ?? 0)
  say(`${name.padEnd(44)} median ${at(0.5)} µs, p99 ${at(0.99)} µs`)
}

const started = performance.now()
fill()
say(
  `${ROWS} events and greylisted senders, ${ROWS / 5} correspondents written in ${Math.round(performance.now() - started)} ms`,
)
for (const name of ['counters', 'greylist', 'state'])
  say(`${name}.sqlite: ${Math.round(statSync(join(folder, `${name}.sqlite`)).size / 1e6)} MB`)
const bounds = {
  events: 1e6,
  greylisted: 1e6,
  reputations: 1e6,
  correspondents: 1e6,
  blocks: 1e6,
  senderEntries: 1e6,
  releases: 1e6,
}
const state = openState(folder, { owner: true, bounds })
const client = (index: number) => `messages:192.${(index * 7) & 255}.${(index * 13) & 255}.${index & 15}`
measure('count a message of a known client', 5000, (index) =>
  state.counters.take(client(index), 1, 1e9, NOW + index, HOUR),
)
measure('count a message of a new client', 5000, (index) =>
  state.counters.take(`messages:new${index}`, 1, 5, NOW + index, HOUR),
)
measure('look up a known greylisted sender', 5000, (index) => {
  const row = (index * 7919) % ROWS
  return state.greylist.sight(
    `net:10.${row & 255}.${(row >> 8) & 255}.0/24|s${row}.example|user@example.test`,
    NOW + index,
    DAY,
    30 * DAY,
  )
})
measure('meet a new greylisted sender', 5000, (index) =>
  state.greylist.sight(`new${index}`, NOW + index, DAY, 30 * DAY),
)
measure('look up a correspondent', 5000, (index) =>
  state.correspondents.find(`person${(index * 35) % ROWS}@friends.example`, NOW, 30 * DAY),
)
measure('add a mail to a reputation', 5000, (index) =>
  state.reputation.add(`person${index % 3000}@friends.example`, 'net:192.0.2.0/24', 1, NOW, {
    halfLife: DAY,
    most: 50,
  }),
)
measure('ask whether a client is shut out', 5000, (index) => state.blocks.blocked(`192.0.2.${index}`, NOW))
measure('the twenty highest of a kind (hamlet limits)', 3, () =>
  state.counters.top('messages:', NOW, HOUR, 20),
)
const keep = { counters: HOUR / 2, greylist: DAY / 2, correspondents: HOUR / 2, reputation: DAY }
measure('one step of expiry (up to 250 rows a table)', 200, () => expireState(state, NOW, keep))
state.close()
rmSync(folder, { recursive: true, force: true })
