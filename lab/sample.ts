import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sh } from './shell.ts'

/** A package without content in two versions, in every repository: for trying upgrades, pins and removals. */
export const sample = { name: 'lab-sample', versions: ['1.0', '2.0'] } as const

export async function buildSampleDebs(repo: string): Promise<void> {
  for (const version of sample.versions) {
    const tree = join(repo, `sample-${version}`)
    await mkdir(join(tree, 'DEBIAN'), { recursive: true, mode: 0o755 })
    const control = [
      `Package: ${sample.name}`,
      `Version: ${version}`,
      'Architecture: all',
      'Maintainer: ceph-playbook lab <root@localhost>',
      'Description: An empty package in two versions',
      '',
    ]
    await writeFile(join(tree, 'DEBIAN', 'control'), control.join('\n'))
    await sh`dpkg-deb --root-owner-group --build ${tree} ${repo}`
    await rm(tree, { recursive: true })
  }
}
