/** Postfix's hold queue by postqueue, postcat and postsuper. Releasing moves the mail on to delivery: no milter sees it again. */
import { z } from 'zod'
import { checkedId, QueueError, type Held, type HoldQueue } from './queue.ts'
import { runProgram } from './run-program.ts'

const entry = z.object({
  queue_name: z.string(),
  queue_id: z.string(),
  arrival_time: z.number(),
  message_size: z.number(),
  sender: z.string(),
  recipients: z.array(z.object({ address: z.string() })),
})

/** `configDirectory` is for an instance of its own; '' for the usual one. */
export function postfixQueue(configDirectory: string): HoldQueue {
  const config = configDirectory === '' ? [] : ['-c', configDirectory]
  return {
    list: () => readQueue(runProgram('postqueue', [...config, '-j']).toString('utf8')),
    read: (id, limit) => {
      const mail = runProgram('postcat', [...config, '-h', '-b', '-q', checkedId(id)], limit)
      return mail.subarray(0, limit)
    },
    release: (id) => {
      runProgram('postsuper', [...config, '-H', checkedId(id)])
      // at once, not at the next run of the queue
      runProgram('postqueue', [...config, '-i', checkedId(id)])
    },
    remove: (id) => void runProgram('postsuper', [...config, '-d', checkedId(id), 'hold']),
  }
}

/** One JSON object a line; what is not in the hold queue is left out. */
export function readQueue(text: string): readonly Held[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const { queue_name: queue, ...one } = entry.parse(parsed(line))
      return queue === 'hold'
        ? [
            {
              id: one.queue_id,
              arrived: one.arrival_time * 1000,
              size: one.message_size,
              sender: one.sender,
              recipients: one.recipients.map(({ address }) => address),
            },
          ]
        : []
    })
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new QueueError(`postqueue said something unexpected: ${line.slice(0, 100)}`)
  }
}
