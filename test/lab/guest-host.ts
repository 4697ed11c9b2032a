import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { consoleCommand } from '../../lab/index.ts'
import { onConsole } from './support.ts'

/** What a hypervisor needs, and what a guest is made of, from the Debian mirror of this machine's own apt. */
const packages = ['qemu-system-x86', 'qemu-block-extra', 'libvirt-daemon-system', 'libvirt-clients']
const guestPackages = ['linux-image-cloud-amd64', 'busybox-static']

/** Kept from run to run, as the lab's own packages are. */
const cache = join(process.env.CEPH_PLAYBOOK_CACHE || '/var/cache/ceph-playbook', 'hypervisor-packages')

/** libvirt in a container: there are no cgroups, devices and profiles that it could give to guests. */
const qemuConf = `cgroup_controllers = [ ]
security_driver = "none"
namespaces = [ ]
remember_owner = 0
`

/** Packages for lab hosts as `status` describes them; downloaded once. */
function download(status: string): string {
  if (existsSync(cache)) return cache
  const folder = mkdtempSync(join(tmpdir(), 'hypervisor-'))
  mkdirSync(join(folder, 'partial'))
  writeFileSync(join(folder, 'status'), status)
  const options = [`Dir::State::status=${folder}/status`, `Dir::Cache::archives=${folder}`, 'APT::Sandbox::User=root']
  run('apt-get', [
    ...['-q', '-y', '--no-install-recommends', '--download-only'],
    ...options.flatMap((option) => ['-o', option]),
    'install',
    ...packages,
    ...guestPackages,
  ])
  for (const other of ['partial', 'lock', 'status']) rmSync(join(folder, other), { recursive: true, force: true })
  cpSync(folder, cache, { recursive: true })
  rmSync(folder, { recursive: true })
  return cache
}

/** Makes hypervisors of lab hosts that have apt. */
export async function makeHypervisors(lab: string, hosts: readonly string[]): Promise<void> {
  const [first = ''] = hosts
  const { stdout: status } = await onConsole(lab, first, 'cat /var/lib/dpkg/status')
  const folder = download(`${status}\n`)
  const guest = guestFiles(folder)
  for (const host of hosts) {
    // The kernel is the guest's: a container has none.
    await bring(lab, host, folder, '/var/debs', ['--exclude=linux-*', '--exclude=initramfs*', '--exclude=*klibc*'])
    await bring(lab, host, guest, '/var/lib/guests')
  }
  await Promise.all(hosts.map((host) => succeed(lab, host, install)))
  rmSync(guest, { recursive: true })
}

const install = `set -e
export DEBIAN_FRONTEND=noninteractive
command -v virsh > /dev/null || apt-get install -y -q --no-install-recommends /var/debs/*.deb > /var/log/hypervisor.log 2>&1
grep -q '^namespaces' /etc/libvirt/qemu.conf || printf '${qemuConf.replaceAll('\n', '\\n')}' >> /etc/libvirt/qemu.conf
chmod -R a+rX /var/lib/guests
systemctl restart libvirtd`

async function bring(lab: string, host: string, from: string, to: string, options: readonly string[] = []) {
  const archive = spawnSync('tar', ['c', ...options, '-C', from, '.'], { maxBuffer: 512 * 1024 * 1024 })
  const [command = '', ...args] = await consoleCommand(lab, host, ['sh', '-c', `mkdir -p ${to} && tar x -C ${to}`])
  const { status, stderr } = spawnSync(command, args, { input: archive.stdout })
  if (status !== 0) throw new Error(`${host}: ${to}: ${stderr}`)
}

async function succeed(lab: string, host: string, script: string): Promise<void> {
  const { code, stdout, stderr } = await onConsole(lab, host, script)
  if (code !== 0) throw new Error(`${host}: exit code ${code}\n${stdout}\n${stderr}`)
}

/** A guest that counts on its disk: what it found there, and each number that the disk has taken, go to its console. */
const init = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do $b insmod /m/$m.ko; done
while [ ! -b /dev/vda ]; do $b sleep 1; done
n=$($b dd if=/dev/vda bs=512 count=1 2>/dev/null | $b tr -dc 0-9)
n=\${n:-0}
echo "found: $n"
while :; do
  n=$((n + 1))
  $b printf '%-511s\\n' $n | $b dd of=/dev/vda bs=512 count=1 conv=fsync 2>/dev/null && echo "counter: $n"
  $b sleep 1
done
`

const modules = ['virtio/virtio', 'virtio/virtio_ring', 'virtio/virtio_pci_modern_dev', 'virtio/virtio_pci_legacy_dev']

/** The kernel, and a first filesystem with nothing in it but busybox, five modules and the counter. */
function guestFiles(debs: string): string {
  const work = mkdtempSync(join(tmpdir(), 'guest-'))
  for (const deb of readdirSync(debs).filter((name) => /^(linux-image-\d|busybox-static)/.test(name)))
    run('dpkg-deb', ['-x', join(debs, deb), join(work, 'packages')])
  const unpacked = join(work, 'packages')
  const [version = ''] = readdirSync(join(unpacked, 'lib/modules'))
  const drivers = join(unpacked, 'lib/modules', version, 'kernel/drivers')
  const tree = join(work, 'tree')
  for (const folder of ['bin', 'dev', 'm']) mkdirSync(join(tree, folder), { recursive: true })
  const busybox = join(unpacked, 'bin/busybox')
  cpSync(busybox, join(tree, 'bin/busybox'))
  for (const name of [...modules, 'virtio/virtio_pci', 'block/virtio_blk'])
    cpSync(join(drivers, `${name}.ko`), join(tree, 'm', `${name.replace(/.*\//, '')}.ko`))
  writeFileSync(join(tree, 'init'), init)
  chmodSync(join(tree, 'init'), 0o755)
  const files = join(work, 'files')
  mkdirSync(files)
  cpSync(join(unpacked, 'boot', `vmlinuz-${version}`), join(files, 'vmlinuz'))
  run('sh', [
    '-c',
    `cd "$1" && find . | "$2" cpio -o -H newc 2>/dev/null | gzip > "$3"`,
    'sh',
    tree,
    busybox,
    join(files, 'initrd.gz'),
  ])
  rmSync(unpacked, { recursive: true })
  rmSync(tree, { recursive: true })
  return files
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`)
}
