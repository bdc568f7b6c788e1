/**
 * Gets a rule set ready before the first mail comes: V8 compiles a pattern when it first runs, so the first mails of a
 * thread cost many times what later ones do. A mail made up for the purpose is judged a few times; what it finds is
 * thrown away.
 */
import { parseMessage } from '../mail/message.ts'
import { splitMail } from '../mail/split.ts'
import { evaluate } from './evaluate.ts'
import type { RuleSet } from './ruleset.ts'

const SENDER = { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null }

/** Everyday words in everyday order: long enough that what runs with most mails runs with this one. */
const TEXT = `Dear customer,

thank you for your order from our online shop. We have received your payment of $49.90 today and will
ship the following items to your address within 2 business days. If you have any questions about your account,
please click the link below or contact our service team by e-mail or phone (+49 30 123456, 9:00 to 17:00).

  1. Notebook, 100 pages          $ 9.90
  2. Free delivery to your home   $ 0.00

Please read this message to the end: new offers for you and your company can save up to 50% off the regular price.
You receive this newsletter because you are a member of our mailing list. To unsubscribe, reply with "remove" in the
subject, or visit https://www.example.com/unsubscribe?user=anna&id=1234567890abcdef at any time.

Best regards,
The team of Example Ltd, 12 Main Street, Springfield
http://www.example.org/ - info@example.org
`

const HTML = TEXT.replace(/\n\n/g, '</p>\n<p style="color: #333; font-size: 12px">').replace(
  /https?:\S+/g,
  (link) => `<a href="${link}"><b>here</b></a><img src="${link}" width="1" height="1">`,
)

const MAIL = `Return-Path: <shop@example.com>
Received: from mail.example.com (mail.example.com [192.0.2.25]) by mx.example.org (Postfix) with ESMTPS id 4F7c
\tfor <anna@example.org>; Mon, 2 Mar 2026 09:12:44 +0100 (CET)
Received: from [198.51.100.7] (helo=desk) by mail.example.com with esmtpa; Mon, 2 Mar 2026 09:12:40 +0100
From: "Example Shop" <shop@example.com>
To: "Anna" <anna@example.org>
Cc: list@example.org
Reply-To: service@example.com
Subject: Re: Your order 1234 has been shipped!
Date: Mon, 2 Mar 2026 09:12:39 +0100
Message-ID: <20260302.1234abcd@mail.example.com>
In-Reply-To: <1@example.org>
References: <1@example.org>
X-Mailer: Microsoft Outlook 16.0
List-Unsubscribe: <https://www.example.com/u>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b"

--=_b
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

${TEXT}
--=_b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: 8bit

<html><head><title>Your order</title></head><body><p>${HTML}</p></body></html>
--=_b--
`

/** Judges the made-up mail `times` times with no more than `budgetMs` for each. */
export function warmUp(set: RuleSet, clock: () => number, { times = 2, budgetMs = 2000 } = {}): void {
  for (let run = 0; run < times; run++) {
    evaluate(set, {
      message: parseMessage(splitMail(Buffer.from(MAIL, 'utf8'))),
      envelope: SENDER,
      facts: [],
      answers: new Map(),
      now: Date.UTC(2026, 2, 2, 8, 13),
      local: true,
      clock,
      budgetMs,
    })
  }
}
