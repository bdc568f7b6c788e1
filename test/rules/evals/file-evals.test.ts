import { describe, expect, it } from '@jest/globals'
import { antiVirus } from '../../../lib/rules/evals/anti-virus.ts'
import { imageInfo } from '../../../lib/rules/evals/image-info.ts'
import { oleVbMacro } from '../../../lib/rules/evals/ole-vb-macro.ts'
import { pdfInfo } from '../../../lib/rules/evals/pdf-info.ts'
import { zip } from '../../support/archives.ts'
import { call, type Given } from './fake-input.ts'
import { mail, part } from './fake-part.ts'

const octets = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const GIF = octets('GIF89a\x0a\x00\x14\x00\x00\x00\x00')
const PNG = octets('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x00\0\0\0\x20\x08\x02\0\0\0')
const JPEG = octets('\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x30\x00\x40\x03')

describe('ImageInfo', () => {
  const encoded = { 'Content-Transfer-Encoding': 'base64' }
  const given = mail(
    part({
      type: 'multipart/mixed',
      parts: [
        part({ type: 'image/gif', bytes: GIF, headers: encoded, name: 'a.gif' }),
        part({ type: 'image/png', bytes: PNG, headers: encoded }),
        part({ type: 'image/jpg', bytes: JPEG, headers: encoded }),
        part({ type: 'image/gif', bytes: octets('junk'), headers: encoded }),
      ],
    }),
    { rendered: ['12345'] },
  )
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['image_count', ['gif', '1', '1'], false],
    ['image_count', ['gif', '2'], true],
    ['image_count', ['all', '4', '4'], true],
    ['pixel_coverage', ['gif', '200', '200'], true],
    ['pixel_coverage', ['png', '8192', '8192'], true],
    ['pixel_coverage', ['jpeg', '3072', '3072'], true],
    ['image_size_exact', ['gif', '20', '10'], true],
    ['image_size_range', ['all', '32', '256', '32', '256'], true],
    ['image_named', ['a.gif'], true],
    ['image_name_regex', ['^a\\.'], true],
    ['image_to_text_ratio', ['all', '0.000', '0.008'], true],
  ]
  it.each(cases)('%s(%j): %p', (name, args, hit) => {
    expect(call(imageInfo, name, args, given, { kind: 'body' })).toBe(hit)
  })
  it('survives every truncation', () => {
    for (const [type, bytes] of [
      ['image/gif', GIF],
      ['image/png', PNG],
      ['image/jpeg', JPEG],
    ] as const) {
      for (let length = 0; length <= bytes.length; length++) {
        const cut = mail(part({ type, bytes: bytes.subarray(0, length), headers: encoded }))
        expect(call(imageInfo, 'image_count', ['all', '1', '1'], cut)).toBe(true)
      }
    }
  })
})

describe('PDFInfo', () => {
  const pdf = (text: string): Given =>
    mail(part({ type: 'application/pdf', name: 'x.pdf', text: `%PDF-1.4\n${text}` }), {
      rendered: ['Subject', ''],
    })
  const cases: readonly (readonly [string, readonly string[], string, boolean])[] = [
    ['pdf_count', ['1'], '', true],
    ['pdf_match_details', ['producer', '/^BCL/'], '<< /Producer (BCL easyPDF) >>', true],
    ['pdf_match_details', ['producer', '/^Other/'], '<< /Producer (BCL easyPDF) >>', false],
    ['pdf_match_details', ['title', '/^Hi$/'], '/Title <FEFF00480069>', true],
    ['pdf_is_encrypted', [], '/Encrypt 5 0 R', true],
    ['pdf_image_size_range', ['100', '100', '300', '300'], '<</Subtype/Image/Width 200/Height 150>>', true],
    ['pdf_is_empty_body', [], '', true],
    ['pdf_named', ['x.pdf'], '', true],
  ]
  it.each(cases)('%s(%j) in %j: %p', (name, args, text, hit) => {
    expect(call(pdfInfo, name, args, pdf(text))).toBe(hit)
  })
})

const archive = (name: string, content: string, encrypted = false) => zip([{ name, content, encrypted }])

describe('OLEVBMacro', () => {
  const file = (name: string, bytes: Uint8Array): Given =>
    mail(part({ type: 'application/octet-stream', name, bytes }))
  const rels =
    '<Relationships><Relationship Id="1" Target="http://evil.test/t.dotm" TargetMode="External"/></Relationships>'
  const cases: readonly (readonly [string, Given, boolean])[] = [
    ['check_olemacro', file('a.docm', octets('x')), true],
    ['check_olemacro', file('a.docx', archive('word/vbaProject.bin', 'Sub AutoOpen()')), true],
    ['check_olemacro_malice', file('a.docx', archive('word/vbaProject.bin', 'Sub AutoOpen()')), true],
    ['check_olemacro', file('a.docx', archive('[Content_Types].xml', '<x ContentType="a"/>')), false],
    ['check_olemacro', file('a.docx', archive('[Content_Types].xml', 'macroEnabled')), true],
    ['check_olemacro', file('a.doc', octets('\xd0\xcf\x11\xe0...\0Attribut\0...')), true],
    ['check_olemacro', file('a.doc', octets('\xd0\xcf\x11\xe0 nothing')), false],
    ['check_oleobject', file('a.xlsx', archive('xl/embeddings/x.bin', '')), true],
    ['check_olemacro_redirect_uri', file('a.docx', archive('word/_rels/settings.xml.rels', rels)), true],
    ['check_olemacro', file('a.zip', archive('b.xlsm', 'x')), true],
    ['check_olemacro_zip_password', file('a.zip', archive('b.docx', 'x', true)), true],
    ['check_olemacro', file('a.txt', octets('\xd0\xcf\x11\xe0...\0Attribut\0...')), false],
  ]
  it.each(cases)('%s of case %#', (name, given, hit) => {
    expect(call(oleVbMacro, name, [], given)).toBe(hit)
  })
  it('a bomb is not unpacked', () => {
    const bomb = archive('[Content_Types].xml', `${' '.repeat(50_000_000)}macroEnabled`)
    const began = performance.now()
    expect(call(oleVbMacro, 'check_olemacro', [], file('a.docx', bomb))).toBe(false)
    expect(performance.now() - began).toBeLessThan(500)
  })
})

describe('AntiVirus', () => {
  const file = (type: string, name: string, text = '', headers = {}): Given =>
    mail(part({ type, text, headers: { 'Content-Type': `${type}; name="${name}"`, ...headers } }))
  it('programs by name and by their first octets', () => {
    const base64 = { 'Content-Transfer-Encoding': 'base64' }
    expect(call(antiVirus, 'check_microsoft_executable', [], file('application/octet-stream', 'A.EXE'))).toBe(
      true,
    )
    expect(
      call(
        antiVirus,
        'check_microsoft_executable',
        [],
        file('application/octet-stream', 'a', 'TVqQAAMAAAAEAAAA', base64),
      ),
    ).toBe(true)
    expect(call(antiVirus, 'check_microsoft_executable', [], file('application/pdf', 'a.pdf'))).toBe(false)
  })
  it('names that do not fit the type', () => {
    expect(call(antiVirus, 'check_suspect_name', [], file('text/plain', 'a.jpg'))).toBe(true)
    expect(call(antiVirus, 'check_suspect_name', [], file('image/jpeg', 'a.jpg'))).toBe(false)
  })
})
