import { describe, expect, it } from '@jest/globals'
import { parseOptions } from '../../lib/rules/parse-options.ts'
import { rulesOf } from './support.ts'

describe('parseOptions', () => {
  it.each([
    ['', { normalizeCharset: true }],
    ['normalize_charset 0', { normalizeCharset: false }],
    ['normalize_charset no\nnormalize_charset 1', { normalizeCharset: true }],
    ['body_part_scan_size 100', { normalizeCharset: true, bodyPartScanSize: 100 }],
    ['rawbody_part_scan_size -1', { normalizeCharset: true, rawBodyPartScanSize: 0 }],
  ])('%j', (lines, expected) => {
    expect(parseOptions(rulesOf(lines))).toEqual(expected)
  })
})
