/** Mails written for the rule set's test. Names and addresses are invented; domains are reserved ones where they can be. */

export interface SampleMail {
  readonly name: string
  readonly mail: string
}

const mail = (headers: readonly string[], ...body: readonly string[]): string =>
  `${headers.join('\n')}\nMIME-Version: 1.0\n\n${body.join('\n')}\n`

const HTML = 'Content-Type: text/html; charset=UTF-8'
const PLAIN = 'Content-Type: text/plain; charset=UTF-8'
const DATE = 'Date: Mon, 2 Mar 2026 09:12:44 +0100'

export const SPAM: readonly SampleMail[] = [
  {
    name: 'an inheritance from a dead client',
    mail: mail(
      [
        'From: "Barrister Kofi Mensah" <kmensah.chambers77@gmail.com>',
        'Reply-To: barr.kofimensah@outlook.com',
        'To: undisclosed-recipients:;',
        'Subject: URGENT REPLY NEEDED',
        'Message-ID: <CAGxyz0w9Xn1mVQd7tKpLr3oYbHc5sTfUeJ2iWqAzR8vN4mBgD@mail.gmail.com>',
        DATE,
        PLAIN,
      ],
      'Dear Friend,',
      '',
      'My late client, who died in a plane crash with his family, left the sum of US$9.5 million dollars in a bank in Lome.',
      'I want to present you as his next of kin. You will take 40% of the fund for your assistance.',
      'This is strictly confidential. Kindly reply with your full name, address and telephone number.',
    ),
  },
  {
    name: 'a German donation from a lottery winner',
    mail: mail(
      [
        "From: ''Walter Schulz'' <sekretariat@gemeinde.example>",
        'Reply-To: walterschulz.spende@gmail.com',
        'To: Recipients <sekretariat@gemeinde.example>',
        'Subject: Spende von 2.000.000,00 Euro',
        'Message-ID: <20260302081244.7A1B0C22D1@mx.gemeinde.example>',
        DATE,
        PLAIN,
      ],
      'Lieber Freund,',
      '',
      'ich bin Herr Walter Schulz, der Gewinner des Mega-Millionen-Jackpots. Ich spende 2.000.000 Euro an fünf Personen.',
      'Ihre E-Mail wurde ausgewählt. Kontaktieren Sie mich: walterschulz.spende@gmail.com',
    ),
  },
  {
    name: 'a full mailbox',
    mail: mail(
      [
        'From: "Mail Administrator" <info@printshop.example>',
        'To: anna@firma.example',
        'Subject: Mailbox storage almost full for anna@firma.example',
        'Message-ID: <20260302091244.5EF62669BB9DB3CB@printshop.example>',
        DATE,
        HTML,
      ],
      '<html><body>Dear user,<br>your mailbox has exceeded its storage limit and 5 incoming messages are on hold.',
      'Your account will be deactivated within 24 hours. Verify your account to keep the same password:<br>',
      '<a href="https://mail-quota.pages.dev/#anna@firma.example">Keep current password</a></body></html>',
    ),
  },
  {
    name: 'a parcel that waits for a fee',
    mail: mail(
      [
        'From: "DHL Paket" <tracking@versand-info.sbs>',
        'To: kunde@firma.example',
        'Subject: Ihr Paket konnte nicht zugestellt werden',
        'Message-ID: <a81k3s0d@versand-info.sbs>',
        DATE,
        HTML,
      ],
      '<html><body>Sehr geehrter Kunde, Ihre Sendung wartet auf die Zahlung der Zollgebühr von 1,99 EUR.',
      'Klicken Sie hier, um Ihre Daten innerhalb von 24 Stunden zu bestätigen:',
      '<a href="https://versand-info.sbs/zoll">Zustellung bestätigen</a></body></html>',
    ),
  },
  {
    name: 'a renewal nobody ordered, with a number to call',
    mail: mail(
      [
        'From: Gail Porter <gailporter5521@gmail.com>',
        'To: undisclosed-recipients:;',
        'Subject: Invoice for your order has been processed',
        'Message-ID: <CADq0r8Yw2Kc1tXmVn5bPzL7oHfJgS3eUiA9dQyTxRkW6vN4lMcB@mail.gmail.com>',
        DATE,
        PLAIN,
      ],
      'Dear Customer,',
      '',
      'Thank you for choosing Norton. Your subscription has been renewed and $349.99 will be charged to your account today.',
      'If you did not authorize this transaction, call our billing department to cancel: +1 (888) 555-0134',
    ),
  },
  {
    name: 'extortion',
    mail: mail(
      [
        'From: anna@firma.example',
        'To: anna@firma.example',
        'Subject: I have full access to your device',
        'Message-ID: <0199AC10@WIN-3K9QPL2V7TR>',
        DATE,
        PLAIN,
      ],
      'I have hacked your operating system and recorded a video of you with your webcam while you watched porn.',
      'Transfer $1450 to my bitcoin wallet: bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
      'You have 48 hours. Then all your contacts will see the video.',
    ),
  },
  {
    name: 'a gift of a known shop from a throw-away domain',
    mail: mail(
      [
        'From: "Costco Rewards" <CostcoRewards@tabgift.cfd>',
        'Reply-To: "Costco Rewards" <CostcoRewards@tabgift.cfd>',
        'To: <anna@firma.example>',
        'Subject: Congratulations! Claim your $500 Costco gift card',
        'Message-ID: <8mvctcsyl51ehg6r-tihvwokrp3r0mvuu-36084-48d46@tabgift.cfd>',
        DATE,
        HTML,
      ],
      '<html><body><a href="http://tabgift.cfd/L6JG8SDkrambrXXvttOWl1vAZWtLVfBJGKzOoZxDh6QnLWfAhw"><img src="http://tabgift.cfd/a.png"></a>',
      'You have been selected! Answer a short survey and claim your reward today.</body></html>',
    ),
  },
  {
    name: 'letters of another alphabet',
    mail: mail(
      [
        'From: =?UTF-8?B?8J2XmPCdl7vwnZiA8J2XsvCdl68=?= <offer@deals.example>',
        'To: anna@firma.example',
        'Subject: C\u200bh\u200be\u200bc\u200bk your rates',
        'Message-ID: <@>',
        DATE,
        HTML,
      ],
      '<html><body>R&#8203;e&#8203;f&#8203;i&#8203;n&#8203;a&#8203;n&#8203;c&#8203;e <a href="http://deals.example/">now</a></body></html>',
    ),
  },
  {
    name: 'a loan from a private mailbox',
    mail: mail(
      [
        'From: "Mr. Omar Haddad" <finance.office229@gmail.com>',
        'Reply-To: omarhaddad.loans@outlook.com',
        'To: Recipients <finance.office229@gmail.com>',
        'Subject: LOAN OFFER',
        'Message-ID: <20260302191449.10C8462AD9@mx.metal.example>',
        DATE,
        PLAIN,
      ],
      'Do you need a loan? We offer personal and business loans at 3% interest rate. Reply for more details.',
    ),
  },
  {
    name: 'a Japanese card company with a Chinese domain',
    mail: mail(
      [
        'From: "JCB" <info.kmgod@service.abc827.example.cn>',
        'To: <anna@firma.example>',
        'Subject: 【重要】カードのご利用確認のお願い',
        'Message-ID: <20260302023940144783@service.abc827.example.cn>',
        'X-Mailer: Foxmail 6, 13, 102, 15 [cn]',
        DATE,
        HTML,
      ],
      '<html><body>お客様のカードのご利用を一時的に制限しております。本日中に本人確認を完了してください。',
      '<a href="https://abc827.example.cn/">こちらから確認</a></body></html>',
    ),
  },
]

