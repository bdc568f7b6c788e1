-- What the handler decides at each stage is what the MTA hears.
dofile(support)
local conn = session()

ok(mt.mailfrom(conn, "<reject@example>"), "MAIL")
check(mt.getreply(conn) == SMFIR_REPLYCODE, "a sender is refused")
ok(mt.abort(conn), "ABORT")

ok(mt.mailfrom(conn, "<later@example>"), "MAIL")
check(mt.getreply(conn) == SMFIR_TEMPFAIL, "a sender is put off")
ok(mt.abort(conn), "ABORT")

ok(mt.mailfrom(conn, "<a@example>"), "MAIL")
check(mt.getreply(conn) == SMFIR_CONTINUE, "a sender passes")
ok(mt.rcptto(conn, "<nobody@example>"), "RCPT")
check(mt.getreply(conn) == SMFIR_REPLYCODE, "a recipient is refused")
ok(mt.rcptto(conn, "<b@example>"), "RCPT")
check(mt.getreply(conn) == SMFIR_CONTINUE, "another passes")
content(conn)
ok(mt.eom(conn), "end of message")
check(mt.getreply(conn) == SMFIR_ACCEPT, "the message is accepted")

envelope(conn, "refuse@example", "b@example")
content(conn)
ok(mt.eom(conn), "end of message")
check(mt.getreply(conn) == SMFIR_REPLYCODE, "the message is refused")
check(mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1", "Not 100%% wanted"), "with code, enhanced code and text")

envelope(conn, "discard@example", "b@example")
content(conn)
ok(mt.eom(conn), "end of message")
check(mt.getreply(conn) == SMFIR_DISCARD, "the message is discarded")

ok(mt.unknown(conn, "XYZZY"), "UNKNOWN")
check(mt.getreply(conn) == SMFIR_REPLYCODE, "an unknown command is answered")
ok(mt.disconnect(conn), "QUIT")
mt.echo("replies: passed")
