# A message was moved or copied into Junk: learn it as spam.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.user" "*" {
  set "user" "${1}";
}
pipe :copy "hamlet-learn" ["spam", "${user}"];
