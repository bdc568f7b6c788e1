/**
 * Dates of mail headers (RFC 5322 section 3.3) as SpamAssassin reads them: leniently, field by field, so that what
 * ratware writes still gives a time. Pure arithmetic; no clock, no local zone.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const DAY_FIRST = new RegExp(` (\\d+) ${MONTH} (\\d{4}) `, 'i')
const MONTH_FIRST = new RegExp(` ${MONTH} +(\\d+) \\d+:\\d+:\\d+ (\\d{4}) `, 'i')
const SHORT_YEAR = new RegExp(` (\\d+) ${MONTH} (\\d{2,3}) `, 'i')

/** Minutes east of Greenwich of the zone names that mail software writes. */
const ZONES: Readonly<Record<string, number>> = {
  UT: 0, UTC: 0, GMT: 0, WET: 0,
  NDT: -150, NST: -210, AST: -240, ADT: -180, EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360,
  PST: -480, PDT: -420, HST: -600, AKST: -540, AKDT: -480, HADT: -540, HAST: -600, BRST: -120, BRT: -180,
  BST: 60, IST: 60, WEST: 60, CET: 60, MET: 60, MEZ: 60, CEST: 120, MEST: 120, MESZ: 120, EET: 120, EEST: 180,
  MSK: 180, MSD: 240, IDT: 180, AEST: 600, AEDT: 660, ACST: 570, ACDT: 630, AWST: 480, NZST: 720, NZDT: 780,
  JST: 540, KST: 540, HKT: 480, SGT: 480, PHT: 480,
} // prettier-ignore

/** Seconds since the epoch, or undefined where no day, month and year can be found. Never throws. */
export function parseDate(date: string): number | undefined {
  let text = ` ${date.slice(0, 500)} `.replace(/, */g, ' ').replace(/[ \t\n\r\f\v]+/g, ' ')
  const found = findDay(text)
  if (found === undefined) return undefined
  text = found.rest
  const clock = / (\d?\d):(\d\d)(?::(\d\d))? /.exec(text)
  const [hours, minutes, seconds] = [1, 2, 3].map((index) => Number(clock?.[index] ?? 0)) as [
    number,
    number,
    number,
  ]
  if (clock !== null) text = cut(text, clock)
  let { year, month, day } = found
  if (year > 2037) year = 2037
  if (day > daysIn(found.year, month)) [day, month] = [1, month + 1]
  if (month > 12) [month, year] = [1, Math.min(year + 1, 2037)]
  if (year < 1970) year = 1970
  if (day < 1) return undefined
  const local =
    Date.UTC(year, month - 1, day, Math.min(hours, 23), Math.min(minutes, 59), Math.min(seconds, 59)) / 1000
  return Math.max(0, local - zoneMinutes(text) * 60)
}

function findDay(text: string): { year: number; month: number; day: number; rest: string } | undefined {
  const match = DAY_FIRST.exec(text)
  if (match !== null) return dated(text, match, match[3], match[2], match[1])
  const american = MONTH_FIRST.exec(text)
  if (american !== null) return dated(text, american, american[3], american[1], american[2])
  const short = SHORT_YEAR.exec(text)
  return short === null ? undefined : dated(text, short, short[3], short[2], short[1])
}

function dated(text: string, match: RegExpExecArray, year = '', month = '', day = '') {
  const number = Number(year)
  const full = year.length === 4 ? number : year.length === 2 && number < 50 ? number + 2000 : number + 1900
  return {
    year: full,
    month: MONTHS.indexOf(month.toLowerCase()) + 1,
    day: Number(day),
    rest: cut(text, match),
  }
}

function cut(text: string, match: RegExpExecArray): string {
  return `${text.slice(0, match.index)} ${text.slice(match.index + match[0].length)}`
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function zoneMinutes(text: string): number {
  const numeric = / ([-+])(\d\d)(\d\d) /.exec(text)
  if (numeric !== null) return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3]))
  const named = /\b([A-Z]{2,4}(?:-DST)?)\b/.exec(text)
  return ZONES[named?.[1] ?? ''] ?? 0
}
