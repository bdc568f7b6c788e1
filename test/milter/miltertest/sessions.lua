-- Many mails in a session, sessions at the same time, ABORT anywhere, leaving without a word.
dofile(support)
local first = session()
local second = session()
for count = 1, 20 do
  envelope(first, "a@example", "b@example")
  envelope(second, "a@example", "b@example")
  content(second)
  if count % 3 == 0 then
    ok(mt.abort(first), "ABORT after RCPT")
    envelope(first, "a@example", "b@example")
  end
  content(first)
  ok(mt.eom(second), "end of message")
  check(mt.getreply(second) == SMFIR_ACCEPT, "the second session's message is accepted")
  if count % 4 == 0 then
    ok(mt.abort(first), "ABORT after the body")
  else
    ok(mt.eom(first), "end of message")
    check(mt.getreply(first) == SMFIR_ACCEPT, "the first session's message is accepted")
    ok(mt.abort(first), "ABORT after the message")
  end
end
ok(mt.disconnect(first), "QUIT")
envelope(second, "a@example", "b@example")
ok(mt.disconnect(second, false), "gone without QUIT")

local third = session()
envelope(third, "large@example", "b@example")
ok(mt.data(third), "DATA")
ok(mt.bodyrandom(third, 300000), "a body of 300 KB")
ok(mt.eom(third), "end of message")
check(mt.getreply(third) == SMFIR_ACCEPT, "the large message is accepted")
ok(mt.disconnect(third), "QUIT")

-- A peer that is not known, as an MTA reports local mail.
local fourth = dial()
ok(mt.conninfo(fourth, "localhost", "unspec"), "CONNECT of an unknown family")
envelope(fourth, "a@example", "b@example")
content(fourth)
ok(mt.eom(fourth), "end of message")
check(mt.getreply(fourth) == SMFIR_ACCEPT, "local mail is accepted")
ok(mt.disconnect(fourth), "QUIT")
mt.echo("sessions: passed")
