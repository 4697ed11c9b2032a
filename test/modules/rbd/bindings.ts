import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { batchScript } from '../../../src/modules/rbd/batch/script.ts'

/**
 * Stands in for Ceph's binding `rados`: a cluster with room for 10 GiB, whose monitors tell nothing else. `ioctx` defines what
 * a pool has, as `class Ioctx`.
 */
export const rados = (ioctx: string) => `
import json
class Error(Exception): pass
class ObjectNotFound(Error): pass
${ioctx}
class Rados:
    def __init__(self, **_): pass
    def conf_parse_env(self): pass
    def conf_set(self, *_): pass
    def connect(self, **_): pass
    def open_ioctx(self, pool): return Ioctx()
    def get_instance_id(self): return 1
    def mon_command(self, order, *_, **__):
        if json.loads(order)['prefix'] != 'df': return 1, b'', ''
        return 0, json.dumps({'pools': [{'name': 'vms', 'stats': {'max_avail': 10 << 30}}]}).encode(), ''
`

/** Runs the script that is sent to hosts, with these files as its bindings. */
export function runBatch(folder: string, bindings: Readonly<Record<string, string>>, request: object) {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(bindings)) writeFileSync(join(folder, name), text)
  const { status, stdout, stderr } = spawnSync('python3', ['-c', batchScript], {
    encoding: 'utf8',
    input: JSON.stringify({ pool: 'vms', ...request }),
    env: { PATH: process.env.PATH, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
  })
  return { status, stdout, stderr }
}
