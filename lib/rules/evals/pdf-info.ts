/** PDFInfo: rules over the PDF files a mail carries. */
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { textLength, within } from './image-info.ts'
import { fromBytes } from '../../mail/octets.ts'
import { number } from './octets.ts'
import { allParts } from './parts.ts'
import type { PdfFacts } from './pdf-facts.ts'
import { readPdf } from './pdf-facts.ts'

export const pdfInfo: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::PDFInfo',
  initial: () => ({}),
  directives: {},
  functions: {
    pdf_count: (input, [min, max]) => min !== undefined && within(files(input).count, min, max),
    pdf_image_count: (input, [min, max]) => min !== undefined && within(sum(input, 'images'), min, max),
    pdf_pixel_coverage: (input, [min, max]) =>
      min !== undefined && sum(input, 'area') > 0 && within(sum(input, 'area'), min, max),
    pdf_image_size_exact: (input, [height, width]) =>
      sizes(input).some((size) => size.height === number(height) && size.width === number(width)),
    pdf_image_size_range: (input, [minHeight, minWidth, maxHeight, maxWidth]) =>
      minWidth !== undefined &&
      sizes(input).some(
        ({ height, width }) => within(height, minHeight, maxHeight) && within(width, minWidth, maxWidth),
      ),
    pdf_named: (input, [name = '']) => files(input).names.has(name),
    pdf_name_regex: (input, [pattern = '']) => {
      const regex = input.regex(pattern)
      return regex !== undefined && [...files(input).names].some((name) => regex.test(name))
    },
    pdf_image_to_text_ratio: (input, [min, max], rule) => {
      const [length, area] = [textLength(input, rule), sum(input, 'area')]
      if (max === undefined || length === 0 || area === 0) return false
      return length / area >= number(min) && length / area < number(max)
    },
    pdf_match_md5: (input, [sum_ = '']) => files(input).facts.some(({ md5 }) => md5 === sum_.toUpperCase()),
    pdf_match_fuzzy_md5: (input, [sum_ = '']) =>
      files(input).facts.some(({ fuzzyMd5 }) => fuzzyMd5.includes(sum_.toUpperCase())),
    pdf_match_details: (input, [detail = '', pattern = '']) => {
      const regex = input.regex(pattern)
      const values = files(input).facts.flatMap(({ details }) => [...(details.get(detail) ?? [])])
      return regex !== undefined && values.some((value) => regex.test(value))
    },
    pdf_is_encrypted: (input) => files(input).facts.some(({ encrypted }) => encrypted),
    pdf_is_empty_body: (input, [min]) => {
      if (files(input).count === 0) return false
      const text = input.message.rendered().slice(1)
      const length = text.reduce((total, one) => total + (/[^ \t\n\r\f\v]/.test(one) ? one.length : 0), 0)
      return length <= number(min)
    },
  },
}

interface PdfFiles {
  readonly count: number
  readonly names: ReadonlySet<string>
  readonly facts: readonly PdfFacts[]
}

const KEY = {}
const MOST_FILES = 10

function files(input: EvalInput): PdfFiles {
  return input.memo(KEY, () => {
    const parts = allParts(input.message).filter(
      ({ isLeaf, type, name }) =>
        isLeaf &&
        /^(?:image|application)\/(?:pdf|octet-stream)$/.test(type) &&
        (type.endsWith('/pdf') || /\.[fp]df$/i.test(name ?? '')),
    )
    const read = parts.slice(0, MOST_FILES).flatMap((part) => {
      const facts = readPdf(fromBytes(part.bytes()))
      return facts === undefined ? [] : [{ facts, name: part.name ?? '' }]
    })
    return {
      count: parts.length,
      names: new Set(read.map(({ name }) => name).filter((name) => name !== '')),
      facts: read.map(({ facts }) => facts),
    }
  })
}

function sum(input: EvalInput, what: 'images' | 'area'): number {
  return files(input).facts.reduce((total, facts) => total + facts[what], 0)
}

function sizes(input: EvalInput) {
  return files(input).facts.flatMap((facts) => facts.sizes)
}
