import { z } from 'zod'
import { change } from '../../src/core/change.ts'
import { cmd } from '../../src/core/command.ts'
import { type Host, hostVar } from '../../src/core/host.ts'
import { defineModule } from '../../src/core/module.ts'
import type { Play } from '../../src/core/playbook.ts'
import { type Condition, type Handler, handler, type Task, type TaskOptions, task } from '../../src/core/task.ts'
import { command } from '../../src/modules/command.ts'
import type { RunSettings } from '../../src/runner/run.ts'

export type Ending = 'ok' | 'failed' | 'unreachable'

/** What a scenario does, in order (`word host`, commas between), and how it ends. */
export interface Outcome {
  readonly effects: string
  readonly ending: Ending
}

/** The same plays written for Ansible and for us; every task of them puts a word into the scenario's log. */
export interface Scenario {
  readonly yaml: string
  readonly plays: readonly Play[]
  /** More arguments of ansible-playbook, and the same as our settings. Both have one fork when nothing is said. */
  readonly args?: readonly string[]
  readonly settings?: RunSettings
  /** Compare what each host does and not in which order hosts do it: the strategy leaves that open. */
  readonly perHost?: boolean
  /** What both do. */
  readonly both?: Outcome
  /** Where we differ, on purpose. */
  readonly differs?: { readonly ansible: Outcome; readonly ours: Outcome; readonly why: string }
}

export type Scenarios = Readonly<Record<string, Scenario>>

/** Ansible's line that puts a word and the host's name into the log. */
export function yamlSay(word: string): string {
  return `echo ${word} {{ inventory_hostname }} >> {{ log }}`
}

/** The same, and fails on some hosts. */
export function yamlFail(word: string, hosts = '*'): string {
  return `'echo ${word} {{ inventory_hostname }} >> {{ log }}; case {{ inventory_hostname }} in ${hosts}) exit 1;; esac'`
}

/** A task that puts a word and the host's name into the log. */
export function say(word: string, options: TaskOptions<undefined> = {}): Task {
  return task(word, sayCall(word), options)
}

/** The same, and fails on some hosts (a shell pattern). */
export function fail(word: string, hosts = '*', options: TaskOptions<undefined> = {}): Task {
  return task(word, sayCall(word, `; case $HOST in ${hosts}) exit 1;; esac`), options)
}

export function sayHandler(word: string, options: TaskOptions<undefined> = {}): Handler {
  return handler(word, sayCall(word), options)
}

/** Holds on these hosts. */
export function on(...names: readonly string[]): Condition {
  return ({ host }) => names.includes(host.name)
}

function sayCall(word: string, then = '') {
  return command(({ host }) => ({
    shell: `echo ${word} $HOST >> "$LOG"${then}`,
    env: { HOST: host.name, LOG: logOf(host) },
  }))
}

function logOf(host: Host): string {
  return hostVar(host, 'log', z.string())
}

/** Ansible's line that puts `try` into the log, and prints how often any host did. */
export const yamlAttempt = `${yamlSay('try')}; grep -c try {{ log }}`

/** The same. */
export const attempt = defineModule({
  name: 'test.attempt',
  description: 'Puts a word into the log; the output is how often it is there.',
  args: z.strictObject({ host: z.string(), log: z.string() }),
  read: async ({ log }, look) => Number(await look.text(cmd`sh -c ${'cat "$1" 2>&- | grep -c try || true'} sh ${log}`)),
  *plan({ host, log }) {
    yield change('try', cmd`sh -c ${'echo try "$1" >> "$2"'} sh ${host} ${log}`)
  },
  output: (_, count) => count,
  absent: 0,
})(({ host }) => ({ host: host.name, log: logOf(host) }))
