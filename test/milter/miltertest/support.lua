-- What every script needs: a connection, negotiated and past HELO, and checks that say what was wrong.
-- `socket` comes from the command line (-D socket=...).

function check(condition, what)
  if not condition then error(what, 2) end
end

function ok(result, what)
  if result ~= nil then error(what .. ": " .. tostring(result), 2) end
end

function dial()
  local conn = mt.connect(socket, 20, 0.1)
  check(conn ~= nil, "no connection to " .. socket)
  return conn
end

function session()
  local conn = dial()
  ok(mt.negotiate(conn, nil, nil, nil), "negotiation")
  ok(mt.conninfo(conn, "client.example", "192.0.2.1"), "CONNECT")
  ok(mt.helo(conn, "client.example"), "HELO")
  return conn
end

function envelope(conn, sender, recipient)
  mt.macro(conn, SMFIC_MAIL, "i", "TESTID")
  ok(mt.mailfrom(conn, "<" .. sender .. ">", "SIZE=100"), "MAIL")
  ok(mt.rcptto(conn, "<" .. recipient .. ">"), "RCPT")
end

function content(conn)
  ok(mt.data(conn), "DATA")
  check(mt.getreply(conn) == SMFIR_CONTINUE, "DATA is answered")
  ok(mt.header(conn, "From", " a@example"), "header From")
  ok(mt.header(conn, "Subject", " one\n two"), "header Subject")
  ok(mt.bodystring(conn, "This is a test\r\n"), "body")
end
