/** ImageInfo: how many pictures a mail holds, how big they are, and how much text there is beside them. */
import type { EvalInput, EvalPlugin, EvalRule } from '../eval.ts'
import type { ImageSize, ImageType } from './image-size.ts'
import { imageSize } from './image-size.ts'
import { number } from './octets.ts'
import { allParts, partHeader } from './parts.ts'

export const imageInfo: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::ImageInfo',
  initial: () => ({}),
  directives: {},
  functions: {
    image_count: (input, [type = '', min, max]) =>
      min !== undefined && within(images(input).count[type], min, max),
    pixel_coverage: (input, [type = '', min, max]) =>
      min !== undefined && within(images(input).area[type], min, max),
    image_to_text_ratio: textRatio,
    image_size_exact: (input, [type = '', height, width]) =>
      sizes(input, type).some((size) => size.height === number(height) && size.width === number(width)),
    image_size_range: (input, [type = '', minHeight, minWidth, maxHeight, maxWidth]) =>
      sizes(input, type).some(
        ({ height, width }) => within(height, minHeight, maxHeight) && within(width, minWidth, maxWidth),
      ),
    image_named: (input, [name = '']) => images(input).names.has(name),
    image_name_regex: (input, [pattern = '']) => {
      const regex = input.regex(pattern)
      return regex !== undefined && [...images(input).names].some((name) => regex.test(name))
    },
  },
}

/** Inside both bounds; an absent upper bound is none. */
export function within(value: number | undefined, min: string | undefined, max: string | undefined): boolean {
  return value !== undefined && value >= number(min) && (max === undefined || value <= number(max))
}

interface Images {
  /** By type (gif, png, jpeg) and of all. */
  readonly count: Readonly<Record<string, number>>
  readonly area: Readonly<Record<string, number>>
  readonly sizes: readonly (ImageSize & { readonly type: ImageType })[]
  readonly names: ReadonlySet<string>
}

const TYPES: ReadonlyMap<string, ImageType> = new Map([
  ['image/gif', 'gif'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
])
const KEY = {}

function images(input: EvalInput): Images {
  return input.memo(KEY, () => {
    const count = { all: 0, gif: 0, png: 0, jpeg: 0 }
    const area = { all: 0, gif: 0, png: 0, jpeg: 0 }
    const found: (ImageSize & { type: ImageType })[] = []
    const names = new Set<string>()
    for (const part of allParts(input.message)) {
      const type = TYPES.get(part.type)
      if (type === undefined || !part.isLeaf || partHeader(part, 'Content-Transfer-Encoding') !== 'base64')
        continue
      count[type]++
      count.all++
      const size = imageSize(type, part.bytes())
      if (size === undefined) continue
      area[type] += size.width * size.height
      area.all += size.width * size.height
      found.push({ ...size, type })
      if (part.name !== undefined && part.name !== '') names.add(part.name)
    }
    return { count, area, sizes: found, names }
  })
}

function sizes(input: EvalInput, type: string): readonly ImageSize[] {
  return images(input).sizes.filter((size) => type === 'all' || size.type === type)
}

const BODY_LENGTH = {}
const RAW_LENGTH = {}

/** Octets of the text that a rule of this kind is about. */
export function textLength(input: EvalInput, rule: EvalRule): number {
  const raw = rule.kind === 'rawbody'
  return input.memo(raw ? RAW_LENGTH : BODY_LENGTH, () =>
    (raw ? input.message.decoded() : input.message.rendered()).reduce((sum, text) => sum + text.length, 0),
  )
}

function textRatio(input: EvalInput, [type = '', min, max]: readonly string[], rule: EvalRule): boolean {
  const area = images(input).area[type] ?? 0
  if (min === undefined || max === undefined || area === 0) return false
  const length = textLength(input, rule)
  const ratio = length / area
  return length > 0 && ratio >= number(min) && ratio < number(max)
}
