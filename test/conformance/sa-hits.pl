# sa-hits.pl [--site FOLDER] [FILE...]: for each message file named on the command line, or a line each on standard input,
# one JSON object: the rules that the installed SpamAssassin hits (local tests, no Bayes), its __subrules, and the score.
# FOLDER stands in for /etc/spamassassin. At the end, on standard error, the CPU time a message took.
use strict;
use warnings;
use JSON::PP;
use Mail::SpamAssassin;

$| = 1;
my %site;
if (@ARGV && $ARGV[0] eq '--site') { shift @ARGV; $site{site_rules_filename} = shift @ARGV }
my @files = @ARGV;
if (!@files) { @files = <STDIN>; chomp @files }
my $sa = Mail::SpamAssassin->new({
  %site, dont_copy_prefs => 1, local_tests_only => 1, post_config_text => "use_bayes 0\n",
});
$sa->compile_now(0, 0);
my @before = times;
my $json = JSON::PP->new->canonical->ascii;
for my $file (@files) {
  open my $handle, '<:raw', $file or die "$file: $!\n";
  my @lines = <$handle>;
  my $message = $sa->parse(\@lines, 1);
  my $status = $sa->check($message);
  print $json->encode({
    file => $file,
    score => 0 + sprintf('%.3f', $status->get_score),
    hits => [split /,/, $status->get_names_of_tests_hit],
    sub => [split /,/, $status->get_names_of_subtests_hit // ''],
  }), "\n";
  $status->finish;
  $message->finish;
}
my @after = times;
printf STDERR "%.3f CPU ms a message\n", 1000 * ($after[0] + $after[1] - $before[0] - $before[1]) / (@files || 1);
