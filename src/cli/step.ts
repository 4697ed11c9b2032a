import { createInterface } from 'node:readline'
import { InputError } from '../core/errors.ts'
import type { TaskView } from '../core/events.ts'

/** Asks whether a task is to run. */
export type Confirm = (task: TaskView, hosts: readonly string[]) => Promise<boolean>

/**
 * Asks at the terminal before each task: y runs it, n passes over it, c runs it and all that come after.
 *
 * @throws InputError when nobody can be asked.
 */
export function stepByStep(): Confirm {
  if (!process.stdin.isTTY)
    throw new InputError({ summary: '--step asks before each task, and standard input is not a terminal' })
  let goOn = false
  let last: Promise<unknown> = Promise.resolve()
  const confirm: Confirm = async ({ name }, hosts) => {
    if (goOn) return true
    const answer = await ask(`run "${name}" on ${hosts.join(', ')}? (y)es, (n)o, (c)ontinue without asking: `)
    goOn = answer.startsWith('c')
    return goOn || answer.startsWith('y')
  }
  // Hosts that go their own way would ask at the same time.
  return (task, hosts) => {
    const answer = last.then(() => confirm(task, hosts))
    last = answer.catch(() => undefined)
    return answer
  }
}

function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, historySize: 0 })
  return new Promise<string>((resolve) => {
    lines.question(question, (answer) => resolve(answer.trim().toLowerCase()))
    lines.once('SIGINT', () => {
      process.kill(process.pid, 'SIGINT')
      lines.close()
    })
    lines.once('close', () => resolve('n'))
  }).finally(() => lines.close())
}
