import { sshCommand } from '../../lab/index.ts'
import { quote } from '../../src/core/quote.ts'
import { type RunCommand, runLocally } from '../modules/support/local.ts'

/** Runs a module's commands on a host of a lab as root, each by an ssh of its own. */
export function hostRunner(lab: string, host: string): RunCommand {
  return async ({ argv, env = {}, stdin = '' }) => {
    const settings = Object.entries({ LC_ALL: 'C', ...env }).map(([name, value]) => `${name}=${value}`)
    const line = ['exec', 'env', ...settings, ...argv].map(quote).join(' ')
    const [ssh = '', ...args] = await sshCommand(lab, host, 'root', line)
    return runLocally({ argv: [ssh, '-o', 'BatchMode=yes', ...args], stdin })
  }
}
