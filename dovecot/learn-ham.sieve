# A message was moved or copied out of Junk: learn it as ham, unless it was only thrown away or filed as junk again.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.mailbox" "*" {
  set "mailbox" "${1}";
}
# Pigeonhole 0.5 cannot ask for a folder's role (special-use): add the names that your users' clients give to theirs.
if string :matches "${mailbox}" ["Trash", "*.Trash", "*/Trash", "Deleted", "Deleted Items", "Deleted Messages", "Bin",
                                 "Papierkorb", "Gelöschte*", "Corbeille", "Cestino", "Papelera", "Lixo*", "Koš",
                                 "Prullenbak", "Papperskorgen", "Kosz", "Корзина", "*Trash*",
                                 "Junk", "*.Junk", "*/Junk", "Spam"] {
  stop;
}
if environment :matches "imap.user" "*" {
  set "user" "${1}";
}
pipe :copy "hamlet-learn" ["ham", "${user}"];
