// A mail filter: refuses one recipient and notes the size of every message.
// node examples/milter.ts, and in Postfix's main.cf: smtpd_milters = inet:127.0.0.1:9900
import { log } from 'node:console'
import { createMilterServer, type MilterHandler } from 'hamlet-milter/milter'

const handler = (): MilterHandler => ({
  recipient: ({ recipient }) =>
    recipient.address === 'nobody@example.com'
      ? { kind: 'refuse', reply: { code: 550, enhanced: '5.1.1', text: 'There is nobody here' } }
      : { kind: 'continue' },
  message: ({ queueId, sender, bodySize }) => {
    log(`${queueId}: ${bodySize} octets from <${sender.address}>`)
    const edit = { kind: 'addHeader', name: 'X-Body-Size', value: String(bodySize) } as const
    return { reply: { kind: 'accept' }, edits: [edit] }
  },
})

const listen = [process.argv[2] ?? 'inet:9900@127.0.0.1']
const server = createMilterServer({ listen, handler, onProblem: ({ message }) => log(message) })
for (const { text } of await server.start()) log(`listening on ${text}`)
process.once('SIGTERM', () => void server.stop(10_000))
