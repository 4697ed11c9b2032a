import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { cmd } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'

/** `openstack volume list --long -f json`; before version 4 of the client the attachments were a text. */
const volumeList = z.array(
  z.object({
    ID: z.string(),
    'Attached to': z.union([z.array(z.object({ server_id: z.string(), device: z.string().default('') })), z.string()]),
  }),
)
const serverList = z.array(z.object({ ID: z.string(), Name: z.string(), Status: z.string() }))

export interface Server {
  readonly id: string
  readonly name: string
  /** `ACTIVE`, `SHUTOFF`, `SHELVED_OFFLOADED`, … */
  readonly status: string
  /** Volumes of those asked for, by device: `/dev/vda`. */
  readonly volumes: Readonly<Record<string, string>>
}

/** The servers of OpenStack that have certain volumes attached, stopped or running. */
export const servers = defineModule({
  name: 'openstack.servers',
  description:
    'The servers of OpenStack that have these volumes attached: out of the way, or running. Runs the openstack command line; who it is, is said by a cloud of clouds.yaml.',
  args: z.strictObject({
    cloud: z
      .string()
      .regex(/^[\w.-]+$/, 'the name of a cloud in clouds.yaml is expected')
      .describe('its name in clouds.yaml, where the credentials are'),
    volumes: z.array(z.uuid()).describe('ids of volumes; servers without any of them are left alone'),
    state: z.enum(['stopped', 'running']),
    how: z
      .enum(['shelve', 'stop'])
      .default('shelve')
      .describe(
        'shelve: taken off its hypervisor, and placed anew afterwards, with what its volumes are like then; stop: stays there',
      ),
    deadline: z.int().positive().default(600).describe('seconds for a server to change'),
  }),
  absent: [] as readonly Server[],

  async read({ cloud, volumes }, look): Promise<readonly Server[]> {
    const openstack = (what: string) => ({
      ...cmd`openstack --os-cloud ${cloud} ${what} list --all-projects ${what === 'volume' ? ['--long'] : []} -f json`,
      timeout: 120,
    })
    const [allVolumes, allServers] = await Promise.all([
      look.json(openstack('volume'), volumeList),
      look.json(openstack('server'), serverList),
    ])
    const attached = new Map<string, Record<string, string>>()
    for (const { ID, 'Attached to': to } of allVolumes) {
      if (!volumes.includes(ID)) continue
      for (const { server, device } of attachments(to)) {
        const devices = attached.get(server) ?? {}
        devices[device] = ID
        attached.set(server, devices)
      }
    }
    return allServers.flatMap(({ ID, Name, Status }) => {
      const devices = attached.get(ID)
      return devices ? [{ id: ID, name: Name, status: Status, volumes: devices }] : []
    })
  },

  *plan({ cloud, state, how, deadline }, have): Iterable<Change> {
    for (const server of have) {
      const verb = verbFor(server, state, how)
      if (verb === undefined) continue
      yield change(
        `${verb} ${server.name} (${server.id})`,
        { ...cmd`openstack --os-cloud ${cloud} server ${verb} --wait ${server.id}`, timeout: deadline },
        { from: server.status, to: verb },
        { hint: `openstack --os-cloud ${cloud} server show ${server.id}` },
      )
    }
  },

  output: (_, have) => ({ servers: have }),
})

/** What brings a server there; nothing where it is so already, or where an operator has put it out of use. */
function verbFor(
  { name, id, status }: Server,
  state: 'stopped' | 'running',
  how: 'shelve' | 'stop',
): string | undefined {
  const off = ['SHUTOFF', 'SHELVED', 'SHELVED_OFFLOADED', 'SUSPENDED', 'DELETED', 'SOFT_DELETED']
  if (status === 'ERROR')
    throw new TaskFailed({
      summary: `the server ${name} (${id}) is in state ERROR: what became of it is for a person to see`,
      hint: `openstack server show ${id}; openstack server set --state active ${id} after it was mended`,
    })
  if (state === 'stopped') return off.includes(status) ? undefined : how
  if (status.startsWith('SHELVED')) return 'unshelve'
  return status === 'SHUTOFF' ? 'start' : undefined
}

function attachments(to: z.output<typeof volumeList>[number]['Attached to']): { server: string; device: string }[] {
  if (typeof to !== 'string') return to.map(({ server_id, device }) => ({ server: server_id, device }))
  return [...to.matchAll(/Attached to (\S+) on (\S+)/g)].map(([, server = '', device = '']) => ({ server, device }))
}
