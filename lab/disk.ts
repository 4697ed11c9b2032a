import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Credentials, users } from './access.ts'
import { LabError } from './error.ts'
import type { Layers } from './layers.ts'
import { hostDir, hostsDir } from './paths.ts'
import { removeFolder } from './remove.ts'
import { sh } from './shell.ts'
import type { LabState } from './state.ts'
import { addressIn } from './subnet.ts'
import { hostsOf, type LabHost } from './topology.ts'

/** The folders of a host's disk, for overlayfs. */
export function diskOf(lab: string, host: string) {
  const dir = hostDir(lab, host)
  return { upper: join(dir, 'upper'), work: join(dir, 'work'), root: join(dir, 'root') }
}

/**
 * Makes a host's disk: an empty layer over its flavour's tree, with the few files that are the host's own. One that
 * exists is left as it is. It is made under another name, so a disk with the right name is whole.
 */
export async function makeDisk(lab: LabState, host: LabHost, layers: Layers, credentials: Credentials): Promise<void> {
  const dir = hostDir(lab.name, host.name)
  if (existsSync(dir)) return
  const unfinished = `${dir}.unfinished`
  await removeFolder(unfinished)
  await mkdir(hostsDir(lab.name), { recursive: true, mode: 0o700 })
  for (const part of ['upper', 'work', 'root']) await mkdir(join(unfinished, part), { recursive: true, mode: 0o755 })
  await writeOwnFiles(join(unfinished, 'upper'), lab, host, layers, credentials)
  await rename(unfinished, dir)
}

/** overlayfs does not lie over itself; told at once rather than by a mount that fails. */
export async function checkDiskPlace(path: string): Promise<void> {
  const { stdout } = await sh`stat --file-system --format %T ${path}`
  if (stdout.trim() !== 'overlayfs') return
  throw new LabError({
    summary: `${path} is on an overlay filesystem, where the disks of lab hosts cannot be`,
    hint: 'set CEPH_PLAYBOOK_STATE to a folder on a plain filesystem such as ext4 or xfs',
  })
}

async function writeOwnFiles(
  upper: string,
  lab: LabState,
  host: LabHost,
  layers: Layers,
  own: Credentials,
): Promise<void> {
  const write = (path: string, content: string, mode = 0o644) => writeIn(upper, path, content, mode)
  await write('etc/hostname', `${host.name}\n`)
  await write('etc/hosts', hostsFile(lab))
  await write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`)
  // A name that sorts before systemd's own 80-container-host0.network, or DHCP would win.
  await write('etc/systemd/network/10-host0.network', networkFile(addressIn(lab.subnet, host.octet)))
  for (const user of users) await write(`etc/ssh/authorized_keys/${user}`, own.publicKey)
  await sh`ssh-keygen -q -t ed25519 -N '' -C ${host.name} -f ${join(upper, 'etc/ssh/ssh_host_ed25519_key')}`
  await writeShadow(upper, layers, own.operatorHash)
}

async function writeIn(upper: string, path: string, content: string, mode: number): Promise<void> {
  const file = join(upper, path)
  await mkdir(dirname(file), { recursive: true, mode: 0o755 })
  await writeFile(file, content)
  await chmod(file, mode)
}

/** The tree's /etc/shadow with the password of `operator` in it. */
async function writeShadow(upper: string, { lower }: Layers, hash: string): Promise<void> {
  const source = lower.map((tree) => join(tree, 'etc/shadow')).find((path) => existsSync(path))
  if (!source) throw new LabError({ summary: `no etc/shadow in ${lower.join(', ')}`, hint: 'remove these folders' })
  const { mode, uid, gid } = await stat(source)
  const shadow = (await readFile(source, 'utf8')).replace(
    /^operator:[^:]*/m,
    `operator:${hash.replaceAll('$', '$$$$')}`,
  )
  await writeIn(upper, 'etc/shadow', shadow, mode & 0o777)
  await chown(join(upper, 'etc/shadow'), uid, gid)
}

/** Every host of the lab knows every other by name. */
function hostsFile({ subnet, topology }: LabState): string {
  const others = hostsOf(topology).map(({ name, octet }) => `${addressIn(subnet, octet)} ${name}`)
  return ['127.0.0.1 localhost', '::1 localhost', ...others, ''].join('\n')
}

const networkFile = (address: string) => `[Match]
Name=host0

[Network]
Address=${address}/24
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
`
