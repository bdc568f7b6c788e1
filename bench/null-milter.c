/* The floor: a libmilter filter that takes every event with its full content, answers DATA and the end of the message
 * only (what a tuned filter negotiates over TCP) and changes nothing. cc -o null-milter null-milter.c -lmilter -lpthread */
#include <libmilter/mfapi.h>
#include <string.h>

#define SILENT (SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY)

static sfsistat negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long a, unsigned long b,
                          unsigned long *take_actions, unsigned long *take_steps, unsigned long *c, unsigned long *d)
{
    (void)ctx; (void)actions; (void)a; (void)b;
    *take_actions = SMFIF_ADDHDRS;
    *take_steps = steps & SILENT;
    *c = *d = 0;
    return SMFIS_CONTINUE;
}
static sfsistat on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *address)
{ (void)ctx; (void)host; (void)address; return SMFIS_NOREPLY; }
static sfsistat on_text(SMFICTX *ctx, char *text) { (void)ctx; (void)text; return SMFIS_NOREPLY; }
static sfsistat on_envelope(SMFICTX *ctx, char **words) { (void)ctx; (void)words; return SMFIS_NOREPLY; }
static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{ (void)ctx; (void)name; (void)value; return SMFIS_NOREPLY; }
static sfsistat on_silence(SMFICTX *ctx) { (void)ctx; return SMFIS_NOREPLY; }
static sfsistat on_body(SMFICTX *ctx, unsigned char *chunk, size_t size)
{ (void)ctx; (void)chunk; (void)size; return SMFIS_NOREPLY; }
static sfsistat on_answer(SMFICTX *ctx) { (void)ctx; return SMFIS_CONTINUE; }

int main(int argc, char **argv)
{
    struct smfiDesc filter;
    memset(&filter, 0, sizeof filter);
    filter.xxfi_name = "null";
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_flags = SMFIF_ADDHDRS;
    filter.xxfi_connect = on_connect;
    filter.xxfi_helo = on_text;
    filter.xxfi_envfrom = filter.xxfi_envrcpt = on_envelope;
    filter.xxfi_header = on_header;
    filter.xxfi_eoh = on_silence;
    filter.xxfi_body = on_body;
    filter.xxfi_eom = filter.xxfi_data = on_answer;
    filter.xxfi_negotiate = negotiate;
    if (argc != 2 || smfi_setconn(argv[1]) == MI_FAILURE || smfi_register(filter) == MI_FAILURE) return 1;
    return smfi_main();
}
