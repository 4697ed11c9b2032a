import { block } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type Task, type TaskContext, task } from '../core/task.ts'
import { blockinfile } from '../modules/blockinfile.ts'
import { debug } from '../modules/debug.ts'
import { directory } from '../modules/directory.ts'
import type { AdoptOptions, PairOf } from './adopt-options.ts'
import { siteOf } from './ceph-hosts.ts'
import { daemonNamesOf, directionOf, type FoundPair, siteNamesOf, sourceOf, styleOf } from './found-pair.ts'
import type { DaemonNames } from './mirror-names.ts'
import { onAdmin, onAdminOf } from './mirror-site.ts'

/** Variables for the inventory, by the file that they belong in: what is as our playbooks would have it, is left out. */
export function variableFiles(pair: FoundPair): Record<string, Record<string, string>> {
  const files: Record<string, Record<string, string>> = {}
  for (const site of pair.sites) {
    const { name, user } = siteNamesOf(pair, site)
    const hosts = pair.hosts.filter((host) => host.site === site)
    const [first, ...rest] = hosts.map((host) => daemonVariables(daemonNamesOf(pair, host)))
    const shared = Object.fromEntries(
      Object.entries(first ?? {}).filter(
        ([key, value]) => key !== 'mirror_user' && rest.every((vars) => vars[key] === value),
      ),
    )
    const ofSite = {
      ...(name === site ? {} : { mirror_site_name: name }),
      ...(user === `rbd-mirror.${site}` ? {} : { mirror_user: user }),
      ...shared,
    }
    if (Object.keys(ofSite).length > 0) files[`group_vars/${site}.yml`] = ofSite
    for (const host of hosts) {
      const own = Object.entries(daemonVariables(daemonNamesOf(pair, host))).filter(
        ([key, value]) => !(key in shared) && !(key === 'mirror_user' && value === user),
      )
      if (own.length > 0) files[`host_vars/${host.name}.yml`] = Object.fromEntries(own)
    }
  }
  return files
}

function daemonVariables({ user, cluster, keepsConf }: DaemonNames): Record<string, string> {
  return {
    mirror_user: user,
    ...(cluster === 'ceph' ? {} : { mirror_cluster: cluster }),
    ...(keepsConf ? { mirror_conf: 'keep' } : {}),
  }
}

/** As a file of variables has them. */
function variableLines(vars: Readonly<Record<string, string>>): string[] {
  return Object.entries(vars).map(([key, value]) => `${key}: ${value}`)
}

/** The playbook that keeps the pair as it is from now on. */
export function nextCommand(pair: FoundPair, pool: string): string {
  const [a, b] = pair.sites
  const mode = pair.sites.map((site) => pair.found[site]?.mode).find((found) => found !== 'disabled')
  const common = `-e pool=${pool} -e mode=${mode} -e peers=${styleOf(pair)}`
  const receiver = pair.sites.find((site) => directionOf(pair, site) === 'rx-only')
  if (receiver === undefined) return `playbook run bidirectional.ts -e sites=${a},${b} ${common}`
  return `playbook run one-way.ts -e from=${receiver === a ? b : a} -e to=${receiver} ${common}`
}

/** What stands, in a line a site: shown before anything is changed. */
export function describePair(pair: FoundPair): string[] {
  return pair.sites.map((site) => {
    const source = sourceOf(pair, site)
    const { name, user } = siteNamesOf(pair, site)
    const from = source ? `receives from ${source.client}@${source.site}` : 'receives nothing'
    return `${site} is ${name}, its user client.${user}; it ${from}`
  })
}

/** Shows the variables, and writes them into the files of an inventory where that was asked for. */
export function variablePlays({ pool, sites, write }: AdoptOptions, pairOf: PairOf): readonly Play[] {
  const both = sites.join(':')
  const show = task(
    'Variables for the inventory',
    debug((context) => {
      const pair = pairOf(context)
      const lines = Object.entries(variableFiles(pair)).flatMap(([path, vars]) => [
        `${path}:`,
        ...variableLines(vars).map((line) => `  ${line}`),
      ])
      return { message: [...lines, `from now on: ${nextCommand(pair, pool)}`] }
    }),
  )
  const name = 'What the inventory has to say from now on'
  const shown = play({ name, hosts: `${both}:&mons`, tasks: [block({ when: onAdminOf(sites[0]), tasks: [show] })] })
  if (write === undefined) return [shown]
  const written = (path: (context: TaskContext) => string) => writtenFile(write, path, pairOf)
  return [
    shown,
    play({
      name: 'The inventory says so: sites',
      hosts: `${both}:&mons`,
      tasks: [block({ when: onAdmin, tasks: written(({ host }) => `group_vars/${siteOf(host)}.yml`) })],
    }),
    play({
      name: 'The inventory says so: hosts',
      hosts: `${both}:&rbdmirrors`,
      serial: 1,
      tasks: written(({ host }) => `host_vars/${host.name}.yml`),
    }),
  ]
}

/** A part of a file of variables on the controller; the rest of it is the operator's. */
function writtenFile(folder: string, path: (context: TaskContext) => string, pairOf: PairOf): Task<unknown>[] {
  const vars = (context: TaskContext) => variableFiles(pairOf(context))[path(context)]
  const options = {
    delegateTo: 'localhost',
    become: false,
    when: (context: TaskContext) => vars(context) !== undefined,
  } as const
  return [
    task(
      'Make the folder',
      directory((context) => ({ path: `${folder}/${path(context).replace(/\/.*/, '')}` })),
      options,
    ),
    task(
      'Write the variables',
      blockinfile((context) => ({
        path: `${folder}/${path(context)}`,
        block: variableLines(vars(context) ?? {}).join('\n'),
        marker: '# {mark} how mirroring was set up by hand (adopt.ts)',
        create: true,
      })),
      options,
    ),
  ]
}