export const HAM: readonly SampleMail[] = [
  {
    name: 'a short private mail',
    mail: mail(
      [
        'From: Tereza Novotná <tereza.novotna@seznam.cz>',
        'To: Jan <jan@firma.example>',
        'Subject: sobota',
        'Message-ID: <4f1.3hQb.2YJ9oPq@seznam.cz>',
        DATE,
        PLAIN,
      ],
      'Ahoj Honzo, přijedete v sobotu? Vezmu s sebou koláč. T.',
    ),
  },
  {
    name: 'an answer about money',
    mail: mail(
      [
        'From: Petra Lang <lang@steuerbuero.example>',
        'To: Jan <jan@firma.example>',
        'Subject: Re: Rechnung 2026-114',
        'In-Reply-To: <77af@firma.example>',
        'References: <77af@firma.example>',
        'Message-ID: <5a826a97-4098-7e1e-4f07-5a1a372e66b8@steuerbuero.example>',
        'User-Agent: Mozilla Thunderbird/128.7',
        DATE,
        PLAIN,
      ],
      'Hallo Jan,',
      'die Zahlung von 12.400,00 EUR ist eingegangen, danke. Die Kontodaten bleiben gleich.',
      '',
      'Am 1.3.26 um 10:02 schrieb Jan:',
      '> hast du die Überweisung schon gesehen?',
      '> bitte bis morgen bestätigen',
    ),
  },
  {
    name: 'a newsletter',
    mail: mail(
      [
        'DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=k1; h=from:to:subject:list-unsubscribe; bh=x; b=y',
        'From: "Garden Shop" <news@mail.shop.example>',
        'Reply-To: help@shop.example',
        'To: jan@firma.example',
        'Subject: 🌱 Spring sale: save up to 40% today',
        'Message-ID: <0100019a26d34ceb-57c829b3-1faf-4d3f-b81a-3128aec0050f-000000@email.amazonses.com>',
        'List-Unsubscribe: <https://mail.shop.example/u/123>, <mailto:u@mail.shop.example>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'Feedback-ID: 1:2:3:shop',
        DATE,
        HTML,
      ],
      '<html><body><div style="display:none;max-height:0">Save on seeds &zwnj;&nbsp;&zwnj;&nbsp;</div>',
      '<a href="https://mail.shop.example/c/1"><img src="https://cdn.shop.example/h.png"></a>',
      '<p>Only until Sunday: limited stock. Order now and get free shipping.</p>',
      '<a href="https://mail.shop.example/u/123">Unsubscribe</a></body></html>',
    ),
  },
  {
    name: "a bank's notice",
    mail: mail(
      [
        'DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=k1; h=from:to:subject; bh=x; b=y',
        'From: Example Bank <alerts@bank.example>',
        'To: jan@firma.example',
        'Subject: Your card payment was declined',
        'Message-ID: <b133b9ac-2099-43ae-9156-90d67faf5f49@bank.example>',
        DATE,
        HTML,
      ],
      '<html><body>Hello Jan, a payment of 31.20 EUR at Bookshop was declined because your card has expired.',
      'Your new card is on its way. <a href="https://www.bank.example/cards">Log in to see your cards</a></body></html>',
    ),
  },
  {
    name: 'an order confirmation',
    mail: mail(
      [
        'From: order@store.example',
        'To: jan@firma.example',
        'Subject: Your order 4711 has been shipped',
        'Message-ID: <KdokqtZfQIKOg5j2dKKJ4Q@geopod-ismtpd-7>',
        DATE,
        HTML,
      ],
      '<html><body>Thank you for your order. Order number: 4711. Shipping address: Main St 1. Tracking number: 1Z999.',
      'Your parcel will arrive on Friday. <a href="https://store.example/track">Track your package</a></body></html>',
    ),
  },
  {
    name: 'a patch on a list',
    mail: mail(
      [
        'From: Ann Hacker <ann@hack.example>',
        'To: devel@lists.example',
        'Subject: [PATCH 2/3] net: fix null pointer in foo_bar()',
        'Message-ID: <20260302042518.14363-6-ann@hack.example>',
        'X-Mailer: git-send-email 2.43.0',
        'List-Id: <devel.lists.example>',
        DATE,
        PLAIN,
      ],
      'The driver did not check the return value.',
      '',
      'Signed-off-by: Ann Hacker <ann@hack.example>',
      '---',
      'diff --git a/foo.c b/foo.c',
      '@@ -1,3 +1,4 @@',
    ),
  },
  {
    name: 'a Russian invitation',
    mail: mail(
      [
        'From: Ирина <irina@yandex.ru>',
        'To: jan@firma.example',
        'Subject: Встреча в пятницу',
        'Message-ID: <1234561740900000@myt5.qloud-c.yandex.net>',
        DATE,
        PLAIN,
      ],
      'Привет, встречаемся в пятницу в семь у входа. Билеты у меня.',
    ),
  },
  {
    name: 'a question to a free mailbox from a business',
    mail: mail(
      [
        'From: Marie Dubois <marie@atelier.example>',
        'To: jan.k@gmail.com',
        'Subject: Devis pour la table',
        'Message-ID: <C5887644-36FC-4E6E-821F-306F846597BB@atelier.example>',
        'X-Mailer: iPhone Mail (22G100)',
        DATE,
        PLAIN,
      ],
      'Bonjour Jan, voici le devis pour la table: 1 250 EUR, livraison comprise. Dites-moi si cela vous convient. Marie',
    ),
  },
]
