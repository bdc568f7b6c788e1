#!/usr/bin/perl
# sa-facts.pl OUT.jsonl FILE...: what an installed SpamAssassin knows of each mail beyond its texts, one JSON object a
# line: facts of HTML parts, visible and invisible text, URI details, the MIME tree, parse flags. Octets throughout.
# sa-facts.pl --expect FILE.eml...: the same with the texts and headers, into FILE.expect.json beside each mail.
use strict;
use warnings;
use Mail::SpamAssassin;
use JSON::PP;
my ($out, @files) = @ARGV;
die "usage: sa-facts.pl OUT.jsonl|--expect FILE...\n" unless @files;
my $expect = $out eq '--expect';
my $json = JSON::PP->new->canonical->ascii;
$json = $json->indent->space_after->indent_length(2) if $expect;
my @names = (qw(From From:addr From:name To To:addr To:name Cc ToCc Subject Message-ID MESSAGEID Date Received Reply-To
  Reply-To:addr Return-Path EnvelopeFrom Content-Type X-Mailer User-Agent List-Id ALL ALL:raw X-Spam-Relays-Trusted
  X-Spam-Relays-Untrusted X-Spam-Relays-Internal X-Spam-Relays-External));
my $sa = Mail::SpamAssassin->new(
  { dont_copy_prefs => 1, local_tests_only => 1, post_config_text => "use_bayes 0\n" });
$sa->compile_now(0, 0);

sub octets { my $text = shift; return '' unless defined $text; utf8::encode($text) if utf8::is_utf8($text); $text }

sub tree {
  my ($part) = @_;
  my @children = map { tree($_) } @{ $part->{body_parts} || [] };
  return { type => $part->{type}, children => \@children } if exists $part->{body_parts};
  return { type => $part->{type}, name => octets($part->{name}), charset => octets($part->{charset}),
    length => length($part->decode // '') };
}

my $o;
if (!$expect) { open $o, '>', $out or die "$out: $!\n" }
for my $file (@files) {
  open my $h, '<:raw', $file or die "$file: $!\n";
  my @lines = <$h>;
  my $msg = $sa->parse(\@lines, 1);
  my $status = Mail::SpamAssassin::PerMsgStatus->new($sa, $msg);
  $msg->extract_message_metadata($status);
  $status->extract_message_metadata();
  my @html;
  for my $facts (grep { defined } @{ $msg->{metadata}{html_all} || [] }) {
    my %values = map { $_ => 0 + $facts->{$_} } grep { defined $facts->{$_} && !ref $facts->{$_} && $_ ne 'charsets' } keys %$facts;
    my %texts = map { my $name = $_; $name => [ map { octets($_) } @{ $facts->{$name} || [] } ] } qw(comment script title anchor);
    push @html, { values => \%values, texts => \%texts, charsets => octets($facts->{charsets}),
      inside => { map { octets($_) => $facts->{inside}{$_} } keys %{ $facts->{inside} || {} } } };
  }
  my $details = $status->get_uri_detail_list;
  my %uris;
  for my $uri (keys %$details) {
    my $info = $details->{$uri};
    $uris{ octets($uri) } = { types => join(' ', sort keys %{ $info->{types} || {} }),
      domains => join(' ', sort keys %{ $info->{domains} || {} }),
      hosts => join(' ', map { "$_=$info->{hosts}{$_}" } sort keys %{ $info->{hosts} || {} }),
      anchors => [ map { octets($_) } @{ $info->{anchor_text} || [] } ] };
  }
  my %flags = map { $_ => 1 } grep { defined $msg->{$_} } qw(truncated_header missing_head_body_separator
    missing_mime_headers missing_mime_head_body_separator mime_epilogue_exists mimepart_limit_exceeded);
  $flags{mime_boundary_unbalanced} = 1 if grep { $_ != 0 } values %{ $msg->{mime_boundary_state} || {} };
  my %view = (html => \@html, details => \%uris, flags => join(' ', sort keys %flags), tree => tree($msg),
    visible => [ map { octets($_) } @{ $msg->get_visible_rendered_body_text_array } ],
    invisible => [ map { octets($_) } @{ $msg->get_invisible_rendered_body_text_array } ]);
  if ($expect) {
    for my $name (@names) {
      my @values = $status->get($name);
      $view{hdr}{$name} = octets(join('', @values)) if @values && defined $values[0];
    }
    $view{body} = [ map { octets($_) } @{ $msg->get_rendered_body_text_array } ];
    $view{raw} = [ map { octets($_) } @{ $msg->get_decoded_body_text_array } ];
    $view{uris} = [ sort map { octets($_) } $status->get_uri_list ];
    open $o, '>', $file =~ s/\.eml$/.expect.json/r or die "$file: $!\n";
  }
  print $o $json->encode(\%view), $expect ? '' : "\n";
  $status->finish;
  $msg->finish;
}
