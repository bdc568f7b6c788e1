#!/usr/bin/perl
# Verifies mails with Mail::DKIM for compare-dkim.ts. One mail a line, base64; the first line is the key record of every
# selector. Answers one line a mail: the results of its signatures, separated by spaces, or "none".
use strict;
use warnings;
use MIME::Base64;
use Net::DNS::RR;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;

$| = 1;
my %records;
my $count = <STDIN>;
for ( 1 .. $count ) {
    my ( $name, $text ) = split /\t/, scalar <STDIN>, 2;
    chomp $text;
    $records{$name} = $text;
}
no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
    my ( $domain, $type ) = @_;
    my $text = $records{ lc $domain };
    if ( !defined $text ) { $@ = 'NXDOMAIN'; return; }
    return Net::DNS::RR->new( name => $domain, type => 'TXT', txtdata => [ $text =~ /(.{1,250})/gs ] );
};
while ( my $line = <STDIN> ) {
    my $mail = decode_base64($line);
    my @results;
    eval {
        my $verifier = Mail::DKIM::Verifier->new( Strict => 0 );
        $verifier->PRINT($mail);
        $verifier->CLOSE;
        @results = map { $_->result } $verifier->signatures;
    };
    push @results, 'error' if $@;
    print @results ? join( ' ', @results ) : 'none', "\n";
}
