# A client marked a message as junk or not junk without moving it (Thunderbird, Apple Mail, KMail).
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables", "imap4flags"];

if environment :matches "imap.user" "*" {
  set "user" "${1}";
}
if environment :contains "imap.changedflags" ["$NotJunk", "NonJunk"] {
  if hasflag ["$NotJunk", "NonJunk"] {
    pipe :copy "hamlet-learn" ["ham", "${user}"];
    stop;
  }
}
if environment :contains "imap.changedflags" ["$Junk"] {
  if hasflag "$Junk" {
    pipe :copy "hamlet-learn" ["spam", "${user}"];
  }
}
