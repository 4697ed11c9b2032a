import { spawnSync } from 'node:child_process'
import { beforeAll, describe, jest } from '@jest/globals'
import { consoleCommand, type Lab, type LabUp, labUp, sshCommand, whyNoLab } from '../../lab/index.ts'

/** Long enough for a first boot, which builds the trees that hosts are laid over. */
export const labMinutes = 10

/**
 * A suite on real hosts: `tests` defines it and gets a function that answers with the lab, booted before the first test.
 * Where no lab can be, the suite is reported as skipped, with the reason in its title.
 */
export function describeLab(title: string, wanted: LabUp, tests: (lab: () => Lab) => void): void {
  suite(title, whyNoLab(), wanted, tests)
}

/** A suite on real hosts that takes many minutes: `npm run test:long` runs it, `npm test` reports it as skipped. */
export function describeLongLab(title: string, wanted: LabUp, tests: (lab: () => Lab) => void): void {
  const asked = process.env.PLAYBOOK_LONG_TESTS === '1'
  suite(title, whyNoLab() ?? (asked ? undefined : 'it takes many minutes: npm run test:long'), wanted, tests)
}

function suite(title: string, reason: string | undefined, wanted: LabUp, tests: (lab: () => Lab) => void): void {
  if (reason) {
    process.stderr.write(`skipped: ${title}: ${reason}\n`)
    describe.skip(`${title} (skipped: ${reason})`, () => tests(() => notUp()))
    return
  }
  // Hosts are real, and the machine may be busy: a test fails by what it finds, not by how long that takes.
  jest.setTimeout(labMinutes * 60_000)
  describe(title, () => {
    let lab: Lab | undefined
    beforeAll(async () => {
      lab = await labUp(wanted)
    })
    tests(() => lab ?? notUp())
  })
}

function notUp(): never {
  throw new Error('the lab is not up')
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a shell script on a host as root, as on its console: it works when the host is cut off. */
export async function onConsole(lab: string, host: string, script: string): Promise<Outcome> {
  return outcomeOf(await consoleCommand(lab, host, ['sh', '-c', script]))
}

/** Runs a shell script on a host over SSH. */
export async function overSsh(lab: string, host: string, user: string, script: string): Promise<Outcome> {
  const [ssh = '', ...args] = await sshCommand(lab, host, user, script)
  return outcomeOf([ssh, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', ...args])
}

/** Runs a command on this machine; standard input is `input`. */
export function outcomeOf([command = '', ...args]: readonly string[], input = ''): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input })
  if (error) throw error
  return { code: status, stdout: stdout.trim(), stderr: stderr.trim() }
}
