/** Mails for the tests with real servers. */
export const TEST_RULES = [
  'header T_TAG Subject =~ /tag-me/',
  'describe T_TAG asks to be tagged',
  'score T_TAG 6',
  'header T_HOLD Subject =~ /hold-me/',
  'score T_HOLD 9',
  'header T_REJECT Subject =~ /reject-me/',
  'score T_REJECT 20',
  'body T_BODY /needle in the haystack/',
  'score T_BODY 6',
  'rawbody T_LATE /needle at the end/',
  'score T_LATE 6',
  'header T_EIGHT X-Eight =~ /\\xc3\\xa4/',
  'score T_EIGHT 6',
  'header T_LONG X-Long =~ /^ay{900} y/',
  'score T_LONG 6',
  '',
].join('\n')

/** A plain mail with this subject; CRLF line ends. */
export function mail(subject: string, body = 'Hello there.', headers: readonly string[] = []): string {
  return [
    'From: Sender <sender@sender.example>',
    'To: user@example.test',
    `Subject: ${subject}`,
    'Date: Sat, 21 Nov 2026 10:00:00 +0000',
    `Message-ID: <${subject.replace(/\W+/g, '-')}@sender.example>`,
    ...headers,
    '',
    body,
    '',
  ].join('\r\n')
}
