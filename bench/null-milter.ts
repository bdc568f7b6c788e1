/** The floor where there is no libmilter: this project's own library with a handler that accepts every mail. */
import { createMilterServer } from '../lib/milter/index.ts'

const [port] = process.argv.slice(2)
const server = createMilterServer({
  listen: [`inet:${port ?? '0'}@127.0.0.1`],
  handler: () => ({ message: () => ({ reply: { kind: 'accept' }, edits: [] }) }),
})
await server.start()
