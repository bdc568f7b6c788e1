#!/usr/bin/perl
# SpamAssassin's Bayes alone on a labelled stream: each message scored before it is learned.
#   spamassassin-bayes.pl DIRECTORY LEAST < "label<TAB>path" lines > a probability a line, - where it gives none
# Settings are the stock ones; it scores when LEAST messages of each class were learned (200 by default there).
use strict;
use warnings;
use Mail::SpamAssassin;
my ($home, $least) = @ARGV;
die "usage: spamassassin-bayes.pl DIRECTORY LEAST\n" unless defined $least;
# of the stock rules only what the classifier uses: without the list of top-level domains it sees no links
my $stock = '';
for my $file (</usr/share/spamassassin/{20_aux_tlds,60_bayes_stopwords}.cf>) {
    open my $in, '<', $file or next;
    local $/;
    $stock .= <$in>;
}
my $sa = Mail::SpamAssassin->new({
    dont_copy_prefs => 1, local_tests_only => 1, site_rules_filename => '/dev/null', rules_filename => '/dev/null',
    userprefs_filename => '/dev/null', userstate_dir => $home, home_dir_for_helpers => $home,
    config_text => "loadplugin Mail::SpamAssassin::Plugin::Bayes\nuse_bayes 1\nbayes_path $home/bayes\n"
        . "bayes_min_ham_num $least\nbayes_min_spam_num $least\nbayes_auto_learn 0\nbayes_auto_expire 0\nbayes_learn_to_journal 0\n"
        . $stock,
});
$sa->init(1);
my ($bayes) = grep { ref($_) =~ /::Bayes$/ } @{ $sa->{plugins}->{plugins} };
$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my ($label, $path) = split /\t/, $line;
    open my $in, '<:raw', $path or die "$path: $!";
    my @lines = <$in>;
    close $in;
    my $mail = $sa->parse(\@lines, 0);
    my $status = Mail::SpamAssassin::PerMsgStatus->new($sa, $mail);
    # as a check does: without it the tokens of relays are missing here and present when learning
    $mail->extract_message_metadata($status);
    my $p = $bayes->scan($status, $mail);
    print defined $p ? sprintf('%.17g', $p) : '-', "\n";
    $status->finish();
    $sa->learn($mail, undef, $label eq 'spam' ? 1 : 0, 0);
    $mail->finish();
}
