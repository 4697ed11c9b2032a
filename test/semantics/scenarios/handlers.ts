import { block, flushHandlers } from '../../../src/core/block.ts'
import { play } from '../../../src/core/playbook.ts'
import { fail, on, type Scenarios, say, sayHandler, yamlFail, yamlSay } from '../scenario.ts'

const two = { name: 'p', hosts: 'a:b' }
const first = sayHandler('first')
const second = sayHandler('second')

const yamlHandlers = `
  handlers:
    - name: first
      raw: ${yamlSay('first')}
    - name: second
      raw: ${yamlSay('second')}`

export const handlerScenarios: Scenarios = {
  'handlers run once, after the tasks, in their own order': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('zero')}
      notify: [first, second]
      when: inventory_hostname == 'a'
    - raw: ${yamlSay('one')}
      notify: second
    - raw: ${yamlSay('two')}
      notify: first
    - raw: ${yamlSay('three')}${yamlHandlers}`,
    plays: [
      play({
        ...two,
        tasks: [
          say('zero', { notify: [first, second], when: on('a') }),
          say('one', { notify: second }),
          say('two', { notify: first }),
          say('three'),
        ],
      }),
    ],
    both: {
      effects: 'zero a, one a, one b, two a, two b, three a, three b, first a, first b, second a, second b',
      ending: 'ok',
    },
  },

  'handlers: the order when the play names them in another': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      notify: second
    - raw: ${yamlSay('two')}
      notify: first${yamlHandlers}`,
    plays: [play({ name: 'p', hosts: 'a', tasks: [say('one', { notify: second }), say('two', { notify: first })] })],
    differs: {
      ansible: { effects: 'one a, two a, first a, second a', ending: 'ok' },
      ours: { effects: 'one a, two a, second a, first a', ending: 'ok' },
      why: 'handlers are values and have no section of their own: they run in the order in which tasks first name them',
    },
  },

  'flush_handlers runs them at once, and they can be notified again': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      notify: first
    - meta: flush_handlers
    - raw: ${yamlSay('two')}
      notify: first
      when: inventory_hostname == 'b'
    - raw: ${yamlSay('three')}${yamlHandlers}`,
    plays: [
      play({
        ...two,
        tasks: [
          say('one', { notify: first }),
          flushHandlers,
          say('two', { notify: first, when: on('b') }),
          say('three'),
        ],
      }),
    ],
    both: { effects: 'one a, one b, first a, first b, two b, three a, three b, first b', ending: 'ok' },
  },

  'handlers of a host that failed later do not run': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      notify: first
    - raw: ${yamlFail('two', 'a')}${yamlHandlers}`,
    plays: [play({ ...two, tasks: [say('one', { notify: first }), fail('two', 'a')] })],
    both: { effects: 'one a, one b, two a, two b, first b', ending: 'failed' },
  },

  'force_handlers runs them there too': {
    yaml: `
- hosts: a:b
  gather_facts: false
  force_handlers: true
  tasks:
    - raw: ${yamlSay('one')}
      notify: first
    - raw: ${yamlFail('two', 'a')}
    - raw: ${yamlSay('three')}${yamlHandlers}`,
    plays: [
      play({ ...two, forceHandlers: true, tasks: [say('one', { notify: first }), fail('two', 'a'), say('three')] }),
    ],
    both: { effects: 'one a, one b, two a, two b, three b, first a, first b', ending: 'failed' },
  },

  'force_handlers when all hosts failed, and the next play is not begun': {
    yaml: `
- hosts: a:b
  gather_facts: false
  force_handlers: true
  tasks:
    - raw: ${yamlSay('one')}
      notify: first
    - raw: ${yamlFail('two')}${yamlHandlers}
- hosts: c
  gather_facts: false
  tasks:
    - raw: ${yamlSay('three')}`,
    plays: [
      play({ ...two, forceHandlers: true, tasks: [say('one', { notify: first }), fail('two')] }),
      play({ name: '2', hosts: 'c', tasks: [say('three')] }),
    ],
    both: { effects: 'one a, one b, two a, two b, first a, first b', ending: 'failed' },
  },

  'force_handlers and any_errors_fatal': {
    yaml: `
- hosts: a:b
  gather_facts: false
  force_handlers: true
  any_errors_fatal: true
  tasks:
    - raw: ${yamlSay('one')}
      notify: first
    - raw: ${yamlFail('two', 'a')}
    - raw: ${yamlSay('three')}${yamlHandlers}`,
    plays: [
      play({
        ...two,
        forceHandlers: true,
        anyErrorsFatal: true,
        tasks: [say('one', { notify: first }), fail('two', 'a'), say('three')],
      }),
    ],
    differs: {
      ansible: { effects: 'one a, one b, two a, two b', ending: 'failed' },
      ours: { effects: 'one a, one b, two a, two b, first a, first b', ending: 'failed' },
      why: 'forced handlers run however the play was left; Ansible leaves changed configurations without their restart',
    },
  },

  'handlers: one that fails loses its host, the others go on': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      notify: [first, second]
  handlers:
    - name: first
      raw: ${yamlFail('first', 'a')}
    - name: second
      raw: ${yamlSay('second')}`,
    plays: [
      play({
        ...two,
        tasks: [say('one', { notify: [{ kind: 'handler', task: fail('first', 'a') }, second] })],
      }),
    ],
    both: { effects: 'one a, one b, first a, first b, second b', ending: 'failed' },
  },

  'handlers: one that changes something notifies another': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('zero')}
      notify: first
      when: inventory_hostname == 'a'
    - raw: ${yamlSay('one')}
  handlers:
    - name: first
      raw: ${yamlSay('first')}
      notify: second
    - name: second
      raw: ${yamlSay('second')}`,
    plays: [
      play({
        ...two,
        tasks: [say('zero', { notify: sayHandler('first', { notify: second }), when: on('a') }), say('one')],
      }),
    ],
    both: { effects: 'zero a, one a, one b, first a, second a', ending: 'ok' },
  },

  'handlers: several that listen to one topic': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlSay('zero')}
      notify: configuration
  handlers:
    - name: first
      listen: configuration
      raw: ${yamlSay('first')}
    - name: second
      listen: configuration
      raw: ${yamlSay('second')}`,
    plays: [play({ ...two, tasks: [say('zero', { notify: [first, second] })] })],
    both: { effects: 'zero a, zero b, first a, first b, second a, second b', ending: 'ok' },
  },

  'handlers: changed_when decides whether they are notified': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      changed_when: false
      notify: first
    - raw: ${yamlSay('two')}
      changed_when: true
      notify: second${yamlHandlers}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a',
        tasks: [
          say('one', { changedWhen: () => false, notify: first }),
          say('two', { changedWhen: () => true, notify: second }),
        ],
      }),
    ],
    both: { effects: 'one a, two a, second a', ending: 'ok' },
  },

  'handlers: notified by a block that was rescued, and by its rescue': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - block:
        - raw: ${yamlSay('one')}
          notify: first
        - raw: ${yamlFail('two', 'a')}
      rescue:
        - raw: ${yamlSay('rescue')}
          notify: second
    - raw: ${yamlSay('after')}${yamlHandlers}`,
    plays: [
      play({
        ...two,
        tasks: [
          block({
            tasks: [say('one', { notify: first }), fail('two', 'a')],
            rescue: [say('rescue', { notify: second })],
          }),
          say('after'),
        ],
      }),
    ],
    both: {
      effects: 'one a, one b, two a, two b, rescue a, after a, after b, first a, first b, second a',
      ending: 'ok',
    },
  },

  'handlers run for each batch of serial': {
    yaml: `
- hosts: a:b
  gather_facts: false
  serial: 1
  tasks:
    - raw: ${yamlSay('one')}
      notify: first${yamlHandlers}`,
    plays: [play({ ...two, serial: 1, tasks: [say('one', { notify: first })] })],
    both: { effects: 'one a, first a, one b, first b', ending: 'ok' },
  },
}
