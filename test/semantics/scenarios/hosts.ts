import { play } from '../../../src/core/playbook.ts'
import { fail, on, type Scenario, type Scenarios, say, sayHandler, yamlFail, yamlSay } from '../scenario.ts'

const four = { name: 'p', hosts: 'a:b:c:d' }

function order(order: NonNullable<Parameters<typeof play>[0]['order']>, effects: string): Scenario {
  return {
    yaml: `
- hosts: web
  gather_facts: false
  order: ${order}
  serial: 3
  tasks:
    - raw: ${yamlSay('one')}`,
    plays: [play({ name: 'p', hosts: 'web', order, serial: 3, tasks: [say('one')] })],
    both: { effects, ending: 'ok' },
  }
}

export const hostScenarios: Scenarios = {
  'linear: all hosts end a task before the next begins': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}
      when: inventory_hostname == 'b'
    - raw: ${yamlSay('three')}`,
    plays: [play({ name: 'p', hosts: 'a:b', tasks: [say('one'), say('two', { when: on('b') }), say('three')] })],
    both: { effects: 'one a, one b, two b, three a, three b', ending: 'ok' },
  },

  'serial: a number, batch after batch': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: 3
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ ...four, serial: 3, tasks: [say('one'), say('two')] })],
    both: { effects: 'one a, one b, one c, two a, two b, two c, one d, two d', ending: 'ok' },
  },

  'serial: a percentage': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: 30%
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ ...four, serial: '30%', tasks: [say('one'), say('two')] })],
    both: { effects: 'one a, two a, one b, two b, one c, two c, one d, two d', ending: 'ok' },
  },

  'serial: a list, its last repeated': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: [1, 50%, 1]
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ ...four, serial: [1, '50%', 1], tasks: [say('one'), say('two')] })],
    both: { effects: 'one a, two a, one b, one c, two b, two c, one d, two d', ending: 'ok' },
  },

  'serial: a batch that is lost as a whole ends the run': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: 2
  tasks:
    - raw: ${yamlFail('one', 'a|b')}
- hosts: d
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}`,
    plays: [
      play({ ...four, serial: 2, tasks: [fail('one', 'a|b')] }),
      play({ name: '2', hosts: 'd', tasks: [say('two')] }),
    ],
    both: { effects: 'one a, one b', ending: 'failed' },
  },

  'serial: a batch that is lost in part does not': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: 2
  tasks:
    - raw: ${yamlFail('one', 'a')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ ...four, serial: 2, tasks: [fail('one', 'a'), say('two')] })],
    both: { effects: 'one a, one b, two b, one c, one d, two c, two d', ending: 'failed' },
  },

  'order: inventory': order('inventory', 'one c, one a, one d, one b'),
  'order: reverse_inventory': order('reverse_inventory', 'one b, one d, one a, one c'),
  'order: sorted': order('sorted', 'one a, one b, one c, one d'),
  'order: reverse_sorted': order('reverse_sorted', 'one d, one c, one b, one a'),

  'delegate_to acts for each host, with its variables': {
    yaml: `
- hosts: a:gone
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      delegate_to: b
    - raw: ${yamlSay('two')}
      delegate_to: gone
      when: inventory_hostname == 'a'
    - raw: ${yamlSay('three')}
      delegate_to: c`,
    plays: [
      play({
        name: 'p',
        hosts: 'a:gone',
        tasks: [
          say('one', { delegateTo: 'b' }),
          say('two', { delegateTo: 'gone', when: on('a') }),
          say('three', { delegateTo: 'c' }),
        ],
      }),
    ],
    both: { effects: 'one a, one gone, three gone', ending: 'unreachable' },
  },

  'run_once acts on the first host, and its handler runs there': {
    yaml: `
- hosts: b:a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      run_once: true
      notify: first
    - raw: ${yamlSay('two')}
  handlers:
    - name: first
      raw: ${yamlSay('first')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'b:a',
        tasks: [say('one', { runOnce: true, notify: sayHandler('first') }), say('two')],
      }),
    ],
    both: { effects: 'one b, two b, two a, first b', ending: 'ok' },
  },

  'run_once that fails loses all hosts': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlFail('one')}
      run_once: true
    - raw: ${yamlSay('two')}`,
    plays: [play({ name: 'p', hosts: 'a:b', tasks: [fail('one', '*', { runOnce: true }), say('two')] })],
    both: { effects: 'one a', ending: 'failed' },
  },

  'run_once with serial is once a batch': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: 2
  tasks:
    - raw: ${yamlSay('one')}
      run_once: true`,
    plays: [play({ ...four, serial: 2, tasks: [say('one', { runOnce: true })] })],
    both: { effects: 'one a, one c', ending: 'ok' },
  },

  'run_once whose condition does not hold on the first host': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      run_once: true
      when: inventory_hostname == 'b'
    - raw: ${yamlSay('two')}`,
    plays: [play({ name: 'p', hosts: 'a:b', tasks: [say('one', { runOnce: true, when: on('b') }), say('two')] })],
    both: { effects: 'two a, two b', ending: 'ok' },
  },

  'free: each host in its own order, handlers included': {
    yaml: `
- hosts: a:b:c
  gather_facts: false
  strategy: free
  tasks:
    - raw: ${yamlSay('one')}
      notify: first
    - raw: ${yamlFail('two', 'b')}
    - raw: ${yamlSay('three')}
  handlers:
    - name: first
      raw: ${yamlSay('first')}`,
    args: ['--forks', '3'],
    plays: [
      play({
        name: 'p',
        hosts: 'a:b:c',
        strategy: 'free',
        tasks: [say('one', { notify: sayHandler('first') }), fail('two', 'b'), say('three')],
      }),
    ],
    settings: { forks: 3 },
    perHost: true,
    both: {
      effects: 'one a, two a, three a, first a, one b, two b, one c, two c, three c, first c',
      ending: 'failed',
    },
  },

  'host_pinned: a host is finished before another takes its place': {
    yaml: `
- hosts: a:b
  gather_facts: false
  strategy: host_pinned
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ name: 'p', hosts: 'a:b', strategy: 'host_pinned', tasks: [say('one'), say('two')] })],
    both: { effects: 'one a, two a, one b, two b', ending: 'ok' },
  },

  'limit narrows every play': {
    yaml: `
- hosts: web
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
- hosts: d
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}`,
    args: ['--limit', 'a:b:!b'],
    plays: [
      play({ name: '1', hosts: 'web', tasks: [say('one')] }),
      play({ name: '2', hosts: 'd', tasks: [say('two')] }),
    ],
    settings: { limit: 'a:b:!b' },
    both: { effects: 'one a', ending: 'ok' },
  },
}
