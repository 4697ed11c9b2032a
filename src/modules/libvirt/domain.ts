import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { type Command, sh } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { sha256 } from '../../core/files.ts'
import { defineModule } from '../../core/module.ts'
import { firstLook, uri, virsh } from './virsh.ts'

export interface Domain {
  /** As `virsh` says it: `running`, `shut off`, `paused`, `in shutdown`, `crashed`. */
  readonly state: string
  readonly autostart: boolean
  /** Of the XML it was defined with by us; undefined where somebody else defined it. */
  readonly definition: string | undefined
}

const args = z.strictObject({
  name: z.string().regex(/^[^-\s/][^\s/]*$/, 'a name without spaces and "/" is expected'),
  state: z
    .enum(['running', 'shutoff', 'undefined'])
    .describe('running; shutoff: defined or not, it does not run; undefined: it is not there'),
  xml: z
    .string()
    .regex(/<\/domain>\s*$/, 'the XML of a domain is expected')
    .optional()
    .describe('its definition; default: as it is'),
  autostart: z.boolean().optional().describe('whether it starts when the host boots; default: as it is'),
  grace: z
    .int()
    .min(0)
    .default(60)
    .describe('seconds that it gets to shut down by itself before it is ended; 0 ends it at once'),
  uri,
})

type Args = z.output<typeof args>

/** A guest of libvirt: defined, running or not, or not there at all. */
export const domain = defineModule({
  name: 'libvirt.domain',
  description:
    'A guest of libvirt: defined by its XML, running or shut off, or not there at all. A new definition is in force from its next start. What libvirt had saved of its memory is never brought back: its disks may have changed since.',
  args,
  scope: 'host',
  absent: undefined as Domain | undefined,

  async read({ name, uri }, look): Promise<Domain | undefined> {
    const names = await look.text(firstLook(virsh(uri)`list --all --name`))
    if (!names.split('\n').some((line) => line.trim() === name)) return undefined
    const [info, xml] = await Promise.all([
      look.text(virsh(uri)`dominfo ${name}`),
      look.text(virsh(uri)`dumpxml --inactive ${name}`),
    ])
    const field = (label: string) => new RegExp(`^${label}: *(.*)$`, 'm').exec(info)?.[1]?.trim()
    return {
      state: field('State') ?? '',
      autostart: field('Autostart') === 'enable',
      definition: /<[\w:]*definition [^>]*sha256=['"]([0-9a-f]{64})/.exec(xml)?.[1],
    }
  },

  *plan(args, have): Iterable<Change> {
    if (args.state === 'undefined') yield* planGone(args, have)
    else {
      yield* planDefinition(args, have)
      yield* planState(args, have)
    }
  },

  output: (_, have) => have,
})

const isActive = ({ state }: Domain) => !['shut off', 'crashed'].includes(state)

function* planGone({ uri, name, grace }: Args, have: Domain | undefined): Iterable<Change> {
  if (have && isActive(have)) yield stop(uri, name, have.state, grace)
  if (have) yield change(`undefine ${name}`, undefine(uri, name), { from: have.state, to: undefined })
}

function* planDefinition({ name, state, xml, autostart, uri }: Args, have: Domain | undefined): Iterable<Change> {
  if (xml !== undefined && have?.definition !== sha256(xml)) yield define(uri, name, xml, have)
  if (!have && xml === undefined) {
    if (state === 'shutoff') return
    throw new TaskFailed({
      summary: `the guest ${name} is not defined on this host, and no XML was given to define it with`,
      hint: 'give xml: its definition',
    })
  }
  if (autostart !== undefined && autostart !== (have?.autostart ?? false))
    yield change(`${autostart ? 'start' : 'do not start'} ${name} at boot`, setAutostart(uri, name, autostart), {
      from: have?.autostart,
      to: autostart,
    })
}

/** Started without what was saved of its memory, by hand or when the host went down: that knows older disks. */
function* planState({ name, state, grace, uri }: Args, have: Domain | undefined): Iterable<Change> {
  if (state === 'shutoff') {
    if (have && isActive(have)) yield stop(uri, name, have.state, grace)
  } else if (have?.state === 'paused')
    yield change(`let ${name} go on`, virsh(uri)`resume ${name}`, { from: 'paused', to: 'running' })
  else if (!have || !isActive(have))
    yield change(
      `start ${name}`,
      { ...virsh(uri)`start ${name} --force-boot`, timeout: 120 },
      { from: have?.state, to: 'running' },
      { hint: `see /var/log/libvirt/qemu/${name}.log on the host` },
    )
}

/** The definition carries a checksum of what it was made from: libvirt writes it back in other words. */
function define(uri: string, name: string, xml: string, have: Domain | undefined): Change {
  const mark = `<playbook:definition xmlns:playbook="urn:ceph-playbook" sha256="${sha256(xml)}"/>`
  const marked = xml.includes('</metadata>')
    ? xml.replace('</metadata>', `${mark}</metadata>`)
    : xml.replace(/<\/domain>\s*$/, `<metadata>${mark}</metadata></domain>\n`)
  return change(
    have ? `define ${name} anew` : `define ${name}`,
    { ...virsh(uri)`define /dev/stdin`, stdin: marked },
    { from: have ? 'another definition' : undefined, to: `sha256 ${sha256(xml)}` },
    { hint: 'virt-xml-validate says what is wrong with the XML of a guest' },
  )
}

function setAutostart(uri: string, name: string, wanted: boolean): Command {
  return virsh(uri)`autostart ${name} ${wanted ? [] : ['--disable']}`
}

function stop(uri: string, name: string, was: string, grace: number): Change {
  const script = `[ "$3" = 0 ] || virsh -q -c "$1" shutdown "$2"
end=$(($(date +%s) + $3))
while [ "$(date +%s)" -lt "$end" ]; do
  case $(LC_ALL=C virsh -q -c "$1" domstate "$2") in 'shut off') exit 0 ;; esac
  sleep 1
done
virsh -q -c "$1" destroy "$2"`
  return change(
    `stop ${name}`,
    { ...sh(script, uri, name, grace), display: `virsh shutdown ${name}`, timeout: grace + 60 },
    { from: was, to: 'shut off' },
  )
}

/** What belongs to the definition alone goes with it; disks stay. */
function undefine(uri: string, name: string): Command {
  const script = `virsh -q -c "$1" undefine "$2" --managed-save --snapshots-metadata --nvram`
  return { ...sh(script, uri, name), display: `virsh undefine ${name}` }
}
