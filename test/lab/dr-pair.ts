import { spawn } from 'node:child_process'
import { cutHost, type LabUp, labFiles, mendHost } from '../../lab/index.ts'
import { main, type Outcome, playbook, project } from '../cli/support.ts'
import { onConsole } from './support.ts'

/** A lab that no other run shares, since sites of it are cut off: a storage host and a mirror host a site. */
export function drLab(): LabUp {
  return {
    name: `dr${process.pid.toString(36)}`,
    hosts: ['east-storage-1', 'east-mirror-1', 'west-storage-1', 'west-mirror-1'],
  }
}

export type Site = 'east' | 'west'
export const bothSites: readonly Site[] = ['east', 'west']

export interface Interruption {
  /** `kill` ends the controller. */
  begin(kill: () => void): Promise<void> | void
  end(): Promise<unknown>
}

/** A pool that both sites mirror, with images of both modes that are primary at east; what is done to it is logged. */
export interface PairUnderTest {
  readonly folder: string
  readonly pool: string
  readonly images: readonly string[]
  /** `playbook dr OPERATION --pool POOL …` */
  dr(...args: string[]): Outcome
  /** Starts an operation, and kills the controller after some time. Whether it still ran then. */
  killed(milliseconds: number, ...args: string[]): Promise<boolean>
  /** Starts an operation, and lets something happen to it after some time; ends when both are over. */
  interrupted(milliseconds: number, interruption: Interruption, ...args: string[]): Promise<void>
  on(site: Site, script: string): Promise<string>
  /** Overwrites the beginning of an image with a text. */
  write(site: Site, image: string, text: string): Promise<void>
  /** The beginning of an image. */
  read(site: Site, image: string): Promise<string>
  /** The sites at which an image is primary. */
  primaries(image: string): Promise<Site[]>
  cut(site: Site): Promise<void>
  mend(site: Site): Promise<void>
}

/** Makes sure of the pair: built by our own playbooks the first time, looked at from then on. `files` are its folder's. */
export async function pairUnderTest(
  { name: lab, hosts = [] }: LabUp,
  pool: string,
  files: Readonly<Record<string, string>> = {},
): Promise<PairUnderTest> {
  const folder = project(files)
  const inventory = ['-i', labFiles(lab).inventory]
  const forCommand = (operation: string) => [
    ...inventory,
    '--pool',
    pool,
    ...(operation === 'status' ? [] : ['--output', 'lines']),
  ]
  const images = ['journal-1', 'journal-2', 'snapshot-1', 'snapshot-2']
  const on = async (site: Site, script: string) => {
    const { code, stdout, stderr } = await onConsole(lab, `${site}-storage-1`, script)
    if (code !== 0) throw new Error(`${site}: ${script}: exit code ${code}\n${stderr}`)
    return stdout
  }
  for (const args of [['new-site.ts'], ['bidirectional.ts', '-e', `pool=${pool}`, '-e', 'mode=image']])
    succeed(playbook(folder, ['run', ...args, ...inventory, '--no-typecheck']))
  for (const image of images) {
    const mode = image.replace(/-\d$/, '')
    await on(
      'east',
      `rbd info ${pool}/${image} >/dev/null 2>&1 || { rbd create --size 8M ${pool}/${image} && rbd mirror image enable ${pool}/${image} ${mode}; }`,
    )
  }
  const each = async (site: Site, act: (lab: string, host: string) => Promise<void>) => {
    for (const host of hosts) if (host.startsWith(site)) await act(lab, host)
  }
  return {
    folder,
    pool,
    images,
    on,
    dr: (operation = '', ...args) => playbook(folder, ['dr', operation, ...forCommand(operation), ...args]),
    killed: (milliseconds, operation = '', ...args) =>
      killedAfter(folder, milliseconds, ['dr', operation, ...forCommand(operation), ...args]),
    interrupted: (milliseconds, interruption, operation = '', ...args) =>
      interruptedAfter(folder, milliseconds, interruption, ['dr', operation, ...forCommand(operation), ...args]),
    write: async (site, image, text) => {
      await on(site, writeScript(`${pool}/${image}`, text))
    },
    read: async (site, image) =>
      (await on(site, `rbd export --no-progress ${pool}/${image} - | head -c 64`)).split('\n')[0] ?? '',
    primaries: async (image) => {
      const found: Site[] = []
      for (const site of bothSites) {
        const info = await on(site, `rbd info --format json ${pool}/${image} 2>/dev/null || echo '{}'`)
        if (JSON.parse(info).mirroring?.primary === true) found.push(site)
      }
      return found
    },
    cut: (site) => each(site, cutHost),
    mend: (site) => each(site, mendHost),
  }
}

/** Fails a test with what a command said. */
export function succeed({ code, stdout, stderr }: Outcome): void {
  if (code !== 0) throw new Error(`exit code ${code}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`)
}

/** Through librbd, as a guest writes: the text and a line end, at the beginning. */
function writeScript(spec: string, text: string): string {
  const [pool = '', image = ''] = spec.split('/')
  return `python3 -c '
import rados, rbd
cluster = rados.Rados(conffile="", rados_id="admin"); cluster.connect()
with rbd.Image(cluster.open_ioctx("${pool}"), "${image}") as image:
    image.write(b"${text}\\n", 0); image.flush()'`
}

function killedAfter(folder: string, milliseconds: number, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
    child.on('error', reject)
    child.on('close', (_, signal) => {
      clearTimeout(timer)
      resolve(signal === 'SIGKILL')
    })
  })
}

async function interruptedAfter(
  folder: string,
  milliseconds: number,
  { begin, end }: Interruption,
  args: readonly string[],
): Promise<void> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: 'ignore' })
  const closed = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve())
  })
  const elapsed = new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  await Promise.race([elapsed, closed])
  try {
    await begin(() => child.kill('SIGKILL'))
  } finally {
    await end()
  }
  await closed
}

/** Waits until a pair is well again, as its own status says. */
export async function untilHealthy({ dr }: PairUnderTest): Promise<void> {
  const end = Date.now() + 900_000
  let last = dr('status')
  while (last.code !== 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 2000))
    last = dr('status')
  }
  succeed(last)
}
