import type { HostRecap, HostStatus, RunEvent, TaskView } from '../../src/core/events.ts'
import type { ReportOptions } from '../../src/report/options.ts'

/** A fixed run, as its events: made here once for every reporter's test. */
export type HostEnd = Extract<RunEvent, { type: 'host.end' }>

export const folder = '/home/op/site'

export function view(id: string, name: string, line: number, more: Partial<TaskView> = {}): TaskView {
  const location = { file: `${folder}/mirror.ts`, line, column: 7 }
  return { id, name, module: 'package', handler: false, location, ...more }
}

export function start(task: TaskView, hosts: readonly string[]): RunEvent {
  return { type: 'task.start', task, hosts }
}

export function end(task: string, host: string, status: HostStatus, more: Partial<HostEnd> = {}): HostEnd {
  return { type: 'host.end', task, host, status, changes: [], seconds: 1.2, ...more }
}

export function recap(host: string, counts: Partial<HostRecap>): HostRecap {
  return { host, ok: 0, changed: 0, skipped: 0, failed: 0, unreachable: 0, ignored: 0, rescued: 0, ...counts }
}

const install = view('1.1', 'Install the daemon', 12)
const write = view('1.2', 'Write ceph.conf', 14, { module: 'template' })
const pool = view('1.3', 'Wait for replay', 20, { module: 'rbd.mirrorStatus' })
const restart = view('1.4', 'Restart rbd-mirror', 8, { module: 'systemd', handler: true })
const few = ['east-1', 'east-2', 'west-1', 'west-2']

const confChange = {
  summary: 'write /etc/ceph/ceph.conf',
  command: 'write /etc/ceph/ceph.conf',
  fingerprint: 'b2',
  diff: {
    path: '/etc/ceph/ceph.conf',
    before: '[global]\nfsid = 1\n',
    after: '[global]\nfsid = 1\nmon_host = 10.0.0.1\n',
  },
}

const aptFailure = {
  summary: 'install rbd-mirror: apt-get install -y rbd-mirror: exit code 100',
  detail: 'E: Unable to locate package \u001b[31mrbd-mirror\u001b[0m\r\nE: really\u0007',
  hint: 'apt-get update',
  location: install.location,
}

/** Four hosts: changes, a diff, a failure, an unreachable host, an ignored one, waiting, output, a handler, a warning. */
export const smallRun: readonly RunEvent[] = [
  { type: 'run.start', playbook: 'Mirror a pool both ways', check: false, time: '2026-01-01T00:00:00.000Z' },
  { type: 'play.start', play: 'Every mirror host runs the daemon', hosts: few },
  start(install, few),
  { type: 'host.output', task: '1.1', host: 'east-1', line: 'Unpacking \u001b[1mrbd-mirror\u001b[0m' },
  end('1.1', 'east-1', 'changed', {
    changes: [{ summary: 'install rbd-mirror', command: 'apt-get install -y rbd-mirror', fingerprint: 'a1' }],
    seconds: 12.34,
  }),
  end('1.1', 'east-2', 'ok', { seconds: 0.04 }),
  end('1.1', 'west-1', 'failed', { failure: aptFailure, seconds: 75 }),
  end('1.1', 'west-2', 'unreachable', {
    failure: { summary: 'west-2 (10.0.0.4): no answer within 10 s', hint: 'ping 10.0.0.4' },
  }),
  { type: 'task.end', task: '1.1' },
  start(write, few.slice(0, 2)),
  end('1.2', 'east-1', 'changed', { changes: [confChange] }),
  end('1.2', 'east-2', 'skipped', { note: 'its condition does not hold' }),
  { type: 'task.end', task: '1.2' },
  { type: 'message', level: 'warning', text: 'two clocks differ by 3 s' },
  start(pool, few.slice(0, 2)),
  { type: 'host.waiting', task: '1.3', host: 'east-1', condition: 'every image is replaying', seen: '3 of 7' },
  { type: 'host.waiting', task: '1.3', host: 'east-1', condition: 'every image is replaying', seen: '5 of 7' },
  end('1.3', 'east-1', 'ok'),
  end('1.3', 'east-2', 'failed', {
    failure: { summary: 'not every image is replaying after 300 s', detail: 'seen last: 6 of 7' },
    ignored: true,
  }),
  { type: 'task.end', task: '1.3' },
  start(restart, ['east-1']),
  end('1.4', 'east-1', 'changed', {
    changes: [
      {
        summary: 'restart',
        command: 'systemctl restart x',
        fingerprint: 'c3',
        diff: { from: 'active', to: 'restarted' },
      },
    ],
  }),
  { type: 'task.end', task: '1.4' },
  { type: 'play.end', play: 'Every mirror host runs the daemon' },
  {
    type: 'run.end',
    recap: [
      recap('east-1', { ok: 1, changed: 3 }),
      recap('east-2', { ok: 1, skipped: 1, ignored: 1 }),
      recap('west-1', { failed: 1 }),
      recap('west-2', { unreachable: 1 }),
    ],
    seconds: 92.5,
    exitCode: 4,
    requests: 14,
    connections: 4,
  },
]

const many = Array.from({ length: 200 }, (_, index) => `web${String(index + 1).padStart(3, '0')}`)

/** What happens on most of 200 hosts, and the exceptions. */
function manyEnd(task: string, host: string): HostEnd {
  if (host === 'web007') return end(task, host, 'failed', { failure: { summary: 'apt-get: exit code 100' } })
  if (host === 'web050' || host === 'web051')
    return end(task, host, 'unreachable', { failure: { summary: `${host}: connection refused`, hint: 'is sshd up?' } })
  if (Number(host.slice(3)) > 150) return end(task, host, 'ok', { seconds: 0.3 })
  return end(task, host, 'changed', {
    changes: [{ summary: 'install nginx', command: 'apt-get install nginx', fingerprint: 'd4' }],
  })
}

/** 200 hosts, of which one fails, two are unreachable, 147 change and 50 are as they should be. */
export const largeRun: readonly RunEvent[] = [
  { type: 'run.start', playbook: 'Roll out', check: true, time: '2026-01-01T00:00:00.000Z' },
  { type: 'play.start', play: 'Web servers', hosts: many },
  start(install, many),
  ...many.map((host) => manyEnd('1.1', host)),
  { type: 'task.end', task: '1.1' },
  { type: 'play.end', play: 'Web servers' },
  {
    type: 'run.end',
    recap: many.map((host) => recap(host, { [manyEnd('1.1', host).status]: 1 })),
    seconds: 8,
    exitCode: 4,
    requests: 600,
    connections: 200,
  },
]

/** Options of a reporter that writes into `text`. */
export function captured(more: Partial<ReportOptions> = {}): { options: ReportOptions; text: () => string } {
  const written: string[] = []
  const options = {
    write: (text: string) => {
      written.push(text)
    },
    colour: false,
    columns: () => 80,
    rows: () => 24,
    verbosity: 0,
    diff: false,
    profile: false,
    folder,
    ...more,
  }
  return { options, text: () => written.join('') }
}
